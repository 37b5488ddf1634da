"""Files as people bring them."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import Any

import openpyxl

from kopa.accounts.models import User
from kopa.codes.models import DeliveryMode, EducationForm, FieldOfEducation, TeachingLanguage
from offerings.imports import checking, services
from offerings.models import ImportRun
from providers.models import Organisation
from tests.factories import code, today

HEADINGS = (
    "Oma tunniste", "Tila", "Nimi suomeksi", "Koulutusmuoto", "Koulutusala", "Opetuskielet", "Toteutustapa",
    "Opetuskunnat", "Alkaa", "Haku alkaa", "Haku päättyy", "Paikkoja", "Yhteyshenkilön sähköposti",
    "Hinnan peruste",
)  # fmt: skip


def finnish(day: dt.date) -> str:
    return f"{day.day}.{day.month}.{day.year}"


def a_row(reference: str, **other: str) -> list[str]:
    """A welding course that may be published; ``other`` is by heading, with _ for a space."""
    for model, value in (
        (EducationForm, "vocational"), (FieldOfEducation, "071"), (DeliveryMode, "contact"),
        (TeachingLanguage, "fi"),
    ):  # fmt: skip
        code(model, value)
    cells = dict(zip(HEADINGS, (
        reference, "julkaistu", f"Hitsaaja {reference}", "Ammatillinen koulutus", "071", "suomi",
        "Lähiopetus", "Tornio", finnish(today() + dt.timedelta(days=60)),
        finnish(today() - dt.timedelta(days=10)), finnish(today() + dt.timedelta(days=30)), "16",
        "opinto@example.org", "none",
    ), strict=True))  # fmt: skip
    return list((cells | {name.replace("_", " "): text for name, text in other.items()}).values())


def as_csv(
    rows: Iterable[Sequence[str]], headings: Sequence[str] = HEADINGS, *, delimiter: str = ";",
    encoding: str = "utf-8-sig",
) -> bytes:  # fmt: skip
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows([headings, *rows])
    return written.getvalue().encode(encoding)


def as_xlsx(rows: Iterable[Sequence[Any]], headings: Sequence[str] = HEADINGS) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Tarjonta")
    for row in (headings, *rows):
        sheet.append(list(row))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def checked(content: bytes, provider: Organisation, by: User, *, name: str = "tarjonta.csv") -> ImportRun:
    run = services.bring(provider=provider, by=by, file_name=name, content=content, language="en")
    checking.check(run.pk)
    run.refresh_from_db()
    return run


def accepted(run: ImportRun, by: User) -> ImportRun:
    services.order_saving(run_id=run.pk, by=by)
    services.accept(run_id=run.pk)
    run.refresh_from_db()
    return run
