"""R-PRIV-8: what is held of a person, to take along."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
from django.apps import apps
from django.db import models
from django.urls import reverse

from applications import held, services
from applications.models import Application, Learner
from applications.models.consent import Purpose
from applications.services import consenting
from applications.services.statements import StatementInput
from applications.states import StatementOutcome
from kopa.accounts.models import User
from kopa.base import uploads
from tests.applications.everywhere import everything_of
from tests.applications.given import apply, begun, course, student
from tests.factories import RoleAssignmentFactory, municipality, organisation_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

# Every table that names a person, an applicant or an address: where it stands in the file, or why not.
PARTS: Final = {
    "accounts.User": "account",
    "accounts.PersonSession": "signing_in",
    "accounts.PasswordRequest": "signing_in",
    "accounts.LinkRequest": "signing_in",
    "accounts.SignInLink": "signing_in",
    "accounts.AuthenticatorApp": "signing_in",
    "accounts.Passkey": "signing_in",
    "accounts.RecoveryCode": "signing_in",
    "accounts.WrongCode": "signing_in",
    "axes.AccessAttempt": "signing_in",
    "audit.AuditEvent": "journal",
    "letters.Letter": "letters",
    "letters.UnwantedLetters": "letters_not_wanted",
    "providers.RoleAssignment": "roles",
    "providers.Invitation": "invitations",
    "applications.AnswerLink": "signing_in",
    "applications.Learner": "applicant",
    "applications.Consent": "consents",
    "applications.Draft": "drafts",
    "applications.Application": "applications",
    "applications.Attachment": "applications",
    "applications.ReceptionDecision": "applications",
    "applications.AdmissionDecision": "applications",
    "applications.ReplacedAdmission": "applications",
    "applications.HomeStatement": "applications",
    "applications.Reading": "applications",
    "applications.Seat": "applications",
    "applications.Transfer": "applications",
    "applications.Message": "applications",
    "applications.Message_applications": "applications",
}
NOT_OF_APPLICANTS: Final = {
    "axes.AccessFailureLog": "not written: AXES_ENABLE_ACCESS_FAILURE_LOG is off",
    "axes.AccessLog": "not written: AXES_DISABLE_ACCESS_LOG is on",
    "applications.Selection": "who made it, an official",
    "corrections.ErrorReport": "who answered it, an official; the reporter is not kept",
    "offerings.ActTogether": "an official's act on courses",
    "offerings.ConfirmationRequest": "an official's letter on courses",
    "offerings.ImportRun": "an official's file of courses",
    "offerings.Offering": "a course's public contact, and who confirmed its places",
    "offerings.Sitting": "an official's draft of a course",
    "pilots.PilotGroup": "a group's public contact",
    "providers.Organisation": "an organisation's public address",
}


def names_somebody(table: type[models.Model]) -> bool:
    return any(
        isinstance(one, models.EmailField)
        or one.name == "username"
        or (one.is_relation and one.related_model in {User, Learner, Application})
        for one in table._meta.get_fields()
        if not getattr(one, "auto_created", False) or isinstance(one, models.ForeignKey)
    )


def test_every_table_with_a_person_in_it_has_its_part():
    """R-PRIV-8, TESTPLAN P5: a table that is added and names somebody fails until it is in the file."""
    tables = {one._meta.label for one in apps.get_models(include_auto_created=True) if names_somebody(one)}
    assert tables <= set(PARTS) | set(NOT_OF_APPLICANTS)
    assert not set(PARTS) & set(NOT_OF_APPLICANTS)
    assert set(PARTS.values()) == set(held.everything_held(student()))


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    where = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, uploads.ALIAS: where}
    return tmp_path


def test_everything_in_three_clicks(client, folder):
    """R-PRIV-8: my applications, my data, download; machine-readable, with the files."""
    municipality("FI-854")
    person = student("Maarit Merkki")
    application = everything_of(person)
    begun(course(), by=person)
    consenting.give(person=person, purpose=Purpose.PROFILE, language="fi")
    services.confide(application_id=apply(course(), person=person).pk, text="Olen kuuro.", by=person)
    client.force_login(person)

    first = client.get(reverse("applications:own"))
    second = client.get(reverse("applications:my_data"))
    assert reverse("applications:my_data") in first.content.decode()
    assert reverse("applications:my_data_zip") in second.content.decode()
    third = client.get(reverse("applications:my_data_zip"))

    with zipfile.ZipFile(BytesIO(b"".join(third.streaming_content))) as packed:
        names = packed.namelist()
        said = json.loads(packed.read("kopa.json"))
        assert packed.read(names[2]) == b"%PDF"
    assert names[:2] == ["kopa.json", f"{application.reference}/decisions.html"]
    assert len(names) == 3
    assert names[2].startswith(f"{application.reference}/01-")
    first, second = said["applications"]
    assert first["statements"][0]["outcome"] == "commits"
    assert first["reception"]["is_positive"] is True
    assert len(first["looked_at_by"]) == len(first["files"]) == 1
    assert second["personal_grounds"] == "Olen kuuro."
    assert said["applicant"]["birth_on"] == "1995-05-17"
    assert said["account"]["name"] == "Maarit Merkki"
    assert said["drafts"][0]["answers"]["home_municipality"] == "FI-854"
    assert said["consents"][0]["text"]
    assert {one["kind"] for one in said["letters"]} == {"application_receipt", "application_news"}
    verbs = [(one["verb"], one["by_you"]) for one in said["journal"]]
    assert ("application.submit", True) in verbs
    assert ("application.receive", False) in verbs
    assert "Bengt" not in json.dumps(said["journal"])
    assert "attachment" in third["Content-Disposition"]
    assert "no-store" in third["Cache-Control"]


def test_a_draft_of_somebody_who_mistyped_the_address_is_not_in_it(folder):
    """R-PRIV-8: hers is what she has confirmed."""
    municipality("FI-854")
    person = student()
    stranger = begun(course(), email=person.email)
    assert held.everything_held(person)["drafts"] == []
    services.confirm_draft(draft_id=stranger.pk, by=person)
    assert len(held.everything_held(person)["drafts"]) == 1


def test_another_s_is_not_in_it(folder):
    """R-PRIV-4, R-PRIV-8"""
    municipality("FI-854")
    other, person = student("Maarit Merkki"), student()
    everything_of(other)
    begun(course(), by=other)
    said = json.dumps(held.everything_held(person), default=str)
    assert other.email not in said
    assert held.everything_held(person)["applicant"] is None
    assert held.number_of_files(person) == 0


def test_what_an_officer_is_writing_is_not_said_before_it_is_given(folder):
    """R-PRIV-8: a decision is told when it is made."""
    municipality("FI-854")
    application = apply(course(form="basic"))
    officer = RoleAssignmentFactory(role="officer", organisation=organisation_of("FI-854"))
    statement = application.statements.get()
    services.draft_statement(
        statement_id=statement.pk, given=StatementInput(StatementOutcome.DECLINES, "Aino", text="Ei"),
        by=officer.person, role=officer.role, organisation_id=officer.organisation_id,
        version=statement.version,
    )  # fmt: skip
    (said,) = held.everything_held(application.learner.person)["applications"]
    assert said["statements"][0]["state"] == "requested"
    assert "text" not in said["statements"][0]


def test_a_file_that_is_lost_does_not_keep_the_rest_back(folder):
    """R-PRIV-8"""
    municipality("FI-854")
    person = student()
    application = everything_of(person)
    (folder / "ab" / "abc").unlink()
    with held.packed(person) as file, zipfile.ZipFile(file) as packed:
        assert packed.namelist() == ["kopa.json", f"{application.reference}/decisions.html"]
