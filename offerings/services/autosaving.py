"""A draft that saves itself while it is typed."""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from kopa.accounts.models import User
from kopa.base.db import refusing
from kopa.base.errors import ChangedMeanwhile, TransitionNotAllowed
from offerings.models import CoHost, Offering, Quota, Sitting
from offerings.services import acts, sittings
from offerings.services.inputs import OfferingInput
from offerings.services.writing import create_draft, write
from offerings.states import OfferingStatus

# So long after the last saving a sitting is over, though nobody pressed a button.
IDLE: Final = dt.timedelta(minutes=30)


@transaction.atomic
def autosave(*, offering_id: int, version: int, sitting: UUID, given: OfferingInput, by: User) -> Offering:
    """The draft as given; what ``given`` leaves out stays. The journal tells a window's savings once, when
    they end (``Sitting``).

    Raises ChangedMeanwhile when ``version`` is not the saved one and not this window's own doing,
    TransitionNotAllowed unless it is a draft: what is public changes only when somebody says so.
    ValidationError and OfferingRefused for contradictions.
    """
    with refusing(Offering, Quota, CoHost):
        offering = acts.lock(offering_id)
        if offering.status != OfferingStatus.DRAFT:
            raise TransitionNotAllowed(verb="autosave", state=offering.status)
        if offering.version != version and not sittings.is_own(offering, sitting):
            raise ChangedMeanwhile
        sittings.go_on(offering, sitting=sitting, by=by, changes=write(offering, given))
    return offering


@transaction.atomic
def autosave_new(
    *, provider_id: int, sitting: UUID, given: OfferingInput, by: User, created_from: UUID
) -> Offering:
    """The first saving of a blank form. Sent twice it is the same draft, saved again.

    Raises what ``create_draft`` and ``autosave`` raise.
    """
    found = Offering.objects.filter(provider=provider_id, created_from=created_from).first()
    if found is not None:
        return autosave(offering_id=found.pk, version=-1, sitting=sitting, given=given, by=by)
    offering = create_draft(provider_id=provider_id, given=given, by=by, created_from=created_from)
    sittings.go_on(offering, sitting=sitting, by=by, changes={})
    return offering


def end_idle_sittings() -> int:
    """The journal tells of sittings that nobody has gone on with for ``IDLE``; of how many. Twice does
    nothing more.
    """
    ids = sittings.idle_since(timezone.now() - IDLE)
    return sum(_end_if_idle(pk) for pk in ids)


@transaction.atomic
def _end_if_idle(offering_id: int) -> bool:
    acts.lock(offering_id)
    going = Sitting.objects.filter(pk=offering_id, saved_at__lt=timezone.now() - IDLE).first()
    if going is None:
        return False
    sittings.end(going)
    return True
