"""What a load of the reference data does not find any more is kept, and listed in data quality."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone

from corrections.quality import BY_CODE, Scope
from kopa.base.reference import Report
from kopa.codes.loads import kept
from kopa.portal import reference
from providers.models import Institution
from tests.reference_data import quiet

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.xdist_group("corrections gone")]


def leave_out(folder: Path, file: str, start: str) -> None:
    path = folder / file
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    left = [line for line in lines if not line.startswith(start)]
    assert len(left) == len(lines) - 1
    path.write_text("".join(left), encoding="utf-8")


def gone() -> list[str]:
    scope = Scope(timezone.now(), timezone.localdate())
    return [one.code for one in BY_CODE["gone-institutions"].rows(scope)]


def test_an_institution_that_left_the_files_is_listed_until_it_comes_back(
    loaded: list[Report], folder: Path
) -> None:
    code = Institution.objects.order_by("code").values_list("code", flat=True)[0]
    assert (kept("institutions"), gone()) == ([], [])

    leave_out(folder, "institutions.csv", f"{code},")
    reference.load(quiet, folder)
    assert (kept("institutions"), gone()) == ([code], [code])

    reference.load(quiet)
    assert (kept("institutions"), gone()) == ([], [])
