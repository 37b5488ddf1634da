"""How days, moments, numbers, distances and money are written in Finnish, Swedish and English (R-LANG-4).

Every function takes the reader's language, or uses that of the page being made. In the one Swedish interface
the month is written out ("31 mars 2026"); where a record's country is given, the day is in figures as that
country writes it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, get_currency_symbol
from django.utils import translation
from django.utils.translation import gettext, pgettext

from kopa.base.names import reader_language

# A deadline belongs to the host's zone (R-TIME-1).
ZONES: Final = {"FI": ZoneInfo("Europe/Helsinki"), "SE": ZoneInfo("Europe/Stockholm")}
NO_BREAK: Final = "\u00a0"
NARROW_NO_BREAK: Final = "\u202f"
_LOCALES: Final = {"fi": Locale("fi"), "sv": Locale("sv", "FI"), "en": Locale("en", "GB")}
_DAY: Final = {"fi": "d.M.y", "sv": "d MMMM y", "en": "d MMMM y"}
_SHORT_DAY: Final = {"fi": "d.M.", "sv": "d MMMM", "en": "d MMMM"}
_WEEKDAY: Final = {"fi": "ccc", "sv": "ccc", "en": "ccc"}
_NUMERIC_SV: Final = {"FI": "d.M.y", "SE": "y-MM-dd"}


def day(value: dt.date, *, country: str = "", language: str | None = None) -> str:
    """31.3.2026 (fi), 31 mars 2026 (sv), 31 March 2026 (en). With a country, Swedish is in figures: 31.3.2026
    for a record of Finland, 2026-03-31 for one of Sweden.
    """
    language = language or reader_language()
    pattern = _NUMERIC_SV.get(country, _DAY["sv"]) if language == "sv" else _DAY[language]
    return _formatted(value, pattern, language)


def short_day(value: dt.date, *, language: str | None = None) -> str:
    """The day without its year, where that is plain: 31.3. (fi), 31 mars (sv), 31 March (en)."""
    language = language or reader_language()
    return _formatted(value, _SHORT_DAY[language], language)


def weekday(value: dt.date, *, country: str = "", language: str | None = None) -> str:
    """With the weekday before: ti 31.3.2026 (fi), tis 31 mars 2026 (sv), Tue 31 March 2026 (en)."""
    language = language or reader_language()
    name = format_date(value, _WEEKDAY[language], locale=_LOCALES[language]).rstrip(".")
    return f"{name}{NO_BREAK}{day(value, country=country, language=language)}"


def clock(value: dt.datetime, *, country: str = "FI", language: str | None = None) -> str:
    """The time of day in the country's zone: 15.00 (fi, sv), 15:00 (en)."""
    local = value.astimezone(ZONES[country])
    return f"{local:%H:%M}" if (language or reader_language()) == "en" else f"{local:%H.%M}"


def moment(
    value: dt.datetime, *, country: str = "FI", zone: bool = False, language: str | None = None
) -> str:
    """Day and time in the country's zone; with ``zone`` also whose time it is (R-TIME-2)."""
    language = language or reader_language()
    local_day = day(value.astimezone(ZONES[country]).date(), language=language)
    with translation.override(language):
        written = pgettext("day and time", "%(day)s at %(time)s") % {
            "day": local_day,
            "time": clock(value, country=country, language=language),
        }
        return f"{written} ({zone_name(country)})" if zone else written


def zone_name(country: str) -> str:
    """Finnish time, Swedish time."""
    return gettext("Swedish time") if country == "SE" else gettext("Finnish time")


def number(value: float | Decimal, *, decimals: int | None = None, language: str | None = None) -> str:
    """12 345,5 with narrow no-break spaces (fi, sv), 12,345.5 (en); ``decimals`` fixes how many there are."""
    language = language or reader_language()
    pattern = "#,##0.###" if decimals is None else f"#,##0.{'0' * decimals}".rstrip(".")
    return _narrow(format_decimal(value, format=pattern, locale=_LOCALES[language]), language)


def kilometres(value: float, *, language: str | None = None) -> str:
    """A distance in whole kilometres, "104 km"; under one kilometre "< 1 km", no distance at all "0 km"."""
    if 0 < value < 1:
        return f"<{NO_BREAK}1{NO_BREAK}km"
    return f"{number(round(value), language=language)}{NO_BREAK}km"


def money(cents: int, currency: str = "EUR", *, language: str | None = None) -> str:
    """1 234,50 € (fi, sv), €1,234.50 (en); whole sums without decimals. Kronor are "kr" in Swedish only."""
    language = language or reader_language()
    digits = 0 if cents % 100 == 0 else 2
    zeros = "." + "0" * digits if digits else ""
    locale = Locale("sv", "SE") if language == "sv" else _LOCALES[language]
    gap = NO_BREAK if get_currency_symbol(currency, locale).isalpha() else ""
    pattern = f"¤{gap}#,##0{zeros}" if language == "en" else f"#,##0{zeros}{NO_BREAK}¤"
    written = format_currency(Decimal(cents) / 100, currency, pattern, locale=locale, currency_digits=False)
    return _narrow(written, language)


def percent(share: float | Decimal, *, language: str | None = None) -> str:
    """A share of one in whole per cents: 45 % (fi, sv), 45% (en)."""
    language = language or reader_language()
    gap = "" if language == "en" else NO_BREAK
    return f"{number(round(Decimal(str(share)) * 100), language=language)}{gap}%"


def names(these: Iterable[object], *, language: str | None = None) -> str:
    """Names as a sentence has them: “Kemi, Pello ja Tornio”, “… och Tornio”, “… and Tornio” without a comma
    before the and. Empty without any.
    """
    written = [str(one) for one in these]
    return str(format_list(written, locale=_LOCALES[language or reader_language()]))


@lru_cache(maxsize=1024)
def _formatted(value: dt.date, pattern: str, language: str) -> str:
    """A date is not broken over two lines."""
    return format_date(value, pattern, locale=_LOCALES[language]).replace(" ", NO_BREAK)


def _narrow(written: str, language: str) -> str:
    """Groups of digits are set apart by narrow no-break spaces; the unit keeps the space before it."""
    if language == "en":
        return written
    head, unit_space, unit = written.rpartition(NO_BREAK) if not written[-1].isdigit() else (written, "", "")
    return head.replace(NO_BREAK, NARROW_NO_BREAK) + unit_space + unit


def shortened(text: str, most: int) -> str:
    """The text, or its first ``most`` characters and an ellipsis."""
    return text if len(text) <= most else f"{text[:most]}…"
