"""Acts on many offerings, each as its own service would have done it, as they were previewed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from kopa.accounts.models import User
from kopa.audit import journal
from kopa.base.db import refusing
from kopa.base.errors import ChangedMeanwhile, RuleBroken, TransitionNotAllowed
from offerings.errors import (
    ChangedSincePreview,
    DoneAlready,
    NotPublicYet,
    NotReady,
    NotYours,
    PlacesNotSaid,
)
from offerings.models import ActTogether, Offering, PlaceCounter, Together
from offerings.search import projection
from offerings.services import acts
from offerings.services.around import Wanted, lock_many
from offerings.services.batch_writing import roles_of
from offerings.services.bulk import Saved, save_many
from offerings.services.copying import copy_to_next_term
from offerings.services.dates import Shift, closed_at, shifted
from offerings.services.inputs import OfferingInput
from offerings.states import OfferingStatus

KEPT: Final = dt.timedelta(days=30)
Refusals = dict[int, RuleBroken | ValidationError]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a preview showed: the act, the versions of the offerings by id, and for confirming the numbers by
    the counters' ids. ``moment`` is when it was shown; applications close when it is done, as the preview
    says.
    """

    mark: UUID
    act: Together
    versions: Mapping[int, int]
    moment: dt.datetime
    shift: Shift | None = None
    seen: Mapping[int, Mapping[int, int]] = field(default_factory=dict)

    def given(self, offering: Offering) -> OfferingInput:
        """What the offering's dates are to be. Raises NotOpen, NothingToMove."""
        return closed_at(offering, self.moment) if self.shift is None else shifted(offering, self.shift)


@transaction.atomic
def carry_out(plan: Plan, *, by: User, may: Collection[int], reason: str = "") -> ActTogether:
    """What the preview showed is done, all of it but the offerings that have changed since, or that are none
    of ``may`` any more: these are left as they are and named with why. Done once, however often it is sent.
    ``reason`` stands in the journal of each.

    Raises DoneAlready, Busy.
    """
    with refusing(offerings_acttogether_pkey=DoneAlready()):
        now = timezone.now()
        ActTogether.objects.filter(done_at__lt=now - KEPT).delete()
        found = ActTogether.objects.create(id=plan.mark, by=by, act=plan.act, done_at=now)
        refused: Refusals = {pk: NotYours() for pk in plan.versions if pk not in may}
        asked = [pk for pk in plan.versions if pk in may]
        copies: dict[int, int] = {}
        if plan.act == Together.CONFIRM:
            changed, as_shown = _as_previewed(plan, asked)
            seen = {pk: plan.seen[pk] for pk in as_shown}
            refused |= changed | confirm_many(seen=seen, by=by, reason=reason)
        elif plan.act == Together.COPY:
            copies, unmade = _copy(plan, asked, by, reason)
            refused |= unmade
        else:
            refused |= _date(plan, asked, by, reason)
        found.done = [[pk, copies.get(pk)] for pk in plan.versions if pk not in refused]
        found.refused = [[pk, sentence(refused[pk])] for pk in plan.versions if pk in refused]
        found.save(update_fields=["done", "refused"])
    return found


def sentence(refused: RuleBroken | ValidationError) -> str:
    """Why not, in words that speak of one row of many."""
    if isinstance(refused, ChangedMeanwhile):
        return str(ChangedSincePreview())
    if isinstance(refused, TransitionNotAllowed):
        return gettext("The course is cancelled.")
    if isinstance(refused, NotReady):
        return " ".join(str(one.message) for one in refused.reasons)
    return str(refused) if isinstance(refused, RuleBroken) else " ".join(refused.messages)


@transaction.atomic
def confirm_many(*, seen: Mapping[int, Mapping[int, int]], by: User, reason: str = "") -> Refusals:
    """The numbers that ``by`` was shown of each offering (by its id, then by the counter's) are right, as
    ``confirm_places`` says it of one. Why not, by the offering's id, where they are not.
    """
    lock_many(seen)
    offerings = Offering.objects.in_bulk(seen)
    numbers: dict[int, dict[int, int]] = {}
    for counter in PlaceCounter.objects.filter(offering__in=offerings):
        numbers.setdefault(counter.offering_id, {})[counter.pk] = counter.taken_elsewhere
    refused: Refusals = {}
    for pk in seen:
        try:
            refuse_unless_confirmable(offerings.get(pk), numbers.get(pk, {}), seen[pk])
        except RuleBroken as rule:
            refused[pk] = rule
    _confirm([offerings[pk] for pk in seen if pk not in refused], by=by, reason=reason)
    return refused


def refuse_unless_confirmable(
    offering: Offering | None, numbers: Mapping[int, int], seen: Mapping[int, int]
) -> None:
    """Raises TransitionNotAllowed, PlacesNotSaid, NotPublicYet, ChangedSincePreview."""
    if offering is None or dict(numbers) != dict(seen):
        raise ChangedSincePreview
    acts.refuse_unless_changeable(offering, "confirm_places")
    if offering.capacity is None:
        raise PlacesNotSaid
    if offering.status == OfferingStatus.DRAFT:
        raise NotPublicYet


def _confirm(offerings: Collection[Offering], *, by: User, reason: str) -> None:
    now = timezone.now()
    roles = roles_of([by])
    ids = [one.pk for one in offerings]
    confirmed = {"places_confirmed_at": now, "places_confirmed_by": by, "updated_at": now}
    Offering.objects.filter(pk__in=ids).update(**confirmed)
    journal.record_many(
        journal.entry(
            "offering.confirm_places",
            on=one,
            by=by,
            role=roles.get((by.pk, one.provider_id), ""),
            organisation_id=one.provider_id,
            to_state=one.status,
            reason=reason,
        )
        for one in offerings
    )
    projection.refresh(ids)


def _date(plan: Plan, asked: Iterable[int], by: User, reason: str) -> Refusals:
    refused, offerings = _as_previewed(plan, asked)
    now = replace(plan, moment=timezone.now().replace(microsecond=0))
    wanted = []
    for pk, offering in offerings.items():
        try:
            given = now.given(offering)
            if given.keys() != plan.given(offering).keys():
                raise ChangedSincePreview  # by the clock: reserved places have been released meanwhile
        except RuleBroken as rule:
            refused[pk] = rule
        else:
            wanted.append(
                Wanted(offering.provider_id, given, by, pk, plan.versions[pk], reason=reason)
            )
    outcomes = zip(wanted, save_many(wanted), strict=True)
    return refused | {
        one.offering_id or 0: outcome for one, outcome in outcomes if not isinstance(outcome, Saved)
    }


def _copy(
    plan: Plan, asked: Iterable[int], by: User, reason: str
) -> tuple[dict[int, int], Refusals]:
    """The new offerings' ids by their originals'."""
    refused, offerings = _as_previewed(plan, asked)
    copies: dict[int, int] = {}
    for pk in offerings:
        try:
            with transaction.atomic():
                copies[pk] = copy_to_next_term(offering_id=pk, by=by, reason=reason).offering.pk
        except (RuleBroken, ValidationError) as rule:
            refused[pk] = rule
    return copies, refused


def _as_previewed(plan: Plan, asked: Iterable[int]) -> tuple[Refusals, dict[int, Offering]]:
    """Those that have changed since, and the others, locked, in the preview's order."""
    wanted = list(asked)
    versions = lock_many(wanted)
    refused: Refusals = {
        pk: ChangedSincePreview() for pk in wanted if versions.get(pk) != plan.versions[pk]
    }
    loaded = Offering.objects.select_related("provider").in_bulk(set(wanted) - set(refused))
    return refused, {pk: loaded[pk] for pk in wanted if pk in loaded}
