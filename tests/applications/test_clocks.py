"""R-TIME through the services: sent and answered at the last second of the host's clock, and one later."""

from __future__ import annotations

import datetime as dt

import pytest

from applications import services
from applications.days import statement_due
from applications.errors import AnsweredTooLate
from applications.services.answering import ON_THE_WAY
from offerings.deadlines import closing_moment
from tests.applications.given import admit, apply, course, host, state, student, submission
from tests.factories import municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
SECOND = dt.timedelta(seconds=1)
AT = {"FI": "FI-851", "SE": "SE-2518"}


def utc(written: str) -> dt.datetime:
    return dt.datetime.fromisoformat(written).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(("country", "day", "last"), [
    # The example of R-TIME-1, then both changes of the clock in 2026, 29 February, and the year's end
    ("FI", "2026-03-31", "2026-03-31 12:00:00"), ("SE", "2026-03-31", "2026-03-31 21:59:59"),
    ("FI", "2026-03-29", "2026-03-29 12:00:00"), ("SE", "2026-03-29", "2026-03-29 21:59:59"),
    ("FI", "2026-03-28", "2026-03-28 13:00:00"), ("SE", "2026-03-28", "2026-03-28 22:59:59"),
    ("FI", "2026-10-25", "2026-10-25 13:00:00"), ("SE", "2026-10-25", "2026-10-25 22:59:59"),
    ("FI", "2026-10-24", "2026-10-24 12:00:00"), ("SE", "2026-10-24", "2026-10-24 21:59:59"),
    ("FI", "2028-02-29", "2028-02-29 13:00:00"), ("SE", "2028-02-29", "2028-02-29 22:59:59"),
    ("FI", "2026-12-31", "2026-12-31 13:00:00"), ("SE", "2026-12-31", "2026-12-31 22:59:59"),
])  # fmt: skip
def test_an_application_is_in_time_until_the_host_s_last_second(country, day, last, clock) -> None:
    """R-TIME-1: the closing hour of the host's country, to the second, by the server's clock."""
    clock.move_to(utc(last) - dt.timedelta(days=20))
    municipality("FI-854")
    closes = closing_moment(dt.date.fromisoformat(day), None, country)
    offering = course(
        provider=host(country=country, home_municipality=municipality(AT[country])),
        applications_close_at=closes, starts_on=closes.date() + dt.timedelta(days=40),
    )  # fmt: skip
    assert closes == utc(last)

    sent = [
        services.submit(submission(offering, person=student()), now=utc(last) + late)
        for late in (-SECOND, dt.timedelta(0), SECOND - dt.timedelta(microseconds=1), SECOND)
    ]

    assert [one.is_late for one in sent] == [False, False, False, True]


@pytest.mark.parametrize(("country", "offered", "last"), [
    # Seven days over each change of the clock
    ("FI", "2026-03-23 08:00:00", "2026-03-30 12:00:00"),
    ("SE", "2026-03-23 08:00:00", "2026-03-30 21:59:59"),
    ("FI", "2026-10-19 08:00:00", "2026-10-26 13:00:00"),
    ("SE", "2026-10-19 08:00:00", "2026-10-26 22:59:59"),
    # Moved from a Sunday, from Midsummer Eve, from Ascension; onto 29 February
    ("FI", "2026-03-22 08:00:00", "2026-03-30 12:00:00"),
    ("FI", "2026-06-12 08:00:00", "2026-06-22 12:00:00"),
    ("SE", "2026-06-12 08:00:00", "2026-06-22 21:59:59"),
    ("SE", "2026-05-07 08:00:00", "2026-05-15 21:59:59"),
    ("FI", "2028-02-22 08:00:00", "2028-02-29 13:00:00"),
    # New Year's Eve works in Finland alone
    ("FI", "2026-12-24 08:00:00", "2026-12-31 13:00:00"),
    ("SE", "2026-12-24 08:00:00", "2027-01-04 22:59:59"),
])  # fmt: skip
def test_an_offer_is_answered_until_the_host_s_last_second(country, offered, last, clock) -> None:
    """R-TIME-1, R-CAP-9: over both changes of the clock, weekends and the host's holidays."""
    clock.move_to(utc(offered))
    municipality("FI-854")
    offering = course(provider=host(country=country, home_municipality=municipality(AT[country])))
    asked = [admit(apply(offering)) for _ in range(2)]
    assert {one.held_until for one in asked} == {utc(last)}

    first, second = asked
    clock.move_to(utc(last) + SECOND - dt.timedelta(milliseconds=1))
    services.lapse_unanswered()
    services.accept(application_id=first.pk, by=first.learner.person)
    clock.move_to(utc(last) + SECOND)
    with pytest.raises(AnsweredTooLate):
        services.accept(application_id=second.pk, by=second.learner.person)
    clock.shift(ON_THE_WAY)
    services.lapse_unanswered()

    assert (state(first), state(second)) == ("accepted", "lapsed")


@pytest.mark.parametrize(("home", "asked", "due"), [
    # Over Midsummer: its eve is free in both; 9 June is free in Åland alone, and counts as any day
    ("FI-854", "2026-06-10 08:00:00", "2026-06-25"), ("SE-2518", "2026-06-10 08:00:00", "2026-06-25"),
    ("FI-478", "2026-06-01 08:00:00", "2026-06-15"), ("FI-854", "2026-06-01 08:00:00", "2026-06-15"),
    ("FI-478", "2026-03-23 08:00:00", "2026-04-08"),  # 30 March is free in Åland alone
    # Over both changes of the clock, late in the evening by the home municipality's own clock
    ("FI-854", "2026-03-18 22:30:00", "2026-04-02"), ("SE-2518", "2026-03-18 22:30:00", "2026-04-01"),
    ("FI-854", "2026-10-14 21:30:00", "2026-10-29"), ("SE-2518", "2026-10-14 21:30:00", "2026-10-28"),
])  # fmt: skip
def test_a_statement_is_due_after_ten_working_days_of_the_home_municipality(home, asked, due, clock) -> None:
    """R-HOME-4, R-TIME-1: working days of its country by its own clock; Åland has no others."""
    clock.move_to(utc(asked))
    place = municipality(home)
    assert statement_due(utc(asked), place.country) == dt.date.fromisoformat(due)

    country, elsewhere = ("FI", "FI-091") if home.startswith("FI") else ("SE", "SE-0114")
    provider = host(country=country, home_municipality=municipality(elsewhere))
    offering = course(provider=provider, form="basic" if country == "FI" else "komvux")
    application = apply(offering, home)

    assert application.statements.get().due_on == dt.date.fromisoformat(due)
