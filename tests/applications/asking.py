"""What tests of the statements' pages begin with: a resident who is asked about, and clients."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from PIL import Image

from kopa.accounts.models import User
from providers.models import Role
from tests.applications.given import apply, course, student
from tests.factories import RoleAssignmentFactory, municipality, organisation_of


def url(name: str, *args: Any, language: str = "en") -> str:
    with override(language):
        return reverse(f"applications:{name}", args=args)


def as_(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def picture(name: str) -> SimpleUploadedFile:
    written = io.BytesIO()
    Image.new("RGB", (8, 8)).save(written, "PNG")
    return SimpleUploadedFile(name, written.getvalue())


def pello_is_asked() -> SimpleNamespace:
    """Sami of Pello applies to a course of Lappia that asks Pello; Aino is Pello's officer."""
    for key in ("FI-854", "FI-851", "FI-240", "SE-2583"):
        municipality(key)
    aino = RoleAssignmentFactory(
        role=Role.OFFICER, organisation=organisation_of("FI-854"), person__name="Aino"
    ).person
    application = apply(course(form="basic", title_fi="Aikuisten perusopetus"), person=student("Sami"))
    statement = application.statements.get()
    return SimpleNamespace(
        aino=aino, application=application, statement=statement, sami=application.learner.person,
        staff=application.offering.provider.role_assignments.get().person,
        page=url("statement", statement.pk),
    )  # fmt: skip
