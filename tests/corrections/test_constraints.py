"""The database has the last word on error reports."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from corrections.models import ErrorReport
from kopa.base.db import constraint_name
from tests.factories import ErrorReportFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
# constraint: (state of the report, what is written past all Python)
BREAKS = [
    ("error_report_kind_is_known", "open", {"kind": "odd"}),
    ("error_report_is_about_something", "open", {"subject_key": ""}),
    ("error_report_is_about_something", "open", {"subject_type": "odd"}),
    ("error_report_says_something", "open", {"text": ""}),
    ("error_report_language_is_known", "open", {"language": "de"}),
    ("error_report_is_answered_when_handled", "mended", {"answer": ""}),
    ("error_report_is_answered_when_handled", "mended", {"handled_by": None}),
    ("error_report_is_answered_when_handled", "not_an_error", {"handled_at": None}),
    ("error_report_is_answered_when_handled", "mended", {"state": "odd"}),
    ("error_report_is_answered_when_handled", "open", {"answer": "Nimi on oikein."}),
    ("error_report_original_is_a_duplicates_and_another", "duplicate", {"duplicate_of": F("id")}),
    ("error_report_original_is_a_duplicates_and_another", "duplicate", {"state": "mended"}),
]


@pytest.mark.parametrize(("name", "state", "facts"), BREAKS)
def test_constraint_holds_past_all_python(name, state, facts):
    report = ErrorReportFactory(state=state)

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        ErrorReport.objects.filter(pk=report.pk).update(**facts)

    assert constraint_name(refused.value) == name


def test_each_constraint_is_tried():
    assert {name for name, _state, _facts in BREAKS} == {
        constraint.name for constraint in ErrorReport._meta.constraints
    }


@pytest.mark.parametrize("state", ["open", "mended", "not_an_error", "duplicate"])
def test_a_report_of_every_state_has_its_past(state):
    report = ErrorReportFactory(state=state)

    report.full_clean()
    assert report.is_open == (state == "open")
    assert str(report) == "municipality FI-854: name"
