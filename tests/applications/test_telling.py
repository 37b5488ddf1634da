"""The host writes to many applicants at once."""

from __future__ import annotations

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from applications import services
from applications.models import Message
from kopa.audit.models import AuditEvent
from kopa.letters.models import Letter
from tests.applications.given import apply, course, official
from tests.factories import municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def pello(db):
    municipality("FI-854")


def write(offering, applications, **facts) -> Message:
    given = {"texts": {"fi": "Tuo läppäri.", "sv": "Ta med en dator."}, "key": uuid.uuid4()} | facts
    return services.write_to(
        offering=offering, application_ids=[one.pk for one in applications], by=official(offering), **given
    )


def test_each_gets_a_letter_that_names_neither_course_nor_what_is_said() -> None:
    """R-PRIV-11"""
    offering = course(title_fi="Hitsaaja")
    first, second, other = apply(offering, language="fi"), apply(offering, language="sv"), apply(offering)

    message = write(offering, [first, second])

    assert set(message.applications.all()) == {first, second}
    letters = Letter.objects.filter(kind="application_message").order_by("pk")
    assert [letter.recipient for letter in letters] == [first.learner.person, second.learner.person]
    assert not Letter.objects.filter(kind="application_message", recipient=other.learner.person).exists()
    for letter, application in zip(letters, (first, second), strict=True):
        assert application.reference in letter.subject
        for secret in ("Hitsaaja", "Tuo läppäri", "dator", str(offering.provider.label())):
            assert secret not in f"{letter.subject} {letter.text} {letter.html}"
        assert str(application.key) in letter.text
    assert (str(message.text("fi")), str(message.text("sv"))) == ("Tuo läppäri.", "Ta med en dator.")
    assert message.text("en").is_fallback
    entries = AuditEvent.objects.filter(verb="application.message")
    assert {one.target_id for one in entries} == {first.pk, second.pk}
    assert {one.actor for one in entries} == {official(offering).person}


def test_sent_twice_it_is_one_message() -> None:
    offering = course()
    application, key = apply(offering), uuid.uuid4()

    assert write(offering, [application], key=key) == write(offering, [application], key=key)

    assert Message.objects.count() == 1
    assert Letter.objects.filter(kind="application_message").count() == 1


def test_only_applicants_of_the_course_are_written_to() -> None:
    offering, other = course(), course()
    mine, theirs = apply(offering), apply(other)

    message = write(offering, [mine, theirs])

    assert list(message.applications.all()) == [mine]


def test_nothing_is_not_sent() -> None:
    offering = course()
    application = apply(offering)
    with pytest.raises(ValidationError):
        write(offering, [application], texts={"fi": "  "})
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(
            offering=offering, by=official(offering).person, by_name="Bengt", sent_at=timezone.now()
        )
