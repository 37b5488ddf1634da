"""What measures the import: the same wrong cells named by both, or nothing is reported."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from bench import importing, sheets
from kopa.accounts.models import User
from kopa.codes.models import CreditUnit, DeliveryMode, EducationForm, FieldOfEducation, TeachingLanguage
from offerings.models import ImportRun, Offering
from tests.factories import code, municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def register(db):
    for key in ("FI-851", "FI-854", "FI-240"):
        municipality(key)
    for model, values in (
        (EducationForm, ("vocational",)), (FieldOfEducation, ("071",)), (CreditUnit, ("competence_point",)),
        (DeliveryMode, ("contact", "blended", "distance")), (TeachingLanguage, ("fi", "sv")),
    ):  # fmt: skip
        for value in values:
            code(model, value)


def test_both_name_the_same_wrong_cells_whatever_the_seed(tmp_path):
    said = io.StringIO()
    file = tmp_path / "figures.json"

    with redirect_stdout(said):
        call_command(
            "bench", "import", rows=1500, seed=7, times=1, without_workbook=True, json=file, whole=None
        )

    measured = json.loads(file.read_text())
    assert measured["check"]["wrong_rows"] >= 10
    assert measured["save"]["rows"] >= 1400
    assert "at least 0.7 × yardstick" in said.getvalue()
    for table in (ImportRun, Offering, User):
        assert not table.objects.exists()


def test_the_same_seed_makes_the_same_file():
    words = sheets.read_words()
    files = [
        list(sheets.rows(200, seed=seed, words=words, today=timezone.localdate())) for seed in (1, 1, 2)
    ]

    assert files[0] == files[1] != files[2]


def test_a_workbook_is_checked_and_saved_whole():
    words = sheets.read_words()
    rows = list(sheets.rows(150, seed=1, words=words, today=timezone.localdate()))

    taken = importing.whole(sheets.as_xlsx(rows))

    assert taken["rows"] >= 140
    assert taken["peak_megabytes"] >= taken["before_megabytes"] > 0
    assert not Offering.objects.exists()


@pytest.mark.parametrize(
    ("kopa", "yardstick"), [({2: ["capacity"]}, {2: ["title_fi"]}), ({}, {3: ["capacity"]}), ({}, {})]
)
def test_what_differs_or_shows_nothing_is_not_reported(kopa, yardstick):
    with pytest.raises(CommandError):
        importing.refuse_unless_alike(kopa, yardstick)
