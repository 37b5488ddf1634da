"""Reference data that cannot be used is named by file and line, and nothing of it is loaded."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from kopa.base.reference import ReferenceDataError, Report
from kopa.codes.models import CreditUnit, EducationForm, FieldOfEducation, ReferenceLoad
from kopa.codes.reference import load_lists, load_sources
from kopa.portal import reference
from municipalities.models import Municipality
from tests.reference_data import change, quiet, write

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def refusal(folder: Path) -> str:
    """What the load says; that it has left nothing behind is asserted too."""
    with pytest.raises(ReferenceDataError) as fault:
        reference.load(quiet, folder)
    left = (EducationForm.objects.count(), Municipality.objects.count(), ReferenceLoad.objects.count())
    assert left == (0, 0, 0)
    return str(fault.value)


@pytest.mark.parametrize(
    ("file", "key", "column", "value", "said"),
    [
        ("region_memberships.csv", "FI-854", "region", "", "region is empty."),
        ("region_memberships.csv", "FI-854", "first_day", "", "first_day is empty."),
        ("region_memberships.csv", "FI-854", "region", "SE-R25", "SE-R25 is not in the country of FI-854."),
        ("region_memberships.csv", "FI-854", "last_day", "2019-12-31", "last_day is before first_day."),
        ("region_memberships.csv", "FI-099", "is_beginning", "", "is_beginning is neither yes nor no: ''."),
        ("population_ages.csv", "SE-2583", "counts", "1", "counts must be 101 whole numbers, and year one."),
        ("population_totals.csv", "FI-854", "2000", "many", "2000 is not a whole number: 'many'."),
        ("municipalities.csv", "FI-854", "latitude", "north", "latitude is not a number: 'north'."),
        ("municipalities.csv", "FI-854", "population", "many", "population is not a whole number: 'many'."),
        (
            "municipalities.csv",
            "FI-099",
            "last_day",
            "31.12.2020",
            "last_day is not a day as 2026-12-31: '31.12.2020'.",
        ),
        (
            "organisations.csv",
            "kopa-page:navitas",
            "kind",
            "firm",
            "there is no kind of organisation 'firm'.",
        ),
        ("institutions.csv", "10069", "type", "77", "there is no type of institution '77'."),
        ("code_lists.csv", "contact", "list", "modes", "there is no list 'modes'."),
        ("code_lists.csv", "contact", "parent", "07", "only a field of education has a parent."),
        (
            "code_lists.csv",
            "contact",
            "national_codes",
            "opetuspaikkakk",
            "national code 'opetuspaikkakk' is not register:code.",
        ),
    ],
)
def test_bad_cell_is_named_with_file_and_line(
    folder: Path, file: str, key: str, column: str, value: str, said: str
) -> None:
    write(folder, file, key, **{column: value})
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    (line,) = [at for at, text in enumerate(lines, 1) if key in text.split(",")[:2]]

    assert refusal(folder) == f"{file}, line {line}: {said}"


def test_bad_header_is_named(folder: Path) -> None:
    change(folder, "regions.csv", "key,name_fi", "nyckel,name_fi")

    assert refusal(folder) == "regions.csv: the header must be key,name_fi,name_sv,name_en,source."


def test_row_with_a_cell_too_many_is_named(folder: Path) -> None:
    change(folder, "regions.csv", "FI-R19,Lappi", "FI-R19,La,ppi")

    assert refusal(folder) == "regions.csv, line 19: the line has not 5 cells."


def test_row_with_a_cell_too_few_is_named(folder: Path) -> None:
    change(folder, "regions.csv", "FI-R19,Lappi,", "FI-R19,")

    assert refusal(folder) == "regions.csv, line 19: the line has not 5 cells."


def test_row_that_stands_twice_is_named(folder: Path) -> None:
    write(folder, "municipalities.csv", "FI-854", key="FI-976")

    assert refusal(folder) == "municipalities: FI-976 stands twice."


def test_missing_file_is_named(folder: Path) -> None:
    (folder / "regions.csv").unlink()

    assert refusal(folder).startswith("regions.csv cannot be read: ")


def test_file_in_another_encoding_is_named(folder: Path) -> None:
    (folder / "regions.csv").write_bytes(
        "key,name_fi,name_sv,name_en,source\nFI-R14,Etelä\n".encode("latin-1")
    )

    assert refusal(folder).startswith("regions.csv cannot be read: ")


def test_parent_of_a_field_may_stand_after_it(folder: Path) -> None:
    path = folder / "code_lists.csv"
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *reversed(lines)]) + "\n", encoding="utf-8")

    load_sources(folder, now=timezone.now())
    load_lists(folder, now=timezone.now())

    assert FieldOfEducation.objects.get(pk="071").parent_id == "07"
    assert CreditUnit.objects.get(pk="year").position == 0


def test_command_loads_when_needed() -> None:
    told = StringIO()

    call_command("load_reference", "--if-needed", stdout=told)

    assert Municipality.objects.count() == 601
    assert reference.is_current()
    assert "sources: 17 added, 0 changed, 0 unchanged" in told.getvalue().splitlines()


def test_command_says_what_is_wrong(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(folder, "regions.csv", "key,name_fi", "nyckel,name_fi")
    monkeypatch.setattr(reference.load, "__defaults__", (folder,))

    with pytest.raises(CommandError, match=r"^regions\.csv: the header must be"):
        call_command("load_reference", stdout=StringIO())


def test_many_kept_rows_are_counted_not_all_named() -> None:
    found = Report("fields", (), (), 3, kept=tuple(f"{number:02d}" for number in range(9)))

    assert list(found.lines()) == [
        "fields: 0 added, 0 changed, 3 unchanged",
        "  not in the file any more, kept in the database (9): 00, 01, 02, 03, 04, 05, 06, 07 …",
    ]
