"""Who acts for which organisation. Looks at roles, never at state."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.db.models import OuterRef, Q, QuerySet

from kopa.accounts.models import User
from municipalities.models import Region
from providers.models import Invitation, Organisation, OrganisationKind, Role, RoleAssignment
from providers.querysets import InvitationQuerySet, OrganisationQuerySet, RoleAssignmentQuerySet

# The roles that publish offerings: provider's staff, and an officer of a municipality that is itself the
# organisation. Source: DOMAIN.md §3.6.
PUBLISHING: Final = Q(role=Role.PROVIDER_STAFF) | Q(
    role=Role.OFFICER, organisation__kind=OrganisationKind.MUNICIPALITY
)


def publishing_roles(user: User | AnonymousUser, *, on: dt.date) -> QuerySet[RoleAssignment]:
    """The user's roles that publish offerings on the day."""
    if not user.is_authenticated:
        return RoleAssignment.objects.none()
    return RoleAssignment.objects.held_by(user, on=on).filter(PUBLISHING)


def people_publishing_for(organisation_id: int | OuterRef, *, on: dt.date) -> QuerySet[RoleAssignment]:
    """Roles of people who may sign in and who publish, and decide on applications, for the organisation."""
    roles = RoleAssignment.objects.active(on=on).filter(PUBLISHING)
    return roles.filter(organisation=organisation_id, person__is_active=True)


# What each may invite others to. Source: DOMAIN.md §1 (the administrator keeps accounts, the coordinator the
# organisations of the region).
INVITES: Final = {
    Role.ADMIN: (
        Role.OFFICER, Role.PROVIDER_STAFF, Role.COUNSELLOR, Role.COORDINATOR, Role.ANALYST, Role.ADMIN,
    ),
    Role.COORDINATOR: (Role.OFFICER, Role.PROVIDER_STAFF, Role.COUNSELLOR),
}  # fmt: skip
DELEGATED: Final = (Role.OFFICER, Role.PROVIDER_STAFF, Role.COUNSELLOR, Role.COORDINATOR)


def roles_invited_to(user: User | AnonymousUser, *, on: dt.date) -> list[Role]:
    """The roles that the user may invite somebody to on the day; a query. A substitute invites nobody."""
    if not user.is_authenticated:
        return []
    return _given_by(_inviting_roles(user, on=on))


def _given_by(inviting: RoleAssignmentQuerySet) -> list[Role]:
    own = set(inviting.values_list("role", flat=True))
    return [role for role in Role if any(role in INVITES[Role(held)] for held in own)]


def organisations_invited_for(user: User, *, on: dt.date) -> OrganisationQuerySet:
    """The organisations for which the user may invite: all for an administrator, else those of the region."""
    return _reached_by(_inviting_roles(user, on=on))


def _reached_by(own: RoleAssignmentQuerySet) -> OrganisationQuerySet:
    if own.filter(role=Role.ADMIN).exists():
        return Organisation.objects.exclude(status="closed")
    regions = Region.objects.filter(
        Q(municipalities__organisation__in=own.values("organisation"))
        | Q(municipalities__organisations_at_home__in=own.values("organisation"))
    ).values("pk")
    return Organisation.objects.exclude(status="closed").filter(
        Q(municipality__region__in=regions) | Q(home_municipality__region__in=regions)
    )


def _inviting_roles(user: User, *, on: dt.date) -> RoleAssignmentQuerySet:
    return _inviting(RoleAssignment.objects.held_by(user, on=on))


def _inviting(roles: RoleAssignmentQuerySet) -> RoleAssignmentQuerySet:
    return roles.filter(role__in=list(INVITES), on_behalf_of__isnull=True)


def may_give(
    by: User,
    role: str,
    organisation: Organisation | None,
    *,
    on: dt.date,
    on_behalf_of: RoleAssignment | None = None,
) -> bool:
    """Whether an invitation by this person is good on the day: asked when it is sent and when it is answered.

    Looks at all roles of the person, whichever is acted in: an invitation outlives the session.
    """
    if not by.is_active:
        return False
    own = RoleAssignment.objects.of(by, on=on)
    if on_behalf_of is not None:
        same = own.filter(pk=on_behalf_of.pk, role=role, organisation=organisation, on_behalf_of__isnull=True)
        return same.filter(role__in=DELEGATED).exists()
    inviting = _inviting(own)
    if role not in _given_by(inviting):
        return False
    return organisation is None or _reached_by(inviting).filter(pk=organisation.pk).exists()


def inviting_role(by: User, role: str, *, on: dt.date) -> str:
    """The role that gives the user the right to invite to ``role``; empty for none."""
    own = _inviting_roles(by, on=on).order_by("pk").values_list("role", flat=True)
    return next((held for held in own if role in INVITES[Role(held)]), "")


def role_taking_back(by: User, invitation: Invitation, *, on: dt.date) -> str:
    """The role that the user acts in who takes the invitation back; the own one for one's own substitute."""
    if invitation.on_behalf_of_id and invitation.invited_by_id == by.pk:
        return str(invitation.role)
    return inviting_role(by, invitation.role, on=on)


def invitations_kept_by(user: User, *, on: dt.date) -> InvitationQuerySet:
    """Those that the user may take back: her own; an administrator everybody's."""
    if _inviting_roles(user, on=on).filter(role=Role.ADMIN).exists():
        return Invitation.objects.all()
    return Invitation.objects.filter(invited_by=user)


def may_name_a_substitute(user: User, assignment: RoleAssignment, *, on: dt.date) -> bool:
    """The user's own role, in force on the day, acted in and not itself a substitute's."""
    own = RoleAssignment.objects.held_by(user, on=on).filter(
        pk=assignment.pk, role__in=DELEGATED, on_behalf_of__isnull=True
    )
    return own.exists()


def may_give_up(user: User, assignment: RoleAssignment, *, on: dt.date) -> bool:
    """The user's role, also a substitute's, in force on the day and acted in."""
    return RoleAssignment.objects.held_by(user, on=on).filter(pk=assignment.pk).exists()


def organisations_published_for(user: User | AnonymousUser, *, on: dt.date) -> OrganisationQuerySet:
    """The organisations whose offerings the user may write and publish on the day."""
    return Organisation.objects.filter(pk__in=publishing_roles(user, on=on).values("organisation"))


def holds_role(user: User | AnonymousUser, *roles: Role, on: dt.date) -> bool:
    """The user has one of the roles on the day, for whatever organisation."""
    if not user.is_authenticated:
        return False
    return RoleAssignment.objects.held_by(user, on=on).filter(role__in=roles).exists()


def organisations_acted_for(
    user: User | AnonymousUser, *roles: Role, on: dt.date
) -> OrganisationQuerySet:
    """The organisations for which the user has one of the roles on the day."""
    if not user.is_authenticated:
        return Organisation.objects.none()
    held = RoleAssignment.objects.held_by(user, on=on).filter(role__in=roles)
    return Organisation.objects.filter(pk__in=held.values("organisation"))


# Who verifies and suspends organisations. Source: DOMAIN.md §3.2.
VERIFYING: Final = (Role.COORDINATOR, Role.ADMIN)


def may_verify(user: User | AnonymousUser, *, on: dt.date) -> bool:
    """Every coordinator verifies every organisation: they run the network together."""
    return holds_role(user, *VERIFYING, on=on)
