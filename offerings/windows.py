"""What follows from the clock: ahead, closed, open for applications. One place, for one row and for many.

A word is Python (``is_…``, on an offering), SQL (a ``Q``, on the columns of the same names of ``Offering``
and of the search's ``SearchRow``), or both where both are needed. Deadlines include their whole second
(R-TIME-1).
"""

from __future__ import annotations

import datetime as dt
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from django.db.models import Q

from offerings.search.query import OPENING_SOON_DAYS
from offerings.states import STARTED, OfferingStatus

OPENING_SOON: Final = dt.timedelta(days=OPENING_SOON_DAYS)
# After so long an unconfirmed number of free places is no promise: pages say to ask.
FRESH_FOR: Final = dt.timedelta(days=60)


class Windowed(Protocol):
    """What the clock is asked about: an offering, or the same values read without one."""

    @property
    def status(self) -> str: ...
    @property
    def starts_on(self) -> dt.date | None: ...
    @property
    def applications_open_at(self) -> dt.datetime | None: ...
    @property
    def applications_close_at(self) -> dt.datetime | None: ...
    @property
    def zone(self) -> ZoneInfo: ...


class Counted(Protocol):
    """Something whose free places somebody confirms: an offering, or the same value read without one."""

    @property
    def places_confirmed_at(self) -> dt.datetime | None: ...


class WindowedAndCounted(Windowed, Counted, Protocol):
    """What both are asked about."""


def is_ahead(offering: Windowed, now: dt.datetime) -> bool:
    """Teaching starts on a later day than today, by the host's clock."""
    return offering.starts_on is not None and offering.starts_on > now.astimezone(offering.zone).date()


def is_past(offering: Windowed, now: dt.datetime) -> bool:
    """Teaching started on an earlier day than today, by the host's clock."""
    return offering.starts_on is not None and offering.starts_on < now.astimezone(offering.zone).date()


def has_started(offering: Windowed, now: dt.datetime) -> bool:
    """It is public and teaching starts today or has started, by the host's clock, whether the job has said so
    or not.
    """
    begun = offering.status == OfferingStatus.PUBLISHED and not is_ahead(offering, now)
    return begun or offering.status in STARTED


def is_closed(offering: Windowed, now: dt.datetime) -> bool:
    """The application deadline has passed; continuous admission never closes this way."""
    closes_at = offering.applications_close_at
    return closes_at is not None and now.replace(microsecond=0) > closes_at


def is_in_search(offering: Windowed, now: dt.datetime) -> bool:
    """The base set of every search: published, start ahead, not closed; later opening and full ones too."""
    published = offering.status == OfferingStatus.PUBLISHED
    return published and is_ahead(offering, now) and not is_closed(offering, now)


def listed_until(offering: Windowed) -> dt.datetime:
    """From this instant on an offering with a start is out of every search: the first moment of the day on
    which teaching starts, by the host's clock, or the second after the deadline, whatever comes first.
    """
    start = dt.datetime.combine(offering.starts_on, dt.time(), offering.zone)  # type: ignore[arg-type]
    closes_at = offering.applications_close_at
    if closes_at is None:
        return start
    return min(start, closes_at.replace(microsecond=0) + dt.timedelta(seconds=1))


def is_open(offering: Windowed, now: dt.datetime) -> bool:
    """One may apply at this instant."""
    opens_at = offering.applications_open_at
    return opens_at is not None and opens_at <= now and is_in_search(offering, now)


def state(offering: Windowed, now: dt.datetime) -> str:
    """Where the application window stands, as the API says it: ``open``, ``opening`` or ``closed``."""
    if is_open(offering, now):
        return "open"
    return "opening" if is_in_search(offering, now) else "closed"


def is_confirmed_lately(offering: Counted, now: dt.datetime) -> bool:
    """Somebody has said within ``FRESH_FOR`` that the number of free places is right."""
    confirmed_at = offering.places_confirmed_at
    return confirmed_at is not None and now - confirmed_at <= FRESH_FOR


def wants_confirming(offering: WindowedAndCounted, now: dt.datetime) -> bool:
    """One may still apply, and the number of free places is old: ``Offering.objects.unconfirmed`` for one."""
    return is_in_search(offering, now) and not is_confirmed_lately(offering, now)


def confirmed_long_ago(now: dt.datetime) -> Q:
    """``is_confirmed_lately`` says no; for many."""
    return Q(places_confirmed_at__isnull=True) | Q(places_confirmed_at__lt=now - FRESH_FOR)


def ahead(now: dt.datetime, *, country: str) -> Q:
    """``country`` names the column of the host's country."""
    from offerings.models import ZONES  # noqa: PLC0415 - the models' querysets build on these words

    return Q(
        *(Q(**{country: host, "starts_on__gt": now.astimezone(zone).date()}) for host, zone in ZONES.items()),
        _connector=Q.OR,
    )


def begun(now: dt.datetime, *, country: str) -> Q:
    """Teaching starts today or has started, by the host's clock."""
    return _by_today("starts_on__lte", now, country)


def ended(now: dt.datetime, *, country: str) -> Q:
    """The last day of teaching is over, by the host's clock."""
    return _by_today("ends_on__lt", now, country)


def _by_today(compared: str, now: dt.datetime, country: str) -> Q:
    from offerings.models import ZONES  # noqa: PLC0415 - the models' querysets build on these words

    return Q(
        *(Q(**{country: host, compared: now.astimezone(zone).date()}) for host, zone in ZONES.items()),
        _connector=Q.OR,
    )


def not_closed(now: dt.datetime) -> Q:
    return Q(applications_close_at__isnull=True) | Q(applications_close_at__gte=now.replace(microsecond=0))


# On a search row ``r`` that is in the base set, at ``now``. Not open yet, but within ``OPENING_SOON``
# (``soon`` = now + that), its last instant included.
OPENED_SQL: Final = "r.applications_open_at <= %(now)s"
OPENING_SOON_SQL: Final = "(r.applications_open_at > %(now)s and r.applications_open_at <= %(soon)s)"
