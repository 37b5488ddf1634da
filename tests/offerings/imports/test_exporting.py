"""The table as a file: safe to open, and the same courses again when it is brought back."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest
from django.utils import timezone, translation

from kopa.base.spreadsheets import FORMULA as FORMULA_MARKS
from kopa.codes.models import CreditUnit, FieldOfEducation, PriorEducation, TeachingLanguage
from offerings.imports import checking, services
from offerings.imports.columns import COLUMNS, recognise
from offerings.models import ImportRun, Offering
from providers.models import Organisation
from tests.factories import (
    AgreementFactory,
    CoHostFactory,
    OfferingFactory,
    PilotGroupFactory,
    RegionFactory,
    RoleAssignmentFactory,
    code,
    in_days,
    municipality,
    organisation_of,
)
from tests.offerings.filled_in import desk

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
FORMULA = '=HYPERLINK("http://x")'


@pytest.fixture
def at_desk(client, bengt):
    client.force_login(bengt)
    return client


@pytest.fixture
def courses(lappia, bengt) -> list[Offering]:
    """Every kind of value that a column has, and texts that a spreadsheet would take for something else."""
    code(FieldOfEducation, "091")
    code(TeachingLanguage, "sv")
    code(CreditUnit, "competence_point")
    full = OfferingFactory(
        provider=lappia, own_reference="007", title_fi=FORMULA, title_sv="-5 grader", title_en="@home",
        description_fi="Rivi yksi\r\nrivi kaksi; \"lainaus\"", level="upper_secondary",
        course_codes=["K-1", "K-2"],
        credits=Decimal("15.5"), credit_unit=code(CreditUnit, "competence_point"), contact_days=4,
        contact_share=Decimal("0.35"), study_form="part_time", pace_percent=50, is_apprenticeship=True,
        languages=["fi", "sv"], capacity=16, min_group=8, max_group=18, quotas={"FI-854": 2, "FI-851": 1},
        quota_release_at=in_days(40), start_decision_at=in_days(45), open_to="regions",
        open_to_regions=[RegionFactory()], open_to_municipalities=["FI-854"], prior_education=["basic"],
        open_to_pilot_groups=[PilotGroupFactory(name_fi="Tornionlaakso", members=["FI-854"])],
        agreement=AgreementFactory(title_fi="Yhteinen nimi", title_sv="Avtal, ett; två"),
        price_basis="per_place", price_cents=120050, learner_fee_cents=5000, contact_phone="+358 40 123",
        field="091",
    )  # fmt: skip
    CoHostFactory(offering=full, organisation=organisation_of("FI-851"), part="lends_site")
    OfferingFactory(
        provider=lappia, own_reference="002", mode="distance", applications_close_at=in_days(30, hour=0),
        agreement=AgreementFactory(title_fi="Yhteinen nimi"),
    )
    OfferingFactory(
        provider=lappia, own_reference="003", status="draft", form=None, field=None, mode=None, level="",
        starts_on=None, ends_on=None, applications_open_at=None, applications_close_at=None, capacity=None,
        price_basis="", languages=[],
    )  # fmt: skip
    return list(Offering.objects.order_by("pk"))


def brought_back(content: bytes, provider: Organisation, by, *, language: str) -> ImportRun:
    run = services.bring(provider=provider, by=by, file_name="x.xlsx", content=content, language=language)
    checking.check(run.pk)
    run.refresh_from_db()
    return run


def content_of(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("kind", ["own_csv", "own_xlsx"])
def test_what_is_brought_back_is_unchanged(at_desk, courses, lappia, bengt, kind, language):
    with translation.override(language):
        content = content_of(at_desk.get(desk(kind), {"columns": "all"}))

    run = brought_back(content, lappia, bengt, language=language)

    assert [(row.verdict, row.errors, row.given) for row in run.rows.all()] == [("unchanged", {}, {})] * 3
    assert set(run.columns) == {column.name for column in COLUMNS}


@pytest.mark.parametrize("kind", ["own_csv", "own_xlsx"])
def test_the_shown_columns_come_back_unchanged_too(at_desk, courses, lappia, bengt, kind):
    with translation.override("fi"):
        at_desk.post(desk("columns"), {"column": ["provider", "state", "form", "starts", "closes", "free",
                                                  "confirmed", "missing", "changed"]})  # fmt: skip
        content = content_of(at_desk.get(desk(kind)))

    run = brought_back(content, lappia, bengt, language="fi")

    assert run.unchanged == 3
    assert run.columns == [
        "own_reference", "title_fi", "title_sv", "title_en", "status", "form_id", "starts_on",
        "applications_close_at", "capacity", "kopa_number",
    ]  # fmt: skip
    assert run.ignored == ["Järjestäjä", "Vapaita paikkoja", "Paikat vahvistettu", "Puuttuvat kielet",
                           "Viimeksi muutettu"]  # fmt: skip


def test_a_changed_cell_is_one_change(at_desk, courses, lappia, bengt):
    with translation.override("en"):
        book = openpyxl.load_workbook(io.BytesIO(at_desk.get(desk("own_xlsx"), {"columns": "all"}).content))
        sheet = book.active
        headings = [cell.value for cell in sheet[1]]
        row = next(row for row in sheet.iter_rows(min_row=2) if row[0].value == "002")
        row[headings.index("Places")].value = 25
        written = io.BytesIO()
        book.save(written)

    run = brought_back(written.getvalue(), lappia, bengt, language="en")

    assert [(row.own_reference, row.given) for row in run.rows.filter(verdict="changed")] == [
        ("002", {"capacity": 25})
    ]


@pytest.mark.usefixtures("english")
def test_nothing_in_the_files_is_taken_for_a_formula(at_desk, courses):
    lines = list(csv.reader(io.StringIO(content_of(at_desk.get(desk("own_csv"))).decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(at_desk.get(desk("own_xlsx")).content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row]

    row = next(line for line in lines if line[0] == "007")
    assert row[1:4] == [f"'{FORMULA}", "'-5 grader", "'@home"]
    assert FORMULA in [cell.value for cell in cells]
    assert {cell.data_type for cell in cells} <= {"inlineStr", "s", "n", "d"}


@pytest.mark.parametrize("kind", ["own_csv", "own_xlsx"])
def test_texts_that_begin_as_formulas_come_back_as_they_were(at_desk, lappia, bengt, kind):
    for number, mark in enumerate(mark for mark in FORMULA_MARKS if mark != "\0"):
        OfferingFactory(provider=lappia, own_reference=f"R{number}", description_fi=f"{mark}1+1 on kaksi")
    with translation.override("fi"):
        content = content_of(at_desk.get(desk(kind), {"columns": "all"}))

    run = brought_back(content, lappia, bengt, language="fi")

    assert run.rows.count() == len(FORMULA_MARKS) - 1
    assert {(row.verdict, str(row.given)) for row in run.rows.all()} == {("unchanged", "{}")}


@pytest.mark.usefixtures("english")
def test_a_workbook_has_days_as_days_and_numbers_as_numbers(at_desk, courses):
    content = at_desk.get(desk("own_xlsx"), {"columns": "all", "sort": "-own_reference"}).content
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    headings = [cell.value for cell in sheet[1]]
    row = {name: cell.value for name, cell in zip(headings, sheet[2], strict=True) if cell.value is not None}

    course = courses[0]
    assert row["Own identifier"] == "007"
    assert row["Starts"] == dt.datetime.combine(course.starts_on, dt.time())
    assert row["Applications close"] == in_days(30).replace(tzinfo=None)
    assert (row["Places"], row["Extent"], row["Price for the home municipality"]) == (16, 15.5, 1200.5)
    assert row["Teaching languages"] == "Finnish; Swedish"
    assert all(recognise(heading) for heading in headings)


@pytest.mark.usefixtures("english")
def test_the_file_is_the_list_as_it_is_narrowed_and_sorted(at_desk, courses):
    query = {"sort": "-own_reference", "state": "open"}

    lines = list(csv.reader(io.StringIO(content_of(at_desk.get(desk("own_csv"), query)).decode("utf-8-sig"))))

    assert [line[0] for line in lines] == ["Own identifier", "007", "002"]
    assert lines[0][:6] == [
        "Own identifier", "Title in Finnish", "Title in Swedish", "Title in English", "State", "Starts",
    ]  # fmt: skip


@pytest.mark.usefixtures("english")
def test_a_file_is_named_by_its_day(at_desk, courses):
    answer = at_desk.get(desk("own_xlsx"))

    assert answer["Content-Disposition"] == 'attachment; filename="kopa-our-courses-2026-11-24.xlsx"'


def test_a_cancelled_course_comes_back_unchanged(at_desk, lappia, bengt):
    OfferingFactory(provider=lappia, own_reference="009", status="cancelled")
    with translation.override("fi"):
        content = at_desk.get(desk("own_xlsx"), {"columns": "all"}).content

    assert brought_back(content, lappia, bengt, language="fi").unchanged == 1


def test_a_word_that_means_two_codes_is_written_as_its_code(at_desk, lappia, bengt):
    for value in ("09", "091"):
        entry = code(FieldOfEducation, value)
        entry.name_fi = entry.name_sv = entry.name_en = "Terveys"
        entry.save()
    for number, value in enumerate(("09", "091")):
        OfferingFactory(provider=lappia, own_reference=str(number), field=value)
    with translation.override("fi"):
        content = at_desk.get(desk("own_xlsx"), {"columns": "all"}).content

    assert brought_back(content, lappia, bengt, language="fi").unchanged == 2


def test_swedish_deadlines_come_back_unchanged(client, overtornea, bengt):
    RoleAssignmentFactory(person=bengt, organisation=overtornea)
    bengt.role_assignments.exclude(organisation=overtornea).delete()
    client.force_login(bengt)
    last_second = in_days(30, country="SE", hour=23, minute=59).replace(second=59)
    OfferingFactory(
        provider=overtornea, own_reference="S", applications_close_at=last_second, languages=["sv"]
    )
    municipality("SE-2518")
    with translation.override("sv"):
        content = client.get(desk("own_xlsx"), {"columns": "all"}).content

    assert brought_back(content, overtornea, bengt, language="sv").unchanged == 1


@pytest.mark.parametrize("number", [1, 3])
def test_a_file_costs_the_same_however_long_it_is(at_desk, lappia, number, django_assert_num_queries):
    code(PriorEducation, "basic")
    for index in range(number):
        OfferingFactory(provider=lappia, own_reference=str(index), quotas={"FI-854": 2})
    at_desk.get(desk("own_csv"))

    with django_assert_num_queries(FILE_STATEMENTS):
        at_desk.get(desk("own_xlsx"))
    assert timezone.now()


# Session and person, roles and hosts; the rows with everything that a file may say of them; the forms of
# education and the words that the import reads.
FILE_STATEMENTS = 15
