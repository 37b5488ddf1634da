"""A button pressed twice is not two acts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from django.utils import timezone

from kopa.accounts.models import User
from kopa.audit.models import AuditEvent
from offerings.models import Offering, PlaceCounter

# A second tap of the same finger comes within this; later it is another thought.
SAME_TAP: Final = dt.timedelta(seconds=10)


def is_repeated(
    offering: Offering, counters: Mapping[int, PlaceCounter], taken: Mapping[int, int], *, by: User
) -> bool:
    """The numbers stand as ``taken`` wants them because the same person has just written them."""
    if any(counters[pk].taken_elsewhere != number for pk, number in taken.items()):
        return False
    acts = AuditEvent.objects.filter(
        target="offerings.offering", target_id=offering.pk, verb="offering.set_taken_elsewhere"
    )
    last = acts.first()
    return last is not None and last.actor_id == by.pk and timezone.now() - last.at <= SAME_TAP
