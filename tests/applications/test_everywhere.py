"""R-PRIV-4 and R-PRIV-10 over every address of applications: who finds what there, and what it leaves.

The addresses are those of the table in ``tests/test_access.py``, which knows every route.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from types import SimpleNamespace
from typing import Any, Final

import pytest
from django.test import Client
from django.utils.translation import override

from applications.models import Application, Reading
from kopa.accounts.models import User
from providers.models import Role
from tests.applications.given import host
from tests.factories import RoleAssignmentFactory, UserFactory, today
from tests.test_access import LANGUAGE, TABLE, Row, client_of, path_of, people, world

__all__ = ["people", "world"]
pytestmark = [pytest.mark.integration, pytest.mark.django_db]

ROWS: Final = [
    row
    for row in TABLE
    if row.route.startswith(("applications:", "api_application", "api_statement"))
]
# One address of each kind, about something that is Sami's where there is such a row.
ONE_OF_EACH: Final = list({(row.route, row.method): row for row in ROWS if row.method == "get"}.values())
YESTERDAY: Final = -dt.timedelta(days=1)
# Of Sami, who alone has applied in that world: name, address, birth date, what he confides.
TRACES: Final = ("Sami", "sami@example.org", "1995-05-17", "17 May 1995", "17.5.1995", "Epilepsia")


def text_of(answer: Any) -> str:
    """Whatever was handed out, unpacked."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            body = b"".join(packed.read(name) for name in packed.namelist())
    return str(body.decode("utf-8", "replace"))


def ask(row: Row, client: Client, around: SimpleNamespace) -> Any:
    with override(LANGUAGE):
        return getattr(client, row.method)(path_of(row, around), row.data)


def references() -> dict[str, int]:
    return dict(Application.objects.values_list("reference", "pk"))


def strangers(people: dict[str, User | None]) -> dict[str, User | None]:
    """Nobody of these has anything to do with Sami's applications today."""
    pello = people["aino"].role_assignments.get().organisation
    lappia = people["bengt"].role_assignments.get().organisation
    began = {"valid_from": today() - dt.timedelta(days=300), "valid_to": today() + YESTERDAY}
    former = UserFactory(name="Former officer", email="former.officer@example.org")
    RoleAssignmentFactory(person=former, role=Role.OFFICER, organisation=pello, **began)
    left = UserFactory(name="Former staff", email="former.staff@example.org")
    RoleAssignmentFactory(person=left, role=Role.PROVIDER_STAFF, organisation=lappia, **began)
    elsewhere = host().role_assignments.get().person
    named = ("anonymous", "gone", "kaisa", "olli", "ritva", "matti", "anna")
    return {name: people[name] for name in named} | {
        "former officer": former, "former staff": left, "provider of another course": elsewhere
    }  # fmt: skip


def test_nobody_else_finds_anything_of_an_applicant(people, world):
    """R-PRIV-4: stranger, neighbour's officer, former officer and staff (role ended yesterday), provider of
    another course, coordinator, analyst, counsellor, administrator: on every page, list, file, refusal and
    API address of applications neither name nor address, birth date, reference nor what was confided. Whose
    role ended yesterday gets what a stranger gets.
    """
    traces, found = (*TRACES, *references()), []
    for name, person in strangers(people).items():
        client = client_of(person)
        for row in ONE_OF_EACH:
            answer = ask(row, client, world)
            said = text_of(answer)
            found += [(name, str(row), one) for one in traces if one in said]
            if name.startswith("former") and answer.status_code != row.expected()["ritva"]:
                found.append((name, str(row), answer.status_code))
    assert not found, found
    assert not Reading.objects.exists()


def test_every_look_of_staff_is_written_down(people, world):
    """R-PRIV-10: every page, list, file, print and API answer that shows personal data to staff leaves a row
    for each application that it shows. A view that is added and leaves none fails here.
    """
    unnoticed, looked = [], set()
    known = references()
    for name in ("aino", "bengt"):
        client = client_of(people[name])
        for row in ROWS:
            Reading.objects.all().delete()
            said = text_of(ask(row, client, world))
            noted = set(Reading.objects.filter(person=people[name]).values_list("application", flat=True))
            shown = {pk for reference, pk in known.items() if reference in said}
            if shown - noted or (not noted and any(one in said for one in TRACES)):
                unnoticed.append((name, str(row), sorted(shown - noted)))
            if noted:
                looked.add(row.route)
    assert not unnoticed, unnoticed
    assert looked >= {
        "applications:host_course", "applications:host_course_csv", "applications:host_course_xlsx",
        "applications:host_case", "applications:statements", "applications:statement",
        "applications:attachment", "applications:grounds_read",
    }  # fmt: skip


def test_the_applicant_sees_who_has_looked(people, world):
    """R-PRIV-10: the organisations, each once, the latest first; her own looking is nobody's reading."""
    application = world.things["asked of pello"]
    for row in ROWS:
        if row.about in {"asked of pello", "statement of pello"} and row.method == "get":
            for name in ("aino", "bengt"):
                ask(row, client_of(people[name]), world)
    number = application.readings.count()
    with override(LANGUAGE):
        client = client_of(people["sami"])
        page = client.get(f"/en/my/applications/{application.key}/").content.decode()
    for name in ("aino", "bengt"):
        assert str(people[name].role_assignments.get().organisation.label()) in page
    assert application.readings.count() == number
