"""Until when an answer is awaited, as an iCalendar file that names neither course, provider nor what it is
about (R-PRIV-11): calendars are shared, and read over shoulders.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.utils.translation import gettext as _

from applications.models import Application
from kopa.base import icalendar, writing

REMIND_BEFORE: Final = "-P1D"


def reply_file(application: Application, until: dt.datetime, *, address: str, host: str) -> bytes:
    """``address`` is the page with the buttons, ``host`` makes the event's name unique."""
    country = application.offering.provider.country
    summary = _("A matter of yours in KOPA awaits an answer")
    last = _("Answer by %(moment)s.") % {"moment": writing.moment(until, country=country, zone=True)}
    return icalendar.written(
        [
            "BEGIN:VEVENT",
            f"UID:answer-{application.reference.lower()}@{host}",
            f"DTSTAMP:{icalendar.moment(application.offered_at or application.submitted_at)}",
            f"SEQUENCE:{application.version}",
            "STATUS:CONFIRMED",
            f"SUMMARY:{icalendar.escaped(summary)}",
            "CLASS:PRIVATE",
            "TRANSP:TRANSPARENT",
            f"DTSTART:{icalendar.moment(until)}",
            f"DESCRIPTION:{icalendar.escaped(f'{last}{chr(10)}{address}')}",
            f"URL:{address}",
            *icalendar.reminder(REMIND_BEFORE, summary),
            "END:VEVENT",
        ]
    )
