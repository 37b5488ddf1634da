"""A municipality that nobody acts for in KOPA: the request on paper, and the answer that the host records."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from applications import services
from applications.errors import DecidedAlready
from applications.models import Attachment, Reading
from kopa import environment
from providers.models import Role
from tests.applications.asking import as_, pello_is_asked, picture, url
from tests.applications.given import statement_given
from tests.factories import RoleAssignmentFactory, organisation_of, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    """Where the files of the test lie."""
    storages = dict(settings.STORAGES)
    storages["uploads"] = environment.uploads((tmp_path / "uploads").as_uri())
    settings.STORAGES = storages
    return tmp_path / "uploads"


@pytest.fixture
def case(db) -> SimpleNamespace:
    return pello_is_asked()


def test_the_request_is_printed_where_nobody_acts_for_the_municipality(case):
    """Issue 6 §2: the applicant and the host get the paper; with an officer there is none."""
    paper = url("statement_request", case.application.key)
    assert as_(case.sami).get(paper).status_code == 404
    case.aino.role_assignments.update(valid_to=today() - dt.timedelta(days=1))

    for person in (case.sami, case.staff):
        page = as_(person).get(paper).content.decode()
        assert "Lausuntopyyntö" in page
        assert case.application.reference in page
    assert as_(case.aino).get(paper).status_code == 404
    statement_given(case.application)
    assert as_(case.sami).get(paper).status_code == 404


def test_the_host_records_what_came_on_paper(case):
    """R-APP-11"""
    page = url("statement_outside", case.application.key)
    client = as_(case.staff)
    assert client.get(page).status_code == 404
    case.aino.role_assignments.update(valid_to=today() - dt.timedelta(days=1))
    assert client.get(page).status_code == 200
    wrong = client.post(page, {"outcome": "commits_limited", "official_name": "", "decided_on": ""})
    for said in ("Say what the limits are.", "Give the name", "Give the day"):
        assert said in wrong.content.decode()

    said = {
        "outcome": "declines", "text": "D 12/2026", "official_name": "Liisa", "decided_on": "2026-11-20",
    }  # fmt: skip
    for file, wrong in ((None, "Choose the file"), (b"MZ", "Only PDF files and pictures")):
        files = {} if file is None else {"document": SimpleUploadedFile("vastaus.pdf", file)}
        assert wrong in client.post(page, said | files).content.decode()
    assert not Attachment.objects.exists()

    answer = client.post(page, said | {"document": picture("vastaus.png")})

    assert answer.status_code == 302
    case.statement.refresh_from_db()
    assert (case.statement.outcome, case.statement.official_name) == ("declines", "Liisa")
    assert case.statement.is_outside
    seen = as_(case.sami).get(url("statement_document", case.application.key)).content.decode()
    assert "D 12/2026" in seen
    kept = Attachment.objects.get()
    link = url("attachment", case.application.key, kept.key)
    assert link in seen
    for person in (case.sami, case.staff):
        answer = as_(person).get(link)
        assert answer["Content-Disposition"] == 'attachment; filename="vastaus.png"'
        assert answer.getvalue().startswith(b"\x89PNG")
    assert as_(case.aino).get(link).status_code == 404
    eeva = RoleAssignmentFactory(role=Role.OFFICER, organisation=organisation_of("FI-854")).person
    assert as_(eeva).get(link).getvalue()
    assert Reading.objects.filter(where="file", person=eeva).get().organisation == organisation_of("FI-854")
    assert link not in as_(case.sami).get(url("detail", case.application.key)).content.decode()


def test_an_answer_that_another_has_recorded_keeps_its_document(case, folder):
    """C7: the second file is not kept, neither as a row nor on the disk."""
    case.aino.role_assignments.update(valid_to=today() - dt.timedelta(days=1))
    role = case.staff.role_assignments.get()
    acting = {"by": case.staff, "role": role.role, "organisation_id": role.organisation_id}
    said = services.statements.StatementInput("commits", "Liisa")
    services.record_answer_from_outside(
        statement_id=case.statement.pk, given=said, file=picture("eka.png"), **acting
    )

    with pytest.raises(DecidedAlready):
        services.record_answer_from_outside(
            statement_id=case.statement.pk, given=said, file=picture("toka.png"), **acting
        )

    assert Attachment.objects.get().name == "eka.png"
    assert sum(path.is_file() for path in folder.rglob("*")) == 1


def test_the_applicant_and_the_host_are_led_to_the_paper_and_to_the_document(case):
    """Issue 6 §2: where nobody acts for the municipality both see it; a statement is a document."""
    own, desk = url("detail", case.application.key), url("host_case", case.application.key)
    paper, record, document = (
        url(name, case.application.key)
        for name in ("statement_request", "statement_outside", "statement_document")
    )

    def links() -> list[set[str]]:
        pages = (as_(case.sami).get(own), as_(case.staff).get(desk))
        shown = (page.content.decode() for page in pages)
        return [{link for link in (paper, record, document) if f'"{link}"' in page} for page in shown]

    assert links() == [set(), set()]
    case.aino.role_assignments.update(valid_to=today() - dt.timedelta(days=1))
    assert links() == [{paper}, {paper, record}]
    case.aino.role_assignments.update(valid_to=None)
    statement_given(case.application)
    assert links() == [{document}, {document}]
