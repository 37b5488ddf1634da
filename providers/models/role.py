"""Who acts for which organisation in which role."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from providers.models.organisation import Organisation
from providers.querysets import RoleAssignmentQuerySet


class Role(models.TextChoices):
    """DOMAIN.md §1. No role implies another."""

    OFFICER = "officer", _("municipal education officer")
    LEARNER = "learner", _("student")
    GUARDIAN = "guardian", _("guardian")
    COORDINATOR = "coordinator", _("regional coordinator")
    PROVIDER_STAFF = "provider_staff", _("provider's staff")
    COUNSELLOR = "counsellor", _("guidance counsellor")
    ANALYST = "analyst", _("analyst")
    ADMIN = "admin", _("platform administrator")


ROLES_WITH_AN_ORGANISATION = [Role.OFFICER, Role.COORDINATOR, Role.PROVIDER_STAFF, Role.COUNSELLOR]


class RoleAssignment(models.Model):
    """A person acts in a role, for an organisation where the role has one; both days are included."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="role_assignments"
    )
    role = models.CharField(max_length=20, choices=Role)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="role_assignments"
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Ended by an act, before the last day."
    )
    on_behalf_of = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        editable=False,
        related_name="substitutes",
        help_text="The assignment that a substitute stands in for; it counts only while that one does.",
    )

    objects = RoleAssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="role_is_known", condition=Q(role__in=Role.values)),
            models.CheckConstraint(
                name="role_that_needs_an_organisation_has_one",
                condition=~Q(role__in=ROLES_WITH_AN_ORGANISATION) | Q(organisation__isnull=False),
                violation_error_code="role_without_organisation",
                violation_error_message=_("This role is held for an organisation: choose one."),
            ),
            models.CheckConstraint(
                name="role_ends_after_it_begins",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                violation_error_code="role_dates",
                violation_error_message=_("The role ends before it begins."),
            ),
            models.UniqueConstraint(
                name="role_is_assigned_once",
                fields=["person", "role", "organisation", "valid_from", "on_behalf_of"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                violation_error_code="role_twice",
                violation_error_message=_("The person has this role already."),
            ),
            models.CheckConstraint(
                name="role_of_a_substitute_has_a_last_day",
                condition=Q(on_behalf_of__isnull=True) | Q(valid_to__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_role_display()}"
