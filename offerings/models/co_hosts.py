"""Who else carries an offering."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from offerings.models.offering import Offering
from providers.models import Organisation


class CoHost(models.Model):
    """Another organisation that carries a part of the offering."""

    class Part(models.TextChoices):
        TEACHES = "teaches", _("teaches part of it")
        LENDS_SITE = "lends_site", _("lends the premises")
        MARKETS = "markets", _("tells about it")

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="co_hosts")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=12, choices=Part, default=Part.TEACHES)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="co_host_is_named_once", fields=["offering", "organisation", "part"]
            ),
            models.CheckConstraint(
                name="co_host_part_is_known", condition=Q(part__in=["teaches", "lends_site", "markets"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}"
