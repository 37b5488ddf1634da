"""Officers who act at the same moment. Each race has a sibling without the lock, in which harm happens."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.test import Client

from kopa.accounts.models import User
from kopa.base.db import Busy
from kopa.base.errors import TransitionNotAllowed
from offerings import services
from offerings.errors import PlacesBelowGiven
from offerings.models import Offering
from offerings.search import words
from offerings.services import places_that_disagree
from providers.models import Site
from providers.services import site_at_centre
from tests.factories import (
    OfferingFactory,
    OrganisationFactory,
    RoleAssignmentFactory,
    UserFactory,
    municipality,
)
from tests.offerings.filled_in import desk, typed_course
from tests.together import Meeting, run_together, without_locks

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("english"),
]


@pytest.fixture(autouse=True)
def _dictionaries_are_loaded() -> None:
    words.warm_up()  # the first search row of a process takes longer than a lock is waited for


@pytest.fixture
def officers() -> list[User]:
    return [UserFactory(name="Aino"), UserFactory(name="Bengt")]


def names(outcomes: list[Any]) -> list[str]:
    return sorted(type(outcome).__name__ for outcome in outcomes)


def both_save(offering: Offering, officers: list[User]) -> list[Any]:
    meeting = Meeting(2)

    def save(which: int) -> Offering:
        with meeting.before_writing():
            return services.save_offering(
                offering_id=offering.pk,
                version=1,
                given={"title_fi": officers[which].name},
                by=officers[which],
            )

    return run_together(2, save)


def test_of_two_who_save_at_once_one_is_told(officers):
    offering = OfferingFactory(status="draft")

    outcomes = both_save(offering, officers)

    assert names(outcomes) == ["ChangedMeanwhile", "Offering"]
    winner = next(officer for officer, outcome in zip(officers, outcomes, strict=True) if outcome == offering)
    saved = Offering.objects.get()
    assert (saved.title_fi, saved.version) == (winner.name, 2)


def test_without_the_lock_one_text_would_be_lost_in_silence(officers, monkeypatch):
    without_locks(monkeypatch)
    offering = OfferingFactory(status="draft")

    outcomes = both_save(offering, officers)

    assert names(outcomes) == ["Offering", "Offering"]  # both believe that their text is saved
    assert Offering.objects.get().version == 2


def two_give_while_one_lowers(offering: Offering, officers: list[User]) -> list[Any]:
    meeting = Meeting(3)
    open_source = offering.counters.get(quota=None)
    pello = offering.counters.get(quota__isnull=False)

    def act(which: int) -> Offering:
        with meeting.before_writing():
            if which == 2:
                return services.save_offering(
                    offering_id=offering.pk, version=1, given={"capacity": 8}, by=officers[0]
                )
            taken = {open_source.pk: 8} if which == 0 else {pello.pk: 2}
            return services.set_taken_elsewhere(offering_id=offering.pk, taken=taken, by=officers[which])

    return run_together(3, act)


def test_no_more_places_are_given_than_there_are_while_they_are_lowered(officers):
    """R-CAP-1 and R-CAP-2, at once."""
    for _ in range(4):  # whoever comes first
        offering = OfferingFactory(capacity=10, quotas={"FI-854": 2})

        outcomes = two_give_while_one_lowers(offering, officers)

        refused = [o for o in outcomes if isinstance(o, Exception)]
        assert [type(o).__name__ for o in refused] in (["MoreGivenThanSeats"], ["PlacesBelowGiven"])
        assert places_that_disagree() == []
        counters = offering.counters.all()
        assert all(counter.free >= 0 for counter in counters)
        assert sum(c.given for c in counters) == (10 if isinstance(refused[0], PlacesBelowGiven) else 2)


def test_without_the_lock_only_the_database_refuses(officers, monkeypatch):
    without_locks(monkeypatch)
    offering = OfferingFactory(capacity=10, quotas={"FI-854": 2})

    outcomes = two_give_while_one_lowers(offering, officers)

    # No rule of ours saw it coming: PostgreSQL stopped somebody by the counter's constraint or a deadlock.
    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert refused
    assert all(isinstance(one, Busy) or isinstance(one.__cause__, IntegrityError) for one in refused), refused
    assert all(counter.free >= 0 for counter in offering.counters.all())


def one_publishes_the_other_cancels(offering: Offering, officers: list[User]) -> list[Any]:
    meeting = Meeting(2)

    def act(which: int) -> Offering:
        with meeting.before_writing():
            if which == 0:
                return services.publish(offering_id=offering.pk, version=1, by=officers[0])
            reasons = {"fi": "Liian vähän hakijoita"}
            return services.cancel(offering_id=offering.pk, reasons=reasons, by=officers[1])

    return run_together(2, act)


def test_a_cancelled_course_is_never_made_public(officers):
    offering = OfferingFactory(status="draft")

    outcomes = one_publishes_the_other_cancels(offering, officers)

    assert Offering.objects.get().status == "cancelled"
    published_first = not isinstance(outcomes[0], Exception)
    assert (Offering.objects.get().published_at is not None) == published_first
    assert published_first or isinstance(outcomes[0], TransitionNotAllowed)


def test_without_the_lock_the_last_to_write_wins(officers, monkeypatch):
    without_locks(monkeypatch)
    offering = OfferingFactory(status="draft")

    outcomes = one_publishes_the_other_cancels(offering, officers)

    # Both succeed from the same draft: a cancelled course is public again, or its publication is forgotten.
    assert names(outcomes) == ["Offering", "Offering"]
    saved = Offering.objects.get()
    assert saved.status == "published" or saved.published_at is None


def two_make_a_site() -> tuple[int, int]:
    organisation, pello = OrganisationFactory(), municipality("FI-854")
    meeting = Meeting(2)

    def make(_which: int) -> int:
        with meeting.before_writing():
            return site_at_centre(organisation.pk, pello.pk).pk

    outcomes = run_together(2, make)
    assert all(isinstance(outcome, int) for outcome in outcomes), outcomes
    return len(set(outcomes)), Site.objects.filter(organisation=organisation).count()


def test_a_municipalitys_centre_is_one_site():
    assert two_make_a_site() == (1, 1)


def test_without_the_lock_it_would_be_two(monkeypatch):
    without_locks(monkeypatch)

    assert two_make_a_site() == (2, 2)


def both_send(marks: list[str], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Publish twice, as a double click does: both have looked for the course before either has made it."""
    monkeypatch.setattr(Meeting, "patience", 60)  # no lock holds anybody back there: who is late is only slow
    bengt = UserFactory(name="Bengt")
    host = OrganisationFactory(home_municipality=municipality("FI-851"))
    RoleAssignmentFactory(person=bengt, organisation=host)
    typed = typed_course(host, act="publish", own_reference="")
    meeting = Meeting(2, before=('INSERT INTO "OFFERINGS_OFFERING" ',))
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.force_login(bengt)

    def send(which: int) -> str:
        with meeting.before_writing():
            return browsers[which].post(desk("create"), typed | {"created_from": marks[which]})["Location"]

    return run_together(2, send)


def test_of_a_form_sent_twice_at_once_there_is_one_course(monkeypatch):
    mark = str(uuid4())

    addresses = both_send([mark, mark], monkeypatch)

    assert Offering.objects.count() == 1
    assert addresses[0] == addresses[1]


def test_without_the_same_mark_there_would_be_two(monkeypatch):
    addresses = both_send([str(uuid4()), str(uuid4())], monkeypatch)

    assert Offering.objects.count() == len(set(addresses)) == 2
