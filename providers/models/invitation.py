"""Invitations to act in a role."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from providers.models.organisation import Organisation
from providers.models.role import ROLES_WITH_AN_ORGANISATION, Role, RoleAssignment
from providers.querysets import InvitationQuerySet


class Invitation(models.Model):
    """A person is asked by letter to act in a role; the link in the letter works once, for seven days.

    ``key_digest`` is all that is kept of the link. ``on_behalf_of``: an officer asks a substitute.
    """

    email = models.EmailField(_("e-mail address"))
    language = models.CharField(max_length=2)
    role = models.CharField(max_length=20, choices=Role)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="invitations"
    )
    valid_to = models.DateField(null=True, blank=True)
    on_behalf_of = models.ForeignKey(
        RoleAssignment, on_delete=models.CASCADE, null=True, blank=True, related_name="invitations"
    )
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key_digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(name="invitation_role_is_known", condition=Q(role__in=Role.values)),
            models.CheckConstraint(
                name="invitation_has_the_organisation_that_its_role_needs",
                condition=~Q(role__in=ROLES_WITH_AN_ORGANISATION) | Q(organisation__isnull=False),
                violation_error_code="role_without_organisation",
                violation_error_message=_("This role is held for an organisation: choose one."),
            ),
            models.CheckConstraint(
                name="invitation_that_was_accepted_is_over",
                condition=Q(accepted_by__isnull=True) | Q(ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="invitation_of_a_substitute_has_a_last_day",
                condition=Q(on_behalf_of__isnull=True) | Q(valid_to__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.get_role_display()}"
