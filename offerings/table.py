"""The table of one's own courses: which of them, in which order, in which columns. Page and files alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kopa.accounts.requests import SignedInRequest
from offerings.desk_filters import OwnFilter
from offerings.models import Offering
from offerings.querysets import OfferingQuerySet
from providers.models import Organisation
from providers.rules import organisations_published_for

IN_SESSION: Final = "columns_of_own_courses"


@dataclass(frozen=True, slots=True)
class Column:
    """``order`` is what the address calls it to sort by it; ``imports`` its columns in a spreadsheet."""

    name: str
    label: str | Promise
    order: str = ""
    imports: tuple[str, ...] = ()
    is_number: bool = False
    is_usual: bool = True


COLUMNS: Final = (
    Column("title", _("Course"), "title", ("title_fi", "title_sv", "title_en")),
    Column(
        "own_reference", _("Own identifier"), "own_reference", ("own_reference",), is_usual=False
    ),
    Column("provider", _("Provider"), "provider", is_usual=False),
    Column("state", _("State"), "", ("status",)),
    Column("form", _("Form of education"), "form", ("form_id",), is_usual=False),
    Column("field", _("Field"), "field", ("field_id",), is_usual=False),
    Column("mode", _("Way of studying"), "mode", ("mode_id",), is_usual=False),
    Column("starts", _("Starts"), "starts", ("starts_on",)),
    Column("ends", _("Ends"), "ends", ("ends_on",), is_usual=False),
    Column("opens", _("Applications open"), "opens", ("applications_open_at",), is_usual=False),
    Column("closes", _("Applications close"), "closes", ("applications_close_at",)),
    Column("release", _("Reserved places are released"), "release", ("quota_release_at",), is_usual=False),
    Column("free", _("Free places"), "free", ("capacity",), is_number=True),
    Column("confirmed", _("Places confirmed"), "confirmed"),
    Column("missing", _("Languages missing")),
    Column("changed", pgettext_lazy("a course", "Last changed"), "changed", is_usual=False),
)  # fmt: skip
BY_NAME: Final = {column.name: column for column in COLUMNS}
USUAL: Final = tuple(column.name for column in COLUMNS if column.is_usual)
ALWAYS: Final = "title"


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's head; ``href`` sorts by it, the other way round where it is sorted by already."""

    column: Column
    href: str
    sorted: str  # "ascending", "descending" or ""


class OwnTable:
    """What the address and the person's choice of columns ask for."""

    def __init__(self, request: SignedInRequest, *, now: dt.datetime | None = None) -> None:
        self.request = request
        self.now = now or timezone.now()
        self.today = timezone.localdate(self.now)
        published_for = organisations_published_for(request.user, on=self.today)
        self.hosts: list[Organisation] = list(published_for.by_name())
        own: OfferingQuerySet = Offering.objects.filter(provider__in=self.hosts)
        self.mine = own.for_desk(on=self.today)
        self.filters = OwnFilter(
            request.GET, self.mine, hosts=self.hosts, now=self.now, request=request
        )
        self.filters.form.is_valid()  # a wrong parameter counts as not given

    @property
    def rows(self) -> OfferingQuerySet:
        found: OfferingQuerySet = self.filters.qs
        return found

    @property
    def is_narrowed(self) -> bool:
        return self.filters.is_narrowed

    @property
    def names(self) -> Sequence[str]:
        return chosen_columns(self.request, several=len(self.hosts) > 1)

    @property
    def columns(self) -> list[Column]:
        return [BY_NAME[name] for name in self.names]

    @property
    def choices(self) -> list[tuple[Column, bool]]:
        """Every column that may be left out, and whether it is shown."""
        shown = self.names
        return [(column, column.name in shown) for column in COLUMNS if column.name != ALWAYS]

    @property
    def query(self) -> str:
        """What narrows and sorts the table, as other addresses take it."""
        kept = self.request.GET.copy()
        for name in list(kept):
            if name not in self.filters.filters or not kept[name] or name in self.filters.form.errors:
                del kept[name]
        return kept.urlencode()

    @property
    def headings(self) -> list[Heading]:
        return [self._heading(column) for column in self.columns]

    def _heading(self, column: Column) -> Heading:
        if not column.order:
            return Heading(column, "", "")
        now = self.filters.form.cleaned_data.get("sort") or ""
        is_up, is_down = now == column.order, now == f"-{column.order}"
        query = self.request.GET.copy()
        query.pop("page", None)
        query["sort"] = f"-{column.order}" if is_up else column.order
        said = "ascending" if is_up else "descending" if is_down else ""
        return Heading(column, f"{self.request.path}?{query.urlencode()}", said)


def chosen_columns(request: HttpRequest, *, several: bool) -> list[str]:
    """Those that the person has chosen in this browser, else the usual ones; in the table's own order."""
    kept = request.session.get(IN_SESSION)
    wanted = set(kept) if isinstance(kept, list) else {*USUAL, *(["provider"] if several else [])}
    return [column.name for column in COLUMNS if column.name in wanted or column.name == ALWAYS]


def choose_columns(request: HttpRequest, names: Sequence[str]) -> None:
    """From now on the person sees these; none of them: the usual ones."""
    known = [name for name in names if name in BY_NAME and name != ALWAYS]
    if known:
        request.session[IN_SESSION] = known
    else:
        request.session.pop(IN_SESSION, None)
