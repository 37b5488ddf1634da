"""What was sent is changed until applications close (R-APP-1)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from applications import services
from applications.errors import DecidedAlready, RevisedTooLate
from applications.host_grounds import decision_language
from applications.models import Application, Attachment
from applications.services import Revision
from applications.statement_case import Document
from kopa import environment
from kopa.audit.models import AuditEvent
from kopa.base.errors import ChangedMeanwhile
from kopa.base.uploads import KindNotTaken
from kopa.codes.models import PriorEducation
from tests.applications import given
from tests.factories import PASSWORD, UserFactory, code, municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]

SAID = Revision(phone="040 123", language="sv", motivation="Siksi.", prior_education_id="basic")
FORM = {"phone": "040 123", "language": "sv", "motivation": "Siksi.", "prior_education": "basic"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    """Where the files of the test lie."""
    storages = dict(settings.STORAGES)
    storages["uploads"] = environment.uploads((tmp_path / "uploads").as_uri())
    settings.STORAGES = storages
    municipality("FI-854")
    code(PriorEducation, "basic")
    return tmp_path / "uploads"


def picture(name: str = "todistus.png") -> SimpleUploadedFile:
    written = io.BytesIO()
    Image.new("RGB", (8, 8)).save(written, "PNG")
    return SimpleUploadedFile(name, written.getvalue())


def revise(application: Application, said: Revision = SAID, **how: Any) -> Application:
    by = application.learner.person
    how = {"version": application.version} | how
    return services.revise(application_id=application.pk, by=by, given=said, **how)


def page(client: Client, application: Application, method: str = "get", **data: Any) -> Any:
    client.force_login(application.learner.person)
    return getattr(client, method)(reverse("applications:revise", args=[application.key]), data)


def test_what_was_sent_is_changed_and_keeps_its_time_and_place() -> None:
    """R-APP-1: resubmission edits, until applications close."""
    application = given.apply(given.course(capacity=1))
    before = (application.reference, application.submitted_at, application.status)

    revise(application)

    application.refresh_from_db()
    assert (application.reference, application.submitted_at, application.status) == before
    assert (application.motivation, application.language) == ("Siksi.", "sv")
    assert (application.prior_education_id, application.learner.phone) == ("basic", "040 123")
    assert (application.version, application.revised_at) == (2, timezone.now())
    assert application.seats.count() == 1
    entry = AuditEvent.objects.get(verb="application.revise")
    assert (entry.role, entry.changes) == ("learner", {})


def test_the_closing_second_is_the_last(clock: Any) -> None:
    """R-APP-1, R-TIME-1"""
    application = given.apply(given.course(closes_in_days=1))
    closes_at = application.offering.applications_close_at
    assert closes_at is not None
    clock.move_to(closes_at)
    application = revise(application)
    clock.move_to(closes_at + dt.timedelta(seconds=1))

    with pytest.raises(RevisedTooLate):
        revise(application)


def test_what_has_been_decided_on_stays_as_it_was() -> None:
    """R-APP-5: a decision stands on what the official has read."""
    received, offered = given.apply(given.course()), given.admit(given.apply(given.course()))
    services.receive(application_id=received.pk, by=given.official(received.offering))
    withdrawn = given.apply(given.course())
    services.withdraw(application_id=withdrawn.pk, by=withdrawn.learner.person)

    for application in (received, offered, withdrawn):
        application.refresh_from_db()
        with pytest.raises(DecidedAlready):
            revise(application)


def test_a_statement_stays_in_the_language_that_it_was_given_in() -> None:
    """R-LANG-3: its reasons are written in it; the host's decision follows what she chooses now."""
    application = given.apply(given.course(form="basic"))
    statement = given.statement_given(application)

    revise(application)

    statement.refresh_from_db()
    application.refresh_from_db()
    assert (Document(statement).language, decision_language(application)) == ("fi", "sv")


def test_the_second_of_two_tabs_is_told() -> None:
    application = given.apply(given.course())
    revise(application)

    with pytest.raises(ChangedMeanwhile):
        revise(application, dataclasses.replace(SAID, motivation="Toinen."), version=1)


def test_a_double_click_changes_once(client: Client) -> None:
    application = given.apply(given.course())
    detail = reverse("applications:detail", args=[application.key])

    for _ in range(2):
        answer = page(client, application, "post", version="1", **FORM | {"file": picture()})
        assert answer.url == detail

    application.refresh_from_db()
    assert application.version == 3
    assert Attachment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_file_of_a_second_tab_is_kept_too(client: Client, folder: Path) -> None:
    """The text is as it was, so nothing stands against it; the same file once more is the same."""
    application = given.apply(given.course())
    page(client, application, "post", version="1", act="attach", file=picture("a.png"), **FORM)

    for _ in range(2):
        page(client, application, "post", version="1", act="attach", file=picture("b.png"), **FORM)

    assert sorted(Attachment.objects.values_list("name", flat=True)) == ["a.png", "b.png"]
    assert sum(path.is_file() for path in folder.rglob("*")) == 2


@pytest.mark.django_db(transaction=True)
def test_a_corrected_file_of_the_same_name_and_size_is_kept_too(client: Client) -> None:
    """Only the very same content is the same file."""
    application = given.apply(given.course())
    scan = b"%PDF-1.4\n% ONE\nxref\n0 1\ntrailer\n<< >>\nstartxref\n15\n%%EOF\n"
    corrected = scan.replace(b"ONE", b"TWO")
    for content in (scan, corrected, corrected):
        file = SimpleUploadedFile("todistus.pdf", content)
        page(client, application, "post", version="1", act="attach", file=file, **FORM)

    assert [one.size for one in Attachment.objects.all()] == [len(scan), len(scan)]
    assert len(set(Attachment.objects.values_list("digest", flat=True))) == 2


@pytest.mark.django_db(transaction=True)
def test_a_file_is_taken_out_in_a_second_tab_too(client: Client) -> None:
    application = given.apply(given.course())
    page(client, application, "post", version="1", act="attach", file=picture(), **FORM)
    attachment = Attachment.objects.get()

    page(client, application, "post", version="1", act=f"remove {attachment.key}", **FORM)

    assert not Attachment.objects.exists()


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValidationError, match="2000"):
        revise(given.apply(given.course()), Revision("", "fi", "a" * 2001, None))


@pytest.mark.django_db(transaction=True)
def test_files_are_added_and_taken_out(folder: Path) -> None:
    application = given.apply(given.course())
    act = {"application_id": application.pk, "by": application.learner.person}
    first, second = (services.add_file(file=picture(), **act) for _ in range(2))

    assert services.take_out_file(key=first.key, **act)
    assert not services.take_out_file(key=first.key, **act)

    assert Attachment.objects.get(matter=application.key) == second
    assert sum(path.is_file() for path in folder.rglob("*")) == 1
    application.refresh_from_db()
    assert (application.version, application.revised_at) == (4, timezone.now())


@pytest.mark.django_db(transaction=True)
def test_no_file_is_kept_that_comes_too_late(folder: Path, clock: Any) -> None:
    application = given.apply(given.course(closes_in_days=1))
    by = application.learner.person
    kept = services.add_file(application_id=application.pk, file=picture(), by=by)
    clock.shift(dt.timedelta(days=3))

    with pytest.raises(RevisedTooLate):
        services.add_file(application_id=application.pk, file=picture(), by=by)
    with pytest.raises(RevisedTooLate):
        services.take_out_file(application_id=application.pk, key=kept.key, by=by)
    with pytest.raises(KindNotTaken):
        services.add_file(
            application_id=application.pk, file=SimpleUploadedFile("a.txt", b"text"), by=by
        )
    assert sum(path.is_file() for path in folder.rglob("*")) == 1


def test_the_page_shows_what_was_sent_and_saves_it(client: Client) -> None:
    application = given.apply(given.course(), motivation="Ensin.")
    shown = page(client, application).content.decode()
    assert "Ensin." in shown
    assert 'name="version" value="1"' in shown

    answer = page(client, application, "post", version="1", **FORM)

    assert answer.url == reverse("applications:detail", args=[application.key])
    own = client.get(answer.url).content.decode()
    assert "Your changes are saved." in own
    assert "You changed what you had sent." in own


def test_a_second_tab_gets_its_text_back_and_can_save_it_then(client: Client) -> None:
    application = given.apply(given.course())
    page(client, application, "post", version="1", **FORM)

    answer = page(client, application, "post", version="1", **FORM | {"motivation": "Toinen."})

    assert answer.status_code == 409
    assert "Toinen." in answer.content.decode()
    assert 'name="version" value="2"' in answer.content.decode()
    page(client, application, "post", version="2", **FORM | {"motivation": "Toinen."})
    application.refresh_from_db()
    assert application.motivation == "Toinen."


def test_what_is_wrong_is_said_at_its_field(client: Client) -> None:
    application = given.apply(given.course())

    for data in (FORM | {"language": "", "version": "1"}, FORM):
        answer = page(client, application, "post", **data)
        assert answer.status_code == 422
    answer = page(client, application, "post", version="1", file=SimpleUploadedFile("a.txt", b"text"), **FORM)

    assert answer.status_code == 409
    assert "Only PDF files and pictures (JPEG, PNG) can be sent." in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_file_is_added_and_taken_out_on_the_page(client: Client) -> None:
    application = given.apply(given.course())
    where = reverse("applications:revise", args=[application.key])

    answer = page(client, application, "post", version="1", act="attach", file=picture(), **FORM)
    assert answer.url == where
    shown = client.get(where).content.decode()
    attachment = Attachment.objects.get()
    assert "todistus.png" in shown
    for which in ("nothing", str(uuid.uuid4()), str(attachment.key)):
        application.refresh_from_db()
        act = {"act": f"remove {which}", "version": str(application.version)}
        assert page(client, application, "post", **FORM, **act).url == where

    assert not Attachment.objects.exists()


def test_too_late_it_is_said(client: Client, clock: Any) -> None:
    application = given.apply(given.course(closes_in_days=1))
    detail = reverse("applications:detail", args=[application.key])
    client.force_login(application.learner.person)
    assert "Change what you sent" in client.get(detail).content.decode()
    clock.shift(dt.timedelta(days=3))

    for method, data in (("get", {}), ("post", FORM | {"version": "1"})):
        answer = page(client, application, method, **data)
        assert answer.url == detail
        shown = client.get(detail).content.decode()
        assert "Applications have closed: what you sent can no longer be changed." in shown
        assert "Change what you sent" not in shown


def test_what_is_typed_outlives_the_session(client: Client) -> None:
    application = given.apply(given.course())
    where = reverse("applications:revise", args=[application.key])
    answer = client.post(where, FORM | {"version": "1", "motivation": "Pitkä teksti."})
    assert answer.status_code == 403
    person = application.learner.person
    given_in = {"email": person.email, "password": PASSWORD, "typed": answer.context["typed"]}

    assert client.post(reverse("accounts:sign_in"), given_in).url == where

    assert "Pitkä teksti." in client.get(where).content.decode()
    application.refresh_from_db()
    assert application.motivation == ""


def test_it_is_nobody_else_s(client: Client) -> None:
    application = given.apply(given.course())
    client.force_login(UserFactory())
    where = reverse("applications:revise", args=[application.key])

    assert client.get(where).status_code == 404
    assert client.post(where, FORM | {"version": "1"}).status_code == 404
