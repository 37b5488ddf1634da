"""The desk's page of a course's places: how many are given outside KOPA, counted, tapped, confirmed."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kopa.accounts import typed
from kopa.accounts.addresses import own_page
from kopa.accounts.requests import SignedInRequest
from kopa.base.errors import ChangedMeanwhile, RuleBroken
from offerings import services
from offerings.desk_requests import counters_of, first_values, is_sent, own_offering, said, turned_away
from offerings.errors import MoreGivenThanSeats
from offerings.forms import PlacesForm, seen_numbers, stepped
from offerings.forms.hints import numbers_said
from offerings.meanwhile import numbers_sentence
from offerings.models import Offering


@typed.keeps_what_is_typed
@require_http_methods(["GET", "POST"])
def places(request: SignedInRequest, pk: int) -> HttpResponse:
    offering = own_offering(request, pk)
    refused = turned_away(request, offering, "set_taken_elsewhere")
    if refused:
        return refused
    if request.POST.get("act") == "confirm":
        return _confirm(request, offering)
    meant = stepped(request.POST) if is_sent(request) else None
    if meant is not None:
        return _step(request, offering, PlacesForm(meant, counters=counters_of(offering)))
    form = PlacesForm(request.POST if is_sent(request) else None, counters=counters_of(offering))
    form.initial.update(first_values(request))
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
        form = form.beside_what_is_saved(counters_of(offering))
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
    sentence = f"{offering.title()}: {numbers_said(counters_of(offering))}"
    if refused:
        messages.error(request, f"{refused} {sentence}")
        return redirect(back)
    messages.success(request, " ".join((sentence, _("Confirmed."))))
    return redirect(f"{back}#offering-{offering.pk}")


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
