"""An offering's dates as an iCalendar file (RFC 5545): the last moment to apply and the first day.

Moments are written in UTC, so no calendar can move them when summer time begins or ends; days are whole days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _

from kopa.base.names import reader_language
from offerings.models import Offering
from offerings.states import OfferingStatus

CONTENT_TYPE: Final = "text/calendar; charset=utf-8"
LINE_BYTES: Final = 75  # RFC 5545 §3.1: longer lines are folded, counted in bytes
REMIND_BEFORE: Final = "-P2D"


def calendar_file(offering: Offering, *, address: str, place: str, host: str) -> bytes:
    """The file for one offering. ``address`` is its page, ``host`` makes the names of events unique.

    An offering with continuous admission has only its first day; a cancelled one says so in every event.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//KOPA//{reader_language()}",
        "CALSCALE:GREGORIAN",
        *_events(offering, address=address, place=place, host=host),
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _events(offering: Offering, *, address: str, place: str, host: str) -> Iterator[str]:
    title = str(offering.title())
    description = f"{offering.provider}\n{address}"
    if offering.applications_close_at is not None:
        yield from _event(
            offering,
            uid=f"offering-{offering.pk}-applications-close@{host}",
            summary=_("Last time to apply: %(title)s") % {"title": title},
            times=[f"DTSTART:{_moment(offering.applications_close_at)}"],
            extra=[
                f"DESCRIPTION:{_escaped(description)}",
                f"URL:{address}",
                "BEGIN:VALARM",
                "ACTION:DISPLAY",
                f"TRIGGER:{REMIND_BEFORE}",
                f"DESCRIPTION:{_escaped(title)}",
                "END:VALARM",
            ],
        )
    if offering.starts_on is not None:
        next_day = offering.starts_on + dt.timedelta(days=1)
        yield from _event(
            offering,
            uid=f"offering-{offering.pk}-start@{host}",
            summary=_("Teaching starts: %(title)s") % {"title": title},
            times=[f"DTSTART;VALUE=DATE:{_day(offering.starts_on)}", f"DTEND;VALUE=DATE:{_day(next_day)}"],
            extra=[
                *([f"LOCATION:{_escaped(place)}"] if place else []),
                f"DESCRIPTION:{_escaped(description)}",
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
        f"DTSTAMP:{_moment(offering.updated_at)}",
        f"SEQUENCE:{offering.version}",
        f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}",
        f"SUMMARY:{_escaped(summary)}",
        "TRANSP:TRANSPARENT",
        *times,
        *extra,
        "END:VEVENT",
    )


def _moment(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"


def _day(day: dt.date) -> str:
    return f"{day:%Y%m%d}"


def _escaped(text: str) -> str:
    """A value of type TEXT; control characters are not allowed in a calendar and are left out."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(letter for letter in lines if letter == "\n" or (ord(letter) >= 32 and ord(letter) != 127))
    return kept.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """The line in parts of at most 75 bytes, no letter torn; every further part begins with a space."""
    parts = [""]
    room = LINE_BYTES
    for letter in line:
        size = len(letter.encode())
        if size > room:
            parts.append(" ")
            room = LINE_BYTES - 1
        parts[-1] += letter
        room -= size
    return "\r\n".join(parts)
