"""Places: how many there are, for whom they are reserved, and how many have been given outside KOPA."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kopa.accounts.models import User
from kopa.base.db import refusing
from kopa.base.errors import ChangedMeanwhile
from municipalities.models import Municipality
from offerings.errors import (
    MoreGivenThanSeats,
    PlacesBelowGiven,
    QuotaBelowGiven,
    QuotaReleased,
    QuotasExceedPlaces,
    QuotasWithoutPlaces,
    UnknownSource,
)
from offerings.models import Offering, PlaceCounter, Quota
from offerings.services import acts
from offerings.services.taps import is_repeated


@transaction.atomic
def set_taken_elsewhere(
    *, offering_id: int, taken: Mapping[int, int], by: User, seen: Mapping[int, int] | None = None
) -> Offering:
    """So many places of each source (counter's id → number) are given outside KOPA; the numbers are
    confirmed.

    Sources that ``taken`` leaves out keep their number. ``seen`` holds the numbers that the person was shown.
    The same numbers sent twice by the same person, as by a double tap, are written once.

    Raises ChangedMeanwhile when a number is not what the person saw, UnknownSource when a source is gone,
    MoreGivenThanSeats when a source has fewer places, TransitionNotAllowed when the course is cancelled.
    """
    with refusing(PlaceCounter):
        offering = acts.lock(offering_id)
        acts.refuse_unless_changeable(offering, "set_taken_elsewhere")
        counters = {counter.pk: counter for counter in lock_counters(offering)}
        if set(taken) - set(counters):
            raise UnknownSource
        if any(
            counters[pk].taken_elsewhere != number for pk, number in (seen or {}).items() if pk in counters
        ):
            if is_repeated(offering, counters, taken, by=by):
                return offering
            raise ChangedMeanwhile
        changes: dict[str, list[Any]] = {}
        for counter, number in ((counters[pk], number) for pk, number in taken.items()):
            changes |= _give_elsewhere(counter, number)
        _confirm(offering, by)
        acts.tell("set_taken_elsewhere", offering, by=by, changes=changes)
    return offering


@transaction.atomic
def confirm_places(*, offering_id: int, by: User, seen: Mapping[int, int]) -> Offering:
    """The numbers given outside KOPA that ``by`` was shown (``seen``, one per source) are right; nothing else
    changes.

    Raises ChangedMeanwhile when these are not the numbers, TransitionNotAllowed when the course is cancelled.
    """
    with refusing(PlaceCounter):
        offering = acts.lock(offering_id)
        acts.refuse_unless_changeable(offering, "confirm_places")
        if dict(seen) != {counter.pk: counter.taken_elsewhere for counter in lock_counters(offering)}:
            raise ChangedMeanwhile
        _confirm(offering, by)
        acts.tell("confirm_places", offering, by=by)
    return offering


@dataclass(frozen=True, slots=True)
class Miscount:
    """A number of places that does not say what the rows that it stands for say: a fault of ours.

    ``source`` is "open", the key of the municipality that places are reserved for, or empty where the places
    of all sources are added up; ``column`` is a counter's (seats, held, taken, used).
    """

    offering_id: int
    source: str
    column: str
    counted: int
    right: int


def places_that_disagree(offering_ids: Iterable[int] | None = None) -> list[Miscount]:
    """Offerings for which Σ seats ≠ capacity, and reserved places whose counter is missing (0) or has other
    seats (fewer is right once they are released). Two statements.

    Empty is right; anything else is a fault of ours. Without ids all offerings are looked at.
    """
    offerings = (
        Offering.objects.all() if offering_ids is None else Offering.objects.filter(pk__in=offering_ids)
    )
    sums = offerings.order_by().annotate(
        seats=Coalesce(Sum("counters__seats"), 0), places=Coalesce(F("capacity"), 0)
    )
    unlike = ~Q(counter__seats=F("seats")) & Q(released_at__isnull=True) | Q(counter__seats__gt=F("seats"))
    quotas = Quota.objects.filter(Q(counter__isnull=True) | unlike, offering__in=offerings)
    reserved = quotas.annotate(counted=Coalesce(F("counter__seats"), 0))
    found = [
        Miscount(pk, "", "seats", seats, places)
        for pk, seats, places in sums.exclude(seats=F("places")).values_list("pk", "seats", "places")
    ]
    found += [
        Miscount(pk, key, "seats", counted, seats)
        for pk, key, counted, seats in reserved.values_list(
            "offering", "municipality__key", "counted", "seats"
        )
    ]
    return sorted(found, key=lambda one: (one.offering_id, one.source))


def lock_counters(offering: Offering) -> list[PlaceCounter]:
    """Its counters, the open source first, then the quotas by id; the offering is locked already."""
    return list(
        PlaceCounter.objects.select_for_update(no_key=True, of=("self",))
        .filter(offering=offering)
        .select_related("quota__municipality")
        .order_by(F("quota").asc(nulls_first=True))
    )


@dataclass(frozen=True, slots=True)
class Shares:
    """How an offering's places are to be shared out: the open ones, and the reserved ones by municipality.
    What was reserved once and is released is none of the two, and stays.
    """

    counters: list[PlaceCounter]
    open_seats: int
    before: dict[int, int]
    after: dict[int, int]

    @property
    def open_source(self) -> PlaceCounter | None:
        return next((counter for counter in self.counters if counter.quota is None), None)

    @property
    def reserved(self) -> dict[int, tuple[PlaceCounter, Quota]]:
        reserved = _reserved(self.counters)
        return {key: (one, one.quota) for key, one in reserved.items() if one.quota is not None}

    @property
    def added(self) -> list[int]:
        """Municipalities for which places are reserved anew."""
        return sorted(self.after.keys() - self.before.keys())

    def changes(self, keys: Mapping[int, str]) -> dict[str, list[Any]]:
        """For the journal; ``keys`` of the municipalities by id."""
        named = [{keys[pk]: seats for pk, seats in sorted(one.items())} for one in (self.before, self.after)]
        return {"quotas": list(named)}


def shared_out(
    offering: Offering, counters: list[PlaceCounter], wanted: Mapping[int, int] | None
) -> Shares:
    """The offering's capacity shared out with these quotas (municipality's id → places); nothing is written.

    ``counters`` are the offering's, locked; ``wanted`` None keeps the quotas. Released ones are kept anyway:
    ``wanted`` says of them what was reserved.

    Raises QuotasWithoutPlaces, QuotasExceedPlaces, QuotaBelowGiven, PlacesBelowGiven, QuotaReleased.
    """
    reserved, released = _reserved(counters), _released(counters)
    before = {municipality: counter.seats for municipality, counter in reserved.items()}
    after = before if wanted is None else _without_released(wanted, released)
    gone = sum(counter.seats for counter in released.values())  # what the released ones have given
    refuse_too_many(offering, after, released=gone)
    open_seats = (offering.capacity or 0) - sum(after.values()) - gone
    for counter in counters:
        if counter.quota is None and counter.given > open_seats:
            lowest = counter.given + sum(after.values()) + gone
            raise PlacesBelowGiven(given=counter.given, lowest=lowest)
    for municipality, counter in reserved.items():
        if counter.quota is not None and counter.given > after.get(municipality, 0):
            raise QuotaBelowGiven(municipality=counter.quota.municipality.whose(), given=counter.given)
    return Shares(counters, open_seats, before, dict(after))


def _reserved(counters: Iterable[PlaceCounter]) -> dict[int, PlaceCounter]:
    """By municipality, those not released yet."""
    sources = ((one.quota, one) for one in counters)
    return {quota.municipality_id: one for quota, one in sources if quota and quota.released_at is None}


def _released(counters: Iterable[PlaceCounter]) -> dict[int, PlaceCounter]:
    """By municipality (R-CAP-4): their unused places are open ones; those given stay theirs."""
    sources = ((one.quota, one) for one in counters)
    return {quota.municipality_id: one for quota, one in sources if quota and quota.released_at is not None}


def _without_released(wanted: Mapping[int, int], released: Mapping[int, PlaceCounter]) -> dict[int, int]:
    """Raises QuotaReleased where another number than was reserved is wanted of what is released."""
    for municipality, counter in released.items():
        quota = counter.quota
        if quota is not None and wanted.get(municipality, 0) != quota.seats:
            raise QuotaReleased(municipality=quota.municipality.whose(), reserved=quota.seats)
    return {key: seats for key, seats in wanted.items() if seats > 0 and key not in released}


def share_out(offering: Offering, wanted: Mapping[int, int] | None) -> dict[str, list[Any]]:
    """Make the counters add up to the offering's capacity with these quotas (municipality's id → places).

    The offering is locked and has been saved; ``wanted`` None keeps the quotas. What changed, for the
    journal.

    Raises what ``shared_out`` raises, and ValidationError for a municipality that is none of today's.
    """
    shares = shared_out(offering, lock_counters(offering), wanted)
    if shares.added:
        todays = Municipality.objects.current().filter(pk__in=shares.added)
        refuse_dissolved(set(todays.values_list("pk", flat=True)), shares)
    PlaceCounter.objects.update_or_create(
        offering=offering, quota=None, defaults={"seats": shares.open_seats}
    )
    _write_quotas(offering, shares)
    if shares.before == shares.after:
        return {}
    concerned = Municipality.objects.filter(pk__in=shares.before.keys() | shares.after.keys())
    return shares.changes(dict(concerned.values_list("pk", "key")))


def refuse_dissolved(todays: Collection[int], shares: Shares) -> None:
    """Places are reserved anew for municipalities of today only."""
    if any(key not in todays for key in shares.added):
        raise ValidationError(
            {"quotas": ValidationError(_("Choose a municipality of today."), code="unknown")}
        )


def refuse_too_many(offering: Offering, quotas: Mapping[int, int], *, released: int = 0) -> None:
    """``released``: so many places are given by residents' right, of what was reserved once."""
    reserved = sum(quotas.values()) + released
    if not reserved:
        return
    if offering.capacity is None:
        raise QuotasWithoutPlaces
    if reserved > offering.capacity:
        raise QuotasExceedPlaces(reserved=reserved, places=offering.capacity)


def _write_quotas(offering: Offering, shares: Shares) -> None:
    for municipality_id, (counter, quota) in shares.reserved.items():
        seats = shares.after.get(municipality_id, 0)
        if seats == counter.seats:
            continue
        if seats == 0:
            quota.delete()  # and its counter
            continue
        quota.seats = counter.seats = seats
        quota.save(update_fields=["seats"])
        counter.save(update_fields=["seats"])
    for municipality_id in shares.added:
        quota = Quota.objects.create(
            offering=offering, municipality_id=municipality_id, seats=shares.after[municipality_id]
        )
        PlaceCounter.objects.create(offering=offering, quota=quota, seats=quota.seats)


def _give_elsewhere(counter: PlaceCounter, number: int) -> dict[str, list[Any]]:
    most = counter.seats - (counter.given - counter.taken_elsewhere)
    if not 0 <= number <= most:
        raise MoreGivenThanSeats(counter_id=counter.pk, most=most)
    if number == counter.taken_elsewhere:
        return {}
    source = counter.quota.municipality.key if counter.quota else "open"
    change = {f"taken_elsewhere {source}": [counter.taken_elsewhere, number]}
    counter.taken_elsewhere = number
    counter.save(update_fields=["taken_elsewhere"])
    return change


def _confirm(offering: Offering, by: User) -> None:
    offering.places_confirmed_at = offering.updated_at = timezone.now()
    offering.places_confirmed_by = by
    offering.save(update_fields=["places_confirmed_at", "places_confirmed_by", "updated_at"])
