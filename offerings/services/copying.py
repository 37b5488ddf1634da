"""Last term's course as the draft of the next one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, cast

from django.db import transaction
from django.utils import timezone

from kopa.accounts.models import User
from kopa.base.db import refusing
from offerings.errors import AlreadyCopied
from offerings.models import CoHost, Offering, Quota
from offerings.services import acts
from offerings.services.inputs import LISTS, PLAIN, OfferingInput, is_foreign
from offerings.services.writing import blank_offering, write
from offerings.states import OfferingStatus
from offerings.terms import DATES, Term, moved_dates, next_term

# An identifier belongs to one course; dates are moved.
NOT_COPIED: Final = frozenset({"own_reference", *DATES})


@dataclass(frozen=True, slots=True)
class Copied:
    """The course in the next term; ``is_new`` unless it was there already, as a draft or as what became of
    it.
    """

    offering: Offering
    is_new: bool


@transaction.atomic
def copy_to_next_term(
    *, offering_id: int, by: User, today: dt.date | None = None, reason: str = ""
) -> Copied:
    """A draft of the same course in ``terms.next_term``: everything that is said of it, its quotas, its lists
    and its co-hosts, with moved dates (``guessed_dates``), no identifier of its own and no places given.

    Copied again, also at the same moment, it is the same draft; one that has been cancelled does not count.
    Places reserved for a municipality that has merged since are reserved for its successor, and sites that
    belong to others by now are left out. The course itself may be in any state and stays as it is.

    Raises YearNotMeant.
    """
    source = acts.lock(offering_id)
    term = next_term(source, today=today or timezone.localdate())
    found = _copy_in(source, term)
    if found is not None:
        return Copied(found, is_new=False)
    try:
        with refusing(Offering, Quota, CoHost, offering_is_copied_once_to_a_term=AlreadyCopied()):
            return Copied(_write(source, term, by, reason), is_new=True)
    except AlreadyCopied:
        return Copied(cast("Offering", _copy_in(source, term)), is_new=False)


def _copy_in(source: Offering, term: Term) -> Offering | None:
    copies = source.copies.exclude(status=OfferingStatus.CANCELLED)
    return copies.select_related("provider").filter(copied_to=term.code).first()


def _write(source: Offering, term: Term, by: User, reason: str) -> Offering:
    moved = moved_dates(source, term)
    offering = blank_offering(source.provider, now=timezone.now())
    offering.copied_from, offering.copied_to = source, term.code
    offering.is_demonstration = source.is_demonstration
    changes = write(offering, _as_input(source) | cast("OfferingInput", moved))
    offering.guessed_dates = [name for name in DATES if name in moved]
    offering.save(update_fields=["guessed_dates"])
    changes["copied_from"] = [None, source.pk]
    acts.tell("copy_to_next_term", offering, by=by, changes=changes, reason=reason)
    return offering


def _as_input(source: Offering) -> OfferingInput:
    """All that is said of the course but its dates and its identifier."""
    given: dict[str, Any] = {name: getattr(source, name) for name in PLAIN - NOT_COPIED}
    lists: dict[str, Collection[Any]] = {
        name: set(getattr(source, name).values_list("pk", flat=True)) for name in LISTS
    }
    co_hosts = list(source.co_hosts.values_list("organisation_id", "part"))
    hosts = {source.provider_id, *(organisation for organisation, _part in co_hosts)}
    sites = source.sites.select_related("organisation", "institution")
    lists |= {"co_hosts": co_hosts, "sites": {site.pk for site in sites if not is_foreign(site, hosts)}}
    return cast("OfferingInput", given | lists | {"quotas": _quotas(source)})


def _quotas(source: Offering) -> dict[int, int]:
    """Reserved places by municipality of today."""
    quotas: dict[int, int] = {}
    for quota in source.quotas.select_related("municipality__successor"):
        place = quota.municipality
        while place.successor is not None:
            place = place.successor
        quotas[place.pk] = quotas.get(place.pk, 0) + quota.seats
    return quotas
