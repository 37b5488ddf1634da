"""One place more or fewer given elsewhere, with one tap."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kopa.audit.models import AuditEvent
from kopa.base.errors import ChangedMeanwhile
from offerings import services
from offerings.models import Offering
from offerings.search import words
from tests.factories import OfferingFactory, RoleAssignmentFactory, UserFactory
from tests.offerings.filled_in import desk, typed_course
from tests.together import Meeting, run_together, without_locks

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def at_desk(client, bengt):
    client.force_login(bengt)
    return client


@pytest.fixture
def offering(lappia):
    return OfferingFactory(
        provider=lappia, title_en="Welder", capacity=16, taken={"": 9, "FI-854": 1}, quotas={"FI-854": 2}
    )


def open_source(offering: Offering) -> Any:
    return offering.counters.get(quota=None)


def form_in(page: str, step: str, offering: Offering) -> dict[str, str]:
    """The fields of the form whose button is pressed."""
    button = f"{step} {open_source(offering).pk}"
    form = next(one for one in re.findall("<form.*?</form>", page, re.DOTALL) if f'value="{button}"' in one)
    return dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form)) | {"act": button}


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


@pytest.mark.parametrize(("step", "taken", "free"), [("plus", 11, 5), ("minus", 9, 7)])
def test_one_tap_on_the_row(at_desk, offering, bengt, step, taken, free):
    Offering.objects.update(places_confirmed_at=None, places_confirmed_by=None)
    typed = form_in(at_desk.get(desk("own")).text, step, offering)

    response = at_desk.post(desk("places", offering.pk), typed, follow=True)

    assert response.redirect_chain == [(f"{desk('own')}#offering-{offering.pk}", 302)]
    assert said(response) == [
        f"Welder: {taken} of 16 places are given elsewhere, {free} are free. Confirmed."
    ]
    assert open_source(offering).taken_elsewhere == taken - 1
    assert Offering.objects.get().places_confirmed_by == bengt


def test_one_tap_beside_the_number(at_desk, offering):
    """It takes what is typed in the other box along."""
    page = at_desk.get(desk("places", offering.pk)).text
    pello = offering.counters.get(quota__isnull=False)
    typed = form_in(page, "plus", offering) | {f"taken_{pello.pk}": "2"}

    response = at_desk.post(desk("places", offering.pk), typed)

    assert response["Location"] == f"{desk('places', offering.pk)}#offering-{offering.pk}"
    assert [counter.taken_elsewhere for counter in offering.counters.all()] == [10, 2]


def test_a_double_tap_counts_once(at_desk, offering):
    typed = form_in(at_desk.get(desk("own")).text, "plus", offering)

    at_desk.post(desk("places", offering.pk), typed)
    again = at_desk.post(desk("places", offering.pk), typed, follow=True)

    assert open_source(offering).taken_elsewhere == 10
    assert said(again)[-1] == "Welder: 11 of 16 places are given elsewhere, 5 are free. Confirmed."
    assert AuditEvent.objects.filter(verb="offering.set_taken_elsewhere").count() == 1


def test_a_tap_on_an_old_page_is_another_thought(at_desk, offering, time_machine):
    typed = form_in(at_desk.get(desk("own")).text, "plus", offering)
    at_desk.post(desk("places", offering.pk), typed)
    time_machine.move_to(timezone.now() + dt.timedelta(seconds=11))

    again = at_desk.post(desk("places", offering.pk), typed, follow=True)

    assert open_source(offering).taken_elsewhere == 10
    assert again.redirect_chain == [(desk("own"), 302)]
    assert said(again) == [
        "Welder: 11 of 16 places are given elsewhere, 5 are free. Confirmed.",
        "You have just changed these numbers yourself in another window. Your tap has changed nothing: look"
        " at the numbers and tap again. Welder: 11 of 16 places are given elsewhere, 5 are free.",
    ]


def test_a_colleague_was_quicker(at_desk, offering, lappia):
    """Both gave a place, both saw nine: the second is told, or one of the two places would be forgotten."""
    brita = UserFactory(name="Brita")
    RoleAssignmentFactory(person=brita, organisation=lappia)
    other = Client()
    other.force_login(brita)
    typed = form_in(at_desk.get(desk("own")).text, "plus", offering)
    other.post(desk("places", offering.pk), typed)

    response = at_desk.post(desk("places", offering.pk), typed, follow=True)

    assert open_source(offering).taken_elsewhere == 10
    assert said(response)[0].startswith("Brita has just changed these numbers. Your tap has changed nothing")


def test_other_numbers_are_no_repetition(offering, bengt):
    source = open_source(offering)
    services.set_taken_elsewhere(offering_id=offering.pk, taken={source.pk: 10}, by=bengt)

    with pytest.raises(ChangedMeanwhile):
        services.set_taken_elsewhere(
            offering_id=offering.pk, taken={source.pk: 11}, seen={source.pk: 9}, by=bengt
        )


def test_a_number_that_nobody_has_written_is_no_repetition(offering, bengt):
    """As demonstration data and imports bring it."""
    source = open_source(offering)

    with pytest.raises(ChangedMeanwhile):
        services.set_taken_elsewhere(
            offering_id=offering.pk, taken={source.pk: 9}, seen={source.pk: 8}, by=bengt
        )


def test_more_than_there_are_is_refused(at_desk, offering):
    source = open_source(offering)
    typed = form_in(at_desk.get(desk("own")).text, "plus", offering)
    typed |= {f"taken_{source.pk}": "14", f"seen_{source.pk}": "9"}

    full = at_desk.post(desk("places", offering.pk), typed, follow=True)
    nonsense = at_desk.post(desk("places", offering.pk), typed | {f"taken_{source.pk}": "x"}, follow=True)

    assert said(full)[-1].startswith("At most 14 can be given here. Welder: 10 of 16")
    assert said(nonsense)[-1].startswith("Write a number in figures")
    assert open_source(offering).taken_elsewhere == 9


def test_a_tap_leads_to_no_other_host(at_desk, offering):
    typed = form_in(at_desk.get(desk("own")).text, "plus", offering) | {"back": "https://elsewhere.example/"}

    response = at_desk.post(desk("places", offering.pk), typed)

    assert response["Location"].startswith(desk("places", offering.pk))


def test_steps_that_lead_nowhere_cannot_be_pressed(at_desk, lappia):
    empty = OfferingFactory(provider=lappia, capacity=4)
    full = OfferingFactory(provider=lappia, capacity=4, taken=4)
    page = at_desk.get(desk("own")).text

    for offering, step in ((empty, "minus"), (full, "plus")):
        assert f'value="{step} {open_source(offering).pk}" disabled' in page


# At once


def two_tap() -> list[Any]:
    people = [UserFactory(name="Aino"), UserFactory(name="Bengt")]
    offering = OfferingFactory(capacity=16, taken=9)
    source = open_source(offering)
    meeting = Meeting(2)

    def act(which: int) -> Offering:
        with meeting.before_writing():
            return services.set_taken_elsewhere(
                offering_id=offering.pk, taken={source.pk: 10}, seen={source.pk: 9}, by=people[which]
            )

    outcomes = run_together(2, act)
    assert open_source(offering).taken_elsewhere == 10
    return sorted(type(one).__name__ for one in outcomes)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_who_tap_at_once_one_is_told():
    words.warm_up()

    assert two_tap() == ["ChangedMeanwhile", "Offering"]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_a_given_place_would_be_forgotten(monkeypatch):
    words.warm_up()
    without_locks(monkeypatch)

    assert two_tap() == ["Offering", "Offering"]  # two places given, one counted


# How low the number of places can go


def test_the_form_says_how_low_the_places_can_go(at_desk, offering):
    page = at_desk.get(desk("edit", offering.pk))

    fields = page.context["form"].fields
    assert fields["capacity"].help_text == (
        "The reserved ones included. At least 11 now: 9 open places have been given and 2 are reserved."
    )
    assert fields["quotas"].help_text == (
        "For residents of these municipalities only, until the places are released."
        " 1 place reserved for Pello has been given: at least that many stay reserved."
        " When there are more places in all, these stay as they are; the new ones are open."
    )


def test_the_smallest_group_is_a_lower_bound_too(at_desk, lappia):
    offering = OfferingFactory(provider=lappia, capacity=16, taken=3, min_group=8)

    hint = at_desk.get(desk("edit", offering.pk)).context["form"].fields["capacity"].help_text

    assert hint == "The reserved ones included. At least 8: the smallest group."


def test_after_a_change_the_form_says_how_the_places_are_shared_out(at_desk, offering, lappia):
    typed = typed_course(
        lappia, version="1", capacity="20", quotas_municipality=["Pello"], quotas_seats=["2"]
    )

    response = at_desk.post(desk("edit", offering.pk), typed, follow=True)

    assert "There are 20 places in all now: 18 open to everybody, 2 reserved. Free: 10." in said(response)
