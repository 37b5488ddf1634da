"""What the home municipality says."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from applications.models.application import Application
from applications.models.attachment import Attachment
from applications.querysets_statements import HomeStatementQuerySet
from applications.states import WAITED_FOR, StatementOutcome, StatementState
from kopa.base.fields import text_field
from municipalities.models import Municipality


class HomeStatement(models.Model):
    """The home municipality's statement on one application: commits to pay, within limits, or declines.

    Opened when the application is sent and R-HOME-3 asks for it. Silence is nothing: ``due_on`` alone passes
    (R-HOME-4). A host records what came outside KOPA (``is_outside``). A dropped one that was issued is kept
    as it was: sent back after an appeal, or of the municipality that the applicant has moved from.
    """

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="statements")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=StatementState, default=StatementState.REQUESTED)
    # Rises with every act on it, so the second of two officers is told.
    version = models.PositiveIntegerField(default=1, editable=False)
    requested_at = models.DateTimeField()
    due_on = models.DateField()
    # The officer has asked the applicant for more; the answer stands in ``more_given``. Asked again, the
    # earlier question and answer move to ``more_before``.
    more_asked = text_field(_("what is asked of the applicant"), max_length=2000)
    more_asked_at = models.DateTimeField(null=True, blank=True)
    more_given = text_field(_("the applicant's answer"), max_length=4000)
    more_given_at = models.DateTimeField(null=True, blank=True)
    more_before = text_field(_("earlier questions and answers"), max_length=20_000)
    # R-HOME-4: its last day was near, and was over, when the officers were told.
    warned_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    # Whoever is writing it.
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    outcome = models.CharField(max_length=15, choices=StatementOutcome, blank=True, default="")
    ground = models.CharField(max_length=40, blank=True, default="")
    text = text_field(_("reasons"), max_length=4000)
    limits = text_field(_("limits"), max_length=1000)
    appeal = text_field(_("how to appeal"), max_length=2000)
    # R-APP-11: as the decision shows it, whoever has typed it in.
    official_name = models.CharField(_("official"), max_length=200, blank=True, default="")
    official_title = models.CharField(_("title"), max_length=120, blank=True, default="")
    decided_on = models.DateField(null=True, blank=True)
    issued_at = models.DateTimeField(null=True, blank=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_outside = models.BooleanField(default=False)
    # The answer that came outside KOPA, as it came.
    document = models.ForeignKey(
        Attachment, on_delete=models.SET_NULL, null=True, blank=True, related_name="statements"
    )

    objects = HomeStatementQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                name="statement_waiting_by_due_date",
                fields=["municipality", "due_on"],
                condition=Q(state__in=["requested", "drafted"]),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                name="application_has_one_statement_in_force",
                fields=["application"],
                condition=~Q(state="dropped"),
            ),
            models.CheckConstraint(
                name="statement_state_is_known", condition=Q(state__in=StatementState.values)
            ),
            models.CheckConstraint(
                name="statement_outcome_is_known", condition=Q(outcome__in=["", *StatementOutcome.values])
            ),
            # R-APP-11: a named official; R-HOME-5: a refusal has a ground, a text and how to appeal.
            models.CheckConstraint(
                name="issued_statement_says_who_and_what",
                condition=~Q(state="issued")
                | ~Q(outcome="")
                & ~Q(official_name="")
                & Q(issued_at__isnull=False, issued_by__isnull=False, decided_on__isnull=False),
            ),
            models.CheckConstraint(
                name="declining_statement_says_why_and_how_to_appeal",
                condition=~Q(state="issued", outcome="declines")
                | Q(is_outside=True)
                | ~Q(ground="") & ~Q(text="") & ~Q(appeal=""),
            ),
            models.CheckConstraint(
                name="limited_statement_says_its_limits",
                condition=~Q(state="issued", outcome="commits_limited") | ~Q(limits=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.municipality}: {self.state}"

    @property
    def is_awaited(self) -> bool:
        return self.state in WAITED_FOR

    @property
    def waits_for_applicant(self) -> bool:
        """She has been asked for more and has not answered."""
        return self.is_awaited and bool(self.more_asked) and not self.more_given
