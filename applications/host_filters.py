"""How the list of a course's applications is narrowed and sorted. Page and files use this one class."""

from __future__ import annotations

from typing import Any, Final

import django_filters
from django.db.models import Case, F, Q, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from applications.models import Application
from applications.querysets import ApplicationQuerySet
from applications.states import ApplicationStatus, Turn
from kopa.base.words import words_of

LONGEST: Final = 100
QUEUE: Final = "queue"
ORDERS: Final = {
    "sent": "submitted_at", "name": "learner__person__name", "home": "home_municipality__name_fi",
}  # fmt: skip
Rows = ApplicationQuerySet


class HostFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    q = django_filters.CharFilter(
        label=_("Name or reference"), max_length=LONGEST, method="filter_q",
        help_text=_("Words of the applicant's name, or of the reference."),
    )  # fmt: skip
    turn = django_filters.ChoiceFilter(
        label=_("Whose turn"), choices=Turn.choices, empty_label=_("Anybody's"), method="filter_turn",
        help_text=_("Who must act next."),
    )  # fmt: skip
    status = django_filters.ChoiceFilter(
        label=_("State"), choices=ApplicationStatus.choices, empty_label=_("All states"),
        help_text=_("The state of the application."),
    )  # fmt: skip
    late = django_filters.ChoiceFilter(
        label=pgettext_lazy("applications", "In time or late"),
        choices=[("no", _("in time")), ("yes", _("late"))],
        empty_label=_("Both"),
        method="filter_late",
        help_text=_("yes: only those sent after the closing time; no: only the others."),
    )
    sort = django_filters.ChoiceFilter(
        label=_("Sort by"),
        choices=[
            ("sent", _("time of sending")), ("name", _("name")), ("home", _("home municipality")),
        ],
        empty_label=_("the queue's order"),
        method="filter_sort",
        help_text=_("By what the list is sorted; without it in the queue's order."),
    )  # fmt: skip

    class Meta:
        model = Application
        fields: tuple[str, ...] = ()

    def __init__(self, data: Any = None, queryset: Rows | None = None, **more: Any) -> None:
        rows = Application.objects.all() if queryset is None else queryset
        super().__init__(data, rows.in_queue_order(), **more)
        self.form.is_valid()  # a wrong parameter counts as not given

    @property
    def is_narrowed(self) -> bool:
        return any(value for name, value in self.form.cleaned_data.items() if name != "sort")

    def filter_q(self, rows: Rows, _name: str, text: str) -> Rows:
        """Nobody is found by the name of a protected identity (R-PRIV-6)."""
        for word in words_of(text):
            by_name = Q(learner__person__name__unaccent__icontains=word, learner__is_protected=False)
            rows = rows.filter(Q(reference__icontains=word) | by_name)
        return rows

    def filter_turn(self, rows: Rows, _name: str, wanted: str) -> Rows:
        return rows.whose_turn_is(Turn(wanted))

    def filter_late(self, rows: Rows, _name: str, wanted: str) -> Rows:
        return rows.filter(is_late=wanted == "yes")

    def filter_sort(self, rows: Rows, _name: str, wanted: str) -> Rows:
        """Protected identities last, in no order of name or home: a place in the alphabet says something."""
        named = Case(When(learner__is_protected=False, then=F(ORDERS[wanted])))
        return rows.order_by("learner__is_protected", named.asc(), "pk")
