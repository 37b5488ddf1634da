"""Files that go along with an application: whose they are, who gets them, and when they are gone."""

from __future__ import annotations

import io
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from applications import services
from applications.models import Application, Attachment, Draft, Reading
from kopa import environment
from kopa.accounts.models import User
from kopa.base.uploads import KindNotTaken, QuotaFull
from tests.applications import given
from tests.factories import UserFactory, municipality

# Files are removed when the transaction is committed.
pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("english"),
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    """Where the files of the test lie."""
    storages = dict(settings.STORAGES)
    storages["uploads"] = environment.uploads((tmp_path / "uploads").as_uri())
    settings.STORAGES = storages
    municipality("FI-854")
    return tmp_path / "uploads"


@pytest.fixture
def person() -> User:
    return UserFactory(email="sami@example.org")


@pytest.fixture
def draft(person: User) -> Draft:
    return given.begun(given.course(), by=person)


def picture(name: str = "todistus.png") -> SimpleUploadedFile:
    written = io.BytesIO()
    Image.new("RGB", (8, 8)).save(written, "PNG")
    return SimpleUploadedFile(name, written.getvalue())


def fetched(client: Client, where: str) -> Any:
    """The answer, read to its end as a browser does."""
    answer = client.get(where)
    assert b"".join(answer.streaming_content)
    return answer


def kept(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def send(draft: Draft, person: User) -> Application:
    return given.apply(draft.offering, key=draft.key, person=person)


def test_what_was_added_goes_along(draft: Draft, person: User, folder: Path) -> None:
    attachment = services.attach(draft_id=draft.pk, file=picture(), by=person)
    application = send(draft, person)
    assert Attachment.objects.get(matter=application.key) == attachment
    assert (attachment.name, attachment.kind, kept(folder)) == ("todistus.png", "image/png", 1)


def test_only_the_owner_of_a_confirmed_address_adds(draft: Draft, folder: Path) -> None:
    unconfirmed = given.begun(given.course())
    owner = UserFactory(email=unconfirmed.email)
    for which, by in ((draft, UserFactory()), (unconfirmed, owner)):
        with pytest.raises(Draft.DoesNotExist):
            services.attach(draft_id=which.pk, file=picture(), by=by)
    assert (Attachment.objects.count(), kept(folder)) == (0, 0)


def test_what_has_been_sent_takes_no_more(draft: Draft, person: User, folder: Path) -> None:
    attachment = services.attach(draft_id=draft.pk, file=picture(), by=person)
    send(draft, person)
    with pytest.raises(Draft.DoesNotExist):
        services.attach(draft_id=draft.pk, file=picture(), by=person)
    assert not services.detach(draft_id=draft.pk, key=attachment.key)
    assert kept(folder) == 1


def test_not_every_file_and_not_without_end(draft: Draft, person: User, settings: Any) -> None:
    with pytest.raises(KindNotTaken):
        services.attach(draft_id=draft.pk, file=SimpleUploadedFile("a.exe", b"MZ"), by=person)
    settings.UPLOAD_QUOTA_FILES = 1
    services.attach(draft_id=draft.pk, file=picture(), by=person)
    other = given.begun(given.course(), by=person)
    with pytest.raises(QuotaFull):
        services.attach(draft_id=other.pk, file=picture(), by=person)


def test_taken_out_it_is_gone(draft: Draft, person: User, folder: Path) -> None:
    first, second = (services.attach(draft_id=draft.pk, file=picture(), by=person) for _ in range(2))
    assert services.detach(draft_id=draft.pk, key=first.key)
    assert not services.detach(draft_id=draft.pk, key=first.key)
    assert not services.detach(draft_id=draft.pk, key=uuid.uuid4())
    assert Attachment.objects.get() == second
    assert kept(folder) == 1


def test_discarding_takes_the_files_along(draft: Draft, person: User, folder: Path) -> None:
    services.attach(draft_id=draft.pk, file=picture(), by=person)
    services.discard_draft(draft_id=draft.pk)
    assert (Attachment.objects.count(), kept(folder)) == (0, 0)


def test_files_of_what_is_there_no_more_are_swept(draft: Draft, person: User, folder: Path) -> None:
    """R-PRIV-7, for the files of drafts; those of applications go when these do."""
    services.attach(draft_id=draft.pk, file=picture(), by=person)
    other = given.begun(given.course(), by=person)
    services.attach(draft_id=other.pk, file=picture(), by=person)
    application = send(other, person)
    assert services.forget_stray_attachments() == 0
    Draft.objects.all().delete()
    assert services.forget_stray_attachments() == 1
    assert (Attachment.objects.get().matter, kept(folder)) == (application.key, 1)


def test_the_database_knows_the_kinds(draft: Draft, person: User) -> None:
    services.attach(draft_id=draft.pk, file=picture(), by=person)
    for name, change in (("attachment_kind_is_known", {"kind": "text/html"}), ("is_not_empty", {"size": 0})):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Attachment.objects.update(**change)


# Pages


def test_on_the_page_it_is_added_and_taken_out(draft: Draft, person: User, client: Client) -> None:
    client.force_login(person)
    where = reverse("applications:apply_background", args=[draft.offering_id, draft.key])
    answer = client.post(where, {"motivation": "Siksi.", "file": picture(), "act": "attach"})
    assert answer.url == where
    attachment = Attachment.objects.get()
    assert "todistus.png" in client.get(where).content.decode()
    draft.refresh_from_db()
    assert draft.answers["motivation"] == "Siksi."
    client.post(where, {"act": f"remove {attachment.key}"})
    client.post(where, {"act": "remove nothing"})
    assert not Attachment.objects.exists()


def test_a_file_that_is_not_taken_is_said_at_its_field(
    draft: Draft, person: User, client: Client
) -> None:
    client.force_login(person)
    where = reverse("applications:apply_background", args=[draft.offering_id, draft.key])
    answer = client.post(where, {"file": SimpleUploadedFile("a.txt", b"text"), "motivation": "Siksi."})
    assert answer.status_code == 200
    assert "Only PDF files and pictures (JPEG, PNG) can be sent." in answer.content.decode()
    assert "Siksi." in answer.content.decode()


def test_who_has_not_confirmed_her_address_is_told_when(client: Client) -> None:
    draft = given.begun(given.course())
    where = reverse("applications:apply_background", args=[draft.offering_id, draft.key])
    assert "once you have confirmed your e-mail address" in client.get(where).content.decode()
    client.post(where, {"file": picture()})
    assert not Attachment.objects.exists()


def test_the_applicant_and_the_host_get_it_and_the_host_is_noted(
    draft: Draft, person: User, client: Client
) -> None:
    """R-PRIV-4 and R-PRIV-10."""
    attachment = services.attach(draft_id=draft.pk, file=picture(), by=person)
    application = send(draft, person)
    where = reverse("applications:attachment", args=[application.key, attachment.key])
    client.force_login(person)
    answer = fetched(client, where)
    assert answer["Content-Disposition"] == 'attachment; filename="todistus.png"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not Reading.objects.exists()
    client.force_login(given.official(draft.offering).person)
    assert fetched(client, where).status_code == 200
    assert Reading.objects.get().where == "file"
    client.force_login(UserFactory())
    assert client.get(where).status_code == 404
    client.force_login(person)
    elsewhere = reverse("applications:attachment", args=[given.apply(given.course()).key, attachment.key])
    assert client.get(elsewhere).status_code == 404


def test_everything_is_packed_with_the_files(draft: Draft, person: User, client: Client) -> None:
    """R-PRIV-8."""
    services.attach(draft_id=draft.pk, file=picture(), by=person)
    application = send(draft, person)
    client.force_login(person)
    answer = client.get(reverse("applications:download_all", args=[application.key]))
    packed = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert packed.namelist() == ["application.json", "01-todistus.png"]
    assert application.reference in packed.read("application.json").decode()


@pytest.fixture
def again(person: User) -> Draft:
    """A draft that a slow tab has left beside the application that was made of it."""
    sent = given.apply(given.course(), person=person)
    services.add_file(application_id=sent.pk, file=picture(), by=person)
    facts = {"offering": sent.offering, "email": person.email, "language": "fi"}
    now = timezone.now()
    return Draft.objects.create(key=sent.key, created_at=now, updated_at=now, confirmed_at=now, **facts)


def test_a_draft_takes_nothing_with_it_that_was_sent(again: Draft) -> None:
    assert not services.detach(draft_id=again.pk, key=Attachment.objects.get().key)
    services.discard_draft(draft_id=again.pk)
    assert Attachment.objects.filter(matter=again.key).count() == 1


def test_a_slow_tab_is_led_to_what_was_sent(client: Client, person: User, again: Draft) -> None:
    client.force_login(person)
    answers = {"name": "Sami", "birth_on": "1995-05-17", "home_municipality": "FI-854", "motivation": ""}
    Draft.objects.update(answers=answers)
    where = reverse("applications:apply_background", args=[again.offering_id, again.key])
    answer = client.post(where, {"motivation": "Siksi.", "file": picture("b.png")})
    assert answer.url == reverse("applications:detail", args=[again.key])
    assert Attachment.objects.count() == 1
