from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from django.utils.translation import override

from offerings.desk import DeskRow
from offerings.models import Offering
from tests.factories import (
    JointAuthorityMemberFactory,
    OfferingFactory,
    RoleAssignmentFactory,
    UserFactory,
    in_days,
    municipality,
    organisation_of,
    today,
)
from tests.offerings.filled_in import desk

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


def row_of(offering: Offering) -> DeskRow:
    return DeskRow(Offering.objects.for_desk(on=today()).get(pk=offering.pk), timezone.now())


def test_the_list_has_the_courses_of_all_my_organisations_and_nobody_elses(client, lappia, pello, bengt):
    RoleAssignmentFactory(person=bengt, organisation=pello)
    own = [OfferingFactory(provider=lappia), OfferingFactory(provider=pello, status="draft")]
    OfferingFactory(provider=organisation_of("FI-851"))
    client.force_login(bengt)

    page = client.get(desk("own"))

    assert {row.offering for row in page.context["rows"]} == set(own)
    assert str(lappia) in page.text
    assert str(pello) in page.text


def test_drafts_come_first_then_the_next_deadline_then_what_is_over(client, lappia, bengt):
    cancelled = OfferingFactory(provider=lappia, status="cancelled")
    started = OfferingFactory(
        provider=lappia,
        starts_on=today(),
        applications_open_at=in_days(-30),
        applications_close_at=in_days(-2),
    )
    later = OfferingFactory(provider=lappia, closes_in_days=40)
    continuous = OfferingFactory(provider=lappia, applications_close_at=None)
    sooner = OfferingFactory(provider=lappia, closes_in_days=20)
    draft = OfferingFactory(provider=lappia, status="draft")
    client.force_login(bengt)

    rows = client.get(desk("own")).context["rows"]

    assert [row.offering for row in rows] == [draft, sooner, later, continuous, started, cancelled]


def test_without_courses_the_list_says_what_to_do(client, bengt):
    client.force_login(bengt)

    page = client.get(desk("own"))

    assert "There are no courses yet." in page.text
    assert page.text.count(f'href="{desk("create")}"') == 2


@pytest.mark.parametrize("name", ["sami", "kaisa", "ritva", "matti", "anna"])
def test_who_publishes_for_nobody_has_no_desk(client, request, name):
    client.force_login(request.getfixturevalue(name))

    assert client.get(desk("own")).status_code == 403
    assert client.get(desk("create")).status_code == 404


def test_a_desk_begins_with_signing_in(client, db):
    response = client.get(desk("own"))

    assert (response.status_code, response["Location"].split("?")[0]) == (302, "/en/sign-in/")


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_costs_the_same_however_long_it_is(client, lappia, bengt, number, django_assert_num_queries):
    JointAuthorityMemberFactory(organisation=lappia, municipality=municipality("FI-434"))
    for _ in range(number):
        OfferingFactory(provider=lappia, quotas={"FI-854": 2}, places_confirmed_at=timezone.now(),
                        places_confirmed_by=bengt)  # fmt: skip
    client.force_login(bengt)

    # Session and person; roles for the page, for the menu and the hosts' names; the count and the rows with
    # languages, counters and members; the forms of education to choose from; whether invented data is loaded.
    with django_assert_num_queries(12):
        page = client.get(desk("own"))

    assert len(page.context["rows"]) == number


def test_a_long_list_has_pages(client, lappia, bengt):
    for _ in range(51):
        OfferingFactory(provider=lappia)
    client.force_login(bengt)

    assert len(client.get(desk("own")).context["rows"]) == 50
    assert len(client.get(desk("own", page=2)).context["rows"]) == 1


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"status": "draft"}, ("draft", "neutral")),
        ({"status": "cancelled"}, ("cancelled", "danger")),
        ({}, ("open for applications", "success")),
        ({"applications_open_at": 5}, ("published, opens later", "info")),
        ({"applications_open_at": -20, "applications_close_at": -1}, ("applications closed", "neutral")),
        ({"starts_on": 0, "applications_open_at": -20, "applications_close_at": -1}, ("started", "neutral")),
    ],
)
def test_a_row_says_where_the_course_stands(lappia, facts, state):
    moments = {name: in_days(days) for name, days in facts.items() if name.endswith("_at")}
    start = {"starts_on": today() + dt.timedelta(days=facts["starts_on"])} if "starts_on" in facts else {}
    offering = OfferingFactory(provider=lappia, **(facts | moments | start))

    assert row_of(offering).state == state


def test_a_row_counts_free_places_of_every_source(lappia):
    offering = OfferingFactory(provider=lappia, capacity=16, quotas={"FI-854": 2}, taken={"": 9, "FI-854": 1})

    assert row_of(offering).free == 6


def test_a_row_says_who_confirmed_the_places_and_when(lappia):
    person = UserFactory(name="Bengt")
    confirmed = OfferingFactory(
        provider=lappia,
        places_confirmed_at=dt.datetime(2026, 11, 20, 22, 30, tzinfo=dt.UTC),
        places_confirmed_by=person,
    )

    assert row_of(confirmed).confirmed == "21\u00a0November\u00a02026, Bengt"
    assert row_of(OfferingFactory(provider=lappia)).confirmed == ""


@pytest.mark.parametrize(
    ("status", "days_ago", "wants"),
    [("published", None, True), ("published", 60, False), ("published", 61, True), ("draft", None, False)],
)
def test_old_numbers_want_confirming_while_students_can_apply(lappia, bengt, status, days_ago, wants):
    confirmed = {}
    if days_ago is not None:
        at = timezone.now() - dt.timedelta(days=days_ago)
        confirmed = {"places_confirmed_at": at, "places_confirmed_by": bengt}

    assert row_of(OfferingFactory(provider=lappia, status=status, **confirmed)).wants_confirming == wants


def test_a_row_names_the_languages_that_are_needed_and_the_others(lappia):
    JointAuthorityMemberFactory(organisation=lappia, municipality=municipality("FI-434"))
    row = row_of(OfferingFactory(provider=lappia, title_sv="", title_en="", languages=["fi"]))
    whole = row_of(OfferingFactory(provider=lappia))

    with override("fi"):
        assert (row.missing, row.could_have) == (["ruotsi"], ["englanti"])
    assert (whole.missing, whole.could_have) == ([], [])


@pytest.mark.parametrize(
    ("facts", "deadline"),
    [
        ({}, "24\u00a0December\u00a02026"),
        ({"applications_close_at": None}, "continuous"),
        ({"status": "draft", "applications_close_at": None, "applications_open_at": None}, ""),
    ],
)
def test_a_row_says_the_deadline(lappia, facts, deadline):
    assert row_of(OfferingFactory(provider=lappia, **facts)).deadline == deadline


def test_what_is_over_is_known(lappia):
    draft = OfferingFactory(provider=lappia, status="draft")
    cancelled = OfferingFactory(provider=lappia, status="cancelled")

    assert [row_of(one).is_over for one in (draft, cancelled, OfferingFactory(provider=lappia))] == [
        False,
        True,
        False,
    ]
