"""The whole reference data in the test database, once for the tests of a module."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from django.utils.translation import override
from pytest_django import DjangoDbBlocker

from kopa.base.reference import Report
from kopa.portal import reference


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[Report]]:
    """Everything of ``fixtures/`` stands in the database; gone after the module's last test."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield reference.load(quiet)
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def finnish() -> Iterator[None]:
    """The language that is active outside pages, whatever page an earlier test has read."""
    with override("fi"):
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the files that a test may change."""
    return Path(shutil.copytree(reference.FOLDER, tmp_path / "fixtures"))


def quiet(_step: str) -> None:
    """Nobody listens to the steps of a load."""


def change(folder: Path, file: str, old: str, new: str) -> None:
    """One place of one file, changed."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (file, old, text.count(old))
    path.write_text(text.replace(old, new), encoding="utf-8")


def write(folder: Path, file: str, key: str, /, **cells: str) -> None:
    """Other values in one row: the one whose first or second cell is ``key``."""
    path = folder / file
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        columns, lines = list(reader.fieldnames or []), list(reader)
    (line,) = [line for line in lines if key in (line[columns[0]], line[columns[1]])]
    line.update(cells)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
