"""The desk's acts on one course beside writing it: look at it as readers will, publish, copy, cancel.

Somebody else's course is 404 here whatever its state.
"""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kopa.accounts import typed
from kopa.accounts.models import User
from kopa.accounts.requests import SignedInRequest
from kopa.base.errors import RuleBroken
from kopa.base.names import LANGUAGES, OWN_NAMES, reader_language
from kopa.base.parameters import version_of
from offerings import services
from offerings.completeness import completeness
from offerings.desk_requests import first_values, is_sent, own_offering, said, turned_away
from offerings.errors import NotReady, StartedAlready
from offerings.forms import CancelForm
from offerings.guesses import term_named
from offerings.meanwhile import last_act
from offerings.models import Offering
from offerings.offering_page import OfferingPage
from offerings.presenting import address
from offerings.readiness import facts_of, notes_on
from offerings.search.query import SearchQuery
from offerings.services.copying import Copied
from offerings.states import CHANGEABLE, OfferingStatus
from offerings.terms import first_date, term_of_copy


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
        "tabs": [(code, OWN_NAMES[code]) for code in LANGUAGES],
        "shown": OfferingPage(
            offering=offering,
            query=SearchQuery(),
            home=None,
            now=now,
            search_path=reverse("offerings:search"),
        ),
        "completeness": completeness(facts) if offering.status == OfferingStatus.DRAFT else None,
        "next_term": term_of_copy(offering, today=timezone.localdate(now)),
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
    source = own_offering(request, pk)
    try:
        made = services.copy_to_next_term(offering_id=pk, by=request.user)
    except (RuleBroken, ValidationError) as refused:
        messages.error(request, said(refused))
        return redirect("offerings:preview", pk=pk)
    messages.info(request, _said_of_copy(made, has_dates=first_date(source) is not None))
    return redirect("offerings:edit", pk=made.offering.pk)


def _said_of_copy(made: Copied, *, has_dates: bool) -> str:
    """A course without any date has a copy without any: then nothing is guessed, and no term is meant."""
    if not has_dates:
        if made.is_new:
            return _("This is a copy as a new draft. The course has no dates yet, so the copy has none.")
        return _("This course had been copied already: this is that copy.")
    if made.is_new:
        sentence = _("This is a draft for %(term)s. Its dates are guessed from the earlier ones: check them.")
    else:
        sentence = _("This course had been copied to %(term)s already: this is that copy.")
    return sentence % {"term": term_named(made.offering)}


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


@typed.keeps_what_is_typed
@require_http_methods(["GET", "POST"])
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    offering = own_offering(request, pk)
    refused = turned_away(request, offering, "cancel")
    if refused:
        return refused
    if not services.may_be_cancelled(offering, now=timezone.now()):
        messages.error(request, str(StartedAlready().message))
        return redirect("offerings:preview", pk=pk)
    form = CancelForm(
        request.POST if is_sent(request) else None,
        needed=services.languages_of_reason(offering),
        initial=first_values(request),
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
