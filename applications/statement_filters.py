"""How a municipality's list of statements is narrowed."""

from __future__ import annotations

from typing import Any, Final

import django_filters
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from applications.models import HomeStatement
from applications.querysets_statements import HomeStatementQuerySet

LONGEST: Final = 100
STATES: Final = (
    ("overdue", pgettext_lazy("statements", "overdue")),
    ("asked", pgettext_lazy("statements", "the applicant has been asked for more")),
    ("given", pgettext_lazy("statements", "given")),
    ("appealed", pgettext_lazy("statements", "appealed against")),
)


class StatementFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Without a state those that are waited for: they are what is to be done."""

    q = django_filters.CharFilter(
        label=_("Applicant, course or reference"), method="filter_words", max_length=LONGEST,
        help_text=_("Part of the applicant's name or of the course's, or the whole reference."),
    )  # fmt: skip
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=STATES, empty_label=pgettext_lazy("statements", "waiting"),
        method="filter_state",
        help_text=_(
            "overdue, asked (of the applicant), given, or appealed (while that is not decided); without it"
            " those that are waited for."
        ),
    )  # fmt: skip

    class Meta:
        model = HomeStatement
        fields: list[str] = []

    def filter_words(self, rows: HomeStatementQuerySet, _name: str, words: str) -> HomeStatementQuerySet:
        """R-PRIV-6: a protected applicant is not found by name."""
        course = "application__offering__title"
        return rows.filter(
            Q(application__reference__iexact=words.strip())
            | Q(application__learner__is_protected=False,
                application__learner__person__name__icontains=words.strip())
            | Q(**{f"{course}_fi__icontains": words}) | Q(**{f"{course}_sv__icontains": words})
            | Q(**{f"{course}_en__icontains": words})
        )  # fmt: skip

    def filter_state(self, rows: HomeStatementQuerySet, _name: str, _value: str) -> HomeStatementQuerySet:
        return rows  # filter_queryset has to know of an empty one too

    def filter_queryset(self, queryset: Any) -> Any:
        rows = super().filter_queryset(queryset)
        match self.form.cleaned_data.get("state"):
            case "given":
                return rows.answered().order_by("-issued_at", "-pk")
            case "appealed":
                return rows.appealed().order_by("appealed_on", "pk")
            case "overdue":
                return rows.overdue(now=timezone.now()).first_due_first()
            case "asked":
                return rows.waiting_for_applicant().first_due_first()
        return rows.awaited().first_due_first()
