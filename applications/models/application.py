"""An application to one course."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agreements.models import Agreement
from applications.models.learner import Learner
from applications.querysets import ApplicationQuerySet
from applications.states import LIVE, ApplicationStatus
from kopa.base.fields import text_field
from kopa.codes.models import PriorEducation
from municipalities.models import Municipality
from offerings.models import Offering
from offerings.payers import Ground, Need


class HomeSource(models.TextChoices):
    """R-HOME-1: who says where the applicant lives."""

    SELF_DECLARED = "self_declared", pgettext_lazy("home municipality", "as the applicant says")
    VERIFIED = "verified", pgettext_lazy("home municipality", "confirmed by an official")
    PROTECTED = "protected", pgettext_lazy("home municipality", "protected")


class Application(models.Model):
    """One learner's application to one course, from sending to its end; ``key`` is its address.

    Only ``applications.services`` writes it. Its place is a ``Seat``; what the home municipality and the host
    decide stands in records of their own (trap 7 of DOMAIN.md).
    """

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    # What people read out on the telephone.
    reference = models.CharField(max_length=12, unique=True, editable=False)
    learner = models.ForeignKey(Learner, on_delete=models.PROTECT, related_name="applications")
    offering = models.ForeignKey(Offering, on_delete=models.PROTECT, related_name="applications")
    status = models.CharField(max_length=17, choices=ApplicationStatus, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    submitted_at = models.DateTimeField(editable=False)
    # R-APP-1: changed by the applicant before applications closed; empty otherwise.
    revised_at = models.DateTimeField(null=True, blank=True, editable=False)
    # R-APP-4: ranked after all timely ones.
    is_late = models.BooleanField(default=False, editable=False)
    # R-CAP-6: lives outside the agreement; ranked after the residents of its parties.
    is_outside = models.BooleanField(default=False, editable=False)

    home_municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    home_source = models.CharField(max_length=13, choices=HomeSource, default=HomeSource.SELF_DECLARED)
    # R-HOME-1: moved before the start: that municipality pays, and is asked where it must be.
    moved_to = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # R-HOME-2: when the last move was told of, and when somebody else than the applicant has said so.
    move_told_at = models.DateTimeField(null=True, blank=True, editable=False)
    move_confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    statement_need = models.CharField(max_length=12, choices=Need)
    # Why not, where none is needed.
    statement_reason = models.CharField(max_length=20, choices=Ground, blank=True, default="")
    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="applications"
    )

    language = models.CharField(max_length=2)
    prior_education = models.ForeignKey(
        PriorEducation, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    motivation = text_field(_("what you want to say to the provider"), max_length=2000)
    # R-PRIV-9: health, language weakness, social grounds; sealed for this application's key.
    sealed_grounds = models.TextField(blank=True, default="")

    # R-CAP-5, where the course has a selection; empty before it.
    priority_group = models.PositiveSmallIntegerField(null=True, blank=True)
    score = models.DecimalField(max_digits=8, decimal_places=3, null=True, blank=True)
    lot = models.BigIntegerField(null=True, blank=True)

    offered_at = models.DateTimeField(null=True, blank=True)
    # The last second in which the offer can be answered (R-CAP-9).
    held_until = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    enrolled_on = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    transferred_from = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="transferred_to"
    )
    is_demonstration = models.BooleanField(default=False, editable=False)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["submitted_at", "id"]
        indexes = [
            models.Index(
                name="application_in_the_queue",
                fields=["offering", "home_municipality"],
                condition=Q(status="waiting"),
            ),
            models.Index(
                name="application_to_be_answered", fields=["held_until"], condition=Q(status="offered")
            ),
            models.Index(name="application_by_course", fields=["offering", "status"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="application_status_is_known", condition=Q(status__in=ApplicationStatus.values)
            ),
            models.UniqueConstraint(
                name="learner_has_one_live_application_to_a_course",
                fields=["learner", "offering"],
                condition=Q(status__in=sorted(LIVE)),
                violation_error_code="applied_already",
                violation_error_message=_("You have applied to this course already."),
            ),
            models.CheckConstraint(
                name="application_language_is_known", condition=Q(language__in=["fi", "sv", "en"])
            ),
            models.CheckConstraint(
                name="application_statement_need_is_known",
                condition=Q(statement_need__in=Need.values),
            ),
            models.CheckConstraint(
                name="application_home_source_is_known", condition=Q(home_source__in=HomeSource.values)
            ),
            models.CheckConstraint(
                name="application_move_is_told_before_it_is_confirmed",
                condition=Q(move_confirmed_at__isnull=True) | Q(move_told_at__isnull=False),
            ),
            models.CheckConstraint(
                name="application_offered_says_until_when",
                condition=~Q(status="offered") | Q(offered_at__isnull=False, held_until__isnull=False),
            ),
            # R-APP-12: a provisional hold has no deadline.
            models.CheckConstraint(
                name="application_undecided_has_no_deadline",
                condition=~Q(status__in=["submitted", "waiting"])
                | Q(offered_at__isnull=True, held_until__isnull=True),
            ),
            models.CheckConstraint(
                name="application_answered_says_when",
                condition=~Q(status__in=["accepted", "declined", "enrolled", "completed", "interrupted"])
                | Q(answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="application_enrolled_says_since_when",
                condition=~Q(status__in=["enrolled", "completed", "interrupted"])
                | Q(enrolled_on__isnull=False),
            ),
            models.CheckConstraint(
                name="application_that_is_over_says_since_when",
                condition=Q(status__in=sorted(LIVE), ended_at__isnull=True)
                | ~Q(status__in=sorted(LIVE)) & Q(ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.reference
