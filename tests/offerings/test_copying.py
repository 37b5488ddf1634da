"""Last term's course as the draft of the next one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from kopa.audit.models import AuditEvent
from offerings import services
from offerings.errors import YearNotMeant
from offerings.models import Offering
from offerings.search import words
from offerings.services.copying import NOT_COPIED
from offerings.services.inputs import PLAIN
from offerings.terms import Term, moved_dates, next_term, term_of
from tests.factories import (
    MunicipalityFactory,
    OfferingFactory,
    OrganisationFactory,
    SiteFactory,
    UserFactory,
    municipality,
)
from tests.together import Meeting, run_together, without_locks

UTC = dt.UTC
TODAY = dt.date(2026, 11, 17)
pytestmark = pytest.mark.usefixtures("english")


def offering(country: str = "FI", **dates: Any) -> Offering:
    """Not saved: the dates alone."""
    return Offering(provider=OrganisationFactory.build(country=country, home_municipality=None), **dates)


# Which term


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ((2026, 1, 1), "2026-1"), ((2026, 7, 31), "2026-1"), ((2026, 8, 1), "2026-2"),
        ((2026, 12, 31), "2026-2"), ((2028, 2, 29), "2028-1"),
    ],
)  # fmt: skip
def test_a_day_belongs_to_one_term(day, code):
    assert term_of(dt.date(*day)).code == code


@pytest.mark.parametrize("year", [202, 1989, 2101, 9999])
def test_a_year_that_nobody_means_is_not_copied(year):
    odd = offering(starts_on=dt.date(2027, 1, 25), ends_on=dt.date(year, 12, 31))

    with pytest.raises(YearNotMeant):
        moved_dates(odd, Term(2027, is_autumn=True))


def test_terms_follow_one_another_and_have_names():
    terms = [Term(2026, is_autumn=True)]
    terms += [terms[0].following(), terms[0].following().following()]

    assert [str(term) for term in terms] == ["autumn 2026", "spring 2027", "autumn 2027"]
    assert terms == sorted(terms)


@pytest.mark.parametrize(
    ("dates", "code"),
    [
        ({"starts_on": dt.date(2026, 8, 10)}, "2027-1"),  # it runs now
        ({"starts_on": dt.date(2026, 1, 12)}, "2027-1"),  # last spring's, for the spring that comes
        ({"starts_on": dt.date(2019, 8, 12)}, "2027-1"),  # years ago: never into the past
        ({"starts_on": dt.date(2027, 1, 25)}, "2027-2"),  # published already for the next one
        ({"applications_open_at": dt.datetime(2027, 1, 7, 6, tzinfo=UTC)}, "2027-2"),
        ({}, "2027-1"),
    ],
)
def test_the_next_term_follows_the_course_and_lies_ahead(dates, code):
    assert next_term(offering(**dates), today=TODAY).code == code


# Which dates


def test_dates_move_by_whole_weeks_from_the_autumn_to_the_spring():
    """The third week of one term is the third week of the other."""
    autumn = offering(
        starts_on=dt.date(2026, 8, 24),  # Monday of week 35
        ends_on=dt.date(2026, 12, 11),
        applications_open_at=dt.datetime(2026, 5, 4, 5, tzinfo=UTC),  # 8:00 in summer time
        applications_close_at=dt.datetime(2026, 6, 12, 12, tzinfo=UTC),  # Friday 15:00
    )

    moved = moved_dates(autumn, Term(2027, is_autumn=False))

    assert moved == {
        "starts_on": dt.date(2027, 1, 25),  # Monday of week 4
        "ends_on": dt.date(2027, 5, 14),
        "applications_open_at": dt.datetime(2026, 10, 5, 5, tzinfo=UTC),
        "applications_close_at": dt.datetime(2026, 11, 13, 13, tzinfo=UTC),  # Friday 15:00, in winter time
    }


def test_the_same_week_of_the_next_year_is_the_same_week():
    spring = offering(starts_on=dt.date(2026, 1, 12))  # Monday of week 3, and 2026 has 53 weeks

    assert moved_dates(spring, Term(2027, is_autumn=False)) == {"starts_on": dt.date(2027, 1, 18)}


@pytest.mark.parametrize(
    ("start", "to", "moved"),
    [
        ((2026, 6, 3), Term(2026, is_autumn=True), (2027, 1, 6)),
        ((2025, 8, 1), Term(2026, is_autumn=False), (2025, 12, 26)),
    ],
)
def test_a_start_that_falls_out_of_the_term_begins_with_it(start, to, moved):
    """Early June would fall into January, the first of August before New Year."""
    by_weeks = dt.date(*start) + (to.first_monday - term_of(dt.date(*start)).first_monday)
    assert by_weeks == dt.date(*moved)
    assert term_of(by_weeks) != to

    first = moved_dates(offering(starts_on=dt.date(*start)), to)["starts_on"]

    assert first.isocalendar()[1] == to.first_monday.isocalendar()[1]
    assert first.weekday() == dt.date(*start).weekday()


def test_the_other_dates_keep_their_distance_from_such_a_start():
    summer = offering(
        starts_on=dt.date(2026, 6, 3), applications_close_at=dt.datetime(2026, 5, 20, 12, tzinfo=UTC)
    )

    moved = moved_dates(summer, Term(2026, is_autumn=True))

    assert moved["starts_on"] == dt.date(2026, 8, 12)
    assert moved["applications_close_at"] == dt.datetime(2026, 7, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "closes", "moved"),
    [
        # Into the hour that summer time skips on 28.3.2027: the next one that there is
        ("FI", (2026, 3, 22, 1, 30), (2027, 3, 28, 1, 30)),
        ("SE", (2026, 3, 22, 1, 30), (2027, 3, 28, 1, 30)),
        # Over the end of summer time: the same time of day
        ("SE", (2026, 1, 4, 22, 59, 59), (2027, 1, 10, 22, 59, 59)),
    ],
)
def test_times_of_day_stay_whatever_summer_time_does(country, closes, moved):
    spring = offering(
        country,
        starts_on=dt.date(2026, 4, 13),
        applications_close_at=dt.datetime(*closes, tzinfo=UTC),
    )

    found = moved_dates(spring, Term(2027, is_autumn=False))

    assert found["starts_on"] == dt.date(2027, 4, 19)
    assert found["applications_close_at"] == dt.datetime(*moved, tzinfo=UTC)


def test_an_hour_that_stands_twice_stays_the_one_it_was():
    """3:30 on 25.10.2026 in Finland: first in summer time, then in winter time; so too 53 weeks later."""
    first, second = dt.datetime(2026, 10, 25, 0, 30, tzinfo=UTC), dt.datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    autumn = offering(
        starts_on=dt.date(2026, 12, 7), applications_open_at=first, applications_close_at=second
    )

    moved = moved_dates(autumn, Term(2027, is_autumn=True))

    assert moved["applications_open_at"] == dt.datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert moved["applications_close_at"] == dt.datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def test_nothing_moves_where_no_date_is_said():
    assert moved_dates(offering(), Term(2027, is_autumn=False)) == {}


# The copy


@pytest.fixture
def aino(db):
    return UserFactory(name="Aino")


def autumn(**other: Any) -> Offering:
    """A course of this autumn, from Monday of week 35."""
    dates = {
        "starts_on": dt.date(2026, 8, 24),
        "ends_on": dt.date(2026, 12, 11),
        "applications_open_at": dt.datetime(2026, 5, 4, 5, tzinfo=UTC),
        "applications_close_at": dt.datetime(2026, 6, 12, 12, tzinfo=UTC),
    }
    return OfferingFactory(**(dates | other))


def copy(source: Offering, by: Any, **other: Any) -> services.Copied:
    return services.copy_to_next_term(offering_id=source.pk, by=by, today=TODAY, **other)


def test_a_copy_has_all_that_is_said_of_the_course(aino):
    kemi, pello = municipality("FI-240"), municipality("FI-854")
    source = autumn(
        own_reference="H-1", quotas={"FI-854": 3}, taken={"": 9, "FI-854": 1}, open_to="municipalities",
        min_group=8,
    )  # fmt: skip
    partner = OrganisationFactory(name_fi="Kumppani")
    source.open_to_municipalities.set([kemi, pello])
    source.co_hosts.create(organisation=partner, part="teaches")

    made = copy(source, aino)
    draft = Offering.objects.get(pk=made.offering.pk)

    assert made.is_new
    assert (draft.status, draft.published_at, draft.places_confirmed_at) == ("draft", None, None)
    assert (draft.own_reference, draft.copied_from, draft.copied_to) == ("", source, "2027-1")
    for name in PLAIN - NOT_COPIED:
        assert getattr(draft, name) == getattr(source, name), name
    assert set(draft.open_to_municipalities.all()) == {kemi, pello}
    assert set(draft.sites.all()) == set(source.sites.all()) != set()
    assert [host.organisation for host in draft.co_hosts.all()] == [partner]
    assert (draft.starts_on, draft.ends_on) == (dt.date(2027, 1, 25), dt.date(2027, 5, 14))
    assert draft.applications_close_at == dt.datetime(2026, 11, 13, 13, tzinfo=UTC)
    assert draft.guessed_dates == ["starts_on", "ends_on", "applications_open_at", "applications_close_at"]
    counters = [(c.quota and c.quota.municipality, c.seats, c.given) for c in draft.counters.all()]
    assert counters == [(None, 17, 0), (pello, 3, 0)]


def test_the_journal_says_from_which_course(aino):
    source = OfferingFactory()

    draft = copy(source, aino).offering
    event = AuditEvent.objects.get(target_id=draft.pk, target="offerings.offering")

    assert (event.verb, event.actor, event.to_state) == ("offering.copy_to_next_term", aino, "draft")
    assert event.changes["copied_from"] == [None, source.pk]
    assert not AuditEvent.objects.filter(target_id=source.pk, target="offerings.offering").exists()


def test_copied_again_it_is_the_same_draft(aino):
    source = autumn()
    first = copy(source, aino)
    services.save_offering(
        offering_id=first.offering.pk, version=first.offering.version, by=aino,
        given={"title_fi": "Hitsaaja, uusi", "starts_on": dt.date(2027, 9, 6), "ends_on": None},
    )  # fmt: skip

    again = copy(source, UserFactory(name="Bengt"))

    assert (again.is_new, again.offering) == (False, first.offering)
    assert again.offering.title_fi == "Hitsaaja, uusi"  # as it is now, not copied over
    assert Offering.objects.count() == 2


def test_a_cancelled_copy_does_not_count(aino):
    source = autumn()
    first = copy(source, aino).offering
    services.cancel(offering_id=first.pk, reasons={"fi": "Turha"}, by=aino)

    second = copy(source, aino)

    assert second.is_new
    assert second.offering != first


def test_a_later_term_is_another_copy(aino):
    source = autumn()
    first = copy(source, aino).offering

    later = services.copy_to_next_term(offering_id=source.pk, by=aino, today=dt.date(2027, 3, 1))

    assert later.is_new
    assert (first.copied_to, later.offering.copied_to) == ("2027-1", "2027-2")


@pytest.mark.parametrize("status", ["draft", "published", "cancelled"])
def test_a_course_of_any_state_can_be_copied(aino, status):
    source = autumn(status=status)

    assert copy(source, aino).offering.status == "draft"
    assert Offering.objects.get(pk=source.pk).status == status


def test_a_copy_of_invented_data_is_invented(aino):
    assert copy(OfferingFactory(is_demonstration=True), aino).offering.is_demonstration


def test_reserved_places_follow_a_merged_municipality(aino):
    kolari = municipality("FI-273")
    gone = MunicipalityFactory(
        country="FI", code="999", name_fi="Vanhala", name_sv="Vanhala", region=kolari.region,
        language_status="fi", latitude=67, longitude=24, valid_to=dt.date(2026, 12, 31), successor=kolari,
    )  # fmt: skip
    source = OfferingFactory(capacity=20, quotas={"FI-273": 2, "FI-854": 1})
    source.quotas.filter(municipality__code="854").update(municipality=gone)

    draft = copy(source, aino).offering

    assert [(quota.municipality, quota.seats) for quota in draft.quotas.all()] == [(kolari, 3)]


def test_sites_that_belong_to_others_by_now_are_left_out(aino):
    source = OfferingFactory()
    own = source.sites.get()
    source.sites.add(SiteFactory(organisation=OrganisationFactory(name_fi="Muu")))

    assert list(copy(source, aino).offering.sites.all()) == [own]


# A guess ends


def test_a_date_is_a_guess_until_it_is_changed(aino):
    draft = copy(autumn(), aino).offering
    guessed = draft.guessed_dates

    saved = services.save_offering(
        offering_id=draft.pk, version=draft.version, by=aino,
        given={"starts_on": dt.date(2027, 2, 1), "ends_on": draft.ends_on},
    )  # fmt: skip

    assert guessed[:2] == ["starts_on", "ends_on"]
    assert saved.guessed_dates == guessed[1:]


def test_what_is_published_is_no_guess(aino):
    draft = copy(autumn(), aino).offering

    public = services.publish(offering_id=draft.pk, version=draft.version, by=aino)

    assert public.guessed_dates == []


def test_a_copy_outlives_its_original(aino):
    source = OfferingFactory()
    draft = copy(source, aino).offering

    source.delete()

    assert Offering.objects.get().copied_from is None
    assert Offering.objects.get() == draft


# Constraints


def test_one_copy_to_a_term_and_a_copy_says_its_term(aino):
    source = autumn()
    copy(source, aino)
    other = OfferingFactory(status="draft")

    other.copied_from, other.copied_to = source, "2027-1"
    with pytest.raises(ValidationError) as twice:
        other.validate_constraints()
    other.copied_to = ""
    with pytest.raises(ValidationError) as nowhere:
        other.validate_constraints()

    assert [error.code for error in twice.value.error_dict["__all__"]] == ["copied_already"]
    assert "offering_copy_says_its_term" in str(nowhere.value)


# From two windows at once


def two_copy() -> list[Any]:
    source = autumn()
    people = [UserFactory(name="Aino"), UserFactory(name="Bengt")]
    meeting = Meeting(2)

    def act(which: int) -> services.Copied:
        with meeting.before_writing():
            return copy(source, people[which])

    return run_together(2, act)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_from_two_windows_at_once_there_is_one_draft():
    words.warm_up()

    one, other = two_copy()

    assert one.offering == other.offering
    assert {one.is_new, other.is_new} == {True, False}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_database_has_the_last_word(monkeypatch):
    words.warm_up()
    without_locks(monkeypatch)

    one, other = two_copy()

    assert one.offering == other.offering
    assert {one.is_new, other.is_new} == {True, False}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_and_the_constraint_there_would_be_two(monkeypatch):
    words.warm_up()
    without_locks(monkeypatch)
    constraint = next(c for c in Offering._meta.constraints if c.name == "offering_is_copied_once_to_a_term")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Offering, constraint)
    try:
        one, other = two_copy()
    finally:
        Offering.objects.exclude(copied_from=None).delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Offering, constraint)

    assert one.offering != other.offering
    assert one.is_new
    assert other.is_new
