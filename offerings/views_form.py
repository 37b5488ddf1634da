"""The desk's form of a course: a new one, and one that is there. Drafts in it save themselves
(``views_autosave``).

Somebody else's course is 404 whatever its state, and so is a new one for those who publish for nobody.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kopa.accounts import typed
from kopa.accounts.requests import SignedInRequest
from kopa.audit.meanwhile import form_sentence
from kopa.base.errors import ChangedMeanwhile, RuleBroken
from kopa.base.parameters import version_of
from offerings import services
from offerings.completeness import blank_facts, completeness
from offerings.desk_requests import (
    counters_of,
    is_sent,
    mark_of,
    own_offering,
    sitting_of,
    turned_away,
)
from offerings.errors import NotReady
from offerings.forms import OfferingForm, differences
from offerings.forms.choices import municipality_names, organisation_names
from offerings.forms.hints import capacity_said
from offerings.guesses import guesses_of
from offerings.meanwhile import last_act, writing_now
from offerings.models import Offering, Sitting
from offerings.presenting import address
from offerings.readiness import Facts, facts_of
from offerings.services.writing import blank_offering
from offerings.states import CHANGEABLE, GIVEN, OfferingStatus
from offerings.terms import term_of_copy
from offerings.views_autosave import autosave
from providers.models import Organisation
from providers.rules import organisations_published_for


@typed.keeps_what_is_typed
@require_http_methods(["GET", "POST"])
def create(request: SignedInRequest) -> HttpResponse:
    hosts = _hosts(request)
    if not hosts:
        raise Http404
    host = _chosen_host(request, hosts)
    if host is None:
        return render(request, "offerings/create_host.html", {"hosts": hosts})
    if _lets_go(request):
        return redirect(f"{request.path}?provider={host.pk}")
    offering = blank_offering(host, now=timezone.now())
    if request.POST.get("act") == "autosave":
        return autosave(request, offering)
    if request.method == "GET" or typed.FIELD in request.POST:
        return _form_page(request, OfferingForm(offering=offering, typed=typed.waiting(request)))
    return _create_once(request, offering)


@typed.keeps_what_is_typed
@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    offering = own_offering(request, pk)
    if request.POST.get("act") == "autosave":
        return autosave(request, offering)
    if is_sent(request) and offering.status not in CHANGEABLE:
        return _with_what_was_typed(request, offering)
    refused = turned_away(request, offering, "save")
    if refused:
        return refused
    if _lets_go(request):
        leaves = request.GET["discard"] == "leave"
        return redirect("offerings:own") if leaves else redirect("offerings:edit", pk=pk)
    if request.method == "GET" or typed.FIELD in request.POST:
        return _form_page(request, OfferingForm(offering=offering, typed=typed.waiting(request)))
    return _answer(request, offering)


def _answer(request: SignedInRequest, offering: Offering) -> HttpResponse:
    """What the pressed button asks for; where it is refused, the form with everything typed."""
    act = request.POST.get("act", "save")
    if act.startswith("add "):
        form = OfferingForm(offering=offering, typed=request.POST)
        form.go_on_with(act.removeprefix("add "))
        return _form_page(request, form)
    form = OfferingForm(request.POST, offering=offering)
    form.is_valid()
    if act == "publish" or offering.status in GIVEN:
        form.add_reasons(form.reasons(anew=act == "publish"))
    if not form.errors:
        capacity = offering.capacity
        try:
            saved = _write(request, offering, form, act)
        except ChangedMeanwhile:
            form.add_error(None, form_sentence(last_act(offering), reader=request.user))
            return _form_page(request, form, is_changed=True)
        except NotReady as refused:
            form.add_reasons(refused.reasons)
        except (RuleBroken, ValidationError) as refused:
            form.add_refusal(refused)
        else:
            typed.forget(request)
            if capacity is not None and saved.capacity not in (None, capacity):
                messages.info(request, capacity_said(counters_of(saved)))
            return _after(request, saved, act)
    return _form_page(request, form)


def _create_once(request: SignedInRequest, offering: Offering) -> HttpResponse:
    """A blank form sent twice, even at the same moment, makes one course: the second sending leads to it."""
    first = _made_of(request, offering)
    if first is None:
        answer = _answer(request, offering)
        if answer.status_code != HTTPStatus.OK:
            return answer
        first = _made_of(request, offering)
        if first is None:
            return answer
    sitting = sitting_of(request.POST)
    if sitting is not None and Sitting.objects.filter(offering=first, token=sitting).exists():
        return _answer(request, first)  # the form has saved itself before, and has more to say now
    typed.forget(request)
    messages.info(request, _("You had sent this form already: this is the course that was made of it."))
    return _leads_to(first, request.POST.get("act", "save"))


def _made_of(request: SignedInRequest, offering: Offering) -> Offering | None:
    """The course that the form of this request has already been made into."""
    mark = mark_of(request.POST)
    if mark is None or request.POST.get("act", "").startswith("add "):
        return None
    return Offering.objects.filter(provider=offering.provider_id, created_from=mark).first()


def _write(request: SignedInRequest, offering: Offering, form: OfferingForm, act: str) -> Offering:
    given, by = form.given(), request.user
    if offering._state.adding:  # noqa: SLF001 - Django's documented Model._state
        make = services.publish_new if act == "publish" else services.create_draft
        mark = mark_of(request.POST)
        return make(provider_id=offering.provider_id, given=given, by=by, created_from=mark)
    version = version_of(request.POST)
    sitting = sitting_of(request.POST)
    write = services.publish if act == "publish" else services.save_offering
    return write(offering_id=offering.pk, version=version, given=given, by=by, sitting=sitting)


def _after(request: SignedInRequest, offering: Offering, act: str) -> HttpResponse:
    if act == "publish":
        messages.success(request, _("The course is public and can be found now."))
    elif offering.status in GIVEN:
        messages.success(request, _("The changes are saved and public."))
    else:
        messages.success(request, _("The draft is saved. Only your organisation sees it."))
    return _leads_to(offering, act)


def _leads_to(offering: Offering, act: str) -> HttpResponse:
    if act == "publish" and offering.published_at is not None:
        return redirect(address(offering))
    return redirect("offerings:preview" if act == "preview" else "offerings:edit", pk=offering.pk)


def _form_page(request: SignedInRequest, form: OfferingForm, *, is_changed: bool = False) -> HttpResponse:
    offering = form.offering
    saved = own_offering(request, offering.pk) if is_changed else offering
    waiting = typed.waiting(request)
    sent = request.POST if waiting is None else waiting
    version = sent.get("version", "")
    context: dict[str, Any] = {
        "form": form,
        "offering": offering,
        "version": saved.version if is_changed or not version.isdigit() else version,
        "mark": None if offering.pk else mark_of(sent) or uuid4(),
        "sitting": sitting_of(sent) or uuid4(),
        "is_published": offering.status in GIVEN,
        "may_be_cancelled": services.may_be_cancelled(offering, now=timezone.now()),
        "is_brought_back": waiting is not None,
        "next_term": term_of_copy(offering, today=timezone.localdate()),
        "is_held": waiting is not None and waiting.get("act") == "autosave",
        "is_changed": is_changed,
        "municipality_names": municipality_names(),
        "organisation_names": organisation_names(),
    }
    if is_changed:
        context["differences"] = differences(form, OfferingForm(offering=saved))
        context["last_act"] = last_act(offering)
    elif offering.pk:
        context["writing_now"] = writing_now(offering, reader=request.user, now=timezone.now())
        context["guesses"] = guesses_of(offering, now=timezone.now())
    if offering.status == OfferingStatus.DRAFT:
        context["completeness"] = completeness(_facts(form))
    return render(request, "offerings/edit.html", context)


def _facts(form: OfferingForm) -> Facts:
    """Of what is typed; before anything is, of what is saved."""
    if form.is_bound:
        return form.facts()
    return facts_of(form.offering) if form.offering.pk else blank_facts(form.offering)


def _hosts(request: SignedInRequest) -> list[Organisation]:
    """The organisations the person publishes for, in the reader's alphabet."""
    return list(organisations_published_for(request.user, on=timezone.localdate()).by_name())


def _chosen_host(request: SignedInRequest, hosts: list[Organisation]) -> Organisation | None:
    """The only one, or the one that the address names. 404 for somebody else's."""
    wanted = request.GET.get("provider", "")
    if not wanted:
        return hosts[0] if len(hosts) == 1 else None
    for host in hosts:
        if str(host.pk) == wanted:
            return host
    raise Http404


def _with_what_was_typed(request: SignedInRequest, offering: Offering) -> HttpResponse:
    """The form as it was sent, of a course that was cancelled meanwhile: the person may want to copy it."""
    form = OfferingForm(request.POST, offering=offering)
    form.is_valid()
    form.errors.clear()
    form.add_error(
        None, _("Nothing was saved: the course is cancelled. What you typed is still here, to be copied.")
    )
    return _form_page(request, form, is_changed=True)


def _lets_go(request: SignedInRequest) -> bool:
    """What was typed before signing in is not wanted any more."""
    if request.method != "GET" or "discard" not in request.GET:
        return False
    typed.forget(request)
    return True
