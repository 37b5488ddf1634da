"""Taking reports in, answering them, forgetting them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from corrections import services, subjects
from corrections.errors import AlreadyHandled, AnswerMissing, NoSuchOriginal, TooManyReports
from corrections.models import ErrorReport
from corrections.subjects import Subject
from corrections.tasks import forget_handled
from kopa.audit.models import AuditEvent
from tests.factories import (
    ErrorReportFactory,
    InstitutionFactory,
    OfferingFactory,
    RegionFactory,
    UserFactory,
    municipality,
    organisation_of,
)

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


def send(about: str = "municipality:FI-854", **facts: str) -> ErrorReport:
    subject = subjects.find(about)
    assert subject is not None
    return services.report_error(
        **({"kind": "name", "text": "Nimi on väärin.", "language": "fi"} | facts), subject=subject
    )


def test_a_report_stands_open_with_what_it_is_about_and_nobody_s_name(pello):
    report = send()

    assert ErrorReport.objects.values(
        "kind", "subject_type", "subject_key", "organisation", "page_path", "text", "language", "state",
        "handled_by", "answer", "duplicate_of", "reported_at",
    ).get() == {
        "kind": "name", "subject_type": "municipality", "subject_key": "FI-854", "organisation": pello.pk,
        "page_path": "/en/municipalities/fi-854-pello/", "text": "Nimi on väärin.", "language": "fi",
        "state": "open", "handled_by": None, "answer": "", "duplicate_of": None,
        "reported_at": report.reported_at,
    }  # fmt: skip
    assert AuditEvent.objects.count() == 0


def test_the_same_sent_twice_is_one_report_while_it_is_open(pello):
    first = send()

    assert send() == first
    assert send(text="Muuta.") != first
    services.handle(report_id=first.pk, verb="mend", answer="Korjattu.", by=UserFactory())
    assert send() != first
    assert ErrorReport.objects.count() == 3


@pytest.mark.parametrize("facts", [{"text": ""}, {"text": "x" * 2001}, {"kind": "odd"}, {"language": "de"}])
def test_what_is_no_report_is_refused(pello, facts):
    with pytest.raises(ValidationError):
        send(**facts)

    assert ErrorReport.objects.count() == 0


def test_more_than_anybody_reads_are_not_taken(pello, monkeypatch, caplog):
    monkeypatch.setattr(services, "MOST_IN_AN_HOUR", 2)
    ErrorReportFactory(reported_at=timezone.now() - dt.timedelta(minutes=61))
    ErrorReportFactory(reported_at=timezone.now() - dt.timedelta(minutes=59))
    send()
    assert caplog.messages == []

    with pytest.raises(TooManyReports) as refused:
        send(text="Vielä yksi.")

    assert (refused.value.seconds, "60 min" in str(refused.value)) == (3600, True)
    assert ErrorReport.objects.count() == 3
    assert [(one.levelname, one.name) for one in caplog.records] == [("ERROR", "corrections.services")]


def test_a_flood_about_one_thing_does_not_silence_the_others(pello, monkeypatch):
    monkeypatch.setattr(services, "MOST_ABOUT_ONE_IN_AN_HOUR", 1)
    RegionFactory()
    pages = [Subject("page", "", path, path) for path in ("/fi/kunnat/", "/fi/alueet/")]
    send()

    for page in pages:
        services.report_error(kind="name", subject=page, text="Nimi on väärin.", language="fi")
        with pytest.raises(TooManyReports):
            services.report_error(kind="name", subject=page, text="Vielä yksi.", language="fi")
    with pytest.raises(TooManyReports):
        send(text="Vielä yksi.")

    assert send("region:FI-R19").is_open
    assert ErrorReport.objects.count() == 4


@pytest.mark.parametrize(("verb", "state"), [("mend", "mended"), ("dismiss", "not_an_error")])
def test_an_answer_says_who_when_and_why_and_stands_in_the_journal(kaisa, verb, state):
    report = ErrorReportFactory()

    services.handle(report_id=report.pk, verb=verb, answer="  Katsottu. ", by=kaisa)

    report.refresh_from_db()
    assert (report.state, report.handled_by, report.answer) == (state, kaisa, "Katsottu.")
    assert report.handled_at == timezone.now()
    event = AuditEvent.objects.get()
    assert (event.verb, event.target, event.target_id) == (
        f"error_report.{verb}", "corrections.errorreport", report.pk,
    )  # fmt: skip
    assert (event.actor, event.role, event.organisation_id) == (
        kaisa, "coordinator", organisation_of("FI-851").pk,
    )  # fmt: skip
    assert (event.from_state, event.to_state, event.reason) == ("open", state, "Katsottu.")


def test_a_duplicate_names_the_first_report(kaisa):
    first, again = ErrorReportFactory(), ErrorReportFactory()

    services.handle(
        report_id=again.pk, verb="mark_duplicate", answer="Sama.", by=kaisa, original_id=first.pk
    )

    again.refresh_from_db()
    assert (again.state, again.duplicate_of) == ("duplicate", first)
    assert list(first.duplicates.all()) == [again]


def test_a_number_that_is_no_first_report_is_refused(kaisa):
    report, duplicate = ErrorReportFactory(), ErrorReportFactory(state="duplicate")

    for original in (None, report.pk, duplicate.pk, 999_999):
        with pytest.raises(NoSuchOriginal):
            services.handle(
                report_id=report.pk, verb="mark_duplicate", answer="Sama.", by=kaisa, original_id=original
            )

    report.refresh_from_db()
    assert report.state == "open"
    assert AuditEvent.objects.count() == 0


def test_the_number_is_not_looked_at_where_the_report_is_no_duplicate(kaisa):
    report, other = ErrorReportFactory(), ErrorReportFactory()

    services.handle(report_id=report.pk, verb="mend", answer="Ok.", by=kaisa, original_id=other.pk)

    report.refresh_from_db()
    assert (report.state, report.duplicate_of) == ("mended", None)


def test_an_answer_without_a_reason_is_refused(kaisa):
    report = ErrorReportFactory()

    with pytest.raises(AnswerMissing):
        services.handle(report_id=report.pk, verb="mend", answer=" \n", by=kaisa)

    report.refresh_from_db()
    assert report.state == "open"


@pytest.mark.parametrize("state", ["mended", "not_an_error", "duplicate"])
@pytest.mark.parametrize("verb", ["mend", "dismiss", "mark_duplicate"])
def test_what_is_answered_stays_so(kaisa, state, verb):
    ritva = UserFactory(name="Ritva")
    report, other = ErrorReportFactory(state=state, handled_by=ritva), ErrorReportFactory()

    with pytest.raises(AlreadyHandled) as refused:
        services.handle(report_id=report.pk, verb=verb, answer="Ei.", by=kaisa, original_id=other.pk)

    assert str(refused.value).startswith("Ritva has answered this report already, on 23")
    report.refresh_from_db()
    assert (report.state, report.answer) == (state, "Nimi on korjattu.")


def test_a_report_that_is_gone_cannot_be_answered(kaisa):
    with pytest.raises(ErrorReport.DoesNotExist):
        services.handle(report_id=1, verb="mend", answer="Ok.", by=kaisa)


def test_somebody_without_a_role_of_today_is_journalled_without_one():
    services.handle(report_id=ErrorReportFactory().pk, verb="mend", answer="Ok.", by=UserFactory())

    assert (AuditEvent.objects.get().role, AuditEvent.objects.get().organisation_id) == ("", None)


def test_answered_reports_are_removed_after_a_year_and_open_ones_never(kaisa):
    """R-PRIV-7: what is no longer needed is not kept."""
    now = timezone.now()
    old, year = now - dt.timedelta(days=366), now - dt.timedelta(days=365)
    gone = ErrorReportFactory(state="mended", handled_at=old, reported_at=old)
    again = ErrorReportFactory(state="duplicate", duplicate_of=gone, handled_at=now)
    ErrorReportFactory(reported_at=old)
    ErrorReportFactory(state="mended", handled_at=year, reported_at=old)

    forget_handled()
    forget_handled()

    assert sorted(ErrorReport.objects.values_list("state", flat=True)) == [
        "duplicate", "mended", "open",
    ]  # fmt: skip
    again.refresh_from_db()
    assert again.duplicate_of is None
    assert services.forget_handled(now=now + dt.timedelta(seconds=1)) == 1
    assert services.forget_handled(now=now + dt.timedelta(days=366)) == 1


def test_each_thing_is_found_with_the_organisation_that_answers_for_it(lappia, pello):
    RegionFactory()
    owned = InstitutionFactory(organisation=lappia)
    homeless = InstitutionFactory(organisation=None, municipality=municipality("FI-854"))
    nowhere = InstitutionFactory(organisation=None, municipality=None)
    course = OfferingFactory(provider=lappia, title_en="Welder")

    found = {
        about: subjects.find(about)
        for about in (
            "municipality:FI-854", "region:FI-R19", f"provider:{lappia.pk}", f"institution:{owned.code}",
            f"institution:{homeless.code}", f"institution:{nowhere.code}", f"offering:{course.pk}",
        )
    }  # fmt: skip

    assert {about: one and one.organisation_id for about, one in found.items()} == {
        "municipality:FI-854": pello.pk, "region:FI-R19": None, f"provider:{lappia.pk}": lappia.pk,
        f"institution:{owned.code}": lappia.pk, f"institution:{homeless.code}": pello.pk,
        f"institution:{nowhere.code}": None, f"offering:{course.pk}": lappia.pk,
    }  # fmt: skip
    assert all(one and one.about == about for about, one in found.items())


@pytest.mark.parametrize(
    "about",
    ["", "municipality:", "municipality:FI-999", "odd:1", "provider:abc", "provider:٣",
     "provider:" + "9" * 30, "institution:a\x00b", "offering:-1", "page:/fi/", "region:", "pilot_group:none"],
)  # fmt: skip
def test_what_is_nothing_of_ours_is_not_found(db, about):
    assert subjects.find(about) is None


def test_drafts_are_not_found(lappia):
    draft = OfferingFactory(provider=lappia, status="draft")

    assert subjects.find(f"offering:{draft.pk}") is None
