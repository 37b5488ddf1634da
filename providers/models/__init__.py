"""Organisations that give education, their institutions and sites, and who acts for them."""

from providers.models.institution import Institution, Site
from providers.models.invitation import Invitation
from providers.models.organisation import JointAuthorityMember, Licence, Organisation, OrganisationKind
from providers.models.role import ROLES_WITH_AN_ORGANISATION, Role, RoleAssignment

__all__ = [
    "ROLES_WITH_AN_ORGANISATION",
    "Institution",
    "Invitation",
    "JointAuthorityMember",
    "Licence",
    "Organisation",
    "OrganisationKind",
    "Role",
    "RoleAssignment",
    "Site",
]
