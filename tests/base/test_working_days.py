"""Working days and reply deadlines, against calendars written down by hand from the almanacs."""

from __future__ import annotations

import datetime as dt

import pytest

from kopa.base.working_days import (
    add_working_days,
    end_of,
    is_working_day,
    last_working_day,
    next_working_day,
    reply_deadline,
)

pytestmark = pytest.mark.unit

# Mondays to Fridays on which no time limit ends: public holidays and the eves of the laws on time limits.
FREE = {
    ("FI", 2026): "1.1 6.1 3.4 6.4 1.5 14.5 19.6 24.12 25.12",
    ("SE", 2026): "1.1 6.1 3.4 6.4 1.5 14.5 19.6 24.12 25.12 31.12",
    ("FI", 2027): "1.1 6.1 26.3 29.3 6.5 25.6 6.12 24.12",
    ("SE", 2027): "1.1 6.1 26.3 29.3 6.5 25.6 24.12 31.12",
    ("FI", 2028): "6.1 14.4 17.4 1.5 25.5 23.6 6.12 25.12 26.12",
    ("SE", 2028): "6.1 14.4 17.4 1.5 25.5 6.6 23.6 25.12 26.12",
}
FREE_DAYS = {
    (country, dt.date(year, int(month), int(day)))
    for (country, year), days in FREE.items()
    for day, month in (written.split(".") for written in days.split())
}
DAY = dt.timedelta(days=1)


def days_of(*years: int) -> list[dt.date]:
    first, last = dt.date(years[0], 1, 1), dt.date(years[-1], 12, 31)
    return [first + number * DAY for number in range((last - first).days + 1)]


def works(day: dt.date, country: str) -> bool:
    return day.weekday() < 5 and (country, day) not in FREE_DAYS


def day(written: str) -> dt.date:
    number, month, year = map(int, written.split("."))
    return dt.date(year, month, number)


def utc(written: str) -> dt.datetime:
    date, time = written.split()
    return dt.datetime.combine(day(date), dt.time.fromisoformat(time), tzinfo=dt.UTC)


@pytest.mark.parametrize("country", ["FI", "SE"])
def test_the_days_of_three_years_are_those_of_the_almanac(country):
    """R-HOME-4, R-CAP-9: which days are working days in each country."""
    wrong = [one for one in days_of(2026, 2027, 2028) if is_working_day(one, country) != works(one, country)]

    assert wrong == []


def test_new_year_s_eve_and_the_national_days_differ_between_the_countries():
    days = ("31.12.2026", "6.12.2027", "6.6.2028")

    assert [is_working_day(day(one), "FI") for one in days] == [True, False, True]
    assert [is_working_day(day(one), "SE") for one in days] == [False, True, False]


@pytest.mark.parametrize(
    ("begun", "number", "finland", "sweden"),
    [
        ("23.11.2026", 10, "7.12.2026", "7.12.2026"),
        ("17.12.2026", 10, "5.1.2027", "7.1.2027"),  # New Year's Eve works in Finland alone
        ("1.4.2026", 1, "2.4.2026", "2.4.2026"),
        ("2.4.2026", 1, "7.4.2026", "7.4.2026"),  # Easter
        ("21.2.2028", 6, "29.2.2028", "29.2.2028"),
        ("28.11.2026", 0, "30.11.2026", "30.11.2026"),
        ("30.11.2026", 0, "30.11.2026", "30.11.2026"),
        ("28.11.2026", 1, "30.11.2026", "30.11.2026"),
    ],
)
def test_working_days_are_counted_from_the_day_after(begun, number, finland, sweden):
    """R-HOME-4: ten working days for the statement; what follows them is in ``test_silence``."""
    assert add_working_days(day(begun), number, "FI") == day(finland)
    assert add_working_days(day(begun), number, "SE") == day(sweden)


def test_the_next_and_the_last_working_day_may_be_the_day_itself():
    assert next_working_day(day("19.6.2026"), "SE") == day("22.6.2026")
    assert last_working_day(day("19.6.2026"), "SE") == day("18.6.2026")
    assert next_working_day(day("18.6.2026"), "SE") == last_working_day(day("18.6.2026"), "SE")


@pytest.mark.parametrize(
    ("country", "last", "moment"),
    [
        ("FI", "31.3.2026", "31.3.2026 12:00"),
        ("SE", "31.3.2026", "31.3.2026 21:59:59"),
        # Both days on which clocks are changed, and the leap day
        ("FI", "29.3.2026", "29.3.2026 12:00"),
        ("SE", "29.3.2026", "29.3.2026 21:59:59"),
        ("FI", "25.10.2026", "25.10.2026 13:00"),
        ("SE", "25.10.2026", "25.10.2026 22:59:59"),
        ("FI", "29.2.2028", "29.2.2028 13:00"),
    ],
)
def test_a_day_ends_at_the_closing_hour_by_the_host_s_clock(country, last, moment):
    """R-TIME-1, R-TIME-2: both changes of the clock and 29 February."""
    assert end_of(day(last), country) == utc(moment)


def test_an_hour_that_stands_twice_ends_the_second_time(settings):
    """R-TIME-1: nobody who reads the clock comes too late."""
    settings.CLOSING_HOUR = {"FI": "03:30:00"}

    assert end_of(day("25.10.2026"), "FI") == utc("25.10.2026 01:30")


@pytest.mark.parametrize(
    ("country", "offered", "ends"),
    [
        ("FI", "24.11.2026 08:00", "1.12.2026 13:00"),
        ("SE", "24.11.2026 08:00", "1.12.2026 22:59:59"),
        ("FI", "21.11.2026 08:00", "30.11.2026 13:00"),  # a Saturday
        # Midnight by the host's clock, not by the server's
        ("FI", "23.11.2026 22:30", "1.12.2026 13:00"),
        ("SE", "23.11.2026 22:30", "30.11.2026 22:59:59"),
        # Over both changes of the clock
        ("FI", "20.3.2026 08:00", "27.3.2026 13:00"),
        ("FI", "23.3.2026 08:00", "30.3.2026 12:00"),
        ("SE", "22.3.2026 08:00", "30.3.2026 21:59:59"),
        ("FI", "16.10.2026 08:00", "23.10.2026 12:00"),
        ("FI", "19.10.2026 08:00", "26.10.2026 13:00"),
        ("SE", "18.10.2026 08:00", "26.10.2026 22:59:59"),
        # Good Friday, Midsummer Eve, Christmas Eve, New Year's Eve, the national days, the leap day
        ("FI", "27.3.2026 08:00", "7.4.2026 12:00"),
        ("SE", "27.3.2026 08:00", "7.4.2026 21:59:59"),
        ("FI", "12.6.2026 08:00", "22.6.2026 12:00"),
        ("SE", "12.6.2026 08:00", "22.6.2026 21:59:59"),
        ("FI", "17.12.2026 08:00", "28.12.2026 13:00"),
        ("SE", "17.12.2026 08:00", "28.12.2026 22:59:59"),
        ("FI", "24.12.2026 08:00", "31.12.2026 13:00"),
        ("SE", "24.12.2026 08:00", "4.1.2027 22:59:59"),
        ("FI", "29.11.2027 08:00", "7.12.2027 13:00"),
        ("SE", "29.11.2027 08:00", "6.12.2027 22:59:59"),
        ("FI", "30.5.2028 08:00", "6.6.2028 12:00"),
        ("SE", "30.5.2028 08:00", "7.6.2028 21:59:59"),
        ("FI", "22.2.2028 08:00", "29.2.2028 13:00"),
    ],
)
def test_an_offer_waits_seven_days_and_ends_on_a_working_day(country, offered, ends):
    """R-CAP-9, R-TIME-1: by the host's clock, with and without a first day far away."""
    far = utc(offered).date() + dt.timedelta(days=60)

    assert reply_deadline(utc(offered), None, country) == utc(ends)
    assert reply_deadline(utc(offered), far, country) == utc(ends)


@pytest.mark.parametrize(
    ("offered", "starts", "ends"),
    [
        ("23.11.2026", "8.12.2026", "30.11.2026"),  # 15 days before
        ("24.11.2026", "8.12.2026", "26.11.2026"),  # 14 days before
        ("26.11.2026", "8.12.2026", "30.11.2026"),  # a Saturday
        # Two days would end on the first day: a day earlier
        ("3.12.2026", "7.12.2026", "4.12.2026"),
        ("22.12.2026", "25.12.2026", "23.12.2026"),
        # No working day is left before it: the first from it on
        ("4.12.2026", "7.12.2026", "7.12.2026"),
        ("7.12.2026", "8.12.2026", "8.12.2026"),
        ("11.12.2026", "12.12.2026", "14.12.2026"),
        # Offered after the start
        ("8.12.2026", "8.12.2026", "10.12.2026"),
        ("9.12.2026", "8.12.2026", "11.12.2026"),
    ],
)
def test_near_the_start_an_offer_waits_two_days_and_ends_before_it_where_it_can(offered, starts, ends):
    """R-CAP-9."""
    assert reply_deadline(utc(f"{offered} 08:00"), day(starts), "FI") == utc(f"{ends} 13:00")


def test_the_numbers_are_settings(settings):
    """R-CAP-9: an agreement may want others."""
    settings.REPLY_DAYS, settings.REPLY_DAYS_LATE, settings.REPLY_LATE_FROM = 3, 1, 5
    offered = utc("24.11.2026 08:00")

    assert reply_deadline(offered, day("30.11.2026"), "FI") == utc("27.11.2026 13:00")
    assert reply_deadline(offered, day("29.11.2026"), "FI") == utc("25.11.2026 13:00")


@pytest.mark.parametrize(("country", "hour"), [("FI", "15:00"), ("SE", "23:59:59")])
def test_no_offer_ends_on_a_free_day_nor_after_the_start_where_that_can_be_avoided(country, hour):
    """R-CAP-9: every day of 2026 and 2027, with each first day from ten days ago to three weeks ahead."""
    zone = {"FI": dt.timedelta(hours=2), "SE": dt.timedelta(hours=1)}[country]
    wrong = []
    for offered_on in days_of(2026, 2027):
        offered = dt.datetime.combine(offered_on, dt.time(9), tzinfo=dt.UTC)
        for ahead in range(-10, 22):
            starts_on = offered_on + ahead * DAY
            local = reply_deadline(offered, starts_on, country).astimezone(dt.timezone(zone))
            ends = local.date()
            between = [offered_on + number * DAY for number in range(1, ahead)]
            can_be = ahead <= 0 or any(works(one, country) for one in between)
            if not works(ends, country) or ends <= offered_on or (ahead > 0 and can_be and ends >= starts_on):
                wrong.append((offered_on, starts_on, ends))

    assert wrong == []
    assert reply_deadline(utc("24.11.2026 08:00"), None, country).astimezone(dt.timezone(zone)).time() == (
        dt.time.fromisoformat(hour)
    )
