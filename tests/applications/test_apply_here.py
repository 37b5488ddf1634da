"""What a course's page says of applying in KOPA."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from offerings.models import Offering
from offerings.presenting import address
from providers.models import RoleAssignment
from tests.applications import given
from tests.factories import OfferingFactory, in_days, municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def homes() -> None:
    municipality("FI-854")


def page_of(client: Client, offering: Offering, home: str = "") -> str:
    query = f"?home={home}" if home else ""
    return client.get(address(offering) + query).content.decode()


def button(offering: Offering, home: str = "") -> str:
    query = f"?home={home}" if home else ""
    return f'href="{reverse("applications:apply", args=[offering.pk])}{query}"'


def test_the_button_leads_to_the_first_step_with_the_home_municipality(client: Client) -> None:
    offering = given.course(apply_url="https://example.org/hae")
    assert button(offering) in page_of(client, offering)
    page = page_of(client, offering, "FI-854")
    assert button(offering, "FI-854") in page
    assert "https://example.org/hae" not in page
    assert "You apply here in KOPA, in three short steps." in page
    first_step = client.get(reverse("applications:apply", args=[offering.pk]) + "?home=FI-854")
    assert '<option value="FI-854" selected>' in first_step.content.decode()


def test_another_course_keeps_its_own_way(client: Client) -> None:
    offering = OfferingFactory(apply_url="https://example.org/hae")
    page = page_of(client, offering)
    assert "https://example.org/hae" in page
    assert button(offering) not in page
    answer = client.get(reverse("applications:apply", args=[offering.pk]))
    assert "This course is not applied for in KOPA." in answer.content.decode()


def test_where_nobody_decides_the_page_says_whom_to_ask(client: Client) -> None:
    offering = given.course()
    RoleAssignment.objects.all().delete()
    page = page_of(client, offering)
    assert "The provider has nobody in KOPA who handles applications just now." in page
    assert button(offering) not in page
    assert "Ask the provider" in page


def test_who_may_not_apply_is_told_once_the_home_municipality_is_known(client: Client) -> None:
    municipality("FI-851")
    offering = given.course(open_to="municipalities")
    offering.open_to_municipalities.set([municipality("FI-851")])
    assert button(offering) in page_of(client, offering)
    page = page_of(client, offering, "FI-854")
    assert "This course is not open to residents of your home municipality." in page
    assert button(offering) not in page
    assert button(offering, "FI-851") in page_of(client, offering, "FI-851")


@pytest.mark.parametrize(("taken", "is_there"), [(0, True), (20, False)])
def test_late_ones_are_taken_while_places_are_free(
    taken: int, is_there: bool, client: Client, clock: Any
) -> None:
    """R-APP-4."""
    offering = given.course(taken=taken, closes_in_days=1)
    clock.shift(dt.timedelta(days=3))
    page = page_of(client, offering)
    assert (button(offering) in page) is is_there
    assert ("Apply late for a free place" in page) is is_there


def test_before_applications_open_there_is_no_button(client: Client) -> None:
    offering = given.course(applications_open_at=in_days(5))
    page = page_of(client, offering)
    assert button(offering) not in page
    assert "Applications open on" in page


def test_a_cancelled_course_is_not_applied_for(client: Client) -> None:
    offering = given.course(status="cancelled")
    assert button(offering) not in page_of(client, offering)
    answer = client.get(reverse("applications:apply", args=[offering.pk]))
    assert answer.status_code == 409
    assert "Applications to this course are not open." in answer.content.decode()
