"""What the archives of municipalities and providers get of an application before it goes (R-PRIV-7).

A package is a ZIP file of one organisation: the statements, or the decisions, as they were given, each with
whom it is on. It lies beside the uploads, in ``archive/``, until the operator has handed it over
(docs/operations.md).
"""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import structlog
from django.core.files.base import ContentFile
from django.core.serializers.json import DjangoJSONEncoder

from applications import retention
from applications.export import course, row
from applications.models import Application, Attachment, ReplacedAdmission
from kopa.base import uploads

log = structlog.get_logger(__name__)
FOLDER: Final = "archive"


@contextmanager
def packed(applications: Iterable[Application], *, on: dt.date) -> Iterator[list[str]]:
    """The packages are kept under the names that the block gets; none of them if the block raises."""
    kept: list[str] = []
    try:
        for owner, documents in packages(applications).items():
            name = f"{FOLDER}/{owner}/{on.isoformat()}.zip"
            kept.append(uploads.storage().save(name, ContentFile(_zipped(documents))))
        yield kept
    except BaseException:
        for name in kept:
            uploads.storage().delete(name)
        raise


def packages(applications: Iterable[Application]) -> dict[str, dict[str, bytes]]:
    """By owner: the name of each document, and what is in it. Who was never decided on is in none."""
    found: dict[str, dict[str, bytes]] = defaultdict(dict)
    for application in applications:
        about = _about(application)
        for statement in retention.statements(application):
            said = about | {"statement": row(statement, "application")}
            mine, name = found[statement.municipality.key], f"{application.reference}-{statement.pk}"
            mine[f"{name}.json"] = _written(said)
            if statement.document is not None:  # on paper, from outside KOPA
                mine |= _file(statement.document, f"{name}-{statement.document.name}")
        decided: dict[str, Any] = {}
        for decision in retention.decisions(application):
            written = row(decision, "application")
            if isinstance(decision, ReplacedAdmission):
                decided.setdefault("ReplacedAdmissions", []).append(written)
            else:
                decided[type(decision).__name__] = written
        if decided:
            owner = f"provider-{application.offering.provider_id}"
            found[owner][f"{application.reference}.json"] = _written(about | decided)
    return dict(found)


def _file(document: Attachment, name: str) -> dict[str, bytes]:
    """Nothing where it is lost: that keeps nobody else's papers from their archive."""
    try:
        with uploads.storage().open(document.stored) as file:
            return {name: file.read()}
    except FileNotFoundError:
        log.exception("a document for the archive is lost", attachment=document.pk)
        return {}


def _about(application: Application) -> dict[str, Any]:
    learner = application.learner
    return {
        "reference": application.reference,
        "applicant": learner.person.name,
        "birth_on": learner.birth_on,
        "is_protected": learner.is_protected,
        "submitted_at": application.submitted_at,
        "status": application.status,
        "course": course(application),
    }


def _written(said: dict[str, Any]) -> bytes:
    return json.dumps(said, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False).encode()


def _zipped(documents: dict[str, bytes]) -> bytes:
    packing = io.BytesIO()
    with zipfile.ZipFile(packing, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in documents.items():
            archive.writestr(name, content)
    return packing.getvalue()
