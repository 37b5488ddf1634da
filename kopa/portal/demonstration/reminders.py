"""A few courses with old numbers, so that the mailbox has the letter that asks for confirmation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Final

from django.utils import timezone

from kopa.accounts.models import User
from kopa.audit import journal
from kopa.audit.models import AuditEvent
from offerings import history, windows
from offerings.models import ConfirmationRequest, Offering
from offerings.services import asking

OLD: Final = windows.FRESH_FOR + dt.timedelta(days=15)
# How long before somebody confirmed its places such a course was published.
EARLIER: Final = dt.timedelta(days=7)
# Who is asked about how many courses.
ASKED: Final = {"Bengt": 3, "Aino": 1}


def load(offerings: Collection[int], people: Mapping[str, User]) -> int:
    """Some of the demonstration's courses have old numbers, and their people a letter: how many letters."""
    ConfirmationRequest.objects.filter(person__in=people.values()).delete()
    now = timezone.now()
    for name, number in ASKED.items():
        theirs = Offering.objects.filter(pk__in=offerings, places_confirmed_by=people[name]).in_search(now)
        _date_back(list(theirs.order_by("own_reference")[:number]), people[name], now - OLD)
    return asking.ask_for_confirmation()


def _date_back(offerings: Collection[Offering], by: User, moment: dt.datetime) -> None:
    """They were published a week before the moment, and their places confirmed at it: rows and journal say
    the same.
    """
    ids = [one.pk for one in offerings]
    told = list(AuditEvent.objects.filter(target=history.TARGET, target_id__in=ids).order_by("pk"))
    journal.erase(history.TARGET, ids)
    roles = {event.target_id: event.role for event in told}
    for event in told:
        event.pk, event.at = None, moment - EARLIER
    for one in offerings:
        entry = journal.entry(
            "offering.confirm_places",
            on=one,
            by=by,
            role=roles[one.pk],
            organisation_id=one.provider_id,
            to_state=one.status,
        )
        entry.at = moment
        told.append(entry)
    journal.record_many(told)
    confirmed = {"places_confirmed_at": moment, "updated_at": moment}
    Offering.objects.filter(pk__in=ids).update(published_at=moment - EARLIER, **confirmed)
