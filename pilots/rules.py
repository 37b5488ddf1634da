"""Who may write about pilot groups. Looks at roles, never at state."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from kopa.accounts.models import User
from providers.models import Role, RoleAssignment


def coordinating_roles(user: User | AnonymousUser, *, on: dt.date) -> QuerySet[RoleAssignment]:
    """The user's roles as a coordinator on the day."""
    if not user.is_authenticated:
        return RoleAssignment.objects.none()
    return RoleAssignment.objects.held_by(user, on=on).filter(role=Role.COORDINATOR)


def may_edit_groups(user: User | AnonymousUser, *, on: dt.date) -> bool:
    """Every coordinator edits the texts of every group: they run the network together (DOMAIN.md §1)."""
    return coordinating_roles(user, on=on).exists()
