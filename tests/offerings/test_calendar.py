"""The calendar file, read back by a reader of its own (RFC 5545): unfolded, unescaped, moments in UTC."""

import datetime as dt

import pytest
from django.utils import translation

from offerings.calendar import calendar_file
from tests.factories import OfferingFactory, organisation_of

pytestmark = pytest.mark.django_db
PAGE = "https://kopa.example.org/fi/paikat/12-hitsaaja/"


def written(offering, place="Tornio", address=PAGE):
    return calendar_file(offering, address=address, place=place, host="kopa.example.org")


def events(file):
    """Each event as {property: value}; the parameters stay with the property's name."""
    unfolded = file.decode().replace("\r\n ", "")
    found, depth = [], 0
    for line in unfolded.split("\r\n"):
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif line == "BEGIN:VALARM":
            depth = 1
        elif line == "END:VALARM":
            depth = 0
        elif found and not depth and line:
            found[-1].setdefault(name, plain(value))
    return found


def plain(value):
    return value.replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")


def test_last_time_to_apply_and_first_day_are_two_events():
    offering = OfferingFactory(
        title_fi="Hitsaaja",
        starts_on=dt.date(2027, 1, 11),
        applications_close_at=dt.datetime(2026, 12, 4, 13, 0, tzinfo=dt.UTC),
    )

    with translation.override("fi"):
        close, start = events(written(offering))

    assert close["UID"] == f"offering-{offering.pk}-applications-close@kopa.example.org"
    assert close["DTSTART"] == "20261204T130000Z"
    assert close["URL"] == PAGE
    assert start["UID"] == f"offering-{offering.pk}-start@kopa.example.org"
    assert start["DTSTART;VALUE=DATE"] == "20270111"
    assert start["DTEND;VALUE=DATE"] == "20270112"
    assert start["LOCATION"] == "Tornio"


@pytest.mark.parametrize(
    ("country", "local", "expected"),
    [
        ("FI", "2026-03-28T15:00", "20260328T130000Z"),
        ("FI", "2026-03-29T15:00", "20260329T120000Z"),
        ("FI", "2026-10-24T15:00", "20261024T120000Z"),
        ("FI", "2026-10-25T15:00", "20261025T130000Z"),
        ("SE", "2026-03-29T23:59", "20260329T215900Z"),
        ("SE", "2026-10-25T23:59", "20261025T225900Z"),
        ("FI", "2028-02-29T15:00", "20280229T130000Z"),
    ],
)
def test_a_deadline_around_summer_time_is_the_same_instant(country, local, expected):
    provider = organisation_of("SE-2518" if country == "SE" else "FI-854")
    offering = OfferingFactory(provider=provider, closes_in_days=30)
    offering.applications_close_at = dt.datetime.fromisoformat(local).replace(tzinfo=offering.zone)

    assert events(written(offering))[0]["DTSTART"] == expected


def test_continuous_admission_has_only_its_first_day():
    offering = OfferingFactory(applications_close_at=None)

    assert [event["UID"].split("-")[2].split("@")[0] for event in events(written(offering))] == ["start"]


def test_a_cancelled_course_is_cancelled_in_the_calendar_too():
    offering = OfferingFactory(status="cancelled")

    assert [event["STATUS"] for event in events(written(offering))] == ["CANCELLED", "CANCELLED"]


def test_nothing_in_a_title_breaks_out_of_its_line():
    title = 'a;b,c\\d\r\nBEGIN:VEVENT\x0b\x07 "e"'
    offering = OfferingFactory(title_fi=title)

    with translation.override("en"):
        offering.title_en = ""
        file = written(offering, place=title)

    close, start = events(file)
    assert close["SUMMARY"] == 'Last time to apply: a;b,c\\d\nBEGIN:VEVENT "e"'
    assert start["LOCATION"] == 'a;b,c\\d\nBEGIN:VEVENT "e"'


def test_lines_end_with_crlf_and_are_folded_between_letters():
    offering = OfferingFactory(title_fi="Ääkköstutkinto " * 10)

    with translation.override("fi"):
        file = written(offering)

    assert file.endswith(b"END:VCALENDAR\r\n")
    assert file.replace(b"\r\n", b"").count(b"\n") == 0
    lines = file.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert [line.decode() for line in lines]
    assert events(file)[1]["SUMMARY"].endswith("Ääkköstutkinto " * 10)
