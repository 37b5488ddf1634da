"""What the home municipality says."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from applications.days import home_day
from applications.models.application import Application
from applications.models.attachment import Attachment
from applications.querysets_statements import HomeStatementQuerySet
from applications.states import GIVEN, WAITED_FOR, StatementOutcome, StatementState, told
from kopa.base.fields import text_field
from municipalities.models import Municipality

IS_GIVEN = Q(state__in=sorted(GIVEN))


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
    # Of a given one (R-LANG-3): it stays as it was written when the applicant chooses another afterwards.
    language = models.CharField(max_length=2, blank=True, default="")
    is_outside = models.BooleanField(default=False)
    # The answer that came outside KOPA, as it came.
    document = models.ForeignKey(
        Attachment, on_delete=models.SET_NULL, null=True, blank=True, related_name="statements"
    )

    # An appeal has arrived, and has changed nothing: each day as the officer says, and when it was recorded.
    # The reference is of whoever decides on the appeal.
    appealed_on = models.DateField(null=True, blank=True)
    appealed_at = models.DateTimeField(null=True, blank=True)
    appeal_reference = models.CharField(max_length=60, blank=True, default="")
    upheld_on = models.DateField(null=True, blank=True)
    upheld_at = models.DateTimeField(null=True, blank=True)
    # Since when a dropped one is written anew, or one that an appeal has set aside counts no more.
    remitted_at = models.DateTimeField(null=True, blank=True)

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
                condition=~IS_GIVEN
                | ~Q(outcome="")
                & ~Q(official_name="")
                & Q(language__in=["fi", "sv"])
                & Q(issued_at__isnull=False, issued_by__isnull=False, decided_on__isnull=False),
            ),
            models.CheckConstraint(
                name="declining_statement_says_why_and_how_to_appeal",
                condition=~(IS_GIVEN & Q(outcome="declines"))
                | Q(is_outside=True)
                | ~Q(ground="") & ~Q(text="") & ~Q(appeal=""),
            ),
            models.CheckConstraint(
                name="limited_statement_says_its_limits",
                condition=~(IS_GIVEN & Q(outcome="commits_limited")) | ~Q(limits=""),
            ),
            # What an appeal sent back, or a move has superseded, keeps what is known of the appeal.
            models.CheckConstraint(
                name="appealed_statement_says_since_when",
                condition=Q(state__in=["appealed", "upheld", "remitted"], appealed_on__isnull=False)
                | Q(state="dropped")
                | Q(state__in=["requested", "drafted", "issued"], appealed_on__isnull=True,
                    appeal_reference=""),
            ),
            models.CheckConstraint(
                name="upheld_statement_says_since_when",
                condition=Q(state="upheld", upheld_on__isnull=False)
                | Q(state="dropped")
                | ~Q(state__in=["upheld", "dropped"]) & Q(upheld_on__isnull=True),
            ),
            models.CheckConstraint(
                name="appeal_comes_after_the_statement_and_before_its_end",
                condition=(Q(appealed_on__isnull=True) | Q(appealed_on__gte=F("decided_on")))
                & (Q(upheld_on__isnull=True) | Q(upheld_on__gte=F("appealed_on"))),
            ),
            models.CheckConstraint(
                name="moments_of_an_appeal_are_known_with_its_days",
                condition=(
                    Q(appealed_on__isnull=True, appealed_at__isnull=True)
                    | Q(appealed_on__isnull=False, appealed_at__isnull=False)
                )
                & (
                    Q(upheld_on__isnull=True, upheld_at__isnull=True)
                    | Q(upheld_on__isnull=False, upheld_at__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="remitted_statement_says_since_when",
                condition=Q(state="remitted", remitted_at__isnull=False)
                | Q(state="dropped")
                | ~Q(state__in=["remitted", "dropped"]) & Q(remitted_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.municipality}: {self.state}"

    @property
    def is_awaited(self) -> bool:
        return self.state in WAITED_FOR

    def is_overdue(self, now: dt.datetime) -> bool:
        """``HomeStatementQuerySet.overdue``; reads the municipality."""
        return self.is_awaited and self.due_on < home_day(self.municipality.country, now)

    @property
    def is_given(self) -> bool:
        """And in force, whether or not an appeal has been made."""
        return self.state in GIVEN

    @property
    def told_state(self) -> StatementState:
        """As anybody but the municipality knows it (R-PRIV-4)."""
        return StatementState(told(self.state))

    @property
    def told_outcome(self) -> str:
        """Empty until it is given: what is being written is the municipality's own (R-PRIV-4)."""
        return self.outcome if self.is_given else ""

    @property
    def may_be_appealed(self) -> bool:
        """It says something against the applicant, and its municipality is in KOPA to record an appeal."""
        pays = self.outcome == StatementOutcome.COMMITS
        return self.state == StatementState.ISSUED and not pays and not self.is_outside

    @property
    def is_appealed(self) -> bool:
        """An appeal waits for its decision."""
        return self.state == StatementState.APPEALED

    @property
    def is_set_aside(self) -> bool:
        """An appeal has succeeded after the application was over: it counts no more."""
        return self.state == StatementState.REMITTED

    @property
    def waits_for_applicant(self) -> bool:
        """She has been asked for more and has not answered."""
        return self.is_awaited and bool(self.more_asked) and not self.more_given
