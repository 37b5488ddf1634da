"""Many offerings at once: the same rules as for one, in a number of statements that grows by the batch.

Where PostgreSQL refuses a batch, its halves are tried, and theirs, until the refusal stands at the one that
it concerns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction

from kopa.accounts.models import User
from kopa.base.db import refusing
from kopa.base.errors import RuleBroken
from offerings.models import CoHost, Offering, PlaceCounter, Quota
from offerings.search import projection
from offerings.services import batches
from offerings.services.around import Around, Wanted
from offerings.services.batch_writing import write
from offerings.services.batches import Ready
from offerings.services.inputs import OfferingInput
from offerings.services.publishing import publish, publish_new
from offerings.services.table_rules import broken_rules
from offerings.services.writing import create_draft, save_offering

BATCH: Final = 500
COLUMNS: Final = frozenset(one.attname for one in Offering._meta.concrete_fields)
# What saving writes beside what is given, as far as rules of the table look at it.
FOLLOWS: Final = frozenset({"status", "published_at", "quota_release_at"})


@dataclass(frozen=True, slots=True)
class Saved:
    offering_id: int
    version: int


Outcome = Saved | RuleBroken | ValidationError


@transaction.atomic
def save_many(wanted: Iterable[Wanted], *, say: Callable[[int], None] | None = None) -> list[Outcome]:
    """Each is as ``create_draft``, ``publish_new``, ``save_offering`` or ``publish`` would have made it, with
    their entries in the journal. What they would have refused is not written: the refusal stands in its
    place, and the caller says whether the others are to stay. ``say`` is told how many are done.

    Whoever brings more than a batch of saved offerings locks them before (``lock_many``), as everybody does:
    offerings by id, their counters, then the organisation for new sites. The search is told last, because its
    lock for new values comes after these. Raises Busy when somebody else holds a lock too long.
    """
    outcomes: list[Outcome] = []
    waiting = iter(wanted)
    at_centre: dict[tuple[int, int], int] = {}
    while batch := list(islice(waiting, BATCH)):
        outcomes += _save(batch, at_centre)
        if say:
            say(len(outcomes) // 2)
    saved = [one.offering_id for one in outcomes if isinstance(one, Saved)]
    for start in range(0, len(saved), BATCH):
        projection.refresh(saved[start : start + BATCH])
        if say:
            say(len(outcomes) - len(saved) // 2 + start // 2)
    return outcomes


def judge_many(wanted: Sequence[Wanted]) -> list[RuleBroken | ValidationError | None]:
    """Why ``save_many`` would refuse each of these saved offerings; None where it would not. Nothing is
    locked and nothing is written: the same judgement, then the rules of the table about what would be.
    """
    refused: dict[int, RuleBroken | ValidationError] = {}
    written: dict[int, Mapping[str, Any]] = {}
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        around = Around.of(batch, {}, locks=False)
        for place, one in enumerate(batch, start):
            try:
                offering = batches.ready(one, around).offering
            except (RuleBroken, ValidationError) as rule:
                refused[place] = rule
            else:
                names = COLUMNS & {*one.given, *FOLLOWS}
                written[offering.pk] = {name: getattr(offering, name) for name in names}
    broken = {pk: ValidationError(said) for pk, said in broken_rules(written).items()}
    return [refused.get(place, broken.get(one.offering_id or 0)) for place, one in enumerate(wanted)]


@dataclass(frozen=True, slots=True)
class NewOffering:
    """What one of many is to be. ``taken`` says how many places are given outside KOPA: the id of a quota's
    municipality, or None for the open places, → number; what it leaves out is 0.
    """

    provider_id: int
    given: OfferingInput
    by: User
    taken: Mapping[int | None, int] = field(default_factory=dict)


@transaction.atomic
def publish_many(news: Sequence[NewOffering]) -> list[Offering]:
    """All of them are new, public and found by the search; or none of them.

    They are as ``publish_new`` would have made them one by one, with places given outside KOPA. Raises what
    that raises, and ValidationError where more are given than there are.
    """
    outcomes = save_many(Wanted(new.provider_id, new.given, new.by, publishes=True) for new in news)
    taken: dict[int, Mapping[int | None, int]] = {}
    for outcome, new in zip(outcomes, news, strict=True):
        if not isinstance(outcome, Saved):
            raise outcome
        taken[outcome.offering_id] = new.taken
    with refusing(PlaceCounter):
        counters = list(PlaceCounter.objects.filter(offering__in=taken).select_related("quota"))
        for counter in counters:
            source = counter.quota.municipality_id if counter.quota else None
            counter.taken_elsewhere = taken[counter.offering_id].get(source, 0)
        given_away = [counter for counter in counters if counter.taken_elsewhere]
        PlaceCounter.objects.bulk_update(given_away, ["taken_elsewhere"], batch_size=BATCH)
    made = Offering.objects.in_bulk(taken)
    return [made[pk] for pk in taken]


def _save(batch: Sequence[Wanted], at_centre: dict[tuple[int, int], int]) -> list[Outcome]:
    around = Around.of(batch, dict(at_centre))
    outcomes: list[Outcome | None] = []
    ready: list[Ready] = []
    for one in batch:
        try:
            ready.append(batches.ready(one, around))
            outcomes.append(None)
        except (RuleBroken, ValidationError) as refused:
            outcomes.append(refused)
    try:
        with refusing(Offering, Quota, CoHost, PlaceCounter):
            write(ready, around)
    except ValidationError:
        written = _apart([one.wanted for one in ready], at_centre)
    else:
        at_centre |= around.at_centre  # what a refused batch made there is gone
        written = [Saved(one.offering.pk, one.offering.version) for one in ready]
    follow = iter(written)
    return [one or next(follow) for one in outcomes]


def _apart(refused: Sequence[Wanted], at_centre: dict[tuple[int, int], int]) -> list[Outcome]:
    if len(refused) == 1:
        return [_alone(refused[0])]
    half = len(refused) // 2
    return _save(refused[:half], at_centre) + _save(refused[half:], at_centre)


def _alone(one: Wanted) -> Outcome:
    """What PostgreSQL refuses is refused again, now with the field that is to be mended."""
    try:
        with transaction.atomic():
            saved = _act(one)
    except (RuleBroken, ValidationError) as refused:
        return refused
    return Saved(saved.pk, saved.version)


def _act(one: Wanted) -> Offering:
    if one.offering_id is None:
        make = publish_new if one.publishes else create_draft
        return make(provider_id=one.provider_id, given=one.given, by=one.by)
    change = publish if one.publishes else save_offering
    return change(offering_id=one.offering_id, version=one.version, given=one.given, by=one.by)
