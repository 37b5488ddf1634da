"""``manage.py write_docs`` writes what the tables say; that ours are up to date is an architecture test."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command

pytestmark = pytest.mark.unit
TERMS = "name,fi,sv_fi,sv_se,en\nmunicipality,kunta,kommun,kommun,municipality\n"


def test_documents_are_written_from_their_tables(tmp_path, settings):
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "terms.csv").write_text(TERMS, encoding="utf-8")
    out = io.StringIO()

    call_command("write_docs", stdout=out)

    assert out.getvalue().splitlines() == ["docs/glossary.md written", "docs/states.md written"]
    assert (tmp_path / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()[-1] == (
        "| `municipality` | kunta | kommun | kommun | municipality |"
    )
    states = (tmp_path / "docs" / "states.md").read_text(encoding="utf-8")
    assert "| `publish` | `draft` | `published` |" in states
