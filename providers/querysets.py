"""Named sets of organisations and role assignments."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce, NullIf

from kopa.base.names import reader_language

if TYPE_CHECKING:
    from providers.models import Organisation, RoleAssignment  # noqa: F401


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def providers(self) -> Self:
        """Those with an institution, a licence or a published offering, and every municipality of Sweden.

        Sweden's municipalities are responsible bodies (huvudman) by themselves. Organisations that wait for
        verification are left out.
        """
        gives = (
            Exists(self._related("institutions").filter(organisation=OuterRef("pk")))
            | Exists(self._related("licences").filter(organisation=OuterRef("pk")))
            | Exists(self._related("offerings").filter(provider=OuterRef("pk"), published_at__isnull=False))
        )
        return self.exclude(status="draft").filter(Q(country="SE", kind="municipality") | gives)

    def _related(self, name: str) -> models.QuerySet[models.Model]:
        """All rows of the model at the other end of ``name``; offerings lie above this app."""
        model = self.model._meta.get_field(name).related_model
        if not isinstance(model, type):
            raise TypeError(name)
        return model._default_manager.all()

    def by_name(self) -> Self:
        """In the reader's alphabet (å, ä, ö last), by the name the reader sees."""
        first, second = ("sort_sv", "sort_fi") if reader_language() == "sv" else ("sort_fi", "sort_sv")
        return self.order_by(Coalesce(NullIf(first, Value("")), second), "id")


class RoleAssignmentQuerySet(models.QuerySet["RoleAssignment"]):
    def active(self, *, on: dt.date) -> Self:
        """In force on the day, first and last day included."""
        return self.filter(valid_from__lte=on).filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on))
