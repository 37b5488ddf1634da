"""Who reads and answers error reports, and sees how whole the data is (R-PRIV-4)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser

from corrections import rules
from corrections.models import ErrorReport
from tests.factories import ErrorReportFactory, today
from tests.people import NAMES

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def people(request):
    return {name: request.getfixturevalue(name) for name in NAMES} | {"anonymous": AnonymousUser()}


@pytest.fixture
def reports(lappia, pello):
    return {
        "pello": ErrorReportFactory(place="FI-854"),
        "loviisa": ErrorReportFactory(place="FI-434"),
        "lappia": ErrorReportFactory(
            subject_type="provider", subject_key=str(lappia.pk), organisation=lappia
        ),
        "a page": ErrorReportFactory(subject_type="page", subject_key="", state="mended"),
    }


def test_the_list_and_the_rule_for_one_agree(people, reports):
    every = set(reports)
    seen = {
        "kaisa": every, "anna": every, "aino": {"pello"}, "olli": {"loviisa"}, "bengt": {"lappia"},
        "sami": set(), "ritva": set(), "matti": set(), "anonymous": set(),
    }  # fmt: skip

    for name, person in people.items():
        listed = set(ErrorReport.objects.visible_to(person, on=today()).values_list("pk", flat=True))
        assert {which for which, one in reports.items() if one.pk in listed} == seen[name], name
        for which, one in reports.items():
            assert rules.may_see(person, one, on=today()) == (which in seen[name]), (name, which)


def test_answering_is_the_coordinators_and_the_administrators(people):
    assert {name for name, one in people.items() if rules.may_handle(one, on=today())} == {"kaisa", "anna"}
    assert {name for name, one in people.items() if rules.may_see_some(one, on=today())} == {
        "kaisa", "anna", "aino", "olli", "bengt",
    }  # fmt: skip


def test_quality_of_all_and_of_one_s_own(people, lappia, pello):
    whole = {name for name, one in people.items() if rules.may_see_quality_of_all(one, on=today())}
    of_lappia = {name for name, one in people.items() if rules.may_see_quality_of(one, lappia, on=today())}
    of_pello = {name for name, one in people.items() if rules.may_see_quality_of(one, pello, on=today())}

    assert whole == {"kaisa", "matti", "anna"}
    assert (of_lappia, of_pello) == (whole | {"bengt"}, whole | {"aino"})


def test_a_role_that_is_over_gives_nothing(people, reports, kaisa, aino):
    for person in (kaisa, aino):
        person.role_assignments.update(valid_to=today() - dt.timedelta(days=1))

        assert not ErrorReport.objects.visible_to(person, on=today()).exists()
        assert not rules.may_handle(person, on=today())
        assert not rules.may_see_some(person, on=today())
        assert not rules.may_see_quality_of_all(person, on=today())
