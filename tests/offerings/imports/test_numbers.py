"""Courses without an identifier of their own are found by KOPA's number, which our files hold."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from offerings import services as of_one
from offerings.imports import checking, services
from offerings.models import ImportState, Offering
from tests.factories import OfferingFactory, municipality
from tests.offerings.filled_in import desk
from tests.offerings.imports.files import HEADINGS, a_row, accepted, as_csv, checked

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]
NUMBERED = (*HEADINGS, "KOPAn numero")


@pytest.fixture(autouse=True)
def places(db):
    for key in ("FI-851", "FI-854", "FI-240"):
        municipality(key)


@pytest.fixture
def copy(lappia, bengt) -> Offering:
    """A draft for the next term: it has everything but the identifier."""
    accepted(checked(as_csv([a_row("A1")]), lappia, bengt), bengt)
    return of_one.copy_to_next_term(offering_id=Offering.objects.get().pk, by=bengt).offering


def kinds(run):
    return (run.new, run.changed, run.unchanged, run.wrong)


def only_row(reference: str, number: object, **other: str) -> bytes:
    return as_csv([[*a_row(reference, **other), str(number)]], NUMBERED)


def test_a_copy_is_exported_changed_in_one_cell_and_brought_back(client, copy, lappia, bengt):
    client.force_login(bengt)
    book = openpyxl.load_workbook(io.BytesIO(client.get(desk("own_xlsx"), {"columns": "all"}).content))
    sheet = book.active
    headings = [cell.value for cell in sheet[1]]
    rows = {row[headings.index("KOPA's number")].value: row for row in sheet.iter_rows(min_row=2)}
    assert not rows[copy.pk][0].value
    rows[copy.pk][headings.index("Places")].value = 25
    written = io.BytesIO()
    book.save(written)

    run = checked(written.getvalue(), lappia, bengt, name="omat.xlsx")

    assert [row.errors for row in run.rows.all()] == [{}, {}]
    assert kinds(run) == (0, 1, 1, 0)
    changed = run.rows.get(verdict="changed")
    assert (changed.offering, changed.given) == (copy, {"capacity": 25})
    accepted(run, bengt)
    assert run.state == ImportState.ACCEPTED
    assert [one.capacity for one in Offering.objects.order_by("pk")] == [16, 25]
    assert kinds(checked(written.getvalue(), lappia, bengt, name="omat.xlsx")) == (0, 0, 2, 0)


def test_an_identifier_typed_beside_the_number_is_given_to_that_course(copy, lappia, bengt):
    run = checked(only_row("", copy.pk, Tila=""), lappia, bengt)
    row = services.mend(run_id=run.pk, number=2, cells={"own_reference": "A1-K28"})
    assert (row.verdict, row.offering, row.given["own_reference"]) == ("changed", copy, "A1-K28")
    run.refresh_from_db()

    accepted(run, bengt)

    copy.refresh_from_db()
    assert (copy.own_reference, Offering.objects.count()) == ("A1-K28", 2)
    again = only_row("A1-K28", copy.pk, Tila="", Nimi_suomeksi="Hitsaaja")
    assert kinds(checked(again, lappia, bengt)) == (0, 0, 1, 0)
    services.order_undoing(run_id=run.pk, by=bengt)
    services.undo(run_id=run.pk)
    copy.refresh_from_db()
    assert (copy.own_reference, Offering.objects.count()) == ("", 2)


def test_another_organisation_s_number_is_not_found_and_never_changed(lappia, pello, bengt):
    theirs = OfferingFactory(provider=pello, own_reference="")
    before = Offering.objects.values().get(pk=theirs.pk)
    errors = []

    for number in (theirs.pk, theirs.pk + 4711):
        for reference in ("", "A9"):
            run = checked(only_row(reference, number), lappia, bengt)
            assert kinds(run) == (0, 0, 0, 1)
            row = run.rows.get()
            assert row.offering is None
            errors.append(row.errors)

    said = "No course of your organisation has this number. Leave it empty for a new course."
    assert errors == [{"kopa_number": [said]}] * 4
    assert Offering.objects.values().get() == before


def test_an_identifier_and_a_number_of_two_courses_are_refused(copy, lappia, bengt):
    run = checked(only_row("A1", copy.pk), lappia, bengt)

    assert kinds(run) == (0, 0, 0, 1)
    assert "are of two courses" in run.rows.get().errors["kopa_number"][0]


@pytest.mark.parametrize("number", ["x", "-5", "1.5", "1" * 13, "٣"])
def test_what_is_no_number_of_kopa_s_is_refused_at_its_cell(number, lappia, bengt):
    errors = checked(only_row("", number), lappia, bengt).rows.get().errors

    assert errors == {"kopa_number": ["Leave the number as KOPA has written it, or the cell empty."]}


def test_without_identifier_and_number_a_row_is_wrong(lappia, bengt):
    assert list(checked(only_row("", ""), lappia, bengt).rows.get().errors) == ["own_reference"]


def test_two_rows_of_one_course_are_wrong_at_the_second(copy, lappia, bengt):
    original = Offering.objects.get(own_reference="A1")
    rows = [[*a_row("A1"), ""], [*a_row(""), str(original.pk)], [*a_row(""), str(copy.pk)]]
    run = checked(as_csv(rows, NUMBERED), lappia, bengt)
    said = {"kopa_number": ["Row 2 speaks of the same course."]}
    assert [row.errors.get("kopa_number") for row in run.rows.all()] == [None, said["kopa_number"], None]

    services.order_checking(run_id=run.pk)
    checking.check(run.pk)
    assert run.rows.get(number=3).errors == said
    assert services.mend(run_id=run.pk, number=3, cells={"capacity": "17"}).errors == said
    third = services.mend(run_id=run.pk, number=4, cells={"kopa_number": str(original.pk)})
    assert third.errors["kopa_number"][0].endswith("speaks of the same course.")


@pytest.mark.parametrize("typed", ["A1", "'=A"])
def test_an_identifier_typed_into_a_second_row_is_wrong_however_it_is_written(typed, lappia, bengt):
    run = checked(as_csv([a_row("A1"), a_row("'=A"), a_row("B")]), lappia, bengt)

    mended = services.mend(run_id=run.pk, number=4, cells={"own_reference": typed})

    row = 2 if typed == "A1" else 3
    assert mended.errors == {"own_reference": [f"Row {row} has the same identifier."]}


def test_a_course_changed_or_named_meanwhile_is_a_conflict(copy, lappia, bengt):
    run = checked(only_row("A2", copy.pk, Tila=""), lappia, bengt)
    OfferingFactory(provider=lappia, own_reference="A2")

    accepted(run, bengt)

    assert (run.state, kinds(run)) == (ImportState.CHECKED, (0, 0, 0, 1))
    copy.refresh_from_db()
    assert copy.own_reference == ""


def test_numbers_are_looked_up_for_many_rows_at_once(lappia, bengt):
    offerings = [OfferingFactory(provider=lappia, own_reference="", status="draft") for _ in range(6)]
    spent = []
    for few in (offerings[:1], offerings[:2], offerings):  # the first also learns what is remembered
        rows = [[*a_row("", Tila=""), str(one.pk)] for one in few]
        with CaptureQueriesContext(connection) as asked:
            assert checked(as_csv(rows, NUMBERED), lappia, bengt).changed == len(few)
        spent.append(len(asked))

    assert spent[1] == spent[2]


@pytest.mark.parametrize(
    ("language", "heading"), [("fi", "KOPAn numero"), ("sv", "KOPA:s nummer"), ("en", "KOPA's number")]
)
def test_the_template_explains_the_number(client, lappia, bengt, language, heading):
    client.force_login(bengt)
    with translation.override(language):
        answer = client.get(reverse("offerings:import_template"))
    book = openpyxl.load_workbook(io.BytesIO(answer.content))

    told = {row[0].value: row[1].value for row in book.worksheets[1].iter_rows(min_row=2)}
    assert len(told[heading]) > 60
    assert heading in [cell.value for cell in book.worksheets[0][1]]
