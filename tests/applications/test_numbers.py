"""R-PRIV-5: how many have applied, for coordinators and analysts."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils.translation import override

from applications import numbers, rules, services
from applications.models import Application, Forgotten
from kopa.base.small_cells import HIDDEN, SMALL, Cell
from providers.models import Role
from tests.applications.given import apply, course
from tests.factories import RoleAssignmentFactory, municipality, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def places() -> None:
    for key in ("FI-854", "SE-2583"):
        municipality(key)


def rows_of(which: int) -> dict[str, Cell]:
    """Those that are not nought."""
    with override("en"):
        table = numbers.tables()[which]
    return {label: cell for label, cell in table.rows if cell.number != 0}


def test_small_numbers_are_hidden_also_from_whoever_subtracts(django_assert_num_queries):
    """R-PRIV-5: two withdrawn ones are "<5"; alone they would be total less the rest, so another one goes."""
    offering = course(capacity=6)
    sent = [apply(offering, "FI-854" if n < 7 else "SE-2583") for n in range(14)]
    for one in sent[-2:]:
        services.withdraw(application_id=one.pk, by=one.learner.person)
    with django_assert_num_queries(2):
        states, ways = numbers.tables()
    assert rows_of(0) == {"sent": HIDDEN, "in the queue": Cell(6), "withdrawn": SMALL}
    assert (states.total, ways.total) == (Cell(14), Cell(14))
    assert set(rows_of(1).values()) == {Cell(7)}


def test_those_that_are_gone_are_counted_still():
    """R-PRIV-7, R-PRIV-5: what statistics need stays."""
    offering = course()
    for _ in range(6):
        apply(offering)
    Forgotten.objects.create(
        offering=offering, home_municipality=municipality("FI-854"), status="withdrawn", number=9
    )
    Forgotten.objects.create(offering=offering, status="withdrawn", number=5)
    assert rows_of(0) == {"sent": Cell(6), "withdrawn": Cell(14)}
    assert set(rows_of(1).values()) == {Cell(15), Cell(5)}


def test_a_few_applications_are_not_counted_at_all(client):
    """R-PRIV-5: the page says neither three nor anything that gives it away."""
    for _ in range(3):
        apply(course())
    client.force_login(RoleAssignmentFactory(role=Role.ANALYST, organisation=None).person)
    page = client.get(reverse("applications:numbers"))
    assert numbers.tables()[0].total == HIDDEN
    assert page.status_code == 200
    assert ">3<" not in page.content.decode()


def test_those_see_numbers_whose_role_it_is():
    """R-PRIV-4"""
    for role in Role:
        holder = RoleAssignmentFactory(role=role, **({"organisation": None} if role == Role.ANALYST else {}))
        assert rules.may_count(holder.person, on=today()) is (role in {Role.COORDINATOR, Role.ANALYST})
    assert not rules.may_count(AnonymousUser(), on=today())
    former = RoleAssignmentFactory(
        role=Role.ANALYST, organisation=None, valid_to=today() - dt.timedelta(days=1)
    )
    assert not rules.may_count(former.person, on=today())
    assert not Application.objects.exists()
