"""Invented reports of the demonstration."""

from __future__ import annotations

import pytest
from django.core.management.base import CommandError

from corrections.models import ErrorReport
from kopa.audit.models import AuditEvent
from kopa.portal.demonstration import reports
from tests.factories import ErrorReportFactory, RegionFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_they_are_labelled_and_partly_answered_and_never_twice(kaisa, lappia, pello):
    RegionFactory()
    real = ErrorReportFactory()

    for _ in range(2):
        assert reports.load({"Kaisa": kaisa}) == 5

    invented = ErrorReport.objects.filter(is_demonstration=True).order_by("pk")
    assert [one.state for one in invented] == ["open", "open", "open", "duplicate", "not_an_error"]
    assert [one.organisation for one in invented] == [pello, lappia, lappia, pello, None]
    assert list(ErrorReport.objects.filter(is_demonstration=False)) == [real]
    assert AuditEvent.objects.filter(target="corrections.errorreport").count() == 2


def test_a_real_report_outlives_the_invented_one_that_it_repeats(kaisa):
    invented = ErrorReportFactory(state="mended", is_demonstration=True)
    real = ErrorReportFactory(state="duplicate", duplicate_of=invented)

    reports._remove()

    real.refresh_from_db()
    assert list(ErrorReport.objects.all()) == [real]
    assert (real.state, real.duplicate_of) == ("duplicate", None)


def test_a_register_without_the_thing_is_named(kaisa, lappia, pello):
    lappia.institutions.update(code="00000")

    with pytest.raises(CommandError, match="no institution:10069"):
        reports.load({"Kaisa": kaisa})
