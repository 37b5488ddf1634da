"""The page behind the letter that asks whether numbers of free places still hold."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kopa.accounts.errors import LinkOver
from kopa.base.db import Busy
from offerings import windows
from offerings.forms import seen_numbers
from offerings.models import Offering, PlaceCounter
from offerings.presenting import address
from offerings.querysets import OfferingQuerySet
from offerings.services import asking


@dataclass(frozen=True, slots=True)
class AskedCourse:
    """One course of the letter; reads what ``for_list`` has loaded."""

    offering: Offering
    is_waiting: bool

    @property
    def counters(self) -> list[PlaceCounter]:
        return list(self.offering.counters.all())

    @property
    def free(self) -> int:
        return sum(counter.free for counter in self.counters)

    @property
    def href(self) -> str:
        return address(self.offering)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_places(request: HttpRequest, key: str) -> HttpResponse:
    """Opening the link changes nothing; the button does. Shows what is public, and to whom it belongs."""
    try:
        if request.method == "POST":
            return _confirm(request, key)
        asked = asking.find(key)
    except LinkOver:
        return render(request, "offerings/confirm_over.html", status=404)
    courses = _courses(asking.asked_about(asked).for_list())
    context = {
        "waiting": [one for one in courses if one.is_waiting],
        "others": [one for one in courses if not one.is_waiting],
        "days": windows.FRESH_FOR.days,
    }
    return render(request, "offerings/confirm_places.html", context)


def _courses(offerings: OfferingQuerySet) -> list[AskedCourse]:
    """In the order of their starts; those that still wait are known by the clock alone."""
    now = timezone.now()
    return [
        AskedCourse(one, windows.wants_confirming(one, now)) for one in offerings.order_by("starts_on", "pk")
    ]


def _confirm(request: HttpRequest, key: str) -> HttpResponse:
    try:
        outcome = asking.confirm(key=key, seen=seen_numbers(request.POST))
    except Busy as refused:
        messages.error(request, str(refused))
    else:
        if outcome.refused:
            messages.error(
                request, _("Somebody has changed some of the numbers meanwhile. Look at the new ones.")
            )
        else:
            messages.success(request, _("Thank you. The numbers are confirmed."))
    return redirect(request.path)
