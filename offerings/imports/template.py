"""The workbook to fill in: a sheet of headings and a sheet that explains them."""

from __future__ import annotations

import io

import openpyxl
from django.utils.translation import gettext as _

from offerings.imports.columns import BY_NAME, COLUMNS, NUMBER
from offerings.imports.names import allowed
from offerings.imports.rows import STAY


def workbook() -> bytes:
    """In the reader's language; every heading is known in the other languages too."""
    book = openpyxl.Workbook(write_only=True)
    rows = book.create_sheet(_("Courses"))
    rows.append([column.heading() for column in COLUMNS])
    helps = book.create_sheet(_("Help"))
    helps.append([_("Column"), _("What to write")])
    stay = ", ".join(column.heading() for column in COLUMNS if column.name in STAY)
    sentence = _(
        "An empty cell empties the field of the course, except in these columns: %(columns)s. A column that"
        " the file lacks changes nothing."
    )
    helps.append([_("Every column"), sentence % {"columns": stay}])
    for column in COLUMNS:
        helps.append([column.heading(), "; ".join(_hints(column.name, column.kind))])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def hint(name: str) -> str:
    """How a cell of this column is written, without the words that are allowed."""
    said = _written(BY_NAME[name].kind)
    return f"{'; '.join(said)}." if said else ""


def _hints(name: str, kind: str) -> list[str]:
    if name == "own_reference":
        return [
            _("Needed in each row that has no number of KOPA's"),
            _("The same identifier again changes the same course"),
        ]
    if name == NUMBER:
        return [
            _("KOPA writes it into the files that it gives: courses without an identifier are found by it"),
            *_written(kind),
        ]
    if name == "status":
        return [_("Empty: draft, or as it is now"), *allowed(name)]
    return [*_written(kind), *allowed(name)]


def _written(kind: str) -> list[str]:
    several = _("Several are divided by a semicolon")
    day = _("A day: 31.3.2027 or 2027-03-31")
    by_kind = {
        "day": [day],
        "opening": [day, _("a time of day may follow: 31.3.2027 15.00")],
        "closing": [day, _("a time of day may follow: 31.3.2027 15.00")],
        "quotas": [_("Municipalities with numbers: Pello: 2; Tornio: 3")],
        "hosts": [_("Organisations, each with what it does after a colon"), several],
        "share": [_("Per cents from 0 to 100")],
        "whole": [_("A number in figures")],
        "number": [_("A number in figures")],
        "money": [_("A number in figures")],
        "key": [_("Leave the number as it is, and empty for a new course")],
    }
    if kind in {"municipalities", "words", "codes", "regions", "pilot_groups"}:
        return [several]
    return by_kind.get(kind, [])
