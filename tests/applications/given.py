"""What tests of applications begin with: a host with somebody who decides, and people who apply."""

from __future__ import annotations

import datetime as dt
import uuid
from itertools import count
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from applications import services
from applications.models import Application, Cause, Draft, HomeStatement
from applications.services.deciding import Official
from applications.services.statements import StatementInput
from applications.states import StatementOutcome
from kopa.accounts.models import User
from offerings.homes import Home, find_home
from offerings.models import Offering
from providers.models import Organisation, Role
from tests.factories import (
    OfferingFactory,
    OrganisationFactory,
    RoleAssignmentFactory,
    UserFactory,
    organisation_of,
    today,
)

ADULT = dt.date(1995, 5, 17)
NUMBERS = count(1)


def host(**facts: Any) -> Organisation:
    """A joint authority of Finland with one person who decides on applications."""
    organisation = OrganisationFactory(**facts)
    RoleAssignmentFactory(role=Role.PROVIDER_STAFF, organisation=organisation, person__name="Bengt")
    return organisation


def course(**facts: Any) -> Offering:
    """Applied for in KOPA, by registration, open to all; 20 places unless ``capacity`` says otherwise."""
    facts.setdefault("provider", None)
    facts["provider"] = facts["provider"] or host()
    return OfferingFactory(**{"takes_applications": True} | facts)


def official(offering: Offering) -> Official:
    """The one who decides at the course's host."""
    role = offering.provider.role_assignments.get()
    return Official(role.person, role.role, offering.provider_id, title="rehtori")


def official_as(person: User, offering: Offering) -> Official:
    """One of several who decide there."""
    role = person.role_assignments.get(organisation=offering.provider_id)
    return Official(person, role.role, offering.provider_id, title="rehtori")


def home_of(key: str) -> Home:
    found = find_home(key)
    assert found is not None, key
    return found


def submission(offering: Offering, home: str = "FI-854", **facts: Any) -> services.Submission:
    given = {
        "key": uuid.uuid4(),
        "offering_id": offering.pk,
        "home": home_of(home),
        "birth_on": ADULT,
        "language": "fi",
    } | facts
    if "person" not in given:
        given["person"] = student()
    return services.Submission(**given)


def student(name: str = "") -> User:
    number = next(NUMBERS)
    return UserFactory(name=name or f"Sami {number}", email=f"sami{number}@example.org")


def apply(offering: Offering, home: str = "FI-854", **facts: Any) -> Application:
    """Sent by a student of her own, unless ``person`` says otherwise."""
    now = facts.pop("now", None) or timezone.now()
    return services.submit(submission(offering, home, **facts), now=now)


def begun(offering: Offering, home: str = "FI-854", by: User | None = None, **facts: Any) -> Draft:
    """Filled in as far as it can be sent, and not sent."""
    answers = {"name": "Sami", "birth_on": ADULT.isoformat(), "home_municipality": home, "motivation": ""}
    given: dict[str, Any] = {"key": uuid.uuid4(), "language": "fi", "email": "draft@example.org"}
    given["answers"] = answers | facts.pop("answers", {})
    return services.save_draft(offering_id=offering.pk, by=by, **given | facts)


def admit(application: Application) -> Application:
    """Received and admitted, as far as the statement lets it."""
    by = official(application.offering)
    services.receive(application_id=application.pk, by=by)
    return services.admit(application_id=application.pk, by=by)


def admit_by(application: Application, person: User) -> Application:
    """As ``admit``, by one of several who decide there."""
    by = official_as(person, application.offering)
    services.receive(application_id=application.pk, by=by)
    return services.admit(application_id=application.pk, by=by)


def moving(application: Application) -> Application:
    """Admitted, and another course of the same host is offered instead."""
    role = application.offering.provider.role_assignments.filter(role=Role.PROVIDER_STAFF).first()
    assert role is not None
    application = admit_by(application, role.person)
    by = Official(role.person, role.role, application.offering.provider_id, title="rehtori")
    to = course(provider=application.offering.provider)
    services.offer_transfer(application_id=application.pk, to=to, cause=Cause.ASKED, by=by)
    return application


@transaction.atomic
def grown_to(offering: Offering, places: int, **given: int) -> None:
    """So many places from now on, the new ones open, and nobody was told of it: as if the worker was away.
    ``given`` says how many of the open ones are given.
    """
    reserved = offering.quotas.aggregate(seats=Coalesce(Sum("counter__seats"), 0))["seats"]
    Offering.objects.filter(pk=offering.pk).update(capacity=places)
    offering.counters.filter(quota=None).update(seats=places - reserved, **given)


def state(application: Application) -> str:
    return Application.objects.values_list("status", flat=True).get(pk=application.pk)


def missed(application: Application) -> Application:
    """Accepted three days ago, and the teaching began a day later."""
    begins(application.offering, -2)
    Application.objects.filter(pk=application.pk).update(answered_at=timezone.now() - dt.timedelta(days=3))
    return Application.objects.select_related("offering__provider").get(pk=application.pk)


def begins(offering: Offering, days: int) -> None:
    """The teaching, so many days from today; applications closed long ago."""
    now = timezone.now()
    Offering.objects.filter(pk=offering.pk).update(
        starts_on=in_days(days), applications_open_at=now - dt.timedelta(days=60),
        applications_close_at=now - dt.timedelta(days=40),
    )  # fmt: skip


def in_days(days: int) -> dt.date:
    return today() + dt.timedelta(days=days)


def statement_given(application: Application, said: StatementInput | None = None) -> HomeStatement:
    """The home municipality has answered: it pays, unless ``said`` says otherwise."""
    statement = application.statements.exclude(state="dropped").get()
    office = organisation_of(statement.municipality.key)
    officer = office.role_assignments.filter(role=Role.OFFICER).first() or RoleAssignmentFactory(
        role=Role.OFFICER, organisation=office, person__name="Aino"
    )
    return services.issue_statement(
        statement_id=statement.pk,
        given=said or StatementInput(StatementOutcome.COMMITS, "Aino", "sivistysjohtaja"),
        by=officer.person,
        role=officer.role,
        organisation_id=office.pk,
    )
