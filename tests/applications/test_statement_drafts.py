"""R-PRIV-4: what a municipality is writing is its own until it is given."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace

import pytest
from openpyxl import load_workbook

from applications import held
from applications.models import HomeStatement
from kopa.accounts.models import User
from providers.models import Role
from tests.applications.asking import as_, pello_is_asked, url
from tests.factories import RoleAssignmentFactory, organisation_of, today
from tests.reading import main, words

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]
TEXT = "Sama kurssi alkaa kotona."
TELLING = (
    TEXT, "own_course", "declines", "does not pay", "drafted", "being written", "draft_statement",
    "worked on the home municipality", "itself offers the same", "Valitusosoitus", "Viranhaltija",
)  # fmt: skip


@pytest.fixture
def case(db) -> SimpleNamespace:
    return pello_is_asked()


def write(case: SimpleNamespace, act: str) -> HomeStatement:
    """A refusal, saved as a draft, looked at, or given."""
    sent = {
        "act": act, "outcome": "declines", "limits": "", "ground": "own_course", "text": TEXT,
        "appeal": "Valitusosoitus", "question": "", "official_name": "Viranhaltija", "official_title": "",
        "decided_on": today().isoformat(), "version": str(case.statement.version),
    }  # fmt: skip
    as_(case.aino).post(case.page, sent)
    statement: HomeStatement = HomeStatement.objects.get()
    return statement


def read_by_host(case: SimpleNamespace) -> dict[str, str]:
    client, course, key = as_(case.staff), case.application.offering_id, case.application.key
    pages = {
        "list": url("host_course", course), "list on paper": url("host_course_print", course),
        "case": url("host_case", key), "case on paper": url("host_case_print", key),
        "refusal": url("host_refuse", key),
    }  # fmt: skip
    said = {name: words(main(client.get(page))) for name, page in pages.items()}
    said["document"] = client.get(url("statement_document", key)).content.decode()
    said["csv"] = b"".join(client.get(url("host_course_csv", course)).streaming_content).decode("utf-8-sig")
    book = load_workbook(io.BytesIO(client.get(url("host_course_xlsx", course)).content))
    said["xlsx"] = str([row for sheet in book for row in sheet.iter_rows(values_only=True)])
    return said | of_api(case, case.staff)


def read_by_applicant(case: SimpleNamespace) -> dict[str, str]:
    client = as_(case.sami)
    said = {"page": client.get(url("detail", case.application.key)).content.decode()}
    said["list"] = client.get(url("own")).content.decode()
    said["taken along"] = json.dumps(held.everything_held(case.sami), default=str)
    return said | of_api(case, case.sami)


def read_by_neighbours(case: SimpleNamespace) -> dict[str, str]:
    """Another municipality's officer sees nothing of it at all."""
    other = RoleAssignmentFactory(role=Role.OFFICER, organisation=organisation_of("FI-851")).person
    client = as_(other)
    assert client.get(case.page).status_code == 404
    return {"list": client.get(url("statements")).content.decode()} | of_api(case, other)


def of_api(case: SimpleNamespace, reader: User) -> dict[str, str]:
    client = as_(reader)
    addresses = (
        "applications/", f"applications/{case.application.key}/", "statements/",
        f"statements/{case.statement.pk}/", "statements/?state=given",
    )  # fmt: skip
    return {one: client.get(f"/api/v1/{one}").content.decode() for one in addresses}


def telling(case: SimpleNamespace) -> dict[str, list[str]]:
    """Who reads a word of it, and where."""
    read = {
        f"{who}: {where}": said
        for who, by in (
            ("host", read_by_host), ("applicant", read_by_applicant), ("neighbour", read_by_neighbours),
        )
        for where, said in by(case).items()
    }  # fmt: skip
    found = {where: [word for word in TELLING if word in said] for where, said in read.items()}
    return {where: said for where, said in found.items() if said}


@pytest.mark.parametrize("act", ["save", "preview"])
def test_what_is_being_written_reaches_nobody_but_the_municipality(case, act) -> None:
    """R-PRIV-4: page, list, file, paper, API and what the applicant takes along; given, it is told."""
    case.statement = write(case, act)
    assert (case.statement.state, case.statement.outcome) == ("drafted", "declines")

    assert telling(case) == {}
    assert TEXT in as_(case.aino).get(case.page).content.decode()
    said = as_(case.aino).get(f"/api/v1/statements/{case.statement.pk}/").json()
    assert (said["state"], said["outcome"], said["text"]) == ("drafted", "declines", TEXT)
    said = as_(case.staff).get(f"/api/v1/applications/{case.application.key}/").json()["statement"]
    assert (said["state"], said["outcome"]) == ("requested", None)

    case.statement = write(case, "confirm")
    found = telling(case)
    assert {"host: csv", "host: xlsx", "host: case", "host: applications/", "applicant: page"} <= set(found)
    assert not [where for where in found if where.startswith("neighbour")]
