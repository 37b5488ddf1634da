"""Letters about applications: what each says, what none says, and that they do not come in floods."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from applications import letters, services
from applications.host_words import VERBS
from applications.models import Application, Cause
from applications.services import filling
from applications.services.deciding import Refusal
from applications.services.statements import StatementInput
from applications.states import StatementOutcome
from kopa.audit.models import AuditEvent
from kopa.letters import choices
from kopa.letters import services as post
from kopa.letters.models import Letter, UnwantedLetters
from kopa.portal import letter_samples
from offerings import services as offering_services
from offerings.models import Offering
from providers.models import Role
from tests.applications.given import (
    admit,
    apply,
    begun,
    course,
    home_of,
    host,
    in_days,
    missed,
    official,
    statement_given,
    student,
)
from tests.factories import OfferingFactory, RoleAssignmentFactory, municipality, organisation_of
from tests.together import run_together

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
LANGUAGES = ("fi", "sv", "en")
SECRETS = (
    "Salaisuuskurssi", "Hemlighetskurs", "Secretcourse", "Salalaitos", "Hemlighetsverket", "Pello", "Tornio",
    "Haparanda", "Haaparanta", "rehtori", "Perustelu", "Rajat", "Muuna päivänä", "Toiskurssi",
)  # fmt: skip
AT = {"FI": "FI-851", "SE": "SE-2518"}
REFUSAL = Refusal("other", "Perustelu", "Valitus")
NOON = dt.datetime(2026, 12, 4, 13, 0, tzinfo=dt.UTC)


@pytest.fixture
def secret(db):
    """A course all of whose names would be seen."""
    for key in ("FI-854", "SE-2583"):
        municipality(key)
    provider = host(
        name_fi="Salalaitos", name_sv="Hemlighetsverket", name_en="Salalaitos",
        home_municipality=municipality("FI-851"),
    )  # fmt: skip
    return course(
        provider=provider, form="basic", capacity=1, title_fi="Salaisuuskurssi", title_sv="Hemlighetskurs",
        title_en="Secretcourse", sites=["FI-851"],
    )  # fmt: skip


def words_of(letter: Letter) -> str:
    """Without the link, whose key is made of nothing but chance."""
    whole = f"{letter.subject} {letter.text} {letter.html}"
    return re.sub(r"https?://\S+", "", whole)


def every_act(offering, language: str) -> None:
    """Whatever writes a letter about an application, with every outcome."""
    apply_to = {"language": language}
    draft = begun(offering, language=language)
    services.send_draft_link(draft_id=draft.pk, name="Sami", asked_from="192.0.2.1")
    yes, no, given_up = (apply(offering, **apply_to) for _ in range(3))
    asked = services.ask_for_more(
        statement_id=no.statements.get().pk, question="Perustelu?", version=1, by=officer(),
        role=Role.OFFICER, organisation_id=organisation_of("FI-854").pk,
    )  # fmt: skip
    services.give_more(statement_id=asked.pk, answer="Perustelu", by=no.learner.person)
    statement_given(yes, StatementInput(StatementOutcome.COMMITS_LIMITED, "Aino", "rehtori", limits="Rajat"))
    admit(yes)
    services.accept(application_id=yes.pk, by=yes.learner.person)
    services.refuse(application_id=no.pk, by=official(offering), refusal=REFUSAL)
    services.withdraw(application_id=given_up.pk, by=given_up.learner.person)
    unanswered = apply(OfferingFactory(provider=offering.provider, takes_applications=True), **apply_to)
    admit(unanswered)
    services.lapse_unanswered(now=timezone.now() + dt.timedelta(days=60))
    letters.written(apply(offering, **apply_to))
    why = {"fi": "Perustelu", "sv": "Perustelu", "en": "Perustelu"}
    offering_services.cancel(offering_id=offering.pk, by=official(offering).person, reasons=why)
    filling.follow(offering.pk)


def every_later_act(offering, language: str, clock) -> None:
    """A move, changed dates, a message to all, another course, an appeal, studies, with every answer."""
    by = official(offering)
    offering = course(provider=offering.provider, form="basic", capacity=5, title_fi="Salaisuuskurssi")
    to = course(provider=offering.provider, form="basic", capacity=5, title_fi="Toiskurssi")
    first, second, third, fourth, moved, last = (apply(offering, language=language) for _ in range(6))
    clock.shift(dt.timedelta(minutes=1))
    dates = {"starts_on": in_days(61), "ends_on": in_days(200)}
    offering_services.save_offering(
        offering_id=offering.pk, version=Offering.objects.get(pk=offering.pk).version, given=dates,
        by=by.person,
    )  # fmt: skip
    filling.follow(offering.pk)
    everybody = [one.pk for one in (first, second, third, fourth, moved, last)]
    services.write_to(
        offering=offering, application_ids=everybody, texts={"fi": "Muuna päivänä"}, by=by, key=uuid.uuid4()
    )
    moved = services.record_move(
        application_id=moved.pk, home=home_of("SE-2583"), moved_on=in_days(0), by=moved.learner.person
    )
    services.confirm_move(application_id=moved.pk, by=by, seen=moved.version)
    admit(moved)
    services.decline(application_id=moved.pk, by=moved.learner.person)
    answers = (services.accept_transfer, services.decline_transfer, None)
    for one, answer in zip((first, second, third), answers, strict=True):
        asked = services.offer_transfer(application_id=one.pk, to=to, cause=Cause.ASKED, by=by)
        if answer is not None:
            answer(transfer_id=asked.pk, by=one.learner.person)
    services.lapse_transfers(now=timezone.now() + dt.timedelta(days=60))
    services.remit_statement(**appealed(fourth))
    for one, end in ((fourth, services.complete), (last, services.interrupt)):
        statement_given(one)
        admit(one)
        services.accept(application_id=one.pk, by=one.learner.person)
        services.enrol(application_id=one.pk, by=by, on=in_days(0))
        end(application_id=one.pk, by=by)
    aside = apply(offering, language=language)
    ended = appealed(aside)
    services.withdraw(application_id=aside.pk, by=aside.learner.person)
    services.set_statement_aside(**ended)
    absent = apply(offering, language=language)
    acting = {"application_id": absent.pk, "learner_id": absent.learner_id, **by.acting}
    services.protect(**acting)
    services.unprotect(**acting)
    services.uphold_statement(on=in_days(0), **appealed(absent))
    admit(absent)
    services.accept(application_id=absent.pk, by=absent.learner.person)
    missed(absent)
    services.take_place_back(application_id=absent.pk, by=by, refusal=REFUSAL)
    letters.statements_wait(officer(), waiting=2, overdue=1)
    letters.statements_due(officer(), waiting=2, soon=1, overdue=1)
    letters.applications_wait(by.person, waiting=2)


def appealed(application: Application) -> dict[str, Any]:
    """An appeal has arrived against what the home municipality said; whose end may be recorded."""
    said = StatementInput(StatementOutcome.COMMITS_LIMITED, "Aino", "rehtori", limits="Rajat")
    office = organisation_of("FI-854").pk
    acting = {"by": officer(), "role": Role.OFFICER, "organisation_id": office}
    pk = statement_given(application, said).pk
    one = services.record_appeal(
        statement_id=pk, on=in_days(0), reference="Perustelu", version=2, **acting
    )
    return {"statement_id": pk, "version": one.version, **acting}


# Nobody is told of these, or only the officers in the morning.
SILENT = {
    "application.confide", "application.draft_statement", "application.give_back_time", "application.rank",
    "application.put_in_queue", "application.remind_statement", "application.revise",
    "application.take_back_admission",
}  # fmt: skip


def officer():
    office = organisation_of("FI-854")
    found = office.role_assignments.filter(role=Role.OFFICER).first()
    return (found or RoleAssignmentFactory(role=Role.OFFICER, organisation=office)).person


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_letter_names_course_provider_or_outcome(secret, language, clock):
    """R-PRIV-11: whatever happens to an application, in every language, in subject, text and HTML; nobody is
    left out, neither the officers of the home municipality nor whoever has not sent anything yet.
    """
    every_later_act(secret, language, clock)
    every_act(secret, language)

    acts = set(AuditEvent.objects.filter(verb__startswith="application.").values_list("verb", flat=True))
    assert set(VERBS) - acts - SILENT == set()
    written = list(Letter.objects.filter(target="applications.application"))
    assert {letters.RECEIPT, letters.NEWS, letters.ANSWER, letters.MESSAGE} == {one.kind for one in written}
    assert {one.language for one in written} == {language}
    others = Letter.objects.exclude(target="applications.application")
    assert {one.kind for one in others} == {*choices.OPTIONAL, letters.DRAFT} - {choices.CONFIRM_PLACES}
    for letter in (*written, *others):
        said = words_of(letter)
        assert [secret for secret in SECRETS if secret in said] == [], letter.subject


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", ["a place", "another course"])
def test_no_calendar_file_names_them_either(secret, language, what, client):
    """R-PRIV-11: of an offered place and of another course, in every language."""
    application = apply(secret, language=language)
    if what == "a place":
        statement_given(application)
        admit(application)
    else:
        to = course(provider=secret.provider, form="basic", title_fi="Toiskurssi")
        by = official(secret)
        services.offer_transfer(application_id=application.pk, to=to, cause=Cause.ASKED, by=by)
    client.force_login(application.learner.person)
    with override(language):
        path = reverse("applications:reply_calendar", args=[application.key])

    answer = client.get(path)

    assert answer.status_code == 200
    said = re.sub(r"https?://\S+", "", answer.content.decode().replace("\r\n ", ""))
    assert "BEGIN:VEVENT" in said
    assert [secret for secret in SECRETS if secret in said] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", [one for one in letter_samples.BY_CODE if one.startswith("application-")])
def test_the_sample_of_each_letter_names_nothing_either(code, language):
    """R-PRIV-11: its organisation and its person are invented, and in none of them."""
    written = letter_samples.written(letter_samples.BY_CODE[code], language)
    with override(language):
        names = (letter_samples._organisation().name_fi, letter_samples._person().name)

    for name in names:
        assert name not in f"{written.subject}{written.text}{written.html}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_and_a_commitment_are_the_same_letter(secret, language):
    """R-PRIV-11: two lives, one letter; only reference and link differ."""
    one, other = (apply(secret, language=language) for _ in range(2))
    statement_given(one)
    services.refuse(application_id=other.pk, by=official(secret), refusal=REFUSAL)

    said = {
        words_of(letter).replace(application.reference, "K")
        for application in (one, other)
        for letter in Letter.objects.about(application).filter(kind=letters.NEWS)
    }

    assert Letter.objects.filter(kind=letters.NEWS).count() == 2
    assert len(said) == 1


@pytest.mark.parametrize(("country", "language", "moment"), [
    ("FI", "fi", "4.12.2026 klo 15.00"), ("FI", "sv", "4 december 2026 kl. 15.00"),
    ("FI", "en", "4 December 2026 at 15:00"), ("SE", "fi", "4.12.2026 klo 14.00"),
    ("SE", "sv", "4 december 2026 kl. 14.00"), ("SE", "en", "4 December 2026 at 14:00"),
])  # fmt: skip
def test_the_deadline_is_the_host_s_clock_written_as_the_language_writes_it(country, language, moment):
    """R-TIME-1, R-TIME-2, R-LANG-4, R-PRIV-11: subject and text, with whose time it is."""
    provider = host(country=country, home_municipality=municipality(AT[country]))
    application = Application(offering=course(provider=provider), held_until=NOON, reference="K-2345-6789")

    with override(language):
        content = letters.answer_awaited(application, "o.sample")

    zones = {
        "FI": {"fi": "Suomen aikaa", "sv": "finsk tid", "en": "Finnish time"},
        "SE": {"fi": "Ruotsin aikaa", "sv": "svensk tid", "en": "Swedish time"},
    }
    plain = content.paragraphs[0].replace("\u00a0", " ")
    assert moment in content.subject.replace("\u00a0", " ")
    assert f"{moment} ({zones[country][language]})" in plain


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_is_text_and_html_with_the_same_words_and_one_link(secret, language):
    """R-LANG-1: plain words in the reader's language; the link leads to her page."""
    application = apply(secret, language=language)
    letter = Letter.objects.about(application).get(kind=letters.RECEIPT)
    with override(language):
        page = reverse("applications:detail", kwargs={"key": application.key})

    assert letter.text.count(page) == 1
    assert page in letter.html
    assert f'<html lang="{language}">' in letter.html
    for paragraph in letter.text.split("\n\n")[:2]:
        assert paragraph.split(":\n")[0] in letter.html.replace("&#x27;", "'")


def test_news_within_minutes_is_one_letter(secret):
    """No flood: what happens while the letter waits stands on the page that it leads to."""
    application = apply(secret)
    for _ in range(3):
        letters.news(application)
    letter = Letter.objects.about(application).get(kind=letters.NEWS)
    assert letter.next_try_at == letter.created_at + letters.SETTLES

    Letter.objects.filter(pk=letter.pk).update(state="sent", ended_at=timezone.now())
    letters.news(application)

    assert Letter.objects.about(application).filter(kind=letters.NEWS).count() == 2


def test_news_of_another_application_is_a_letter_of_its_own(secret):
    person = student()
    for offering in (secret, course(form="basic")):
        letters.news(apply(offering, person=person))

    assert Letter.objects.filter(kind=letters.NEWS, recipient=person).count() == 2


def elsewhere(act):
    """What it returns, done over a connection of its own."""
    return run_together(1, lambda _number: act())[0]


@pytest.mark.django_db(transaction=True)
def test_a_letter_that_is_just_leaving_does_not_swallow_news(secret):
    """Whoever hands it over has it locked: what happens now may not be on the page that it leads to yet."""
    application = apply(secret)
    letters.news(application)

    with transaction.atomic():
        list(Letter.objects.select_for_update().filter(kind=letters.NEWS))
        assert elsewhere(lambda: letters.news(application)) is None

    assert Letter.objects.about(application).filter(kind=letters.NEWS).count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_letter_that_tells_of_an_act_waits_for_it(secret):
    """Nobody hands it over before what it shall tell of too is there for good."""
    application = apply(secret)
    letters.news(application)
    waiting = Letter.objects.get(kind=letters.NEWS)
    Letter.objects.filter(pk=waiting.pk).update(next_try_at=timezone.now())

    with transaction.atomic():
        letters.news(application)
        assert elsewhere(lambda: post._claim(waiting.pk)) is None

    assert elsewhere(lambda: post._claim(waiting.pk)) == waiting


def test_one_click_ends_the_morning_letter_and_nothing_else(secret):
    """Optional letters end by the link in each; those that one must know of have none."""
    aino = officer()
    apply(secret)
    letters.statements_wait(aino, waiting=2, overdue=1)
    digest = Letter.objects.get(kind=choices.STATEMENTS_DIGEST)
    receipt = Letter.objects.get(kind=letters.RECEIPT)
    assert (receipt.ending_address, digest.ending_address in digest.text) == ("", True)

    path = digest.ending_address.removeprefix("http://localhost:8000")
    assert Client().get(path).status_code == 200
    assert not UnwantedLetters.objects.exists()
    assert Client().post(path).status_code in {200, 302}

    assert UnwantedLetters.objects.get().person == aino


def test_letters_stand_in_the_history_of_the_case(secret):
    """The host sees all letters to the applicant, the home municipality none that tells of an offer."""
    application = apply(secret)
    statement_given(application)
    admit(application)
    Letter.objects.filter(kind=letters.RECEIPT).update(state="failed", ended_at=timezone.now())
    with override("en"):
        case = reverse("applications:host_case", kwargs={"key": application.key})
        at_home = reverse("applications:statement", args=[application.statements.get().pk])

    pages = []
    for person, path in ((official(secret).person, case), (officer(), at_home)):
        client = Client()
        client.force_login(person)
        pages.append(client.get(path))
    of_host, of_home = (page.content.decode() for page in pages)

    assert "an answer is awaited" in of_host
    assert "an answer is awaited" not in of_home
    for page in (of_host, of_home):
        assert "receipt (not delivered)" in page
        assert "there is news (waiting)" in page
