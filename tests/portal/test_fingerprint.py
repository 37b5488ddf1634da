"""What other code wrote is written anew: the fingerprint covers all that the search's tables follow."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from kopa.portal import reference

ROOT = Path(settings.BASE_DIR)


@pytest.mark.unit
def test_every_file_of_the_search_is_in_the_fingerprint():
    covered = {path.relative_to(ROOT).as_posix() for path in reference.CODE}

    assert {path.relative_to(ROOT).as_posix() for path in (ROOT / "offerings/search").glob("*.*")} <= covered
    assert {"offerings/windows.py", "offerings/payers.py", "municipalities/spelling.py"} <= covered
    assert {f"{app}/reference.py" for app in ("municipalities", "pilots", "providers")} <= covered


@pytest.mark.unit
def test_a_change_of_one_of_them_is_another_fingerprint(monkeypatch, tmp_path):
    before = reference.fingerprint()
    words = tmp_path / "swedish_parts.txt"
    words.write_text("vakt\n")

    monkeypatch.setattr(reference, "CODE", (*reference.CODE, words))

    assert reference.fingerprint() != before
