"""The table of one's own courses: narrowed, sorted, in the columns one wants."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from kopa.codes.models import EducationForm
from offerings.desk_filters import DUE, days_of, terms
from offerings.table import COLUMNS, USUAL
from tests.factories import (
    JointAuthorityMemberFactory,
    OfferingFactory,
    RoleAssignmentFactory,
    code,
    in_days,
    municipality,
    today,
)
from tests.offerings.filled_in import desk

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def at_desk(client, bengt):
    client.force_login(bengt)
    return client


def found(client, **query) -> list[str]:
    return [row.offering.own_reference for row in client.get(desk("own"), query).context["rows"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "hitsaaja"}, ["A"]),
        ({"q": "SVETSARE"}, ["A"]),
        ({"q": "lahihoitaja"}, ["B"]),
        ({"q": "k-7"}, ["B"]),
        ({"q": "hitsaaja kokki"}, []),
        ({"state": "draft"}, ["C"]),
        ({"state": "open"}, ["A", "B"]),
        ({"form": "liberal_adult"}, ["B"]),
        ({"starts": "2027-1"}, ["A", "B"]),
        ({"starts": "none"}, ["C"]),
        ({"places": "full"}, ["B"]),
        ({"places": "free"}, ["C", "A"]),
        ({"missing": "en"}, ["C", "B"]),
        ({"missing": "needed"}, ["B"]),
        ({"due": "unconfirmed"}, ["A"]),
        ({"due": "texts"}, ["B"]),
        ({"due": "closing"}, ["A"]),
        ({"due": "drafts"}, ["C"]),
        ({"state": "open", "places": "free"}, ["A"]),
    ],
    ids=str,
)
def test_the_list_is_narrowed(at_desk, lappia, bengt, query, expected):
    JointAuthorityMemberFactory(organisation=lappia, municipality=municipality("FI-434"))
    now = timezone.now()
    OfferingFactory(
        provider=lappia, own_reference="A", title_fi="Hitsaaja", title_sv="Svetsare", closes_in_days=5
    )
    OfferingFactory(
        provider=lappia, own_reference="B", title_fi="Lähihoitaja", title_sv="", title_en="",
        form=code(EducationForm, "liberal_adult"), course_codes=["k-7"], taken=20, places_confirmed_at=now,
        places_confirmed_by=bengt,
    )  # fmt: skip
    OfferingFactory(
        provider=lappia, own_reference="C", status="draft", title_fi="Kokki", title_sv="Kock", title_en="",
        starts_on=None, ends_on=None, applications_open_at=in_days(3), applications_close_at=None,
    )  # fmt: skip

    assert found(at_desk, **query) == expected


def test_full_courses_whose_reserved_places_are_released_soon_are_found(at_desk, lappia):
    facts = {"provider": lappia, "capacity": 10, "quotas": {"FI-854": 2}, "closes_in_days": -1}
    facts["applications_open_at"] = in_days(-20)
    OfferingFactory(own_reference="soon", taken={"": 8}, quota_release_at=in_days(9), **facts)
    OfferingFactory(own_reference="free", taken={"": 7}, quota_release_at=in_days(9), **facts)
    OfferingFactory(own_reference="late", taken={"": 8}, quota_release_at=in_days(20), **facts)
    OfferingFactory(own_reference="none", taken={"": 8, "FI-854": 2}, quota_release_at=in_days(9), **facts)
    OfferingFactory(own_reference="decided", provider=lappia, start_decision_at=in_days(9), closes_in_days=3)

    assert found(at_desk, due="release") == ["soon"]
    assert found(at_desk, due="decision") == ["decided"]


def test_somebody_elses_course_is_never_found(at_desk, lappia, pello):
    OfferingFactory(provider=pello, own_reference="X", title_fi="Hitsaaja", closes_in_days=5)

    assert [found(at_desk, due=name) for name in DUE] == [[]] * len(DUE)
    assert found(at_desk, q="Hitsaaja") == []
    assert found(at_desk, provider=str(pello.pk)) == []


def test_with_several_organisations_one_is_chosen(at_desk, bengt, lappia, pello):
    RoleAssignmentFactory(person=bengt, organisation=pello)
    OfferingFactory(provider=lappia, own_reference="L")
    OfferingFactory(provider=pello, own_reference="P")

    page = at_desk.get(desk("own"), {"provider": pello.pk})

    assert [row.offering.own_reference for row in page.context["rows"]] == ["P"]
    assert [column.name for column in page.context["table"].columns][:2] == ["title", "provider"]


def test_what_the_address_does_not_know_is_told(at_desk, lappia):
    OfferingFactory(provider=lappia, own_reference="A")

    page = at_desk.get(desk("own"), {"state": "sold", "colour": "red"})

    assert [one.parameter for one in page.context["page"].ignored] == ["state", "colour"]
    assert len(page.context["rows"]) == 1


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("title", ["a", "b", "c"]),
        ("-title", ["c", "b", "a"]),
        ("starts", ["c", "a", "b"]),
        ("-starts", ["a", "c", "b"]),
        ("free", ["b", "a", "c"]),
        ("-free", ["c", "a", "b"]),
        ("own_reference", ["a", "b", "c"]),
        ("closes", ["c", "a", "b"]),
        ("changed", ["a", "b", "c"]),
    ],
)
def test_the_list_is_sorted(at_desk, lappia, sort, expected):
    """What is empty comes last either way."""
    facts = {"provider": lappia, "title_sv": "", "title_en": ""}
    now = timezone.now()
    OfferingFactory(
        own_reference="a", title_fi="Asentaja", starts_on=today() + dt.timedelta(days=90), closes_in_days=20,
        taken=10, updated_at=now - dt.timedelta(days=3), **facts,
    )  # fmt: skip
    OfferingFactory(
        own_reference="b", title_fi="Kokki", status="draft", starts_on=None, ends_on=None, taken=20,
        applications_close_at=None, updated_at=now - dt.timedelta(days=2), **facts,
    )  # fmt: skip
    OfferingFactory(
        own_reference="c", title_fi="Ääniteknikko", starts_on=today() + dt.timedelta(days=80),
        closes_in_days=10, updated_at=now - dt.timedelta(days=1), **facts,
    )  # fmt: skip

    assert found(at_desk, sort=sort) == expected


@pytest.mark.parametrize("name", [column.order for column in COLUMNS if column.order])
def test_every_column_that_offers_it_sorts(at_desk, lappia, name):
    OfferingFactory(provider=lappia, own_reference="A")

    assert found(at_desk, sort=name) == found(at_desk, sort=f"-{name}") == ["A"]


def test_headings_say_and_turn_the_order(at_desk, lappia):
    OfferingFactory(provider=lappia)

    page = at_desk.get(desk("own"), {"sort": "starts", "state": "open", "page": "1"}).text
    back = at_desk.get(desk("own"), {"sort": "-starts"}).text

    assert page.count("aria-sort=") == back.count("aria-sort=") == 1
    assert 'aria-sort="ascending"><a href="/en/desk/offerings/?sort=-starts&amp;state=open">' in page
    assert 'aria-sort="descending"><a href="/en/desk/offerings/?sort=starts">' in back


def test_the_columns_are_the_persons_choice(at_desk, lappia):
    OfferingFactory(provider=lappia)
    usual = [column.name for column in at_desk.get(desk("own")).context["table"].columns]

    ticked = {"column": ["changed", "form", "evil"], "query": "state=open&sort=title"}
    answer = at_desk.post(desk("columns"), ticked)
    chosen = [column.name for column in at_desk.get(desk("own")).context["table"].columns]
    at_desk.post(desk("columns"), {"usual": "1", "column": "form"})

    assert (answer.status_code, answer["Location"]) == (302, "/en/desk/offerings/?state=open&sort=title")
    assert usual == list(USUAL)
    assert chosen == ["title", "form", "changed"]
    assert [column.name for column in at_desk.get(desk("own")).context["table"].columns] == usual


def test_every_column_can_be_shown(at_desk, lappia):
    OfferingFactory(provider=lappia, own_reference="A-1", form="vocational", field="071", mode="contact")
    at_desk.post(desk("columns"), {"column": [column.name for column in COLUMNS]})

    page = at_desk.get(desk("own")).text

    for said in ("A-1", "Vocational education", "Engineering", "Contact teaching"):
        assert said in page
    assert page.count('data-l="') == len(COLUMNS)  # the title is the row's head, the acts have a cell


@pytest.mark.parametrize(
    ("day", "codes"),
    [
        (dt.date(2026, 7, 31), ["2025-2", "2026-1", "2026-2", "2027-1", "2027-2"]),
        (dt.date(2026, 8, 1), ["2026-1", "2026-2", "2027-1", "2027-2", "2028-1"]),
    ],
)
def test_terms_around_a_day(day, codes):
    assert [term.code for term in terms(day)] == codes


def test_a_term_has_its_days():
    assert days_of("2027-1") == (dt.date(2027, 1, 1), dt.date(2027, 7, 31))
    assert days_of("2027-2") == (dt.date(2027, 8, 1), dt.date(2027, 12, 31))
