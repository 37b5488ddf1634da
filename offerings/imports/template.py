"""The workbook to fill in: a sheet of headings and a sheet that explains them."""

from __future__ import annotations

import io

import openpyxl
from django.utils.translation import gettext as _

from offerings.imports.cells import allowed
from offerings.imports.columns import COLUMNS


def workbook() -> bytes:
    """In the reader's language; every heading is known in the other languages too."""
    book = openpyxl.Workbook(write_only=True)
    rows = book.create_sheet(_("Courses"))
    rows.append([column.heading() for column in COLUMNS])
    helps = book.create_sheet(_("Help"))
    helps.append([_("Column"), _("What to write")])
    for column in COLUMNS:
        helps.append([column.heading(), "; ".join(_hints(column.name, column.kind))])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def guarded(text: str) -> str:
    """A text that a spreadsheet could take for a formula gets an apostrophe, which reading takes away."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _hints(name: str, kind: str) -> list[str]:
    several = _("Several are divided by a semicolon")
    by_kind = {
        "day": [_("A day: 31.3.2027 or 2027-03-31")],
        "quotas": [_("Municipalities with numbers: Pello: 2; Tornio: 3")],
        "municipalities": [several],
        "words": [several],
        "codes": [several, *allowed(name)],
    }
    if name == "own_reference":
        return [_("Needed in each row. The same identifier again changes the same course.")]
    if name == "status":
        return [_("Empty: draft, or as it is now"), *allowed(name)]
    if kind in {"opening", "closing"}:
        return [*by_kind["day"], _("a time of day may follow: 31.3.2027 15.00")]
    if kind in {"whole", "number", "money"}:
        return [_("A number in figures")]
    return by_kind.get(kind) or allowed(name)
