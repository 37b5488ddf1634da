"""The morning letter of those who decide on applications: a digest, no flood."""

from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import override

from applications import letters
from applications.services.reminding import write_host_digests
from applications.tasks import remind_of_applications
from kopa.accounts.models import User
from kopa.letters import choices
from kopa.letters.models import Letter, UnwantedLetters
from providers.models import Role
from tests.applications.given import admit, apply, course, host, in_days, official, statement_given
from tests.factories import RoleAssignmentFactory, municipality
from tests.together import run_together

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
MANY = 60


@pytest.fixture(autouse=True)
def places(db) -> None:
    for key in ("FI-854", "FI-851", "SE-2518"):
        municipality(key)


def morning(month: int, day: int, year: int = 2026) -> dt.datetime:
    return dt.datetime(year, month, day, 5, 5, tzinfo=dt.UTC)


def digests(person: User) -> list[Letter]:
    rows = Letter.objects.filter(kind=choices.APPLICATIONS_DIGEST, recipient=person)
    return list(rows.order_by("pk"))


def test_sixty_applications_a_day_are_one_letter(clock) -> None:
    """R-PRIV-11: a number alone; nothing comes one by one, nor where the job runs twice."""
    offering = course(capacity=MANY, title_fi="Hitsaaja")
    bengt = official(offering).person
    sent = [apply(offering) for _ in range(MANY)]
    assert not Letter.objects.filter(recipient=bengt).exists()
    clock.move_to(morning(11, 25))

    remind_of_applications()
    remind_of_applications()

    (letter,) = Letter.objects.filter(recipient=bengt)
    with override(letter.language):
        content = letters.applications_digest(waiting=MANY)
    assert letter.subject == content.subject
    assert str(MANY) in letter.subject
    for secret in (sent[0].reference, sent[0].learner.person.name, "Hitsaaja", str(offering.provider)):
        assert secret not in f"{letter.subject} {letter.text} {letter.html}"


def test_the_next_letter_waits_for_something_new_or_a_week(clock) -> None:
    """New are an application, a statement that has come, a move; on working days of the host's country."""
    offering = course(form="basic", starts_on=in_days(90))
    bengt = official(offering).person
    free, asked = apply(offering, "FI-851"), apply(offering)
    statement_given(free)
    expected = []
    for day, act in (
        (morning(11, 25), None),
        (morning(11, 26), None),
        (morning(11, 27), lambda: statement_given(asked)),
        (morning(11, 28), lambda: statement_given(apply(offering))),  # Saturday
        (morning(11, 30), None),
        (morning(12, 1), None),
        (morning(12, 7), None),
    ):
        clock.move_to(day - dt.timedelta(hours=1))
        if act is not None:
            act()
        clock.move_to(day)
        expected.append(write_host_digests())

    assert expected == [1, 0, 1, 0, 1, 0, 1]
    assert [letter.subject.split()[0] for letter in digests(bengt)] == ["1", "2", "3", "3"]


def test_the_host_s_country_says_which_days_work(clock) -> None:
    """New Year's Eve: Finland works, Sweden does not."""
    finland = course(starts_on=in_days(90))
    sweden = course(
        provider=host(country="SE", home_municipality=municipality("SE-2518")), starts_on=in_days(90)
    )
    statement_given(apply(sweden, "SE-2518"))
    apply(finland)
    clock.move_to(morning(12, 31))

    assert write_host_digests() == 1
    assert (len(digests(official(finland).person)), digests(official(sweden).person)) == (1, [])
    clock.move_to(morning(1, 4, 2027))
    write_host_digests()
    assert len(digests(official(sweden).person)) == 1


def test_one_click_ends_it(client: Client, clock) -> None:
    """Optional: the link in the letter ends it, and it alone."""
    offering = course()
    bengt = official(offering).person
    apply(offering)
    clock.move_to(morning(11, 25))
    write_host_digests()
    (letter,) = digests(bengt)
    assert letter.ending_address in letter.text

    client.post(letter.ending_address.removeprefix(settings.PUBLIC_URL))

    assert UnwantedLetters.objects.get().person == bengt
    apply(offering)
    clock.move_to(morning(11, 26))
    assert write_host_digests() == 0


def test_nobody_is_told_of_what_is_not_hers_to_do(clock) -> None:
    """R-PRIV-4: decided, at home, somebody else's, one's own; a role that is over."""
    offering, other = course(form="basic"), course()
    bengt, eeva = official(offering).person, official(other).person
    apply(offering)  # at home
    decided = apply(offering)
    statement_given(decided)
    admit(decided)
    own = apply(other, person=eeva)
    assert own.learner.person == eeva
    ended = RoleAssignmentFactory(
        role=Role.PROVIDER_STAFF, organisation=other.provider, valid_to=in_days(-1)
    ).person
    clock.move_to(morning(11, 25))

    assert write_host_digests() == 0
    assert [digests(one) for one in (bengt, eeva, ended)] == [[], [], []]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_job_that_runs_in_several_places_writes_once(clock) -> None:
    """A digest, no flood."""
    offering = course()
    apply(offering)
    clock.move_to(morning(11, 25))

    written = run_together(4, lambda _which: write_host_digests())

    assert sum(written) == 1
    assert len(digests(official(offering).person)) == 1


def test_it_comes_in_the_morning_of_weekdays() -> None:
    jobs = {one["task"]: one["schedule"] for one in settings.CELERY_BEAT_SCHEDULE.values()}
    schedule = jobs["applications.remind_of_applications"]
    assert (schedule.hour, schedule.minute, schedule.day_of_week) == ({5}, {5}, {1, 2, 3, 4, 5})
