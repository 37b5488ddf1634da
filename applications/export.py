"""Everything that KOPA keeps about one application, for the applicant to take along (R-PRIV-8)."""

from __future__ import annotations

import json
import tempfile
import uuid
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import IO, Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import QuerySet

from applications.decision_document import kept
from applications.models import Application, Attachment, HomeStatement
from applications.sealed import confided
from kopa.base import uploads
from kopa.base.names import LANGUAGES
from offerings.models import Offering

# Seals and rows of others say nothing of the applicant.
LEFT_OUT: Final = frozenset(
    {"id", "sealed_grounds", "drafted_by", "issued_by", "official", "replaced_by", "person", "document"}
)
# What an officer writes, until it is given.
UNSAID: Final = frozenset(
    {"outcome", "official_name", "official_title", "ground", "text", "limits", "appeal", "decided_on"}
)
# Of a file that is packed; more of it goes to the disk.
IN_MEMORY: Final = 5 * 1024**2


def everything(application: Application) -> dict[str, Any]:
    """Plain values; moments are in UTC. Of those who have looked the organisations alone (R-PRIV-10)."""
    learner = application.learner
    return {
        "application": row(application, "learner"),
        "applicant": {
            "name": learner.person.name,
            "email": learner.person.email,
            "birth_on": learner.birth_on,
            "phone": learner.phone,
        },
        "course": course(application),
        "home_municipality": application.home_municipality.key,
        "personal_grounds": confided(application),
        "statements": [_statement(one) for one in application.statements.all()],
        "reception": _decision(application, "receptiondecision"),
        "admission": _decision(application, "admissiondecision"),
        "replaced_admissions": [row(one, "application") for one in application.replaced_admissions.all()],
        "places": [row(one, "application", "counter") for one in application.seats.all()],
        "transfers": [row(one, "application") for one in application.transfers.all()],
        "messages": [row(one, "by") for one in application.messages.all()],
        "files": [file_facts(one) for one in files_of(application.key)],
        "looked_at_by": [
            {"organisation": str(one.organisation.label()), "where": one.where, "at": one.at}
            for one in application.readings.select_related("organisation")
        ],
    }


def packed(application: Application) -> IO[bytes]:
    """A ZIP file of ``everything``, of the host's decisions and of the files that were sent along."""
    files = {"": files_of(application.key)}
    return zipped("application.json", everything(application), files, kept(application))


def zipped(
    name: str, said: dict[str, Any], files: Mapping[str, Iterable[Attachment]], pages: Mapping[str, str]
) -> IO[bytes]:
    """A ZIP file of what is said, as JSON, of pages by their names, and of files, each in its folder; of one
    that is lost, nothing.
    """
    packing = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the answer closes it
    with zipfile.ZipFile(packing, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(name, json.dumps(said, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False))
        for page, written in pages.items():
            archive.writestr(page, written)
        for folder, attachments in files.items():
            for number, attachment in enumerate(attachments, start=1):
                with suppress(FileNotFoundError), uploads.storage().open(attachment.stored) as file:
                    archive.writestr(f"{folder}{number:02}-{attachment.name}", file.read())
    packing.seek(0)
    return packing


def files_of(matter: uuid.UUID) -> QuerySet[Attachment]:
    """Of an application or a draft."""
    return Attachment.objects.filter(matter=matter)


def file_facts(file: Attachment) -> dict[str, Any]:
    return {"name": file.name, "kind": file.kind, "size": file.size, "added_at": file.added_at}


def _statement(statement: HomeStatement) -> dict[str, Any]:
    unsaid = () if statement.issued_at and not statement.is_awaited else UNSAID
    return row(statement, "application", *unsaid) | {"state": statement.told_state.value}


def course(application: Application) -> dict[str, Any]:
    return course_of(application.offering)


def course_of(offering: Offering) -> dict[str, Any]:
    titles = {language: getattr(offering, f"title_{language}") for language in LANGUAGES}
    return {
        "id": offering.pk,
        "title": {language: title for language, title in titles.items() if title},
        "provider": str(offering.provider.label()),
        "starts_on": offering.starts_on,
        "ends_on": offering.ends_on,
    }


def _decision(application: Application, name: str) -> dict[str, Any] | None:
    decision = getattr(application, name, None)
    return row(decision, "application") if decision is not None else None


def row(thing: models.Model, *without: str) -> dict[str, Any]:
    fields = (field for field in thing._meta.concrete_fields if field.name not in LEFT_OUT.union(without))
    return {field.name: getattr(thing, field.attname) for field in fields}
