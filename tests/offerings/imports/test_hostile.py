"""TESTPLAN I4 and I5: files that mean harm, or that something has gone wrong with; nothing is written."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from offerings.imports import checking, services
from offerings.imports.reading import MOST_ROWS
from offerings.models import ImportFile, ImportRow, ImportState
from tests.offerings.imports.files import HEADINGS, a_row, as_csv, as_xlsx, checked

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


def packed(content: bytes, **parts: bytes) -> bytes:
    """The workbook with more in it; a name's __ stands for a slash."""
    written = io.BytesIO(content)
    with zipfile.ZipFile(written, "a", zipfile.ZIP_DEFLATED) as book:
        for name, part in parts.items():
            book.writestr(name.replace("__", "/") + ".xml", part)
    return written.getvalue()


def merged() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(list(HEADINGS))
    book.active.append(["A1"])
    book.active.merge_cells("A2:B3")
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def many_parts() -> bytes:
    return packed(as_xlsx([]), **{f"xl__part{number}": b"<a/>" for number in range(600)})


FILES = {
    "empty": (lambda: b"", "The file is empty."),
    "no headings": (lambda: b"1;2\n3;4\n", "must hold headings"),
    "NUL": (lambda: as_csv([["A1\0"]]), "Row 2 has characters that no text has"),
    "UTF-16": (lambda: as_csv([["A1"]], encoding="utf-16"), "has characters that no text has"),
    "mixed": (lambda: as_csv([["A1"], ["ä"]]) + b"\x81\xff", "mixes alphabets"),
    "long cell": (lambda: as_csv([["A1", "x" * 9_000_000]]), "Row 2 cannot be read"),
    "too large": (lambda: b"x" * (11 * 1024 * 1024), "larger than 10 megabytes"),
    "headings twice": (lambda: as_csv([], [*HEADINGS, "Paikkoja"]), "Two headings mean the same: “Paikkoja”"),
    "too wide": (lambda: as_csv([["x"] * 300]), "more than 200 columns"),
    "old Excel": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "old or a protected Excel"),
    "no workbook": (lambda: b"PK\x03\x04" + b"x" * 100, "not a workbook"),
    "zip of something": (lambda: packed(b"", a=b"<a/>"), "not a workbook"),
    "zip bomb": (lambda: packed(as_xlsx([]), xl__bomb=b"\0" * 210_000_000), "far larger inside"),
    "strings bomb": (
        lambda: packed(as_xlsx([]), xl__x__sharedStrings=b" " * 42_000_000), "far larger inside"
    ),
    "many parts": (many_parts, "far larger inside"),
    "XML bomb": (
        lambda: packed(as_xlsx([]), xl__e=b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "no spreadsheet needs"
    ),
    "merged": (merged, "Cells A2:B3 are merged"),
    "many rows": (
        lambda: b"id;nimi\n" + b"".join(b"%d;x\n" % n for n in range(1_000_000)), "more than 20000 rows"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_read_says_why_and_leaves_nothing(name, lappia, bengt):
    make, said = FILES[name]

    run = checked(make(), lappia, bengt)

    assert run.state == ImportState.REFUSED
    assert said in run.refusal
    assert not ImportRow.objects.exists()
    assert not ImportFile.objects.exists()


def test_a_formula_in_a_workbook_is_wrong_at_its_cell_and_a_text_like_one_is_not(lappia, bengt):
    book = openpyxl.Workbook()
    book.active.append(["Oma tunniste", "Nimi suomeksi"])
    book.active.append(["A1", "=1+1"])
    book.active.append(["A2", "=1+1"])
    book.active["B3"].data_type = "s"
    written = io.BytesIO()
    book.save(written)

    run = checked(written.getvalue(), lappia, bengt)

    first, second = run.rows.all()
    assert first.errors == {"title_fi": ["This is a formula. Write the value itself."]}
    assert (second.errors, second.given["title_fi"]) == ({}, "=1+1")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_every_common_kind_of_csv_is_read(delimiter, encoding, lappia, bengt):
    row = a_row("Ä1", Tila="luonnos", Nimi_suomeksi='Hitsaaja, "äö"; levy')

    run = checked(as_csv([row], delimiter=delimiter, encoding=encoding), lappia, bengt)

    found = run.rows.get()
    assert (found.own_reference, found.cells["title_fi"]) == ("Ä1", 'Hitsaaja, "äö"; levy')


def test_one_row_more_than_there_may_be_is_too_many(lappia, bengt):
    rows = [[f"A{number}", "Hitsaaja"] for number in range(4)]
    content = as_csv(rows, ["Oma tunniste", "Nimi suomeksi"])
    states = []
    for most in (4, 3):
        run = services.bring(provider=lappia, by=bengt, file_name="a", content=content, language="en")
        checking.check(run.pk, most_rows=most)
        run.refresh_from_db()
        states.append(run.state)

    assert states == ["checked", "refused"]
    assert MOST_ROWS == 20_000
