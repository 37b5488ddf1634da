"""Numbers, days and times as people write them."""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Final

from django.utils.translation import gettext as _

from offerings.deadlines import YEARS
from offerings.imports.errors import Wrong

DAY: Final = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})|(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
SLASHED: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
TIME: Final = re.compile(r"(?:klo|kl\.?)?\s*(\d{1,2})[.:](\d{2})(?:[.:](\d{2}))?", re.ASCII)
SPACES: Final = str.maketrans("", "", " \u00a0\u202f")
OF_THOUSANDS: Final = re.compile(r"[1-9]\d{0,2}\.\d{3}", re.ASCII)  # 1.200: also one and a fifth


def whole(text: str) -> int | None:
    if not text:
        return None
    figures = text.translate(SPACES)
    if not (figures.isascii() and figures.isdigit() and int(figures[:9]) <= 32_767):
        raise Wrong(_("Write a number in figures, for example 12."))
    return int(figures)


def number(text: str, *, decimals: int) -> Decimal:
    figures = text.translate(SPACES).removesuffix("€").removesuffix("kr").replace(",", ".")
    try:
        found = Decimal(figures)
        if not found.is_finite() or not 0 <= found < 100_000:
            raise InvalidOperation  # noqa: TRY301 - said like the others
    except InvalidOperation as wrong:
        raise Wrong(_("Write a number in figures, for example 12.5.")) from wrong
    if OF_THOUSANDS.fullmatch(figures):
        sentence = _("“%(text)s” may mean two numbers. Write thousands without a mark between them.")
        raise Wrong(sentence % {"text": text[:30]})
    if found != round(found, decimals):
        raise Wrong(_("At most %(most)s decimals fit here.") % {"most": decimals})
    return round(found, decimals)


def key(text: str) -> int | None:
    """KOPA's number of a course."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise Wrong(_("Leave the number as KOPA has written it, or the cell empty."))
    return int(text)


def written(value: dt.date) -> str:
    """A day, or a moment by the clock, as it is written in a cell and read from one: 31.3.2027 15.00."""
    said = f"{value.day}.{value.month}.{value.year:04}"
    if not isinstance(value, dt.datetime) or value.time() == dt.time(0):
        return said
    return f"{said} {value:%H.%M.%S}" if value.second else f"{said} {value:%H.%M}"


def day_of(text: str) -> dt.date:
    found = DAY.fullmatch(text.strip())
    if found is None:
        raise Wrong(_slashed(text.strip()) or _("Write the day as 31.3.2027 or 2027-03-31."))
    day, month, year, iso_year, iso_month, iso_day = (int(part or 0) for part in found.groups())
    parts = (iso_year, iso_month, iso_day) if iso_year else (year, month, day)
    try:
        found_day = dt.date(*parts)
    except ValueError as wrong:
        if parts[1] > 12 >= parts[2]:
            sentence = _("There is no month %(month)s: the day comes first, then the month.")
            raise Wrong(sentence % {"month": parts[1]}) from wrong
        raise Wrong(_("There is no such day.")) from wrong
    if found_day.year not in YEARS:
        sentence = _("Write a year from %(first)s to %(last)s.")
        raise Wrong(sentence % {"first": YEARS[0], "last": YEARS[-1]})
    return found_day


def _slashed(text: str) -> str:
    """Of 4/1/2027 nobody knows which day it is, of 8/16/2027 everybody does."""
    found = SLASHED.fullmatch(text)
    if found is None:
        return ""
    first, second, year = map(int, found.groups())
    days = set()
    for day, month in ((first, second), (second, first)):
        with suppress(ValueError):
            days.add(dt.date(year, month, day))
    if len(days) > 1:
        sentence = _("Write the day as 31.3.2027 or 2027-03-31: “%(text)s” may mean two days.")
        return sentence % {"text": text}
    return _("Write “%(text)s” as %(day)s.") % {"text": text, "day": written(*days)} if days else ""


def share(text: str) -> str | None:
    """Per cents as a share of one."""
    if not text:
        return None
    per_cents = number(text.removesuffix("%"), decimals=0)
    if per_cents > 100:
        raise Wrong(_("Write per cents from 0 to 100."))
    return f"{per_cents / 100:.2f}"
