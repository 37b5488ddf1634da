"""The table of one's own courses as a file, under the headings that the import knows.

What is brought back unchanged is found unchanged: a word that the import would read as something else is
written as its code.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kopa.base import workbooks
from kopa.base.names import pick
from municipalities.cache import gazetteer
from offerings.code_names import code_names
from offerings.desk import DeskRow
from offerings.imports.cells import Cells
from offerings.imports.columns import BY_NAME, COLUMNS, NUMBER, Column
from offerings.imports.figures import written
from offerings.models import Offering
from offerings.querysets import OfferingQuerySet
from offerings.states import CHANGEABLE, GIVEN, OfferingStatus
from offerings.table import OwnTable
from pilots.models import PilotGroup
from pilots.titles import title

XLSX: Final = workbooks.XLSX
EVERYTHING: Final = "all"
AT_ONCE: Final = 500  # rows
AROUND: Final = (
    "sites", "quotas", "co_hosts__organisation", "prior_education", "open_to_regions",
    "open_to_municipalities", "open_to_pilot_groups__memberships",
)  # fmt: skip
Value = str | int | Decimal | dt.date | dt.datetime | None


@dataclass(frozen=True)
class Written:
    """One column of the file."""

    heading: str
    value: Callable[[Offering], Value]


class Listed:
    """Rows under headings, for whatever kind of file."""

    def __init__(self, offerings: OfferingQuerySet, columns: Sequence[Written]) -> None:
        self._columns = columns
        named = offerings.select_related("form", "field", "mode", "credit_unit", "agreement")
        self._offerings = named.prefetch_related(*AROUND)

    def headings(self) -> list[str]:
        return [column.heading for column in self._columns]

    def texts(self) -> Iterator[list[Value]]:
        """Days and moments as people write them, and the import reads them."""
        for row in self.rows():
            yield [written(value) if isinstance(value, dt.date) else value for value in row]

    def rows(self) -> list[list[Value]]:
        return [
            [column.value(offering) for column in self._columns]
            for offering in self._offerings.iterator(chunk_size=AT_ONCE)
        ]


def columns_of(table: OwnTable, asked: Mapping[str, str]) -> list[Written]:
    """Those that the person sees; with ``columns=all`` everything that the import takes."""
    values = Values()
    if asked.get("columns") == EVERYTHING:
        return [values.column(column) for column in COLUMNS]
    known = ["own_reference", *(name for column in table.columns for name in column.imports), NUMBER]
    told = _told(table)
    beside = [told[column.name] for column in table.columns if column.name in told]
    return [*(values.column(BY_NAME[name]) for name in dict.fromkeys(known)), *beside]


def _told(table: OwnTable) -> dict[str, Written]:
    """What the import does not take, because it is computed or somebody's word."""

    def row(offering: Offering) -> DeskRow:
        return DeskRow(offering, table.now)

    return {
        "provider": Written(_("Provider"), lambda one: str(one.provider.label())),
        "free": Written(_("Free places"), lambda one: None if one.capacity is None else row(one).free),
        "confirmed": Written(_("Places confirmed"), lambda one: _local_day(one, one.places_confirmed_at)),
        "missing": Written(_("Languages missing"), lambda one: "; ".join(row(one).missing)),
        "changed": Written(pgettext("a course", "Last changed"), lambda one: _local_day(one, one.updated_at)),
    }


def _local_day(offering: Offering, moment: dt.datetime | None) -> dt.date | None:
    return None if moment is None else moment.astimezone(offering.zone).date()


class Values:
    """What stands in an offering, as a cell says it; the inverse of ``cells``."""

    def __init__(self) -> None:
        self._cells: dict[int, Cells] = {}
        self._words: dict[tuple[str, Any], str] = {}

    def column(self, column: Column) -> Written:
        write = self._writers.get(column.kind)
        if write is None:
            return Written(column.heading(), lambda one: getattr(one, column.name))
        return Written(column.heading(), lambda one: write(one, column))

    @cached_property
    def _writers(self) -> dict[str, Callable[[Offering, Column], Value]]:
        return {
            "status": self._status,
            "code": self._code,
            "choice": self._choice,
            "yes": lambda one, column: _("yes") if getattr(one, column.name) else _("no"),
            "codes": self._many,
            "regions": self._many,
            "pilot_groups": self._many,
            "agreement": self._agreement,
            "municipalities": self._municipalities,
            "quotas": self._quotas,
            "hosts": self._hosts,
            "words": lambda one, column: "; ".join(getattr(one, column.name)),
            "share": self._share,
            "money": self._money,
            "key": lambda one, _column: one.pk,
            "opening": lambda one, column: self._moment(one, column.name),
            "closing": lambda one, column: self._moment(one, column.name, midnight_is_said=True),
        }

    def _status(self, one: Offering, column: Column) -> str:
        """Of a cancelled course nothing: it is in no state that a file could bring about. What runs or has
        ended is published.
        """
        if one.status not in CHANGEABLE:
            return ""
        status = OfferingStatus.PUBLISHED if one.status in GIVEN else OfferingStatus(one.status)
        return self._word(one, column, status.value, str(status.label))

    def _code(self, one: Offering, column: Column) -> str:
        entry = getattr(one, column.name.removesuffix("_id"))
        if entry is None:
            return ""
        named = code_names().get((column.name.removesuffix("_id"), entry.pk), entry)
        return self._word(one, column, entry.pk, str(pick(named, "name")))

    def _agreement(self, one: Offering, column: Column) -> str:
        agreement = one.agreement
        if agreement is None:
            return ""
        said = self._word(one, column, agreement.pk, str(agreement.title()))
        return agreement.code if said == str(agreement.pk) else said

    def _choice(self, one: Offering, column: Column) -> str:
        value = getattr(one, column.name)
        label = getattr(one, f"get_{column.name}_display")()
        return self._word(one, column, value, str(label)) if value else ""

    def _many(self, one: Offering, column: Column) -> str:
        found = sorted(getattr(one, column.name).all(), key=lambda entry: entry.pk)
        said = (title(entry) if isinstance(entry, PilotGroup) else str(entry.name()) for entry in found)
        return "; ".join(
            self._word(one, column, [entry.pk], word) for entry, word in zip(found, said, strict=True)
        )

    def _word(self, one: Offering, column: Column, value: Any, word: str) -> str:
        """The word where the import reads it as this value, else the code."""
        key = (column.name, str(value))
        if key not in self._words:
            reads = self._cells.setdefault(one.provider_id, Cells(one.provider)).read(column.name, word)
            code = value[0] if isinstance(value, list) else value
            self._words[key] = word if reads == value else str(code)
        return self._words[key]

    def _municipalities(self, one: Offering, column: Column) -> str:
        if column.name == "places":
            ids = {site.municipality_id for site in one.sites.all() if site.municipality_id}
        else:
            ids = {place.pk for place in getattr(one, column.name).all()}
        return "; ".join(sorted(self._place(pk) for pk in ids))

    def _quotas(self, one: Offering, _column: Column) -> str:
        return "; ".join(f"{self._place(quota.municipality_id)}: {quota.seats}" for quota in one.quotas.all())

    def _place(self, pk: int) -> str:
        places = gazetteer()
        return places.label(places.by_id[pk])

    def _hosts(self, one: Offering, _column: Column) -> str:
        return "; ".join(
            f"{host.organisation.label()}: {host.get_part_display()}" for host in one.co_hosts.all()
        )

    def _share(self, one: Offering, column: Column) -> int | None:
        share: Decimal | None = getattr(one, column.name)
        return None if share is None else int(share * 100)

    def _money(self, one: Offering, column: Column) -> Decimal | None:
        cents: int | None = getattr(one, column.name)
        return None if cents is None else Decimal(cents) / 100

    def _moment(self, one: Offering, name: str, *, midnight_is_said: bool = False) -> Value:
        """By the host's clock, which the import asks too. A day alone means another time than midnight."""
        moment: dt.datetime | None = getattr(one, name)
        if moment is None:
            return None
        local = moment.astimezone(one.zone).replace(tzinfo=None, microsecond=0)
        return f"{written(local)} 00.00" if midnight_is_said and local.time() == dt.time(0) else local


def workbook(listed: Listed) -> bytes:
    return workbooks.workbook(_("Our courses"), listed.headings(), listed.rows())


