"""Everything that KOPA keeps about one application, for the applicant to take along (R-PRIV-8)."""

from __future__ import annotations

import json
import tempfile
import zipfile
from typing import IO, Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import QuerySet

from applications.models import Application, Attachment
from kopa.base import uploads
from kopa.base.names import LANGUAGES

# Seals and rows of others say nothing of the applicant.
LEFT_OUT: Final = frozenset(
    {"id", "sealed_grounds", "drafted_by", "issued_by", "official", "person", "lot", "document"}
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
        "statements": [row(one, "application") for one in application.statements.all()],
        "reception": _decision(application, "receptiondecision"),
        "admission": _decision(application, "admissiondecision"),
        "places": [row(one, "application", "counter") for one in application.seats.all()],
        "files": [
            {"name": one.name, "kind": one.kind, "size": one.size, "added_at": one.added_at}
            for one in _files(application)
        ],
        "looked_at_by": [
            {"organisation": str(one.organisation.label()), "where": one.where, "at": one.at}
            for one in application.readings.select_related("organisation")
        ],
    }


def packed(application: Application) -> IO[bytes]:
    """A ZIP file of ``everything`` and of the files that were sent along."""
    packing = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the answer closes it
    said = json.dumps(everything(application), cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)
    with zipfile.ZipFile(packing, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("application.json", said)
        for number, attachment in enumerate(_files(application), start=1):
            with uploads.storage().open(attachment.stored) as file:
                archive.writestr(f"{number:02}-{attachment.name}", file.read())
    packing.seek(0)
    return packing


def _files(application: Application) -> QuerySet[Attachment]:
    return Attachment.objects.filter(matter=application.key)


def course(application: Application) -> dict[str, Any]:
    offering = application.offering
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
