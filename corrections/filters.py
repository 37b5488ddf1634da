"""How the list of error reports is narrowed."""

from __future__ import annotations

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from corrections.models import ErrorKind, ErrorReport, SubjectType
from corrections.querysets import ErrorReportQuerySet
from corrections.states import ReportState

EVERY = "all"


class ErrorReportFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Without a state the open ones: they are what is to be done."""

    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[
            *((value, label) for value, label in ReportState.choices if value != ReportState.OPEN),
            (EVERY, pgettext_lazy("error reports", "all")),
        ],
        empty_label=pgettext_lazy("error reports", "open"),
        method="filter_state",
    )
    kind = django_filters.ChoiceFilter(
        label=_("What is wrong"), choices=ErrorKind.choices, empty_label=_("Anything")
    )
    about = django_filters.ChoiceFilter(
        label=pgettext_lazy("error report", "About"),
        field_name="subject_type",
        choices=SubjectType.choices,
        empty_label=_("Anything"),
    )

    class Meta:
        model = ErrorReport
        fields: list[str] = []

    def filter_state(
        self, rows: ErrorReportQuerySet, _name: str, _value: str
    ) -> ErrorReportQuerySet:
        return rows  # filter_queryset has to know of an empty one too

    def filter_queryset(self, queryset: Any) -> Any:
        rows = super().filter_queryset(queryset)
        state = self.form.cleaned_data.get("state") or ReportState.OPEN
        if state == EVERY:
            return rows.order_by("-reported_at", "-pk")
        newest_first = state != ReportState.OPEN
        return rows.filter(state=state).order_by("-handled_at" if newest_first else "reported_at", "pk")
