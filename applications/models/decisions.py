"""What the host decides: reception, then admission (R-APP-5). Two decisions, never one."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from applications.models.application import Application
from kopa.base.fields import text_field


class Decision(models.Model):
    """A named official's decision (R-APP-11) with its ground; a refusal says how to appeal."""

    application_id: int
    is_positive = models.BooleanField()
    ground = models.CharField(max_length=40, blank=True, default="")
    text = text_field(_("reasons"), max_length=4000)
    appeal = text_field(_("how to appeal"), max_length=2000)
    official = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    official_name = models.CharField(_("official"), max_length=200)
    official_title = models.CharField(_("title"), max_length=120, blank=True, default="")
    decided_at = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="%(class)s_names_its_official", condition=~Q(official_name="")),
            models.CheckConstraint(
                name="refusing_%(class)s_says_why_and_how_to_appeal",
                condition=Q(is_positive=True) | ~Q(ground="") & ~Q(text="") & ~Q(appeal=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.is_positive}"


class ReceptionDecision(Decision):
    """Whether the host receives the applicant to the course (vastaanotto / mottagande): is she eligible?"""

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="%(class)s")

    class Meta(Decision.Meta):
        verbose_name = pgettext_lazy("decision", "reception")


class AdmissionDecision(Decision):
    """Whether the applicant is admitted to a place (antagning), now or as soon as one is free for her."""

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="%(class)s")

    class Meta(Decision.Meta):
        verbose_name = pgettext_lazy("decision", "admission")


class ReplacedAdmission(Decision):
    """An admission that another has replaced, as it was. Nobody is admitted by it any more; whoever may read
    the one in force reads this one too, and it is kept as long.
    """

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="replaced_admissions"
    )
    replaced_at = models.DateTimeField()
    replaced_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta(Decision.Meta):
        verbose_name = _("replaced admission")
        constraints = [
            *Decision.Meta.constraints,
            models.CheckConstraint(
                name="admission_is_replaced_after_it_was_made",
                condition=Q(replaced_at__gte=F("decided_at")),
            ),
        ]
