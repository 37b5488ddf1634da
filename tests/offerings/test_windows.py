"""What follows from the clock, for one offering (Python) and for many (SQL): the two must agree."""

from __future__ import annotations

import datetime as dt
from itertools import product

import pytest
from django.utils import timezone

from offerings import windows
from offerings.models import ZONES, Offering
from offerings.search.engine import matching
from offerings.search.query import SearchQuery, Window
from tests.factories import OfferingFactory, OrganisationFactory, in_days, organisation_of, today

pytestmark = [pytest.mark.django_db, pytest.mark.integration]

SECOND = dt.timedelta(seconds=1)
MICRO = dt.timedelta(microseconds=1)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def opens_soon(now: dt.datetime) -> bool:
    return matching(SearchQuery(open=Window.SOON), now=now).exists()


def test_the_deadline_is_inclusive_to_the_second():
    """R-TIME-1."""
    closes_at = in_days(5)
    offering = OfferingFactory.build(applications_close_at=closes_at, provider=OrganisationFactory())

    assert windows.is_open(offering, closes_at - SECOND)
    assert windows.is_open(offering, closes_at)
    assert windows.is_open(offering, closes_at + SECOND - MICRO)
    assert not windows.is_open(offering, closes_at + SECOND)
    assert windows.is_closed(offering, closes_at + SECOND)


def test_applications_open_at_their_very_instant():
    opens_at = in_days(2)
    offering = OfferingFactory(applications_open_at=opens_at)

    assert not windows.is_open(offering, opens_at - MICRO)
    assert opens_soon(opens_at - MICRO)
    assert windows.is_open(offering, opens_at)
    assert not opens_soon(opens_at)


def test_opening_soon_is_thirty_days_the_last_instant_included():
    OfferingFactory(applications_open_at=in_days(31), applications_close_at=in_days(50))
    first = in_days(31) - dt.timedelta(days=30)

    assert not opens_soon(first - MICRO)
    assert opens_soon(first)


def test_continuous_admission_is_open_until_the_day_of_the_start():
    offering = OfferingFactory.build(
        applications_close_at=None, starts_on=dt.date(2027, 1, 11), provider=OrganisationFactory()
    )

    assert windows.is_open(offering, at("2027-01-10T23:59:59.999999+02:00"))
    assert not windows.is_open(offering, at("2027-01-11T00:00:00+02:00"))


def test_the_day_of_the_start_begins_by_the_host_s_clock(db):
    finnish = OfferingFactory.build(starts_on=dt.date(2027, 1, 11), provider=OrganisationFactory())
    swedish = OfferingFactory.build(starts_on=dt.date(2027, 1, 11), provider=organisation_of("SE-2518"))
    between = at("2027-01-10T22:30:00Z")  # Monday in Helsinki, still Sunday in Stockholm

    assert not windows.is_ahead(finnish, between)
    assert windows.is_ahead(swedish, between)


@pytest.mark.parametrize("missing", ["starts_on", "applications_open_at"])
def test_a_draft_without_dates_is_never_open(missing):
    offering = OfferingFactory.build(**{missing: None}, ends_on=None, provider=OrganisationFactory())

    assert not windows.is_open(offering, timezone.now())


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_only_what_is_published_is_in_the_search(status):
    offering = OfferingFactory.build(status=status, provider=OrganisationFactory())

    assert not windows.is_in_search(offering, timezone.now())
    assert not windows.is_open(offering, timezone.now())


@pytest.fixture
def offerings() -> list[Offering]:
    """Both hosts × dates around the instants below, in every order that the database allows."""
    made = []
    start = dt.date(2027, 3, 29)
    for host, zone in ((OrganisationFactory(), ZONES["FI"]), (organisation_of("SE-2518"), ZONES["SE"])):
        closing = [None, *(dt.datetime(2027, 3, day, 3, 30, tzinfo=zone) for day in (26, 28))]
        opening = [dt.datetime(2027, 2, 26, 3, 30, tzinfo=zone), dt.datetime(2027, 3, 25, 12, tzinfo=zone)]
        for closes_at, opens_at in product(closing, opening):
            made.append(
                OfferingFactory(
                    provider=host,
                    starts_on=start,
                    applications_open_at=opens_at,
                    applications_close_at=closes_at,
                )
            )
        made += [
            OfferingFactory(provider=host, status=status, starts_on=start)
            for status in ("draft", "cancelled")
        ]
    return made


INSTANTS = [
    at(text)
    for text in (
        "2027-01-26T00:00:00Z", "2027-02-26T01:29:59.999999Z", "2027-02-26T01:30:00Z", "2027-02-26T02:30:00Z",
        "2027-03-25T10:00:00Z", "2027-03-26T01:30:00.999999Z", "2027-03-26T01:30:01Z", "2027-03-26T02:30:01Z",
        "2027-03-28T00:30:00Z", "2027-03-28T01:30:00Z", "2027-03-28T01:30:01Z", "2027-03-28T20:59:59Z",
        "2027-03-28T21:00:00Z", "2027-03-28T22:00:00Z", "2027-06-01T00:00:00Z",
    )
]  # fmt: skip


@pytest.mark.parametrize("now", INSTANTS, ids=str)
def test_python_and_sql_say_the_same_of_the_clock(offerings, now):
    every = Offering.objects.select_related("provider")
    base = Offering.objects.in_search(now)

    def ids(rows):
        return {row.pk for row in rows}

    assert ids(base) == {o.pk for o in every if windows.is_in_search(o, now)}
    assert set(matching(SearchQuery(), now=now)) == ids(base)
    open_now = set(matching(SearchQuery(open=Window.NOW), now=now))
    assert open_now == {o.pk for o in every if windows.is_open(o, now)}


def test_the_instants_tell_the_offerings_apart(offerings):
    """Else the comparison above would prove nothing."""
    answers = {
        frozenset(matching(SearchQuery(open=Window.NOW), now=now))
        for now in INSTANTS
    }

    assert len(answers) == 9
    assert today() == dt.date(2026, 11, 24)
