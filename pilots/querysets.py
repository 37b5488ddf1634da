"""Named sets of pilot groups and their members."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, Self

from django.db import models
from django.db.models import Prefetch, Q

from kopa.base.words import begins_a_word, words_of
from municipalities.lookup import matching_ids
from pilots.numbers import number_in

if TYPE_CHECKING:
    from pilots.models import PilotGroup, PilotMembership  # noqa: F401

NAMES: Final = (
    "name_fi", "name_sv", "name_en", "called_fi", "called_sv", "memberships__name_fi", "memberships__name_sv",
)  # fmt: skip


class PilotMembershipQuerySet(models.QuerySet["PilotMembership"]):
    def on(self, day: dt.date) -> Self:
        """In force on the day, both ends included; without a first day of its own from the group's."""
        begun = Q(valid_from__lte=day) | (
            Q(valid_from__isnull=True) & (Q(group__valid_from__isnull=True) | Q(group__valid_from__lte=day))
        )
        return self.filter(begun).filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day))

    def with_members(self) -> Self:
        """With who the members are, and who owns an institution."""
        return self.select_related(
            "municipality", "organisation", "institution__organisation", "via_organisation"
        ).order_by("position")


class PilotGroupQuerySet(models.QuerySet["PilotGroup"]):
    def begun(self, day: dt.date) -> Self:
        """Those that have begun by the day, also those that are over; without a first day always."""
        return self.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=day))

    def lacking_a_name(self) -> Self:
        """Those of Finland without a name in Finnish or in Swedish, those of Sweden without one in Swedish.

        What its source calls an area is its name until a coordinator enters another.
        """
        unnamed = {
            language: Q(**{f"name_{language}": ""})
            & (~Q(kind="co_operation_area") | Q(**{f"called_{language}": ""}))
            for language in ("fi", "sv")
        }
        return self.filter(unnamed["sv"] | unnamed["fi"] & Q(country="FI"))

    def named(self, text: str) -> Self:
        """Those that every word of ``text`` points to: it begins a word of a name of the group or of a
        member, as the source writes it or as the register of municipalities knows it. Also the group whose
        number the text is, and those of a municipality that it names as a whole: “Kauhajoen kaupunki”.
        """
        number = number_in(text)
        if number is not None and (numbered := self.filter(number=number)).exists():
            return numbered
        rows = self
        whole = Q(memberships__municipality__in=matching_ids(text))
        for word in words_of(text):
            found = whole | Q(memberships__municipality__in=matching_ids(word))
            for field in NAMES:
                found |= begins_a_word(field, word)
            rows = rows.filter(pk__in=self.model._default_manager.filter(found).values("pk"))
        return rows

    def with_members(self) -> Self:
        """With every membership there has been, in the order of the source."""
        memberships: Any = self.model._meta.get_field("memberships").related_model
        return self.prefetch_related(Prefetch("memberships", queryset=memberships.objects.with_members()))
