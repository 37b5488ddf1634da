"""Who may do what with an application (R-PRIV-4). Looks at roles, and at state for sealed grounds alone."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.models import AnonymousUser

from applications.models import Application, HomeStatement
from applications.states import UNDECIDED
from kopa.accounts.models import User
from offerings.models import Offering
from providers.models import Role, RoleAssignment
from providers.rules import holds_role, publishing_roles


def is_applicant(user: User | AnonymousUser, application: Application) -> bool:
    return user.is_authenticated and application.learner.person_id == user.pk


def deciding_role(user: User | AnonymousUser, offering: Offering, *, on: dt.date) -> RoleAssignment | None:
    """The role in which the user decides on the applications to a course: the host's own people's."""
    return publishing_roles(user, on=on).filter(organisation=offering.provider_id).first()


def may_decide(user: User | AnonymousUser, application: Application, *, on: dt.date) -> bool:
    """A colleague does on one's own."""
    own = is_applicant(user, application)
    return not own and deciding_role(user, application.offering, on=on) is not None


def stating_role(
    user: User | AnonymousUser, statement: HomeStatement, *, on: dt.date
) -> RoleAssignment | None:
    """The role in which the user gives the statement: officer of the municipality that is asked, or of the
    one that it was merged into (R-HOME-8).
    """
    if not user.is_authenticated:
        return None
    place = statement.municipality
    held = RoleAssignment.objects.held_by(user, on=on).filter(role=Role.OFFICER)
    return held.filter(organisation__municipality__in={place.pk, place.successor_id or place.pk}).first()


def grounds_role(
    user: User | AnonymousUser, application: Application, *, on: dt.date
) -> RoleAssignment | None:
    """The role in which the user reads what the applicant confides (R-PRIV-9): that of whoever decides, as
    long as there is something to decide: the host's on the application, the home municipality's on its
    statement.
    """
    role = deciding_role(user, application.offering, on=on)
    if role is not None and application.status in UNDECIDED:
        return role
    asked = application.statements.awaited().select_related("municipality")
    return next((held for one in asked if (held := stating_role(user, one, on=on)) is not None), None)


def may_count(user: User | AnonymousUser, *, on: dt.date) -> bool:
    """Coordinators and analysts see numbers of all applications, and no persons (R-PRIV-4)."""
    return holds_role(user, Role.COORDINATOR, Role.ANALYST, on=on)


def may_see(user: User | AnonymousUser, application: Application, *, on: dt.date) -> bool:
    """``Application.objects.visible_to`` for one."""
    if is_applicant(user, application) or may_decide(user, application, on=on):
        return True
    asked = application.statements.in_force().select_related("municipality")
    return any(stating_role(user, statement, on=on) is not None for statement in asked)
