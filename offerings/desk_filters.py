"""How the table of one's own courses is narrowed. Page, files and acts on many use this one class."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import django_filters
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from kopa.base.words import words_of
from kopa.codes.models import EducationForm
from offerings.models import Offering
from offerings.orders import ORDERS
from offerings.querysets import OfferingQuerySet
from offerings.standing import Standing, standing
from offerings.states import OfferingStatus
from offerings.terms import AUTUMN_BEGINS, Term, term_of
from providers.models import Organisation

LONGEST: Final = 100
# What is to be done within so many days is due.
SOON: Final = dt.timedelta(days=14)
NEEDED: Final = "needed"
# Of rows ``with_places``.
SOME_FREE: Final = Q(("free__gt", 0))
SOME_OPEN: Final = Q(("free_open__gt", 0))
Rows = OfferingQuerySet


def soon(now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """From now until what is near, both included."""
    return now, now + SOON


def closing(rows: Rows, now: dt.datetime) -> Rows:
    """Applications close soon."""
    return rows.filter(standing(Standing.OPEN, now), applications_close_at__range=soon(now))


def drafts_to_publish(rows: Rows, now: dt.datetime) -> Rows:
    """Drafts whose applications should be open, or will soon be."""
    return rows.filter(status=OfferingStatus.DRAFT, applications_open_at__lte=now + SOON)


def starts_to_decide(rows: Rows, now: dt.datetime) -> Rows:
    return rows.filter(status=OfferingStatus.PUBLISHED, start_decision_at__range=soon(now))


def released(rows: Rows, now: dt.datetime) -> Rows:
    """Nobody else finds a place any more, and reserved ones that are free are released soon."""
    near = rows.filter(status=OfferingStatus.PUBLISHED, quota_release_at__range=soon(now))
    return near.with_places().filter(~SOME_OPEN & SOME_FREE)


def unconfirmed(rows: Rows, now: dt.datetime) -> Rows:
    return rows.unconfirmed(now)


def without_texts(rows: Rows, now: dt.datetime) -> Rows:
    return rows.lacking_texts(now)


# By what the address calls it.
DUE: Final[Mapping[str, tuple[Any, Callable[[Rows, dt.datetime], Rows]]]] = {
    "closing": (gettext_lazy("Applications close within two weeks"), closing),
    "drafts": (gettext_lazy("Drafts whose applications open within two weeks"), drafts_to_publish),
    "release": (gettext_lazy("Full but for reserved places that are released soon"), released),
    "decision": (gettext_lazy("The start is decided within two weeks"), starts_to_decide),
    "unconfirmed": (gettext_lazy("Places not confirmed for 60 days"), unconfirmed),
    "texts": (gettext_lazy("Public without a text in a language that it needs"), without_texts),
}


def terms(today: dt.date) -> list[Term]:
    """The term before today's, today's, and the next three."""
    first = term_of(today)
    found = [Term(first.year if first.is_autumn else first.year - 1, is_autumn=not first.is_autumn)]
    for _number in range(4):
        found.append(found[-1].following())
    return found


def days_of(code: str) -> tuple[dt.date, dt.date]:
    """First and last day of the term that is called ``2027-1`` (spring) or ``2027-2`` (autumn)."""
    year, half = map(int, code.split("-"))
    middle = dt.date(year, AUTUMN_BEGINS, 1)
    if half == 1:
        return dt.date(year, 1, 1), middle - dt.timedelta(days=1)
    return middle, dt.date(year, 12, 31)


class OwnFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """``hosts``: the organisations the person publishes for; with one there is nothing to choose."""

    q = django_filters.CharFilter(
        label=gettext_lazy("Words of the title, or your own identifier"),
        max_length=LONGEST,
        method="filter_q",
    )
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("State"),
        choices=Standing.choices,
        empty_label=gettext_lazy("All states"),
        method="filter_state",
    )
    form = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Form of education"),
        queryset=EducationForm.objects.all(),
        empty_label=gettext_lazy("All forms"),
    )
    provider = django_filters.ChoiceFilter(
        label=gettext_lazy("Provider"), choices=(), empty_label=gettext_lazy("All providers")
    )
    starts = django_filters.ChoiceFilter(
        label=pgettext_lazy("courses", "Starts in"),
        choices=(),
        empty_label=gettext_lazy("Any term"),
        method="filter_starts",
    )
    places = django_filters.ChoiceFilter(
        label=gettext_lazy("Places"),
        choices=[("free", gettext_lazy("with free places")), ("full", gettext_lazy("full"))],
        empty_label=gettext_lazy("Free or full"),
        method="filter_places",
    )
    missing = django_filters.ChoiceFilter(
        label=gettext_lazy("Language missing"),
        choices=[
            (NEEDED, gettext_lazy("one that is needed")),
            ("fi", gettext_lazy("Finnish")),
            ("sv", gettext_lazy("Swedish")),
            ("en", gettext_lazy("English")),
        ],
        empty_label=gettext_lazy("Whatever the languages"),
        method="filter_missing",
    )
    due = django_filters.ChoiceFilter(
        label=gettext_lazy("To be done"),
        choices=[(name, label) for name, (label, _rows) in DUE.items()],
        empty_label=gettext_lazy("Whatever is to be done"),
        method="filter_due",
    )
    sort = django_filters.ChoiceFilter(
        choices=[(name, name) for one in ORDERS for name in (one, f"-{one}")], method="filter_sort"
    )

    class Meta:
        model = Offering
        fields: tuple[str, ...] = ()

    def __init__(
        self,
        data: Any,
        queryset: Rows,
        *,
        hosts: Sequence[Organisation],
        now: dt.datetime,
        request: HttpRequest | None = None,
    ) -> None:
        super().__init__(data, queryset, request=request)
        self.now = now
        self.filters["provider"].extra["choices"] = [(str(host.pk), str(host.label())) for host in hosts]
        self.filters["starts"].extra["choices"] = [
            *((term.code, str(term)) for term in terms(timezone.localdate(now))), ("none", _("no day yet")),
        ]  # fmt: skip
        if len(hosts) < 2:
            del self.filters["provider"]

    @property
    def is_narrowed(self) -> bool:
        return any(value for name, value in self.form.cleaned_data.items() if name != "sort")

    def filter_q(self, rows: Rows, _name: str, text: str) -> Rows:
        for word in words_of(text):
            found = Q(own_reference__icontains=word) | Q(course_codes__contains=[word])
            for language in ("fi", "sv", "en"):
                found |= Q(**{f"title_{language}__unaccent__icontains": word})
            rows = rows.filter(found)
        return rows

    def filter_state(self, rows: Rows, _name: str, wanted: str) -> Rows:
        return rows.filter(standing(Standing(wanted), self.now))

    def filter_starts(self, rows: Rows, _name: str, wanted: str) -> Rows:
        if wanted == "none":
            return rows.filter(starts_on__isnull=True)
        return rows.filter(starts_on__range=days_of(wanted))

    def filter_places(self, rows: Rows, _name: str, wanted: str) -> Rows:
        counted = rows.filter(capacity__isnull=False).with_places()
        return counted.filter(SOME_FREE if wanted == "free" else ~SOME_FREE)

    def filter_missing(self, rows: Rows, _name: str, wanted: str) -> Rows:
        if wanted == NEEDED:
            return rows.without_needed_texts(on=timezone.localdate(self.now))
        return rows.filter(**{f"title_{wanted}": ""})

    def filter_due(self, rows: Rows, _name: str, wanted: str) -> Rows:
        return DUE[wanted][1](rows, self.now)

    def filter_sort(self, rows: Rows, _name: str, wanted: str) -> Rows:
        order = ORDERS[wanted.removeprefix("-")]()
        last = F("pk").asc()
        by = order.desc(nulls_last=True) if wanted.startswith("-") else order.asc(nulls_last=True)
        return rows.with_places().order_by(by, last)
