"""Who acts for which organisation. Looks at roles, never at state."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from kopa.accounts.models import User
from providers.models import Organisation, OrganisationKind, Role, RoleAssignment
from providers.querysets import OrganisationQuerySet


def publishing_roles(user: User | AnonymousUser, *, on: dt.date) -> QuerySet[RoleAssignment]:
    """The user's roles that publish offerings on the day: provider's staff, and an officer of a municipality
    that is itself the organisation. Source: DOMAIN.md §3.6.
    """
    if not user.is_authenticated:
        return RoleAssignment.objects.none()
    officer_of_a_municipality = Q(role=Role.OFFICER, organisation__kind=OrganisationKind.MUNICIPALITY)
    return RoleAssignment.objects.active(on=on).filter(
        Q(role=Role.PROVIDER_STAFF) | officer_of_a_municipality, person=user
    )


def organisations_published_for(user: User | AnonymousUser, *, on: dt.date) -> OrganisationQuerySet:
    """The organisations whose offerings the user may write and publish on the day."""
    return Organisation.objects.filter(pk__in=publishing_roles(user, on=on).values("organisation"))
