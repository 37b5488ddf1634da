"""The desk: writing, publishing and looking after the courses of one's own organisations.

Somebody else's course is 404 here whatever its state, and so is everything for those who publish for nobody
but the list itself, which is 403.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kopa.accounts import typed
from kopa.accounts.addresses import own_page
from kopa.accounts.models import User
from kopa.accounts.requests import SignedInRequest
from kopa.audit.meanwhile import form_sentence
from kopa.base.errors import ChangedMeanwhile, RuleBroken
from kopa.base.names import LANGUAGES, reader_language
from offerings import services
from offerings.completeness import blank_facts, completeness
from offerings.desk import LANGUAGE_NAMES
from offerings.desk_requests import mark_of, own_offering, said, sitting_of, version_of
from offerings.errors import MoreGivenThanSeats, NotReady
from offerings.forms import CancelForm, OfferingForm, PlacesForm, differences, seen_numbers, stepped
from offerings.forms.choices import municipality_names, organisation_names
from offerings.forms.hints import capacity_said, numbers_said
from offerings.guesses import guesses_of, term_named
from offerings.meanwhile import last_act, numbers_sentence, writing_now
from offerings.models import Offering, PlaceCounter, Sitting
from offerings.offering_page import OfferingPage
from offerings.presenting import address
from offerings.readiness import Facts, facts_of, notes_on
from offerings.search.query import SearchQuery
from offerings.services.acts import refuse_unless_changeable
from offerings.services.writing import blank_offering
from offerings.states import CHANGEABLE, OfferingStatus
from offerings.terms import next_term
from offerings.views_autosave import autosave
from providers.models import Organisation
from providers.rules import organisations_published_for

KEEPS: Final = typed.keeps_what_is_typed


@KEEPS
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


@KEEPS
@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    offering = own_offering(request, pk)
    if request.POST.get("act") == "autosave":
        return autosave(request, offering)
    if _is_sent(request) and offering.status not in CHANGEABLE:
        return _with_what_was_typed(request, offering)
    refused = _refusal(request, offering, "save")
    if refused:
        return refused
    if _lets_go(request):
        leaves = request.GET["discard"] == "leave"
        return redirect("offerings:own") if leaves else redirect("offerings:edit", pk=pk)
    if request.method == "GET" or typed.FIELD in request.POST:
        return _form_page(request, OfferingForm(offering=offering, typed=typed.waiting(request)))
    return _answer(request, offering)


@login_required
@require_GET
def preview(request: SignedInRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    rows = Offering.objects.editable_by(request.user, on=timezone.localdate()).for_list()
    offering = get_object_or_404(rows, pk=pk)
    facts = facts_of(offering)
    language = request.GET.get("language", "")
    language = language if language in LANGUAGES else reader_language()
    context = {
        "offering": offering,
        "language": language,
        "tabs": [(code, LANGUAGE_NAMES[code]) for code in LANGUAGES],
        "shown": OfferingPage(
            offering=offering,
            query=SearchQuery(),
            home=None,
            now=now,
            search_path=reverse("offerings:search"),
        ),
        "completeness": completeness(facts) if offering.status == OfferingStatus.DRAFT else None,
        "next_term": next_term(offering, today=timezone.localdate(now)),
        "notes": notes_on(facts, now=now),
        "cancelled_by": _who_cancelled(offering),
        "is_draft": offering.status == OfferingStatus.DRAFT,
        "is_changeable": offering.status in CHANGEABLE,
        "is_public": offering.published_at is not None,
    }
    return render(request, "offerings/preview.html", context)


def _who_cancelled(offering: Offering) -> User | None:
    if offering.status != OfferingStatus.CANCELLED:
        return None
    act = last_act(offering, among=("offering.cancel",))
    return act.actor if act else None


@login_required
@require_POST
def copy(request: SignedInRequest, pk: int) -> HttpResponse:
    """The course in the next term, as a draft; pressed twice it is the same one."""
    own_offering(request, pk)
    try:
        made = services.copy_to_next_term(offering_id=pk, by=request.user)
    except (RuleBroken, ValidationError) as refused:
        messages.error(request, said(refused))
        return redirect("offerings:preview", pk=pk)
    term = {"term": term_named(made.offering)}
    if made.is_new:
        sentence = _("This is a draft for %(term)s. Its dates are guessed from the earlier ones: check them.")
    else:
        sentence = _("This course had been copied to %(term)s already: this is that copy.")
    messages.info(request, sentence % term)
    return redirect("offerings:edit", pk=made.offering.pk)


@login_required
@require_POST
def publish(request: SignedInRequest, pk: int) -> HttpResponse:
    offering = own_offering(request, pk)
    try:
        services.publish(offering_id=pk, version=version_of(request.POST), by=request.user)
    except NotReady:
        messages.error(request, _("The course is not published: something is still missing."))
        return redirect("offerings:preview", pk=pk)
    except (RuleBroken, ValidationError) as refused:
        messages.error(request, said(refused))
        return redirect("offerings:preview", pk=pk)
    messages.success(request, _("The course is public and can be found now."))
    return redirect(address(offering))


@KEEPS
@require_http_methods(["GET", "POST"])
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    offering = own_offering(request, pk)
    refused = _refusal(request, offering, "cancel")
    if refused:
        return refused
    form = CancelForm(
        request.POST if _is_sent(request) else None,
        needed=services.languages_of_reason(offering),
        initial=_first_values(request),
    )
    if form.is_valid():
        try:
            services.cancel(offering_id=pk, reasons=form.reasons(), by=request.user)
        except (RuleBroken, ValidationError) as refusal:
            form.add_error(None, said(refusal))
        else:
            typed.forget(request)
            messages.success(request, _("The course is cancelled."))
            return redirect("offerings:own")
    return render(request, "offerings/cancel.html", {"form": form, "offering": offering})


@KEEPS
@require_http_methods(["GET", "POST"])
def places(request: SignedInRequest, pk: int) -> HttpResponse:
    offering = own_offering(request, pk)
    refused = _refusal(request, offering, "set_taken_elsewhere")
    if refused:
        return refused
    if request.POST.get("act") == "confirm":
        return _confirm(request, offering)
    meant = stepped(request.POST) if _is_sent(request) else None
    if meant is not None:
        return _step(request, offering, PlacesForm(meant, counters=_counters(offering)))
    form = PlacesForm(request.POST if _is_sent(request) else None, counters=_counters(offering))
    form.initial.update(_first_values(request))
    if form.is_valid():
        form = _count(request, form, offering)
        if not form.errors:
            typed.forget(request)
            messages.success(request, _("The places are confirmed."))
            return redirect("offerings:own")
    return render(request, "offerings/places.html", {"form": form, "offering": offering})


def _count(request: SignedInRequest, form: PlacesForm, offering: Offering) -> PlacesForm:
    """Save the numbers; the form says at its fields what is refused."""
    try:
        services.set_taken_elsewhere(
            offering_id=offering.pk, taken=form.taken(), seen=form.seen(), by=request.user
        )
    except MoreGivenThanSeats as refused:
        form.add_error(f"taken_{refused.counter_id}", str(refused))
    except ChangedMeanwhile:
        form = form.beside_what_is_saved(_counters(offering))
        sentence = numbers_sentence(offering, reader=request.user)
        form.add_error(None, " ".join((sentence, _("Compare them and save again."))))
    except (RuleBroken, ValidationError) as refused:
        form.add_error(None, said(refused))
    return form


def _step(request: SignedInRequest, offering: Offering, form: PlacesForm) -> HttpResponse:
    """One place more or fewer is given elsewhere, and the person stands where they stood; what is refused is
    said at the top of the page.
    """
    back = own_page(request.POST.get("back", "")) or reverse("offerings:places", args=[offering.pk])
    refused = " ".join(str(one) for errors in form.errors.values() for one in errors)
    if not refused:
        try:
            services.set_taken_elsewhere(
                offering_id=offering.pk, taken=form.taken(), seen=form.seen(), by=request.user
            )
        except ChangedMeanwhile:
            nothing = _("Your tap has changed nothing: look at the numbers and tap again.")
            refused = " ".join((numbers_sentence(offering, reader=request.user), nothing))
        except (RuleBroken, ValidationError) as wrong:
            refused = said(wrong)
    sentence = f"{offering.title()}: {numbers_said(_counters(offering))}"
    if refused:
        messages.error(request, f"{refused} {sentence}")
        return redirect(back)
    messages.success(request, " ".join((sentence, _("Confirmed."))))
    return redirect(f"{back}#offering-{offering.pk}")


def _counters(offering: Offering) -> list[PlaceCounter]:
    return list(offering.counters.select_related("quota__municipality").order_by("pk"))


def _confirm(request: SignedInRequest, offering: Offering) -> HttpResponse:
    try:
        services.confirm_places(offering_id=offering.pk, by=request.user, seen=seen_numbers(request.POST))
    except ChangedMeanwhile:
        sentence = numbers_sentence(offering, reader=request.user)
        messages.error(request, " ".join((sentence, _("Look at them before you confirm."))))
    except RuleBroken as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The places are confirmed."))
    return redirect("offerings:own")


# The form of a course


def _answer(request: SignedInRequest, offering: Offering) -> HttpResponse:
    """What the pressed button asks for; where it is refused, the form with everything typed."""
    act = request.POST.get("act", "save")
    if act.startswith("add "):
        form = OfferingForm(offering=offering, typed=request.POST)
        form.go_on_with(act.removeprefix("add "))
        return _form_page(request, form)
    form = OfferingForm(request.POST, offering=offering)
    form.is_valid()
    if act == "publish" or offering.status == OfferingStatus.PUBLISHED:
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
                messages.info(request, capacity_said(_counters(saved)))
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
    elif offering.status == OfferingStatus.PUBLISHED:
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
        "is_published": offering.status == OfferingStatus.PUBLISHED,
        "is_brought_back": waiting is not None,
        "next_term": next_term(offering, today=timezone.localdate()),
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


# What the views share


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


def _refusal(request: SignedInRequest, offering: Offering, verb: str) -> HttpResponse | None:
    """To what can be read of it where the course is cancelled: nothing of it is changed any more."""
    try:
        refuse_unless_changeable(offering, verb)
    except RuleBroken:
        if request.method == "POST":
            messages.error(request, _("Nothing was saved: the course is cancelled."))
        return redirect("offerings:preview", pk=offering.pk)
    return None


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


def _is_sent(request: SignedInRequest) -> bool:
    return request.method == "POST" and typed.FIELD not in request.POST


def _first_values(request: SignedInRequest) -> dict[str, Any]:
    waiting = typed.waiting(request)
    return {} if waiting is None else dict(waiting.items())

