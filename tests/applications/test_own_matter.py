"""R-APP-11, R-PRIV-4: an official is disqualified from her own application; a colleague decides on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications import rules, services
from applications.errors import OwnMatter
from applications.models import AdmissionDecision, Application, Cause, ReceptionDecision
from applications.services.deciding import Official, Refusal
from kopa.accounts.models import User
from tests.applications.given import admit_by, apply, course, official, official_as, state
from tests.factories import RoleAssignmentFactory, in_days, municipality, today
from tests.reading import main, words

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]

REFUSAL = Refusal("not_eligible", "Siksi.", "Näin.")


@pytest.fixture
def own() -> Application:
    """Bengt decides on the applications to a course, and has applied to it himself."""
    municipality("FI-854")
    offering = course()
    return apply(offering, person=official(offering).person)


def as_person(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def colleague(application: Application) -> User:
    role = RoleAssignmentFactory(role="provider_staff", organisation=application.offering.provider)
    person: User = role.person
    return person


ACTS: dict[str, Callable[[Application, Official], object]] = {
    "receive": lambda one, by: services.receive(application_id=one.pk, by=by),
    "refuse": lambda one, by: services.refuse(application_id=one.pk, by=by, refusal=REFUSAL),
    "rank": lambda one, by: services.rank(
        application_id=one.pk, by=by, priority_group=None, score=Decimal(9)
    ),
    "move": lambda one, by: services.offer_transfer(
        application_id=one.pk, to=course(provider=one.offering.provider), cause=Cause.ASKED, by=by
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_nobody_decides_on_her_own_application(own: Application, act: str) -> None:
    """R-APP-11"""
    by = official(own.offering)
    with pytest.raises(OwnMatter):
        ACTS[act](own, by)
    assert (state(own), ReceptionDecision.objects.exists()) == ("submitted", False)


def test_nobody_admits_or_enrols_herself(own: Application) -> None:
    """R-APP-11: not where a colleague has begun, either."""
    by, other = official(own.offering), colleague(own)
    services.receive(application_id=own.pk, by=official_as(other, own.offering))
    with pytest.raises(OwnMatter):
        services.admit(application_id=own.pk, by=by)
    assert not AdmissionDecision.objects.exists()
    services.admit(application_id=own.pk, by=official_as(other, own.offering))
    services.accept(application_id=own.pk, by=by.person)
    with pytest.raises(OwnMatter):
        services.enrol(application_id=own.pk, by=by, on=dt.date(2026, 12, 1))
    assert state(own) == "accepted"


def test_who_takes_part_in_a_selection_does_not_make_it(clock: Any) -> None:
    """R-APP-11: the one who runs it admits."""
    municipality("FI-854")
    offering = course(selection_rule="lottery", applications_close_at=in_days(5), quota_release_at=None)
    bengt = official(offering)
    own = apply(offering, person=bengt.person)
    other = official_as(colleague(own), offering)
    services.receive(application_id=own.pk, by=other)
    clock.shift(dt.timedelta(days=6))
    with pytest.raises(OwnMatter):
        services.run_selection(offering_id=offering.pk, by=bengt)
    page = as_person(bengt.person).get(reverse("applications:host_selection", args=[offering.pk]))
    assert "a colleague of yours does this" in words(page.content.decode())
    assert services.run_selection(offering_id=offering.pk, by=other).offered == [own.pk]


def test_one_s_own_is_no_case_at_the_desk(own: Application) -> None:
    """R-PRIV-4: of one's own one sees the applicant's page; a colleague has the case."""
    bengt, other = official(own.offering).person, colleague(own)
    course_page = reverse("applications:host_course", args=[own.offering_id])
    case = reverse("applications:host_case", args=[own.key])

    assert as_person(bengt).get(case).status_code == 404
    assert own.reference not in words(main(as_person(bengt).get(course_page)))
    assert as_person(other).get(case).status_code == 200
    assert own.reference in words(main(as_person(other).get(course_page)))
    assert not rules.may_decide(bengt, own, on=today())
    assert rules.may_decide(other, own, on=today())


@pytest.mark.parametrize("act", ["decide", "enrol"])
def test_one_s_own_is_not_among_many(own: Application, act: str) -> None:
    """R-APP-11: ticked by hand it stays as it is."""
    bengt = official(own.offering).person
    if act == "enrol":
        admit_by(own, colleague(own))
        services.accept(application_id=own.pk, by=bengt)
    before = state(own)
    address = reverse("applications:host_together", args=[own.offering_id, act])
    as_person(bengt).post(address, {"row": [own.pk], "title": "", "on": "2026-12-01", "do": "1"})
    assert state(own) == before
