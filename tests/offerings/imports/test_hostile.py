"""TESTPLAN I4 and I5: files that mean harm, or that something has gone wrong with; nothing is written."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile

import openpyxl
import pytest
from django.db import connection

from offerings.imports import checking, services
from offerings.imports.reading import MOST_ROWS
from offerings.imports.rows import Checked
from offerings.imports.staging import Staging
from offerings.models import ImportFile, ImportRow, ImportState, Offering
from tests.factories import municipality
from tests.offerings.imports.files import HEADINGS, a_row, accepted, as_csv, as_xlsx, checked

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


def sheet(xml: bytes) -> bytes:
    """A workbook whose first sheet is this."""
    written = io.BytesIO()
    old = zipfile.ZipFile(io.BytesIO(as_xlsx([])))
    with old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            is_sheet = part.filename.startswith("xl/worksheets/")
            new.writestr(part.filename, xml if is_sheet else old.read(part))
    return written.getvalue()


def rows_of(xml: bytes) -> bytes:
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return sheet(b'<worksheet xmlns="' + space + b'"><sheetData>' + xml + b"</sheetData></worksheet>")


def lying() -> bytes:
    """A part that is far longer than it says."""
    content = bytearray(packed(as_xlsx([]), xl__bomb=b" " * 50_000_000))
    for at in (content.rfind(b"PK\x01\x02") + 24, content.find(b"xl/bomb.xml") - 8):
        content[at : at + 4] = (100).to_bytes(4, "little")
    return bytes(content)


def packed_by(method: int) -> bytes:
    written = io.BytesIO(as_xlsx([]))
    with zipfile.ZipFile(written, "a", method) as book:
        book.writestr("xl/other.xml", b"<a/>" * 1000)
    content = bytearray(written.getvalue())
    at = content.find(b"xl/other.xml") + len("xl/other.xml")
    content[at + 5 : at + 20] = b"\xff" * 15  # what lzma does not unpack
    return bytes(content)


def nested() -> bytes:
    return packed(as_xlsx([]), xl__inner=packed(as_xlsx([]), xl__bomb=b"\0" * 190_000_000))


def many_empty_parts() -> bytes:
    written = io.BytesIO(as_xlsx([]))
    with zipfile.ZipFile(written, "a") as book:
        for number in range(30_000):
            book.writestr(f"xl/{number}.xml", b"")
    return written.getvalue()


CELL = b'<c t="inlineStr"><is><t>%s</t></is></c>'
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
    "an outer entity": (
        lambda: sheet(b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><worksheet>&b;</worksheet>'),
        "no spreadsheet needs",
    ),
    "a bomb after a comment": (
        lambda: packed(as_xlsx([]), xl__e=b"<!--" + b" " * 9000 + b"--><!DOCTYPE a><a/>"),
        "no spreadsheet needs",
    ),
    "another alphabet": (
        lambda: sheet('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a><a/>'.encode("utf-16")),
        "no spreadsheet needs",
    ),
    "packed by lzma": (lambda: packed_by(zipfile.ZIP_LZMA), "not a workbook"),
    "packed by bzip2": (lambda: packed_by(zipfile.ZIP_BZIP2), "not a workbook"),
    "a part that lies": (lying, "not a workbook"),
    "a workbook in a workbook": (nested, "no spreadsheet needs"),
    "30,000 parts": (many_empty_parts, "far larger inside"),
    "a cell of 10 MB": (
        lambda: rows_of(b"<row>" + CELL % (b"x" * 10_000_000) + b"</row>"), "far larger inside"
    ),
    "a row of millions": (lambda: rows_of(b"<row>" + b"<c/>" * 3_000_000 + b"</row>"), "far larger inside"),
    "a million rows": (lambda: rows_of((b"<row>" + CELL % b"x" + b"</row>") * 1_000_000), "than 20,000 rows"),
    "the last row there is": (
        lambda: rows_of(
            b'<row r="1">' + CELL % b"id" + CELL % b"nimi" + b'</row><row r="1048576">'
            + CELL % b"x" + b"</row>"
        ),
        "than 20,000 rows",
    ),
    "millions of texts": (
        lambda: packed(as_xlsx([]), xl__sharedStrings=b"<sst>" + b"<si/>" * 3_000_000 + b"</sst>"),
        "far larger inside",
    ),
    "not XML": (lambda: sheet(b"<worksheet><sheetData><row>"), "not a workbook"),
    "merged": (merged, "Cells A2:B3 are merged"),
    "many rows": (
        lambda: b"id;nimi\n" + b"".join(b"%d;x\n" % n for n in range(1_000_000)), "more than 20,000 rows"
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


READ = """
import resource, sys, time, django
django.setup()
from offerings.imports import checking, services
from offerings.imports.errors import FileRefused
from offerings.imports.reading import read
content = open(sys.argv[1], "rb").read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30, 3 * 2**30))
started = time.process_time()
try:
    for _ in read(content).rows:
        pass
except FileRefused:
    pass
else:
    sys.exit("was read")
print(time.process_time() - started, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.parametrize("name", ["zip bomb", "strings bomb", "30,000 parts", "a row of millions", "nested"])
def test_a_bomb_costs_little_time_and_memory(name, tmp_path):
    """I4: in a process of its own, whose memory is bounded: seconds, and megabytes above what it had."""
    file = tmp_path / "bomb.xlsx"
    file.write_bytes(nested() if name == "nested" else FILES[name][0]())

    done = subprocess.run(
        [sys.executable, "-c", READ, str(file)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    seconds, megabytes = map(float, done.stdout.split())
    assert seconds < 1
    assert megabytes < 100


def test_the_largest_workbook_that_is_read_takes_bounded_memory(tmp_path):
    """A sheet of as many elements as there may be, in as many rows as there may be."""
    file = tmp_path / "large.xlsx"
    row = b"<row>" + (CELL % b"x") * 60 + b"</row>"
    file.write_bytes(rows_of(row * 20_001 + b"<row>" + CELL % b"x" + b"</row>"))

    done = subprocess.run(
        [sys.executable, "-c", READ, str(file)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr  # one row too many
    assert float(done.stdout.split()[1]) < 200


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("2027-13-01", "There is no month 13"),
        ("31.2.2027", "There is no such day"),
        ("3.31.2027", "There is no month 31"),
        ("3/4/2027", "may mean two days"),
        ("huomenna", "Write the day as"),
        ("46113", "Write the day as"),
        ("10000-01-01", "Write the day as"),
        ("31.12.0000", "There is no such day"),
        ("1.1.0001", "Write a year from 1990 to 2100"),
        ("31.12.1989", "Write a year from 1990 to 2100"),
        ("1.1.2101", "Write a year from 1990 to 2100"),
        ("9999-12-31", "Write a year from 1990 to 2100"),
    ],
)
def test_a_day_that_is_none_is_wrong_at_its_cell(typed, said, lappia, bengt):
    row = checked(as_csv([a_row("A1", Alkaa=typed)]), lappia, bengt).rows.get()

    assert list(row.errors) == ["starts_on"]
    assert said in row.errors["starts_on"][0]


def test_a_hostile_text_in_any_cell_is_refused_or_kept_as_it_is(lappia, bengt):
    municipality("FI-851")
    texts = [
        "=HYPERLINK(1)", "+1", "-1", "@SUM", "<script>alert(1)</script>", "\u202eabc", "𝒳" * 50,
        "'; drop table x",
    ]  # fmt: skip
    rows = [a_row(f"A{n}", Nimi_suomeksi=text, Tila="luonnos") for n, text in enumerate(texts)]

    run = checked(as_csv(rows), lappia, bengt)

    first, *others = run.rows.all()
    assert list(first.errors) == ["title_fi"]
    assert [row.given["title_fi"] for row in others] == texts[1:]
    accepted(run, bengt)
    assert set(Offering.objects.values_list("title_fi", flat=True)) == set(texts[1:])


@pytest.mark.parametrize("heading", ["Alkaa", "Haku_alkaa", "Haku_päättyy"])
@pytest.mark.parametrize("typed", ["1.1.0001", "31.12.9999"])
def test_i5_a_day_at_the_end_of_time_is_wrong_at_its_cell(heading, typed, lappia, bengt):
    run = checked(as_csv([a_row("A1", **{heading: typed}), a_row("A2")]), lappia, bengt)

    assert (run.state, run.wrong) == (ImportState.CHECKED, 1)
    [[said]] = run.rows.get(number=2).errors.values()
    assert "Write a year" in said


def test_i5_the_six_characters_of_a_written_nul_are_a_text_like_others(lappia, bengt):
    text = "Hitsaaja \\u0000 ja levy"

    run = checked(as_csv([a_row("A1", Nimi_suomeksi=text)]), lappia, bengt)

    assert run.state == ImportState.CHECKED
    row = run.rows.get()
    assert (row.errors, row.cells["title_fi"], row.given["title_fi"]) == ({}, text, text)


def test_i5_a_nul_that_is_typed_while_mending_is_left_out(lappia, bengt):
    run = checked(as_csv([a_row("A1", Paikkoja="x")]), lappia, bengt)

    typed = {"own_reference": "A\0 2", "title_fi": "\\u0000\0", "capacity": "7"}
    row = services.mend(run_id=run.pk, number=2, cells=typed)

    assert (row.errors, row.own_reference, row.given["title_fi"]) == ({}, "A 2", "\\u0000")


def test_i5_no_nul_reaches_the_staged_rows(lappia, bengt):
    run = checked(as_csv([a_row("A1")]), lappia, bengt)
    row = Checked(9, {"title_fi": "a\0b"}, errors={"title_fi": ["\0", "\\u0000"]})

    with Staging(run) as staging:
        staging.write(row)

    staged = run.rows.get(number=9)
    assert (staged.cells, staged.errors) == ({"title_fi": "ab"}, {"title_fi": ["", "\\u0000"]})


@pytest.fixture
def failing(db):
    """A fault that nobody foresaw: the table refuses every row."""

    def fails(act: str, table: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "create function unforeseen() returns trigger language plpgsql as"
                " $$ begin raise exception 'unforeseen'; end $$"
            )
            cursor.execute(
                f"create trigger unforeseen before {act} on {table}"
                " for each row execute function unforeseen()"
            )

    return fails


def test_i5_a_fault_while_a_file_is_checked_refuses_it_and_the_next_file_is_checked(failing, lappia, bengt):
    again = checked(as_csv([a_row("A1", Paikkoja="x"), a_row("A2")]), lappia, bengt)
    services.order_checking(run_id=again.pk)
    failing("insert", "offerings_importrow")

    run = checked(as_csv([a_row("A3")]), lappia, bengt)
    checking.check(again.pk)

    again.refresh_from_db()
    assert (run.state, again.state) == (ImportState.REFUSED, ImportState.CHECKED)
    assert "Something went wrong here" in run.refusal
    assert "Something went wrong here" in again.refusal
    assert (again.rows.count(), again.wrong) == (2, 1)
    assert not ImportFile.objects.exists()


def test_i5_a_fault_while_rows_are_saved_saves_none_and_says_so(failing, lappia, bengt):
    municipality("FI-851")
    run = checked(as_csv([a_row("A1")]), lappia, bengt)
    failing("insert", "offerings_offering")

    accepted(run, bengt)

    assert (run.state, run.accepted_by, run.good) == (ImportState.CHECKED, None, 1)
    assert "Something went wrong here" in run.refusal
    assert not Offering.objects.exists()


def test_i5_a_fault_while_a_file_is_undone_leaves_it_saved_and_says_so(failing, lappia, bengt):
    municipality("FI-851")
    run = accepted(checked(as_csv([a_row("A1")]), lappia, bengt), bengt)
    failing("delete", "offerings_offering")
    services.order_undoing(run_id=run.pk, by=bengt)

    services.undo(run_id=run.pk)

    run.refresh_from_db()
    assert (run.state, run.undone_by) == (ImportState.ACCEPTED, None)
    assert "Something went wrong here" in run.refusal
    assert Offering.objects.count() == 1


@pytest.mark.parametrize("typed", ["1.200", "1,200", "12.000 €", "1 .200 kr"])
def test_a_number_that_may_mean_two_is_refused(typed, lappia, bengt):
    content = as_csv([[*a_row("A1"), typed]], [*HEADINGS, "Opiskelijan maksu"])

    row = checked(content, lappia, bengt).rows.get()

    assert "may mean two numbers" in row.errors["learner_fee_cents"][0]


@pytest.mark.parametrize(
    ("typed", "cents"), [("1200", 120000), ("1 200,50 €", 120050), ("0.500", 50), ("12,5", 1250)]
)
def test_a_number_that_means_one_is_read(typed, cents, lappia, bengt):
    content = as_csv([[*a_row("A1"), typed]], [*HEADINGS, "Opiskelijan maksu"])

    row = checked(content, lappia, bengt).rows.get()

    assert (row.errors, row.given["learner_fee_cents"]) == ({}, cents)


def test_a_course_code_that_is_too_long_is_refused_and_never_cut(lappia, bengt):
    rows = [[*a_row("A1"), f"ok; {'x' * 31}"], [*a_row("A2"), "x" * 30]]

    first, second = checked(as_csv(rows, [*HEADINGS, "Kurssikoodit"]), lappia, bengt).rows.all()

    assert "at most 30 characters" in first.errors["course_codes"][0]
    assert second.given["course_codes"] == ["x" * 30]
