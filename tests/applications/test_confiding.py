"""R-PRIV-9: health, language weakness and social grounds are kept apart, encrypted, for those who decide."""

from __future__ import annotations

import io
import json

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from applications import rules, services
from applications.export import everything
from applications.models import Application, Reading
from applications.sealed import confided
from applications.states import LIVE
from kopa.accounts import seals
from kopa.audit.models import AuditEvent
from kopa.base.errors import TransitionNotAllowed
from kopa.letters.models import Letter
from providers.models import Role
from tests.applications.everywhere import found_everywhere
from tests.applications.given import admit, apply, course, host, official, statement_given, student
from tests.factories import RoleAssignmentFactory, municipality, organisation_of, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]
SAID = "Sairastan epilepsiaa."
MARK = "epilepsi"


@pytest.fixture
def application(db) -> Application:
    """Of a resident of Pello, which is asked; she has confided."""
    municipality("FI-854")
    application = apply(course(form="basic"))
    services.confide(application_id=application.pk, text=f" {SAID} ", by=application.learner.person)
    application.refresh_from_db()
    return application


def test_it_lies_in_the_database_encrypted_and_nowhere_else(application):
    """R-PRIV-9: every column of every table is searched: the journal, letters, drafts, the search too."""
    assert confided(application) == SAID
    assert found_everywhere(MARK) == {}
    entry = AuditEvent.objects.get(verb="application.confide")
    assert (entry.actor, entry.reason, entry.changes) == (application.learner.person, "", {})
    assert not Letter.objects.filter(kind__contains="ground").exists()


def test_it_is_sealed_for_this_application_alone(application):
    """R-PRIV-9: moved to another row it opens no more."""
    other = apply(course())
    Application.objects.filter(pk=other.pk).update(sealed_grounds=application.sealed_grounds)
    other.refresh_from_db()
    with pytest.raises(seals.CannotBeOpened):
        confided(other)


def test_taken_back_it_is_gone_and_decided_on_it_stays(application):
    """R-PRIV-9"""
    person = application.learner.person
    services.confide(application_id=application.pk, text=" ", by=person)
    application.refresh_from_db()
    assert (application.sealed_grounds, confided(application)) == ("", "")
    statement_given(application)
    admit(application)
    with pytest.raises(TransitionNotAllowed):
        services.confide(application_id=application.pk, text=SAID, by=person)


def test_it_is_read_by_whoever_decides_and_the_applicant_sees_that(client, application):
    """R-PRIV-9, R-PRIV-10: the host's official; the home municipality's while it is asked."""
    staff = official(application.offering).person
    officer = RoleAssignmentFactory(role=Role.OFFICER, organisation=organisation_of("FI-854")).person
    page = reverse("applications:grounds_read", args=[application.key])
    statement = application.statements.get()
    case = reverse("applications:host_case", args=[application.key])
    for person, role, back in (
        (staff, "provider_staff", case),
        (officer, "officer", reverse("applications:statement", args=[statement.pk])),
    ):
        client.force_login(person)
        shown = client.get(page).content.decode()
        assert SAID in shown
        assert f'href="{back}"' in shown
        reading = Reading.objects.filter(where="grounds").first()
        assert (reading.person, reading.role, reading.application) == (person, role, application)
    statement_given(application)
    assert client.get(page).status_code == 404
    assert Reading.objects.filter(where="grounds").count() == 2


@pytest.mark.parametrize("end", ["offered", "withdrawn", "completed", "not_eligible", "accepted", "lapsed"])
def test_when_nothing_is_to_be_decided_the_host_reads_it_no_more(client, application, end):
    """R-PRIV-9: it is told why, on the case's page too; nothing is noted, for nothing was read."""
    page = reverse("applications:grounds_read", args=[application.key])
    client.force_login(official(application.offering).person)
    Application.objects.filter(pk=application.pk).update(status="waiting")
    assert SAID in client.get(page).content.decode()
    readings = Reading.objects.filter(where="grounds")
    assert readings.count() == 1

    ended(application, end)
    answer = client.get(page)
    assert answer.status_code == 403
    assert SAID not in answer.content.decode()
    assert "so they are closed" in answer.content.decode()
    case = client.get(reverse("applications:host_case", args=[application.key])).content.decode()
    assert page not in case
    assert "They are closed" in case
    assert readings.count() == 1


def ended(application: Application, state: str) -> None:
    """As far as the grounds go: the status alone opens and closes them."""
    now = timezone.now()
    Application.objects.filter(pk=application.pk).update(
        status=state, offered_at=now, held_until=now, answered_at=now, enrolled_on=today(),
        ended_at=None if state in LIVE else now,
    )  # fmt: skip


def test_withdrawn_neither_the_host_nor_the_home_municipality_reads_it(client, application):
    """R-PRIV-9: nobody gives the statement any more either."""
    officer = RoleAssignmentFactory(role=Role.OFFICER, organisation=organisation_of("FI-854")).person
    page = reverse("applications:grounds_read", args=[application.key])
    services.withdraw(application_id=application.pk, by=application.learner.person)
    for person, status in ((officer, 404), (official(application.offering).person, 403)):
        client.force_login(person)
        assert client.get(page).status_code == status
    assert not Reading.objects.filter(where="grounds").exists()


def test_nobody_else_reads_it(client, application):
    """R-PRIV-9, R-PRIV-4: nor whoever may see the application and does not decide, nor the applicant here."""
    pello, kemi = organisation_of("FI-854"), organisation_of("FI-240")
    others = [
        application.learner.person, student(),
        *(
            RoleAssignmentFactory(role=role, organisation=place).person
            for role, place in (
                (Role.OFFICER, kemi), (Role.PROVIDER_STAFF, host()), (Role.COORDINATOR, pello),
                (Role.COUNSELLOR, pello), (Role.ANALYST, None), (Role.ADMIN, None),
            )
        ),
    ]  # fmt: skip
    page = reverse("applications:grounds_read", args=[application.key])
    for person in others:
        client.force_login(person)
        assert client.get(page).status_code == 404
    assert rules.grounds_role(AnonymousUser(), application, on=today()) is None
    assert not Reading.objects.exists()


def test_where_nothing_is_said_there_is_no_page(client):
    """R-PRIV-9"""
    municipality("FI-854")
    application = apply(course())
    client.force_login(official(application.offering).person)
    assert client.get(reverse("applications:grounds_read", args=[application.key])).status_code == 404
    case = client.get(reverse("applications:host_case", args=[application.key])).content.decode()
    assert reverse("applications:grounds_read", args=[application.key]) not in case


def test_the_host_s_pages_and_files_lead_to_it_and_do_not_say_it(client, application):
    """R-PRIV-9: in no list and no export of the desk."""
    client.force_login(official(application.offering).person)
    case = reverse("applications:host_case", args=[application.key])
    lists = [
        reverse(f"applications:{name}", args=[application.offering_id])
        for name in ("host_course", "host_course_csv", "host_course_xlsx")
    ]
    assert reverse("applications:grounds_read", args=[application.key]) in client.get(case).content.decode()
    for page in (case, *lists):
        answer = client.get(page)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert MARK.encode() not in body
        assert application.sealed_grounds.encode() not in body


def test_the_applicant_writes_reads_and_takes_along(client, application):
    """R-PRIV-9, R-PRIV-8: it is hers."""
    client.force_login(application.learner.person)
    page = reverse("applications:grounds", args=[application.key])
    assert SAID in client.get(page).content.decode()
    assert json.loads(json.dumps(everything(application), default=str))["personal_grounds"] == SAID
    assert client.post(page, {"text": "x" * 4001}).status_code == 422
    assert client.post(page, {"text": ""}).status_code == 302
    application.refresh_from_db()
    assert application.sealed_grounds == ""
    statement_given(application)
    admit(application)
    assert "<textarea" not in client.get(page).content.decode()
    answer = client.post(page, {"text": SAID}, follow=True)
    assert answer.status_code == 200
    application.refresh_from_db()
    assert application.sealed_grounds == ""


def test_it_is_in_no_log(client, application, caplog):
    """R-PRIV-9"""
    client.force_login(application.learner.person)
    client.post(reverse("applications:grounds", args=[application.key]), {"text": SAID})
    assert MARK not in caplog.text


def test_the_key_is_changed_and_it_opens_still(application, settings):
    """R-PRIV-9: ``reseal_secrets``; without the old key nothing is changed."""
    old = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "uusi-avain-" + "b" * 40, []
    with pytest.raises(CommandError):
        call_command("reseal_secrets", stdout=io.StringIO())
    settings.SECRET_KEY_FALLBACKS = [old]
    out = io.StringIO()
    call_command("reseal_secrets", stdout=out)
    assert out.getvalue() == "1 sealed with today's key.\n"
    settings.SECRET_KEY_FALLBACKS = []
    application.refresh_from_db()
    assert confided(application) == SAID
