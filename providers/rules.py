"""Who acts for which organisation. Looks at roles, never at state."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from kopa.accounts.models import User
from providers.models import Organisation, OrganisationKind, Role, RoleAssignment
from providers.querysets import OrganisationQuerySet

# The roles that publish offerings: provider's staff, and an officer of a municipality that is itself the
# organisation. Source: DOMAIN.md §3.6.
PUBLISHING: Final = Q(role=Role.PROVIDER_STAFF) | Q(
    role=Role.OFFICER, organisation__kind=OrganisationKind.MUNICIPALITY
)


def publishing_roles(user: User | AnonymousUser, *, on: dt.date) -> QuerySet[RoleAssignment]:
    """The user's roles that publish offerings on the day."""
    if not user.is_authenticated:
        return RoleAssignment.objects.none()
    return RoleAssignment.objects.active(on=on).filter(PUBLISHING, person=user)


def organisations_published_for(user: User | AnonymousUser, *, on: dt.date) -> OrganisationQuerySet:
    """The organisations whose offerings the user may write and publish on the day."""
    return Organisation.objects.filter(pk__in=publishing_roles(user, on=on).values("organisation"))


def holds_role(user: User | AnonymousUser, *roles: Role, on: dt.date) -> bool:
    """The user has one of the roles on the day, for whatever organisation."""
    if not user.is_authenticated:
        return False
    return RoleAssignment.objects.active(on=on).filter(person=user, role__in=roles).exists()


def organisations_acted_for(
    user: User | AnonymousUser, *roles: Role, on: dt.date
) -> OrganisationQuerySet:
    """The organisations for which the user has one of the roles on the day."""
    if not user.is_authenticated:
        return Organisation.objects.none()
    held = RoleAssignment.objects.active(on=on).filter(person=user, role__in=roles)
    return Organisation.objects.filter(pk__in=held.values("organisation"))
