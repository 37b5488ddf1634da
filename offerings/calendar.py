"""An offering's dates as an iCalendar file (RFC 5545): the last moment to apply and the first day.

Days are whole days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _

from kopa.base import icalendar
from kopa.base.icalendar import day, escaped, moment
from offerings.models import Offering
from offerings.states import OfferingStatus

REMIND_BEFORE: Final = "-P2D"


def calendar_file(offering: Offering, *, address: str, place: str, host: str) -> bytes:
    """The file for one offering. ``address`` is its page, ``host`` makes the names of events unique.

    An offering with continuous admission has only its first day; a cancelled one says so in every event.
    """
    return icalendar.written(_events(offering, address=address, place=place, host=host))


def _events(offering: Offering, *, address: str, place: str, host: str) -> Iterator[str]:
    title = str(offering.title())
    description = f"{offering.provider}\n{address}"
    if offering.applications_close_at is not None:
        yield from _event(
            offering,
            uid=f"offering-{offering.pk}-applications-close@{host}",
            summary=_("Last time to apply: %(title)s") % {"title": title},
            times=[f"DTSTART:{moment(offering.applications_close_at)}"],
            extra=[
                f"DESCRIPTION:{escaped(description)}",
                f"URL:{address}",
                *icalendar.reminder(REMIND_BEFORE, title),
            ],
        )
    if offering.starts_on is not None:
        next_day = offering.starts_on + dt.timedelta(days=1)
        yield from _event(
            offering,
            uid=f"offering-{offering.pk}-start@{host}",
            summary=_("Teaching starts: %(title)s") % {"title": title},
            times=[f"DTSTART;VALUE=DATE:{day(offering.starts_on)}", f"DTEND;VALUE=DATE:{day(next_day)}"],
            extra=[
                *([f"LOCATION:{escaped(place)}"] if place else []),
                f"DESCRIPTION:{escaped(description)}",
                f"URL:{address}",
            ],
        )


def _event(
    offering: Offering, *, uid: str, summary: str, times: list[str], extra: list[str]
) -> Iterator[str]:
    cancelled = offering.status == OfferingStatus.CANCELLED
    yield from (
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{moment(offering.updated_at)}",
        f"SEQUENCE:{offering.version}",
        f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}",
        f"SUMMARY:{escaped(summary)}",
        "TRANSP:TRANSPARENT",
        *times,
        *extra,
        "END:VEVENT",
    )
