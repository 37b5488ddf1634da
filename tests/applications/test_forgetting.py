"""What has been kept long enough goes, and what stays of it."""

from __future__ import annotations

import datetime as dt
import io
import json
import threading
import uuid
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction

from applications import retention, services, tasks
from applications.models import Application, Attachment, Forgotten, Learner, Message, Reading
from applications.models.application import HomeSource
from applications.services import recounting, seats
from kopa.audit.models import AuditEvent
from kopa.base import uploads
from kopa.letters.models import Letter
from tests.applications.everywhere import everything_of, found_everywhere
from tests.applications.given import (
    admit,
    apply,
    begun,
    course,
    in_days,
    official,
    state,
    statement_given,
    student,
)
from tests.applications.test_withdrawing_despite_locks import held
from tests.factories import AttachmentFactory, RoleAssignmentFactory, municipality, today
from tests.together import impatient

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def places() -> None:
    for key in ("FI-854", "FI-851"):
        municipality(key)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    where = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, uploads.ALIAS: where}
    return tmp_path


def withdrawn(**facts: Any) -> Application:
    """Over on the day of the clock, and nobody had decided."""
    application = apply(facts.pop("offering", None) or course(), **facts)
    return services.withdraw(application_id=application.pk, by=application.learner.person)


def noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC)


def last_day(application: Application) -> dt.date:
    until = retention.kept_until(Application.objects.with_what_counts().get(pk=application.pk))
    assert until is not None
    return until


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (dt.date(2026, 11, 22), 12, dt.date(2027, 11, 22)),
        (dt.date(2027, 12, 31), 2, dt.date(2028, 2, 29)),
        (dt.date(2028, 2, 29), 12, dt.date(2029, 2, 28)),
        (dt.date(2026, 3, 31), -1, dt.date(2026, 2, 28)),
        (dt.date(2026, 1, 15), -13, dt.date(2024, 12, 15)),
    ],
)
def test_months_end_on_the_same_day_or_the_last_one(day, months, then):
    """R-PRIV-7"""
    assert retention.add_months(day, months) == then


def test_the_table_says_what_the_rule_says():
    """R-PRIV-7: what waits: bookings of guidance and lines of compensation, which nothing makes yet."""
    assert {rule.value: (one.number, one.is_days) for rule, one in retention.periods()} == {
        "draft": (90, True), "not_admitted": (12, False), "admitted": (24, False), "journal": (60, False),
    }  # fmt: skip


def test_whoever_has_no_place_is_kept_a_year_after_the_last_day_for_an_appeal():
    """R-PRIV-7: not admitted 12 months after the appeal period; without a decision there is none."""
    undecided, refused = withdrawn(), apply(course())
    services.refuse(
        application_id=refused.pk, by=official(refused.offering),
        refusal=services.deciding.Refusal("no_room", "Täynnä", "Näin haet oikaisua"),
    )  # fmt: skip
    assert last_day(undecided) == retention.add_months(today(), 12)
    assert last_day(refused) == retention.add_months(today() + 14 * DAY, 12)


def test_a_statement_can_be_appealed_against_too():
    """R-PRIV-7: Finland's statements 14 days, those of Sweden 21."""
    application = apply(course(form="basic"))
    statement_given(application)
    services.withdraw(application_id=application.pk, by=application.learner.person)
    assert last_day(application) == retention.add_months(today() + 14 * DAY, 12)


def test_whoever_studied_is_kept_two_years_after_the_course():
    """R-PRIV-7: admitted: 24 months after the end of the course, whenever she left."""
    offering = course(starts_on=in_days(60), ends_on=in_days(120))
    application = admit(apply(offering))
    services.accept(application_id=application.pk, by=application.learner.person)
    assert last_day(application) == retention.add_months(in_days(120), 24)
    services.enrol(application_id=application.pk, by=official(offering), on=today())
    services.complete(application_id=application.pk, by=official(offering))
    assert last_day(application) == retention.add_months(in_days(120), 24)


def test_studies_without_a_last_day_are_kept_until_they_have_ended():
    """R-PRIV-7: who studies is not forgotten."""
    offering = course(starts_on=in_days(60), ends_on=None)
    application = admit(apply(offering))
    services.accept(application_id=application.pk, by=application.learner.person)
    found = Application.objects.with_what_counts().get(pk=application.pk)
    assert retention.kept_until(found) is None
    assert not retention.is_over(found, on=in_days(9999))
    services.enrol(application_id=application.pk, by=official(offering), on=today())
    services.interrupt(application_id=application.pk, by=official(offering))
    assert last_day(application) == retention.add_months(today(), 24)


def test_what_nobody_has_ended_counts_from_the_course():
    """R-PRIV-7"""
    application = apply(course(starts_on=in_days(60), ends_on=None))
    assert last_day(application) == retention.add_months(in_days(60), 12)


def test_on_the_last_day_it_is_there_and_the_day_after_it_is_gone(django_capture_on_commit_callbacks, folder):
    """R-PRIV-7, TESTPLAN P6: on time, not early; files, letters, readings, statements, decisions go along."""
    application = everything_of(student("Maarit Merkki"))
    until, letters = last_day(application), Letter.objects.count()

    assert services.forget_what_is_over(now=noon(until)) == Counter()
    with django_capture_on_commit_callbacks(execute=True):
        gone = services.forget_what_is_over(now=noon(until + DAY))

    assert gone == {
        "not_admitted": 1, "files": 1, "readings": 1, "letters": letters, "statements": 1, "decisions": 1,
        "people": 1,
    }  # fmt: skip
    assert not Application.objects.exists()
    assert not (folder / "ab" / "abc").exists()
    assert (Attachment.objects.count(), Letter.objects.count(), Reading.objects.count()) == (0, 0, 0)
    assert not Learner.objects.exists()


def test_a_message_goes_with_the_last_of_its_readers():
    """R-PRIV-7: what the host has written to one may speak of her."""
    offering = course()
    first, second = withdrawn(offering=offering), apply(offering)
    for to in ([first], [first, second]):
        services.write_to(
            offering=offering, application_ids=[one.pk for one in to], by=official(offering),
            texts={"fi": "Hei Maarit."}, key=uuid.uuid4(),
        )  # fmt: skip
    gone = services.forget_what_is_over(now=noon(last_day(first) + DAY))
    assert gone["messages"] == 1
    assert [list(one.applications.all()) for one in Message.objects.all()] == [[second]]
    services.withdraw(application_id=second.pk, by=second.learner.person)
    services.erase(by=second.learner.person)
    assert not Message.objects.exists()


def test_twice_is_once():
    """R-PRIV-7"""
    until = last_day(everything_of(student()))
    services.forget_what_is_over(now=noon(until + DAY))
    kept = list(Forgotten.objects.values_list())
    assert services.forget_what_is_over(now=noon(until + DAY)) == Counter()
    assert list(Forgotten.objects.values_list()) == kept


def test_no_table_says_who_it_was(folder):
    """R-PRIV-7, TESTPLAN P4: every table is searched, the journal too."""
    person = student("Maarit Merkki")
    person.email = "maarit.merkki@example.org"
    person.save()
    application = everything_of(person)
    assert set(found_everywhere("merkki")) == {"accounts_user", "letters_letter"}
    assert "applications_application" in found_everywhere(application.reference)

    services.forget_what_is_over(now=noon(last_day(application) + DAY))

    assert found_everywhere("merkki") == {}
    assert found_everywhere(application.reference) == {}
    assert found_everywhere(str(application.key)) == {}
    entry = AuditEvent.objects.filter(verb="application.withdraw").get()
    assert (str(entry.actor), entry.actor.is_active) == ("–", False)


def test_what_stays_is_a_number():
    """R-PRIV-7: what statistics need, without persons; of a protected one not where she lived."""
    offering = course()
    many = [withdrawn(offering=offering) for _ in range(3)] + [withdrawn(offering=offering, home="FI-851")]
    Application.objects.filter(pk=many[2].pk).update(home_source=HomeSource.PROTECTED)
    services.forget_what_is_over(now=noon(last_day(many[0]) + DAY))
    fields = ("offering", "home_municipality__key", "status", "number")
    assert set(Forgotten.objects.values_list(*fields)) == {
        (offering.pk, "FI-854", "withdrawn", 2), (offering.pk, "FI-851", "withdrawn", 1),
        (offering.pk, None, "withdrawn", 1),
    }  # fmt: skip
    assert str(Forgotten.objects.earliest("pk")) == f"{offering.pk}: 2 withdrawn"


def test_a_dry_run_says_the_same_and_nothing_goes(folder):
    """R-PRIV-7: dry-runnable; by rule."""
    application = everything_of(student())
    begun(course())
    now = noon(last_day(application) + DAY)
    before = sorted(folder.rglob("*"))
    said = services.count_what_is_over(now=now)
    assert said["draft"] == said["not_admitted"] == 1
    assert Application.objects.filter(pk=application.pk).exists()
    assert sorted(folder.rglob("*")) == before
    assert services.forget_what_is_over(now=now) == said


def test_the_command_and_the_nightly_job_do_the_same(clock):
    """R-PRIV-7: nightly, logged, dry-runnable."""
    application = withdrawn()
    clock.shift(noon(last_day(application) + DAY) - noon(today()))
    out = io.StringIO()
    call_command("forget_applications", dry_run=True, stdout=out)
    assert out.getvalue().splitlines() == [
        "Would go:",
        "  0  draft: what was begun and not sent (90 days after it was last touched)",
        "  1  not_admitted: an application that led to no studies (12 months after its end, and after the"
        " last day for an appeal)",
        "  0  admitted: an application that led to studies (24 months after the end of the course)",
        "  0  journal: the journal of what was done with applications (60 months after the act)",
        "With them:",
        "  2  letters",
        "  1  people",
    ]
    tasks.forget_what_is_over()
    assert not Application.objects.exists()
    out = io.StringIO()
    call_command("forget_applications", stdout=out)
    assert out.getvalue().splitlines()[0] == "Gone:"
    assert out.getvalue().splitlines()[-1] == "  nothing"


def test_archives_get_statements_and_decisions_first(folder):
    """R-PRIV-7: statements and decisions per the archive plan: the package comes first."""
    application = everything_of(student("Maarit Merkki"))
    day = last_day(application) + DAY
    services.forget_what_is_over(now=noon(day))
    host = folder / "archive" / f"provider-{application.offering.provider_id}" / f"{day.isoformat()}.zip"
    home = folder / "archive" / "FI-854" / f"{day.isoformat()}.zip"
    with zipfile.ZipFile(host) as packed:
        said = json.loads(packed.read(f"{application.reference}.json"))
    assert (said["applicant"], said["ReceptionDecision"]["is_positive"]) == ("Maarit Merkki", True)
    with zipfile.ZipFile(home) as packed:
        (name,) = packed.namelist()
        assert json.loads(packed.read(name))["statement"]["outcome"] == "commits"


def test_an_answer_on_paper_is_in_the_package(folder):
    """R-PRIV-7: the document of an answer that came outside KOPA."""
    application = everything_of(student())
    uploads.storage().save("cd/cde", io.BytesIO(b"%PDF paper"))
    paper = AttachmentFactory(matter=application.key, stored="cd/cde", name="paper.pdf")
    application.statements.update(document=paper, is_outside=True)
    services.forget_what_is_over(now=noon(last_day(application) + DAY))
    (package,) = (folder / "archive" / "FI-854").iterdir()
    with zipfile.ZipFile(package) as packed:
        (name,) = (one for one in packed.namelist() if one.endswith("-paper.pdf"))
        assert packed.read(name) == b"%PDF paper"


def test_a_lost_paper_keeps_nothing_else_from_the_archive(folder):
    """R-PRIV-7: the package is written without it."""
    application = everything_of(student())
    paper = AttachmentFactory(matter=application.key, stored="cd/lost", name="paper.pdf")
    application.statements.update(document=paper, is_outside=True)
    (folder / "cd" / "lost").unlink()
    gone = services.forget_what_is_over(now=noon(last_day(application) + DAY))
    assert gone["not_admitted"] == 1
    (package,) = (folder / "archive" / "FI-854").iterdir()
    with zipfile.ZipFile(package) as packed:
        (name,) = packed.namelist()
        assert json.loads(packed.read(name))["statement"]["outcome"] == "commits"


def test_what_cannot_be_packed_does_not_go_and_keeps_nobody_else(folder):
    """R-PRIV-7: the package first; half of one is none. A fault of one course is no other course's."""
    application, other = everything_of(student()), withdrawn()
    (folder / "archive").mkdir()
    (folder / "archive" / f"provider-{application.offering.provider_id}").write_text("in the way")
    services.forget_what_is_over(now=noon(last_day(application) + DAY))
    assert list(Application.objects.all()) == [application]
    assert Learner.objects.exclude(person=application.learner.person).count() == 0
    assert list((folder / "archive").rglob("*.zip")) == []
    assert Application.objects.filter(pk=other.pk).count() == 0


def test_places_that_nobody_gave_back_are_given_back():
    """R-PRIV-7, R-CAP-1: the counters say what the places say, and nobody is offered one."""
    offering = course(capacity=1, starts_on=in_days(60), ends_on=in_days(90))
    held, waiting = apply(offering), apply(offering)
    assert seats.live_seat(held) is not None
    services.forget_what_is_over(now=noon(last_day(held) + DAY))
    assert recounting.places_miscounted() == []
    assert not Application.objects.filter(pk__in=[held.pk, waiting.pk]).exists()


def test_of_two_applications_of_one_person_the_younger_keeps_her():
    """R-PRIV-7: the learner goes with the last one."""
    person = student()
    old, young = withdrawn(person=person), apply(course(ends_on=in_days(400)), person=person)
    Application.objects.filter(pk=young.pk).update(transferred_from=old)
    services.forget_what_is_over(now=noon(last_day(old) + DAY))
    assert state(young) == "submitted"
    person.refresh_from_db()
    assert person.is_active
    assert Learner.objects.get().person == person


def test_whoever_is_signed_in_or_about_to_apply_is_left_for_another_night(client):
    """R-PRIV-7"""
    one, other = withdrawn(), withdrawn()
    client.force_login(one.learner.person)
    day = noon(last_day(one) + DAY)
    draft = begun(course(), by=other.learner.person, now=day)
    assert services.forget_what_is_over(now=day)["people"] == 0
    client.logout()
    services.discard_draft(draft_id=draft.pk)
    assert services.forget_what_is_over(now=day)["people"] == 2


def test_who_has_a_role_keeps_the_account():
    """R-PRIV-7: an officer who has applied somewhere."""
    person = RoleAssignmentFactory().person
    application = withdrawn(person=person)
    services.forget_what_is_over(now=noon(last_day(application) + DAY))
    person.refresh_from_db()
    assert person.is_active
    assert not Learner.objects.exists()


def test_old_entries_of_the_journal_go_and_others_stay(clock):
    """R-PRIV-7: the audit log 5 years; of applications alone: a course's history is the course's."""
    apply(course())
    sent = AuditEvent.objects.filter(verb="application.submit").get()
    others = AuditEvent.objects.exclude(target__startswith="applications.").count()
    five = retention.add_months(today(), 60)
    services.forget_what_is_over(now=noon(five))
    assert AuditEvent.objects.filter(pk=sent.pk).exists()
    services.forget_what_is_over(now=noon(five + DAY))
    assert not AuditEvent.objects.filter(pk=sent.pk).exists()
    assert AuditEvent.objects.exclude(target__startswith="applications.").count() >= others


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("forgotten_status_is_known", {"status": "gone"}),
        ("forgotten_are_some", {"number": 0}),
        ("forgotten_are_counted_once", {"home_municipality": None}),
    ],
)
def test_the_database_keeps_the_numbers_right(name, changes):
    """R-PRIV-7"""
    offering = course()
    Forgotten.objects.create(offering=offering, status="withdrawn", number=1)
    one = Forgotten.objects.create(
        offering=offering, home_municipality=municipality("FI-854"), status="withdrawn", number=1
    )
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Forgotten.objects.filter(pk=one.pk).update(**changes)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_course_that_somebody_holds_is_left_for_another_night():
    """R-PRIV-7: the job neither waits for it nor stops at it."""
    held_one, other = withdrawn(), withdrawn()
    after = noon(last_day(other) + DAY)
    with connection.cursor() as cursor:
        cursor.execute("set lock_timeout = '200ms'")
    try:
        with held(held_one, 20):
            assert services.forget_what_is_over(now=after)["not_admitted"] == 1
            assert list(Application.objects.all()) == [held_one]
        assert services.forget_what_is_over(now=after)["not_admitted"] == 1
    finally:
        connection.close()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_whoever_applies_again_while_being_forgotten_stays():
    """R-PRIV-7, R-APP-13: it is asked again once nobody else writes her; the others go."""
    back, other = withdrawn(), withdrawn()
    Application.objects.all().delete()
    begun, going_on = threading.Event(), threading.Event()

    def again() -> None:
        try:
            with transaction.atomic():
                apply(other.offering, person=back.learner.person)
                begun.set()
                going_on.wait(1)
        finally:
            connections.close_all()

    thread = threading.Thread(target=again)
    thread.start()
    assert begun.wait(5)
    assert services.forget_what_is_over()["people"] == 1
    thread.join()
    assert [one.learner.person for one in Application.objects.all()] == [back.learner.person]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_person_whom_somebody_holds_is_left_for_another_night():
    """R-PRIV-7: the others go."""
    held_one, _other = withdrawn(), withdrawn()
    Application.objects.all().delete()
    holds, enough = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                list(Learner.objects.select_for_update().filter(pk=held_one.learner_id))
                holds.set()
                enough.wait(20)
        finally:
            connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    assert holds.wait(5)
    with impatient(200):
        assert services.forget_what_is_over()["people"] == 1
    enough.set()
    thread.join()
    assert list(Learner.objects.values_list("pk", flat=True)) == [held_one.learner_id]
