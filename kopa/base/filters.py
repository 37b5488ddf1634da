"""Filters that lists of several apps have in common."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kopa.base.parameters import AsOf


class AsOfFilter(django_filters.Filter):  # type: ignore[misc]  # the library has no types
    field_class = AsOf

    def __init__(self) -> None:
        super().__init__(label=_("As of"), method="filter_as_of")


class AsOfFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Filters of a list that is told for a day."""

    as_of = AsOfFilter()

    @property
    def day(self) -> dt.date:
        """The day asked for, today when none is. The form must have been looked at."""
        return self.form.cleaned_data.get("as_of") or timezone.localdate()

    def filter_as_of(self, rows: Any, _name: str, _day: dt.date) -> Any:
        """What the day alone leaves out: nothing, unless a list says more."""
        return rows
