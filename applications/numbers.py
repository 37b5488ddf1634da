"""How many have applied, for those who see numbers and no persons (R-PRIV-4); small ones hidden (R-PRIV-5).

Applications that are gone are counted among the others: ``Forgotten`` has kept how many there were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from applications.models import Application, Forgotten
from applications.states import ApplicationStatus
from kopa.base.small_cells import Cell, Shown, shown_together
from municipalities.models import Country

BY = ("status", "offering__provider__country", "home_municipality__country")


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    rows: Sequence[tuple[str, Cell]]
    total: Cell


def tables() -> list[Table]:
    """By what has become of them, and by the countries of course and home; two queries."""
    numbers = _numbers()
    by_status = [numbers["status", status] for status in ApplicationStatus.values]
    by_way = [numbers["way", *way] for way in _ways()]
    found = shown_together({"status": by_status, "way": by_way})
    states = [str(status.label) for status in ApplicationStatus]
    return [
        _table(_("What has become of them"), states, found["status"]),
        _table(_("From where to where"), [_said(*way) for way in _ways()], found["way"]),
    ]


def _numbers() -> Counter[tuple[str, ...]]:
    numbers: Counter[tuple[str, ...]] = Counter()
    there = Application.objects.order_by().values_list(*BY).annotate(number=Count("pk"))
    gone = Forgotten.objects.order_by().values_list(*BY).annotate(number=Sum("number"))
    for status, host, home, number in (*there, *gone):
        numbers["status", status] += number
        numbers["way", host, home or ""] += number
    return numbers


def _ways() -> list[tuple[str, str]]:
    """Country of the course and of the home, which is not known of everybody who is forgotten."""
    return [(host, home) for host in Country.values for home in (*Country.values, "")]


def _said(host: str, home: str) -> str:
    to = Country(host).label
    if not home:
        return _("Courses in: %(host)s, home not kept") % {"host": to}
    return _("Courses in: %(host)s, home in: %(home)s") % {"host": to, "home": Country(home).label}


def _table(title: str, labels: Sequence[str], shown: Shown) -> Table:
    return Table(title, list(zip(labels, shown.cells, strict=True)), shown.total)
