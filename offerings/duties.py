"""The desk's first page: what is due, and the figures of one's organisations.

Nothing is stored; the clock and the rows say it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, F, Sum, Window
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kopa.base import writing
from offerings.desk_filters import DUE
from offerings.models import ImportRun, ImportState, Offering
from offerings.querysets import OfferingQuerySet
from offerings.standing import COLOURS, Standing, standing
from providers.models import Organisation

SHOWN: Final = 5  # of each kind
NEXT: Final = 8  # deadlines
URGENT: Final = 7  # days


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing to do: what, by when, where."""

    title: Any
    sentence: str
    url: str
    label: str | Promise
    at: dt.datetime | None = None
    country: str = "FI"
    days: int | None = None

    @property
    def colour(self) -> str:
        return "danger" if self.days is not None and self.days <= URGENT else "warning"

    @property
    def days_text(self) -> str:
        if self.days is None:
            return ""
        if self.days < 0:
            return _("past")
        if self.days == 0:
            return _("today")
        return ngettext("%(days)s day", "%(days)s days", self.days) % {"days": self.days}


@dataclass(frozen=True, slots=True)
class Kind:
    """Duties of one kind: the first few, how many there are, and the list with all of them."""

    name: str
    label: str | Promise
    duties: list[Duty]
    total: int
    url: str


@dataclass(frozen=True, slots=True)
class Standings:
    """How many courses stand so, and their places."""

    standing: Standing
    courses: int
    places: int
    free: int
    url: str

    @property
    def colour(self) -> str:
        return COLOURS[self.standing]


# By kind: the moment it is due, what is done about it, and where.
Asked = tuple[str, Any, str]
ASKED: Final[dict[str, Asked]] = {
    "closing": ("applications_close_at", gettext_lazy("Check the places"), "offerings:places"),
    "drafts": ("applications_open_at", gettext_lazy("Finish the draft"), "offerings:edit"),
    "release": ("quota_release_at", gettext_lazy("Look at the places"), "offerings:places"),
    "decision": ("start_decision_at", gettext_lazy("Look at the course"), "offerings:preview"),
    "unconfirmed": ("", gettext_lazy("Confirm the places"), "offerings:places"),
    "texts": ("", gettext_lazy("Add the texts"), "offerings:edit"),
}


class Duties:
    """Of the organisations that the person publishes for, at one moment."""

    def __init__(self, hosts: list[Organisation], *, now: dt.datetime) -> None:
        self.hosts, self.now = hosts, now
        self.mine: OfferingQuerySet = Offering.objects.filter(provider__in=hosts)
        self.kinds = [kind for kind in (self._kind(name) for name in DUE) if kind.total]
        files = self._files()
        if files.total:
            self.kinds.append(files)
        self.standings = self._standings()

    @property
    def next(self) -> list[Duty]:
        """The nearest deadlines of all kinds."""
        dated = [duty for kind in self.kinds for duty in kind.duties if duty.at and (duty.days or 0) >= 0]
        return sorted(dated, key=lambda duty: duty.at or self.now)[:NEXT]

    @property
    def courses(self) -> int:
        return sum(one.courses for one in self.standings)

    def total(self, name: str) -> int:
        return next((kind.total for kind in self.kinds if kind.name == name), 0)

    def of(self, wanted: Standing) -> Standings:
        return next(one for one in self.standings if one.standing == wanted)

    def _kind(self, name: str) -> Kind:
        label, narrow = DUE[name]
        field, does, route = ASKED[name]
        order = F(field).asc() if field else F("places_confirmed_at").asc(nulls_first=True)
        found = narrow(self.mine, self.now).with_places().select_related("provider")
        rows = list(found.annotate(total=Window(Count("pk"))).order_by(order, "pk")[:SHOWN])
        duties = [self._duty(one, name, field, does, reverse(route, args=[one.pk])) for one in rows]
        total = rows[0].total if rows else 0  # type: ignore[attr-defined]  # annotated
        return Kind(name, label, duties, total, _list(due=name))

    def _duty(self, offering: Offering, name: str, field: str, does: Any, url: str) -> Duty:
        at: dt.datetime | None = getattr(offering, field) if field else None
        days = None
        if at is not None:
            days = (at.astimezone(offering.zone).date() - self.now.astimezone(offering.zone).date()).days
        sentence = SENTENCES[name](offering)
        return Duty(offering.title(), sentence, url, does, at, offering.country, days)

    def _files(self) -> Kind:
        """Spreadsheets that have been checked and wait for somebody to save or leave them."""
        runs = ImportRun.objects.filter(provider__in=self.hosts, state=ImportState.CHECKED)
        rows = list(runs.annotate(total=Window(Count("pk"))).order_by("-pk")[:SHOWN])
        duties = [
            Duty(
                run.file_name, _rows_of(run), reverse("offerings:import", args=[run.pk]),
                gettext_lazy("Look at the rows"),
            )
            for run in rows
        ]  # fmt: skip
        total = rows[0].total if rows else 0
        return Kind(
            "files", gettext_lazy("Spreadsheets that wait to be saved"), duties, total,
            reverse("offerings:imports"),
        )  # fmt: skip

    def _standings(self) -> list[Standings]:
        asked: dict[str, Any] = {}
        for one in Standing:
            so = standing(one, self.now)
            asked[f"{one}_courses"] = Count("pk", filter=so)
            asked[f"{one}_places"] = Coalesce(Sum("capacity", filter=so), 0)
            asked[f"{one}_free"] = Coalesce(Sum("free", filter=so), 0)
        counted = self.mine.with_places().order_by().aggregate(**asked)
        return [
            Standings(
                one, counted[f"{one}_courses"], counted[f"{one}_places"], counted[f"{one}_free"],
                _list(state=one.value),
            )
            for one in Standing
        ]  # fmt: skip


def _list(**query: str) -> str:
    return f"{reverse('offerings:own')}?{'&'.join(f'{name}={value}' for name, value in query.items())}"


def _free(offering: Offering) -> str:
    free: int = offering.free  # type: ignore[attr-defined]  # with_places
    places = {"number": free, "free": writing.number(free), "places": writing.number(offering.capacity or 0)}
    sentence = ngettext(
        "%(free)s of %(places)s places is free", "%(free)s of %(places)s places are free", free
    )
    return sentence % places


def _confirmed(offering: Offering) -> str:
    if offering.places_confirmed_at is None:
        return _("%(free)s; never confirmed") % {"free": _free(offering)}
    day = writing.day(offering.places_confirmed_at.astimezone(offering.zone).date())
    return _("%(free)s; confirmed %(day)s") % {"free": _free(offering), "day": day}


def _reserved(offering: Offering) -> str:
    free: int = offering.free  # type: ignore[attr-defined]  # with_places
    return ngettext(
        "%(free)s reserved place is free and becomes open to all",
        "%(free)s reserved places are free and become open to all",
        free,
    ) % {"free": writing.number(free)}


def _rows_of(run: ImportRun) -> str:
    good, wrong = run.good, run.wrong
    return _("Rows to save: %(good)s. Wrong rows: %(wrong)s.") % {
        "good": writing.number(good), "wrong": writing.number(wrong),
    }  # fmt: skip


def _starts(offering: Offering) -> str:
    if offering.starts_on is None:
        return ""
    return _("Starts %(day)s") % {"day": writing.day(offering.starts_on)}


SENTENCES: Final[dict[str, Callable[[Offering], str]]] = {
    "closing": _free,
    "drafts": lambda _one: _("Nobody finds it before it is published"),
    "release": _reserved,
    "decision": _starts,
    "unconfirmed": _confirmed,
    "texts": _starts,
}


def urgent(kinds: Iterable[Kind]) -> int:
    """How many things are due."""
    return sum(kind.total for kind in kinds)
