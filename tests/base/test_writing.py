"""How days, numbers and money are written in the three languages (R-LANG-4); expectations are literal."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kopa.base import writing

pytestmark = pytest.mark.unit
DAY = dt.date(2026, 3, 31)
NOON_UTC = dt.datetime(2026, 3, 31, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("language", "country", "written"),
    [
        ("fi", "", "31.3.2026"),
        ("fi", "FI", "31.3.2026"),
        ("fi", "SE", "31.3.2026"),
        ("sv", "", "31\u00a0mars\u00a02026"),
        ("sv", "FI", "31.3.2026"),
        ("sv", "SE", "2026-03-31"),
        ("en", "", "31\u00a0March\u00a02026"),
        ("en", "SE", "31\u00a0March\u00a02026"),
    ],
)
def test_day_is_written_as_language_and_country_do(language: str, country: str, written: str) -> None:
    """R-LANG-4"""
    assert writing.day(DAY, country=country, language=language) == written


@pytest.mark.parametrize(
    ("language", "written"),
    [("fi", "Kemi, Pello ja Tornio"), ("sv", "Kemi, Pello och Tornio"), ("en", "Kemi, Pello and Tornio")],
)
def test_names_stand_as_a_sentence_of_the_language_has_them(language: str, written: str) -> None:
    assert writing.names(["Kemi", "Pello", "Tornio"], language=language) == written
    assert writing.names(["Kemi", "Pello"], language=language) == written.replace(", Pello", "").replace(
        "Tornio", "Pello"
    )
    assert writing.names(["Kemi"], language=language) == "Kemi"
    assert writing.names([], language=language) == ""


@pytest.mark.parametrize(
    ("language", "written"), [("fi", "31.3."), ("sv", "31\u00a0mars"), ("en", "31\u00a0March")]
)
def test_short_day_has_no_year(language: str, written: str) -> None:
    assert writing.short_day(DAY, language=language) == written


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("fi", "ti\u00a031.3.2026"),
        ("sv", "tis\u00a031\u00a0mars\u00a02026"),
        ("en", "Tue\u00a031\u00a0March\u00a02026"),
    ],
)
def test_weekday_stands_before_the_day(language: str, written: str) -> None:
    assert writing.weekday(DAY, language=language) == written


@pytest.mark.parametrize(
    ("language", "country", "zone", "written"),
    [
        ("fi", "FI", False, "31.3.2026 klo 15.00"),
        ("fi", "SE", False, "31.3.2026 klo 14.00"),
        ("fi", "SE", True, "31.3.2026 klo 14.00 (Ruotsin aikaa)"),
        ("sv", "FI", True, "31\u00a0mars\u00a02026 kl. 15.00 (finsk tid)"),
        ("sv", "SE", True, "31\u00a0mars\u00a02026 kl. 14.00 (svensk tid)"),
        ("en", "FI", True, "31\u00a0March\u00a02026 at 15:00 (Finnish time)"),
        ("en", "SE", False, "31\u00a0March\u00a02026 at 14:00"),
    ],
)
def test_moment_is_told_in_the_hosts_zone(language: str, country: str, zone: bool, written: str) -> None:
    """R-TIME-1, and R-TIME-2 where the zone is named."""
    assert writing.moment(NOON_UTC, country=country, zone=zone, language=language) == written


@pytest.mark.parametrize(
    ("moment", "country", "written"),
    [
        (dt.datetime(2026, 3, 29, 0, 30, tzinfo=dt.UTC), "FI", "02.30"),  # before the change to summer time
        (dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.UTC), "FI", "04.30"),  # after it
        (dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC), "SE", "02.30"),
        (dt.datetime(2026, 10, 25, 1, 30, tzinfo=dt.UTC), "SE", "02.30"),  # the hour that comes twice
        (dt.datetime(2028, 2, 29, 22, 5, tzinfo=dt.UTC), "FI", "00.05"),
    ],
)
def test_clock_follows_summer_time(moment: dt.datetime, country: str, written: str) -> None:
    """R-TIME-2: both changes of the clock."""
    assert writing.clock(moment, country=country, language="fi") == written


def test_moment_late_in_the_evening_falls_on_the_hosts_day() -> None:
    late = dt.datetime(2026, 12, 31, 22, 30, tzinfo=dt.UTC)

    assert writing.moment(late, country="FI", language="fi") == "1.1.2027 klo 00.30"
    assert writing.moment(late, country="SE", language="fi") == "31.12.2026 klo 23.30"


@pytest.mark.parametrize(
    ("value", "decimals", "fi", "en"),
    [
        (0, None, "0", "0"),
        (180, None, "180", "180"),
        (Decimal("180.0"), None, "180", "180"),
        (Decimal("22.5"), None, "22,5", "22.5"),
        (12345, None, "12\u202f345", "12,345"),
        (1234567.5, None, "1\u202f234\u202f567,5", "1,234,567.5"),
        (1234.5, 2, "1\u202f234,50", "1,234.50"),
        (2, 0, "2", "2"),
    ],
)
def test_numbers_have_narrow_spaces_and_a_comma(value: float, decimals: int | None, fi: str, en: str) -> None:
    assert writing.number(value, decimals=decimals, language="fi") == fi
    assert writing.number(value, decimals=decimals, language="sv") == fi
    assert writing.number(value, decimals=decimals, language="en") == en


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0\u00a0km"),
        (0.4, "<\u00a01\u00a0km"),
        (0.99, "<\u00a01\u00a0km"),
        (1.0, "1\u00a0km"),
        (103.5, "104\u00a0km"),
        (1041.6, "1\u202f042\u00a0km"),
    ],
)
def test_distance_is_in_whole_kilometres(value: float, written: str) -> None:
    assert writing.kilometres(value, language="fi") == written


@pytest.mark.parametrize(
    ("cents", "currency", "fi", "sv", "en"),
    [
        (0, "EUR", "0\u00a0€", "0\u00a0€", "€0"),
        (4500, "EUR", "45\u00a0€", "45\u00a0€", "€45"),
        (123450, "EUR", "1\u202f234,50\u00a0€", "1\u202f234,50\u00a0€", "€1,234.50"),
        (1500000, "SEK", "15\u202f000\u00a0SEK", "15\u202f000\u00a0kr", "SEK\u00a015,000"),
    ],
)
def test_money_has_its_sign_where_the_language_puts_it(
    cents: int, currency: str, fi: str, sv: str, en: str
) -> None:
    assert writing.money(cents, currency, language="fi") == fi
    assert writing.money(cents, currency, language="sv") == sv
    assert writing.money(cents, currency, language="en") == en


@pytest.mark.parametrize(
    ("share", "fi", "en"),
    [(0.5, "50\u00a0%", "50%"), (Decimal("0.25"), "25\u00a0%", "25%"), (1, "100\u00a0%", "100%")],
)
def test_share_is_in_per_cents(share: float, fi: str, en: str) -> None:
    assert writing.percent(share, language="fi") == fi
    assert writing.percent(share, language="en") == en
