"""Letters that ask whether the numbers of free places still hold, and the page behind their link."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from kopa.accounts.errors import LinkOver
from kopa.accounts.models import User
from kopa.audit.models import AuditEvent
from kopa.letters import choices
from kopa.letters.models import Letter
from kopa.letters.services import deliver_what_waits
from offerings import tasks
from offerings.models import ConfirmationRequest, Offering, PlaceCounter
from offerings.search import words
from offerings.services import asking, set_taken_elsewhere
from providers.models import Organisation
from tests.factories import OfferingFactory, RoleAssignmentFactory, UserFactory, today
from tests.together import Meeting, impatient, run_together, without_locks

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
MONTH = dt.timedelta(days=30)
OLD = dt.timedelta(days=61)


def old_course(provider: Organisation, by: User, **more) -> Offering:
    facts = {"starts_on": today() + dt.timedelta(days=200), "closes_in_days": 150} | more
    confirmed = {"places_confirmed_at": timezone.now() - OLD, "places_confirmed_by": by}
    return OfferingFactory(provider=provider, **confirmed, **facts)


def ask() -> int:
    """What beat lets a worker do; how many letters it wrote."""
    before = Letter.objects.count()
    tasks.ask_for_confirmation()
    return Letter.objects.count() - before


def readers() -> list[str]:
    return sorted(Letter.objects.values_list("address", flat=True))


def link(person: User) -> str:
    letter = Letter.objects.filter(recipient=person).first()
    return re.search(r"http://localhost:8000(/\S+/c\.[\w-]+/)", letter.text)[1]


def key_of(person: User) -> str:
    return link(person).split("/")[-2]


def seen(*offerings: Offering) -> dict[int, int]:
    counters = PlaceCounter.objects.filter(offering__in=offerings)
    return dict(counters.values_list("pk", "taken_elsewhere"))


def typed(*offerings: Offering) -> dict[str, str]:
    return {f"seen_{pk}": str(number) for pk, number in seen(*offerings).items()}


def unconfirmed() -> list[int]:
    return sorted(Offering.objects.unconfirmed(timezone.now()).values_list("pk", flat=True))


@pytest.fixture
def course(lappia, bengt) -> Offering:
    return old_course(lappia, bengt, capacity=16, taken=5)


# Who is asked


def test_one_letter_lists_all_courses_with_old_numbers(lappia, bengt, course):
    other = old_course(lappia, bengt, title_sv="Närvårdare", capacity=20, taken=18)
    OfferingFactory(provider=lappia, title_sv="Kock", places_confirmed_at=timezone.now(),
                    places_confirmed_by=bengt)  # fmt: skip
    OfferingFactory(provider=lappia, title_sv="Skogsarbetare", status="draft")

    assert ask() == 1

    letter = Letter.objects.get()
    assert (letter.address, letter.language, letter.kind) == ("bengt@example.org", "sv", "places.confirm")
    told = re.findall(r"^- (.+)$", letter.text, re.MULTILINE)
    assert [line.partition(" (")[0] for line in told] == [course.title_sv, other.title_sv]
    assert "11" in told[0]
    assert "16" in told[0]
    assert letter.text.count("http") == 2  # the page with the button, and the end of such letters
    assert "<li>" in letter.html


def test_who_is_asked_today_is_not_asked_again_for_thirty_days(course, clock):
    assert (ask(), ask()) == (1, 0)
    clock.shift(MONTH - dt.timedelta(seconds=1))
    assert ask() == 0
    clock.shift(dt.timedelta(seconds=1))
    assert ask() == 1


def test_a_new_letter_takes_the_place_of_the_old_one(course, bengt, clock):
    ask()
    first = key_of(bengt)
    clock.shift(MONTH)
    ask()

    assert ConfirmationRequest.objects.filter(ended_at=None).count() == 1
    with pytest.raises(LinkOver):
        asking.find(first)
    assert asking.find(key_of(bengt)).person == bengt


def test_a_letter_that_has_not_left_by_the_end_of_its_link_never_does(course, bengt, clock):
    ask()
    letter = Letter.objects.get(kind=choices.CONFIRM_PLACES)

    assert letter.useless_after == ConfirmationRequest.objects.get().expires_at
    clock.move_to(letter.useless_after)
    assert deliver_what_waits() == 0
    letter.refresh_from_db()
    assert letter.state == "failed"


def test_the_contact_person_is_asked_first_and_all_when_nobody_has_answered(lappia, bengt, clock):
    other = UserFactory(email="anneli@example.org")
    RoleAssignmentFactory(person=other, organisation=lappia)
    old_course(lappia, bengt, contact_email="Bengt@example.org")

    ask()
    assert readers() == ["bengt@example.org"]
    clock.shift(dt.timedelta(days=10))
    assert ask() == 0
    clock.shift(dt.timedelta(days=20))
    ask()
    assert readers() == ["anneli@example.org", "bengt@example.org", "bengt@example.org"]


def test_an_answered_letter_begins_anew_with_the_contact_person(lappia, bengt, clock):
    RoleAssignmentFactory(person=UserFactory(), organisation=lappia)
    course = old_course(lappia, bengt, contact_email=bengt.email)
    ask()
    asking.confirm(key=key_of(bengt), seen=seen(course))

    clock.shift(OLD)
    assert ask() == 1
    assert set(readers()) == {bengt.email}


def test_a_course_never_confirmed_goes_from_the_contact_person_to_all(lappia, bengt, clock):
    RoleAssignmentFactory(person=UserFactory(email="anneli@example.org"), organisation=lappia)
    OfferingFactory(provider=lappia, contact_email=bengt.email, closes_in_days=50)

    ask()
    clock.shift(MONTH)
    ask()

    assert readers() == ["anneli@example.org", bengt.email, bengt.email]


def test_a_contact_person_who_does_not_publish_is_not_written_to(course):
    assert course.contact_email == "opintotoimisto@example.org"

    ask()

    assert readers() == ["bengt@example.org"]


@pytest.mark.parametrize(
    "change",
    ["ended role", "closed account", "another role", "wants no letters", "nobody", "over", "cancelled"],
)
def test_nobody_else_is_asked(change, course, bengt):
    role = bengt.role_assignments.get()
    match change:
        case "ended role":
            role.valid_to = today() - dt.timedelta(days=1)
        case "another role":
            role.role = "counsellor"
        case "closed account":
            User.objects.filter(pk=bengt.pk).update(is_active=False)
        case "wants no letters":
            choices.end(bengt.pk, choices.CONFIRM_PLACES)
        case "nobody":
            role.person = UserFactory(is_active=False)
        case "over":
            Offering.objects.update(
                applications_open_at=timezone.now() - OLD, applications_close_at=timezone.now() - MONTH
            )
        case "cancelled":
            Offering.objects.update(
                status="cancelled", cancelled_at=timezone.now(), cancel_reason_fi="Liian vähän hakijoita."
            )
    role.save()

    assert ask() == 0


def test_an_account_that_is_closed_meanwhile_gets_no_letter(course, bengt):
    User.objects.filter(pk=bengt.pk).update(is_active=False)

    assert asking._ask(bengt.pk, [course.pk]) == 0


def test_a_letter_that_cannot_be_written_keeps_nobody_else_from_being_asked(lappia, pello, bengt, aino):
    old_course(pello, aino)
    old_course(lappia, bengt)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table letters_letter add constraint no_more check (address not like 'aino%%')")
    assert aino.pk in asking._whom_to_ask()

    assert ask() == 1
    assert readers() == ["bengt@example.org"]


def test_who_is_asked_meanwhile_gets_no_second_letter(course, bengt):
    ask()

    assert asking._ask(bengt.pk, [course.pk]) == 0


def test_a_long_list_says_how_many_are_left_out(lappia, bengt, monkeypatch):
    monkeypatch.setattr(asking, "MOST_IN_A_LETTER", 2)
    for _number in range(3):
        old_course(lappia, bengt)

    ask()

    letter = Letter.objects.get()
    assert len(re.findall("^- ", letter.text, re.MULTILINE)) == 3
    assert "3" in letter.subject
    assert ConfirmationRequest.objects.get().offerings.count() == 2


def test_letters_cost_the_same_however_many_courses(lappia, bengt, django_assert_num_queries):
    for _number in range(3):
        old_course(lappia, bengt)
    with django_assert_num_queries(4):
        assert len(asking._whom_to_ask()[bengt.pk]) == 3


def test_old_requests_are_forgotten(course, clock):
    ask()
    clock.shift(asking.KEPT)
    assert asking.forget_old_requests() == 0
    clock.shift(dt.timedelta(seconds=1))

    assert (asking.forget_old_requests(), ConfirmationRequest.objects.count()) == (1, 0)


# The link


def test_opening_the_link_changes_nothing_and_the_button_confirms(course, bengt, client):
    ask()

    for _time in range(2):
        assert client.get(link(bengt)).status_code == 200
    assert unconfirmed() == [course.pk]

    answer = client.post(link(bengt), typed(course))

    assert answer["Location"] == link(bengt)
    saved = Offering.objects.get()
    assert (saved.places_confirmed_by, saved.places_confirmed_at) == (bengt, timezone.now())
    assert unconfirmed() == []
    acts = AuditEvent.objects.order_by("pk").values_list("verb", "actor", "role")
    assert list(acts) == [
        ("offering.confirm_places", bengt.pk, "provider_staff"),
        ("offering.confirm_by_letter", bengt.pk, ""),
    ]


def test_the_page_then_says_what_next_and_pressing_again_changes_nothing(course, bengt, client, clock):
    ask()
    client.post(link(bengt), typed(course))
    clock.shift(dt.timedelta(hours=1))

    page = client.post(link(bengt), typed(course), follow=True).content.decode()

    with override("sv"):
        assert f'href="{reverse("offerings:places", args=[course.pk])}"' in page
    assert 'type="submit"' not in page.partition("<main")[2].partition("</main")[0]
    assert Offering.objects.get().places_confirmed_at == timezone.now() - dt.timedelta(hours=1)
    assert AuditEvent.objects.count() == 2


def test_the_page_shows_no_person(course, bengt, client):
    ask()

    page = client.get(link(bengt)).content.decode().partition("<main")[2]

    assert "Bengt" not in page
    assert "bengt@" not in page


def test_numbers_changed_meanwhile_are_looked_at_again(lappia, bengt, course, client):
    other = old_course(lappia, bengt)
    ask()
    shown = typed(course, other)
    counter = course.counters.get()
    set_taken_elsewhere(offering_id=course.pk, taken={counter.pk: 7}, by=bengt)
    Offering.objects.filter(pk=course.pk).update(places_confirmed_at=timezone.now() - OLD)

    client.post(link(bengt), shown)

    assert unconfirmed() == [course.pk]
    assert AuditEvent.objects.filter(verb="offering.confirm_by_letter").count() == 1
    assert asking.find(key_of(bengt)).ended_at is None
    client.post(link(bengt), typed(course))
    assert unconfirmed() == []
    assert asking.find(key_of(bengt)).confirmed_at is not None


def test_a_press_without_numbers_confirms_nothing(course, bengt):
    ask()

    assert asking.confirm(key=key_of(bengt), seen={}) == asking.Outcome((), (course.pk,))


def test_what_somebody_else_has_confirmed_is_not_confirmed_again(lappia, bengt, course):
    ask()
    other = UserFactory()
    Offering.objects.update(places_confirmed_at=timezone.now(), places_confirmed_by=other)

    assert asking.confirm(key=key_of(bengt), seen=seen(course)) == asking.Outcome((), ())
    assert Offering.objects.get().places_confirmed_by == other
    assert not AuditEvent.objects.filter(verb="offering.confirm_by_letter").exists()


@pytest.mark.parametrize("change", ["too old", "role ended", "account closed", "cancelled", "made up"])
def test_a_link_that_is_over_does_nothing(change, course, bengt, client, clock):
    ask()
    path = link(bengt)
    match change:
        case "too old":
            clock.shift(asking.VALID)
        case "role ended":
            bengt.role_assignments.update(valid_to=today() - dt.timedelta(days=1))
        case "account closed":
            User.objects.filter(pk=bengt.pk).update(is_active=False)
        case "cancelled":
            Offering.objects.update(
                status="cancelled", cancelled_at=timezone.now(), cancel_reason_fi="Liian vähän hakijoita."
            )
        case "made up":
            path = path[:-5] + "xxxx/"

    assert client.get(path).status_code == 404
    assert client.post(path, typed(course)).status_code == 404
    assert Offering.objects.get().places_confirmed_at == course.places_confirmed_at


def test_a_role_in_one_of_two_organisations_confirms_only_there(lappia, pello, bengt, course, client):
    role = RoleAssignmentFactory(person=bengt, role="officer", organisation=pello)
    theirs = old_course(pello, bengt)
    ask()
    role.delete()

    client.post(link(bengt), typed(course, theirs))

    assert unconfirmed() == [theirs.pk]


def test_no_foreign_course_can_be_smuggled_in(lappia, pello, bengt, course, client):
    ask()
    foreign = old_course(pello, bengt)

    client.post(link(bengt), typed(course, foreign))

    assert unconfirmed() == [foreign.pk]


def test_the_form_needs_its_token(course, bengt):
    ask()

    assert Client(enforce_csrf_checks=True).post(link(bengt), typed(course)).status_code == 403


def test_the_key_is_not_kept(course, bengt):
    ask()

    assert key_of(bengt) not in str(list(ConfirmationRequest.objects.values_list()))


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_costs_the_same_however_many_courses(
    number, lappia, bengt, client, django_assert_num_queries
):
    for _number in range(number):
        old_course(lappia, bengt)
    ask()
    client.get(link(bengt))

    with django_assert_num_queries(7):
        client.get(link(bengt))


BROKEN = {
    "request_ends_after_it_was_asked": {"expires_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
    "request_that_was_confirmed_is_over": {"confirmed_at": dt.datetime(2026, 11, 1, tzinfo=dt.UTC)},
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_database_refuses(name, course):
    ask()

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ConfirmationRequest.objects.update(**BROKEN[name])


def test_the_database_refuses_two_open_letters(course, bengt):
    ask()
    first = ConfirmationRequest.objects.get()

    with pytest.raises(IntegrityError, match="person_is_asked_by_one_letter_at_a_time"), transaction.atomic():
        ConfirmationRequest.objects.create(
            person=bengt, key_digest="0" * 64, asked_at=first.asked_at, expires_at=first.expires_at
        )
    names = {constraint.name for constraint in ConfirmationRequest._meta.constraints}
    assert names == {*BROKEN, "person_is_asked_by_one_letter_at_a_time"}


# Races


def _two_workers(course: Offering, bengt: User) -> list[object]:
    meeting = Meeting(2)

    def work(_which: int) -> int:
        with meeting.before_writing():
            return asking._ask(bengt.pk, [course.pk])

    return run_together(2, work)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_workers_write_one_letter(course, bengt):
    assert sorted(_two_workers(course, bengt)) == [0, 1]
    assert Letter.objects.count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_a_worker_falls_over_the_constraint(course, bengt, monkeypatch):
    without_locks(monkeypatch)

    outcomes = _two_workers(course, bengt)

    assert sorted(type(one).__name__ for one in outcomes) == ["IntegrityError", "int"]


def _two_presses(path_key: str, shown: dict[int, int]) -> list[object]:
    meeting = Meeting(2)

    def press(_which: int) -> Sequence[int]:
        with meeting.before_writing():
            return asking.confirm(key=path_key, seen=shown).confirmed

    return run_together(2, press)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_confirm_once(course, bengt):
    words.warm_up()
    ask()

    outcomes = _two_presses(key_of(bengt), seen(course))

    assert sorted(map(len, outcomes)) == [0, 1]
    assert AuditEvent.objects.filter(verb="offering.confirm_places").count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_presses_confirm_twice(course, bengt, monkeypatch):
    words.warm_up()
    ask()
    without_locks(monkeypatch)

    outcomes = _two_presses(key_of(bengt), seen(course))

    assert sorted(map(len, outcomes)) == [1, 1]
    assert AuditEvent.objects.filter(verb="offering.confirm_places").count() == 2


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_lock_that_does_not_come_is_told(course, bengt, client):
    ask()
    key = key_of(bengt)

    def hold(which: int) -> int:
        if which == 0:
            with transaction.atomic():
                list(ConfirmationRequest.objects.select_for_update())
                with connection.cursor() as cursor:
                    cursor.execute("select pg_sleep(2)")
            return 0
        with connection.cursor() as cursor:
            cursor.execute("select pg_sleep(0.3)")
        with impatient(500):
            return Client().post(link(bengt), typed(course)).status_code

    assert run_together(2, hold) == [0, 302]
    assert asking.find(key).ended_at is None
