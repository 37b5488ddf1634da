"""Named sets of organisations and role assignments."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from kopa.base.names import reader_language

if TYPE_CHECKING:
    from providers.models import Organisation, RoleAssignment  # noqa: F401


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def providers(self) -> Self:
        """Those with an institution, a licence or an offering, and every municipality of Sweden (huvudman)."""
        related = [
            Exists(self.model._meta.get_field(name).related_model.objects.filter(**{by: OuterRef("pk")}))
            for name, by in (("institutions", "organisation"), ("licences", "organisation"), ("offerings", "provider"))
        ]
        return self.filter(Q(country="SE", kind="municipality") | related[0] | related[1] | related[2])

    def by_name(self) -> Self:
        """In the reader's alphabet (å, ä, ö last)."""
        return self.order_by("sort_sv" if reader_language() == "sv" else "sort_fi", "id")


class RoleAssignmentQuerySet(models.QuerySet["RoleAssignment"]):
    def active(self, *, on: dt.date) -> Self:
        """In force on the day, first and last day included."""
        return self.filter(valid_from__lte=on).filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on))
