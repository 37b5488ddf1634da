"""A few courses with old numbers, so that the mailbox has the letter that asks for confirmation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Final

from django.utils import timezone

from kopa.accounts.models import User
from offerings import windows
from offerings.models import ConfirmationRequest, Offering
from offerings.services import asking

OLD: Final = windows.FRESH_FOR + dt.timedelta(days=15)
# Who is asked about how many courses.
ASKED: Final = {"Bengt": 3, "Aino": 1}


def load(offerings: Collection[int], people: Mapping[str, User]) -> int:
    """Some of the demonstration's courses have old numbers, and their people a letter: how many letters."""
    ConfirmationRequest.objects.filter(person__in=people.values()).delete()
    now = timezone.now()
    for name, number in ASKED.items():
        theirs = Offering.objects.filter(pk__in=offerings, places_confirmed_by=people[name]).in_search(now)
        old = list(theirs.order_by("own_reference").values_list("pk", flat=True)[:number])
        Offering.objects.filter(pk__in=old).update(places_confirmed_at=now - OLD)
    return asking.ask_for_confirmation()
