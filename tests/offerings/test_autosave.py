"""A draft that saves itself while it is typed."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from kopa.audit.models import AuditEvent
from kopa.base.errors import ChangedMeanwhile, TransitionNotAllowed
from offerings import meanwhile, services, tasks
from offerings.models import Offering, Sitting
from offerings.search import words
from offerings.services import autosaving
from offerings.services.sittings import merged
from providers.models import Site
from tests.factories import (
    OfferingFactory,
    OrganisationFactory,
    RoleAssignmentFactory,
    UserFactory,
    municipality,
)
from tests.offerings.filled_in import desk, typed_course
from tests.together import Meeting, run_together, without_locks

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]

HERE, THERE = UUID(int=1), UUID(int=2)


@pytest.fixture
def draft(lappia):
    return OfferingFactory(provider=lappia, status="draft", title_fi="Hitsaaja", capacity=16)


@pytest.fixture
def brita(lappia):
    """Bengt's colleague."""
    person = UserFactory(name="Brita")
    RoleAssignmentFactory(person=person, organisation=lappia)
    return person


def autosave(draft: Offering, by: Any, *, version: int = 1, sitting: UUID = HERE, **given: Any) -> Offering:
    return services.autosave(
        offering_id=draft.pk, version=version, sitting=sitting, given=given, by=by  # type: ignore[arg-type]
    )


def entries(offering: Offering) -> list[tuple[str, str, dict[str, Any]]]:
    events = AuditEvent.objects.filter(target="offerings.offering", target_id=offering.pk).order_by("pk")
    return [(event.verb.removeprefix("offering."), str(event.actor), event.changes) for event in events]


# The service


def test_what_is_typed_is_saved_and_the_journal_waits(draft, bengt):
    saved = autosave(draft, bengt, title_fi="Hitsaaja, levy")

    assert (Offering.objects.get().title_fi, saved.version) == ("Hitsaaja, levy", 2)
    assert entries(draft) == []
    assert Sitting.objects.get().changes == {"title_fi": ["Hitsaaja", "Hitsaaja, levy"]}


def test_the_button_puts_a_whole_sitting_into_one_entry(draft, bengt):
    autosave(draft, bengt, title_fi="H")
    autosave(draft, bengt, version=2, title_fi="Hitsaaja, levy", capacity=18)
    autosave(draft, bengt, version=3, capacity=16)

    services.save_offering(offering_id=draft.pk, version=4, given={"min_group": 8}, by=bengt)

    changes = {"title_fi": ["Hitsaaja", "Hitsaaja, levy"], "min_group": [None, 8]}  # the places are as before
    assert entries(draft) == [("save", "Bengt", changes)]
    assert not Sitting.objects.exists()


def test_publishing_takes_the_sitting_along(draft, bengt):
    autosave(draft, bengt, capacity=18)

    services.publish(offering_id=draft.pk, version=2, by=bengt)

    assert entries(draft) == [("publish", "Bengt", {"capacity": [16, 18]})]


def test_somebody_elses_act_tells_of_the_sitting_first(draft, bengt, brita):
    autosave(draft, bengt, capacity=18)
    saved_at = Sitting.objects.get().saved_at

    services.cancel(offering_id=draft.pk, reasons={"fi": "Turha"}, by=brita)

    told = entries(draft)
    assert [entry[:2] for entry in told] == [("autosave", "Bengt"), ("cancel", "Brita")]
    assert told[0][2] == {"capacity": [16, 18]}
    event = AuditEvent.objects.get(verb="offering.autosave")
    assert (event.at, event.role, event.organisation_id) == (saved_at, "provider_staff", draft.provider_id)


def test_another_window_begins_another_sitting(draft, bengt):
    autosave(draft, bengt, capacity=18)
    autosave(draft, bengt, version=2, sitting=THERE, capacity=20)

    assert entries(draft) == [("autosave", "Bengt", {"capacity": [16, 18]})]
    assert (Sitting.objects.get().token, Sitting.objects.get().changes) == (THERE, {"capacity": [18, 20]})


def test_a_window_whose_person_has_changed_begins_anew(draft, bengt, brita):
    autosave(draft, bengt, capacity=18)
    autosave(draft, brita, version=2, capacity=20)

    assert entries(draft) == [("autosave", "Bengt", {"capacity": [16, 18]})]
    assert Sitting.objects.get().person == brita


def test_a_sitting_without_a_change_is_not_told(draft, bengt, brita):
    autosave(draft, bengt, title_fi="Hitsaaja")

    services.cancel(offering_id=draft.pk, reasons={"fi": "Turha"}, by=brita)

    assert [entry[0] for entry in entries(draft)] == ["cancel"]


def test_a_window_is_not_told_of_itself(draft, bengt):
    """Its answer never came, so it knows of an older version."""
    autosave(draft, bengt, capacity=18)

    autosave(draft, bengt, version=1, capacity=19)
    saved = services.save_offering(
        offering_id=draft.pk, version=1, given={"capacity": 20}, by=bengt, sitting=HERE
    )

    assert (saved.capacity, saved.version) == (20, 4)


@pytest.mark.parametrize("sitting", [None, THERE])
def test_another_window_is_told(draft, bengt, sitting):
    autosave(draft, bengt, capacity=18)

    with pytest.raises(ChangedMeanwhile):
        services.save_offering(
            offering_id=draft.pk, version=1, given={"capacity": 20}, by=bengt, sitting=sitting
        )
    with pytest.raises(ChangedMeanwhile):
        autosave(draft, bengt, version=1, sitting=THERE, capacity=20)

    assert Offering.objects.get().capacity == 18


def test_a_window_is_told_of_what_came_after_it(draft, bengt, brita):
    autosave(draft, bengt, capacity=18)
    services.save_offering(offering_id=draft.pk, version=2, given={"title_sv": "Svets"}, by=brita)

    with pytest.raises(ChangedMeanwhile):
        autosave(draft, bengt, version=2, capacity=20)
    # Nor does an act help that the journal tells by itself, as an import does.
    Sitting.objects.create(
        offering=draft, token=HERE, person=bengt, version=2, saved_at=timezone.now(), changes={}
    )
    with pytest.raises(ChangedMeanwhile):
        autosave(draft, bengt, version=2, capacity=20)


@pytest.mark.parametrize("status", ["published", "cancelled"])
def test_only_a_draft_saves_itself(lappia, bengt, status):
    offering = OfferingFactory(provider=lappia, status=status)

    with pytest.raises(TransitionNotAllowed):
        autosave(offering, bengt, title_fi="Salaa")

    assert Offering.objects.get().title_fi != "Salaa"


def test_a_blank_form_becomes_one_draft(lappia, bengt):
    mark = uuid4()
    for title in ("Hit", "Hitsaaja"):
        services.autosave_new(
            provider_id=lappia.pk, sitting=HERE, given={"title_fi": title}, by=bengt, created_from=mark
        )

    offering = Offering.objects.get()
    assert (offering.title_fi, offering.version) == ("Hitsaaja", 2)
    assert [entry[0] for entry in entries(offering)] == ["create_draft"]


def test_the_timetable_tells_of_what_was_left(draft, bengt, time_machine):
    autosave(draft, bengt, capacity=18)
    tasks.end_idle_sittings()
    assert entries(draft) == []

    time_machine.move_to(timezone.now() + dt.timedelta(minutes=31))
    tasks.end_idle_sittings()
    tasks.end_idle_sittings()

    assert entries(draft) == [("autosave", "Bengt", {"capacity": [16, 18]})]


def test_the_timetable_leaves_who_goes_on_writing_meanwhile(draft, bengt, monkeypatch):
    autosave(draft, bengt, capacity=18)
    monkeypatch.setattr("offerings.services.sittings.idle_since", lambda _moment: [draft.pk])

    assert autosaving.end_idle_sittings() == 0
    assert Sitting.objects.exists()


def test_changes_run_from_the_first_to_the_last():
    before = {"a": [1, 2], "b": [1, 2], "c": [1, 2]}

    assert merged(before, {"a": [2, 3], "b": [2, 1], "d": [4, 5]}) == {"a": [1, 3], "c": [1, 2], "d": [4, 5]}


def test_who_is_writing_is_told_to_others(draft, bengt, brita):
    autosave(draft, bengt, capacity=18)
    now = timezone.now()

    told = meanwhile.writing_now(draft, reader=brita, now=now)

    assert told == meanwhile.last_act(draft) == meanwhile.LastAct(bengt, Sitting.objects.get().saved_at)
    assert meanwhile.writing_now(draft, reader=bengt, now=now) is None
    assert meanwhile.writing_now(draft, reader=brita, now=now + dt.timedelta(minutes=11)) is None


# The form


@pytest.fixture
def at_desk(client, bengt):
    client.force_login(bengt)
    return client


def window(browser: Client, address: str) -> dict[str, str]:
    """What a form that stands open carries unseen."""
    page = browser.get(address).text
    found = dict(re.findall(r'name="(version|sitting|created_from|typed_by)" value="([^"]*)"', page))
    return found | {"act": "autosave"}


def answer(response: Any) -> dict[str, str]:
    parts = dict(re.findall(r'data-(state|version|address)="([^"]*)"', response.text))
    parts["said"] = re.search("<p data-said>(.*?)</p>", response.text)[1]
    return parts


def wrong(response: Any) -> list[str]:
    return re.findall('data-wrong="id_([^"]*)"', response.text)


def test_the_form_of_a_draft_saves_itself(at_desk, draft, lappia):
    here = window(at_desk, desk("edit", draft.pk))

    response = at_desk.post(desk("edit", draft.pk), typed_course(lappia, title_fi="Uusi") | here)

    assert answer(response) == {
        "state": "saved", "version": "2", "address": desk("edit", draft.pk), "said": "Saved at 10:00.",
    }  # fmt: skip
    assert re.findall(r"\d+ of \d+ ready", response.text) == ["11 of 11 ready"] * 2
    assert Offering.objects.get().title_fi == "Uusi"
    assert (wrong(response), AuditEvent.objects.filter(verb__startswith="offering.").count()) == ([], 0)


def test_a_blank_form_waits_for_a_title_and_becomes_a_draft(at_desk, lappia):
    here = window(at_desk, desk("create"))

    waits = at_desk.post(desk("create"), {"contact_name": "Maija"} | here)
    assert answer(waits)["said"] == "Kept for you at 10:00. With a title it becomes a draft."
    assert (wrong(waits), Offering.objects.count()) == ([], 0)
    assert 'value="Maija"' in at_desk.get(desk("create")).text

    made = at_desk.post(desk("create"), {"contact_name": "Maija", "title_fi": "Hitsaaja"} | here)
    again = at_desk.post(desk("create"), {"contact_name": "Maija", "title_fi": "Hitsaaja 2"} | here)
    offering = Offering.objects.get()
    assert answer(made)["address"] == answer(again)["address"] == desk("edit", offering.pk)
    assert (offering.title_fi, offering.contact_name) == ("Hitsaaja 2", "Maija")


def test_the_button_of_a_form_that_has_saved_itself_loses_nothing(at_desk, lappia):
    """The answer that told the new address was lost on its way."""
    here = window(at_desk, desk("create"))
    at_desk.post(desk("create"), {"title_fi": "Hitsaaja"} | here)

    response = at_desk.post(desk("create"), {"title_fi": "Hitsaaja, levy"} | here | {"act": "save"})

    assert response["Location"] == desk("edit", Offering.objects.get().pk)
    assert Offering.objects.get().title_fi == "Hitsaaja, levy"


def test_what_is_wrong_stays_out_and_the_rest_is_saved(at_desk, draft):
    here = window(at_desk, desk("edit", draft.pk))
    typed = {"title_fi": "Uusi", "capacity": "kymmenen", "contact_email": "opinto@", "credits": "3"}

    response = at_desk.post(desk("edit", draft.pk), typed | here)

    said = "Saved at 10:00. 3 fields are wrong and not saved."
    assert (answer(response)["state"], answer(response)["said"]) == ("partly", said)
    assert wrong(response) == ["credit_unit", "capacity", "contact_email"]
    saved = Offering.objects.get()
    assert (saved.title_fi, saved.capacity, saved.contact_email) == ("Uusi", 16, draft.contact_email)


def test_dates_that_contradict_the_saved_ones_stay_out_together(at_desk, draft):
    here = window(at_desk, desk("edit", draft.pk))
    typed = {"title_fi": "Uusi", "starts_on": "2026-11-30", "applications_close_at": "2026-12-30"}

    response = at_desk.post(desk("edit", draft.pk), typed | here)

    saved = Offering.objects.get()
    assert answer(response)["state"] == "partly"
    assert (saved.title_fi, saved.starts_on) == ("Uusi", draft.starts_on)
    assert saved.applications_close_at == draft.applications_close_at


def test_reserved_places_beyond_all_stay_out(at_desk, draft):
    here = window(at_desk, desk("edit", draft.pk))
    typed = {"title_fi": "Uusi", "capacity": "4", "quotas_municipality": ["Pello"], "quotas_seats": ["9"]}
    municipality("FI-854")

    response = at_desk.post(desk("edit", draft.pk), typed | here)

    saved = Offering.objects.get()
    assert "4 places in all, but 9 are reserved" in response.text
    assert (saved.title_fi, saved.capacity, saved.quotas.count()) == ("Uusi", 4, 0)


def test_a_draft_keeps_its_title(at_desk, draft):
    here = window(at_desk, desk("edit", draft.pk))

    response = at_desk.post(desk("edit", draft.pk), {"title_fi": "", "contact_name": "Maija"} | here)

    saved = Offering.objects.get()
    assert wrong(response) == ["title_fi"]
    assert (saved.title_fi, saved.contact_name) == ("Hitsaaja", "Maija")


def test_a_place_to_come_is_made_a_site_once(at_desk, draft):
    municipality("FI-240")
    here = window(at_desk, desk("edit", draft.pk))
    before = Site.objects.count()

    for _ in range(2):
        at_desk.post(desk("edit", draft.pk), {"title_fi": "H", "elsewhere_municipality": ["Kemi"]} | here)

    assert Site.objects.count() == before + 1


def test_a_second_window_is_told_and_changes_nothing(at_desk, draft, brita):
    here = window(at_desk, desk("edit", draft.pk))
    other = Client()
    other.force_login(brita)
    there = window(other, desk("edit", draft.pk))
    other.post(desk("edit", draft.pk), {"title_fi": "Britan"} | there)

    told = at_desk.post(desk("edit", draft.pk), {"title_fi": "Bengtin"} | here)
    compared = at_desk.post(desk("edit", draft.pk), {"title_fi": "Bengtin"} | here | {"act": "save"})
    opened = at_desk.get(desk("edit", draft.pk))

    assert answer(told)["state"] == "stopped"
    assert answer(told)["said"].startswith("Brita has changed this since you opened it.")
    assert Offering.objects.get().title_fi == "Britan"
    first = compared.context["differences"][0]
    assert (first.saved, first.typed) == ("Britan", "Bengtin")
    assert "data-kopa-autosave" not in compared.text  # not before the person has looked
    assert "Brita is writing this course too" in opened.text


def test_without_its_marks_a_form_saves_nothing(at_desk, draft):
    there = at_desk.post(desk("edit", draft.pk), {"title_fi": "X", "version": "1", "act": "autosave"})
    here = window(at_desk, desk("create"))
    blank = at_desk.post(desk("create"), {"title_fi": "X"} | here | {"created_from": "x"})

    assert answer(there)["state"] == answer(blank)["state"] == "stopped"
    assert Offering.objects.get().title_fi == "Hitsaaja"


def test_what_is_public_is_kept_for_the_person_and_not_changed(at_desk, lappia):
    offering = OfferingFactory(provider=lappia, title_fi="Hitsaaja")
    address = desk("edit", offering.pk)
    here = window(at_desk, address)

    kept = at_desk.post(address, typed_course(lappia, title_fi="Uusi nimi") | here)

    said = "Kept for you at 10:00, not public yet: save the changes when you are ready."
    assert (answer(kept)["state"], answer(kept)["said"]) == ("kept", said)
    assert (Offering.objects.get().title_fi, Offering.objects.get().version) == ("Hitsaaja", 1)
    back = at_desk.get(address).text
    assert 'value="Uusi nimi"' in back
    assert "This is what you typed here last." in back
    at_desk.get(address + "?discard=leave")
    assert 'value="Hitsaaja"' in at_desk.get(address).text


def test_two_public_courses_are_kept_beside_one_another(at_desk, lappia):
    first, second = (OfferingFactory(provider=lappia, title_fi="Hitsaaja") for _ in range(2))
    for offering, title in ((first, "Ensimmäinen"), (second, "Toinen")):
        address = desk("edit", offering.pk)
        at_desk.post(address, typed_course(lappia, title_fi=title) | window(at_desk, address))

    assert 'value="Ensimmäinen"' in at_desk.get(desk("edit", first.pk)).text
    assert 'value="Toinen"' in at_desk.get(desk("edit", second.pk)).text
    saved = window(at_desk, desk("edit", first.pk)) | {"act": "save"}
    at_desk.post(desk("edit", first.pk), typed_course(lappia, title_fi="Valmis") | saved)
    assert "This is what you typed" not in at_desk.get(desk("edit", first.pk)).text
    assert 'value="Toinen"' in at_desk.get(desk("edit", second.pk)).text


def test_a_form_that_became_a_draft_is_not_kept_beside_it(at_desk, lappia):
    here = window(at_desk, desk("create"))
    at_desk.post(desk("create"), typed_course(lappia, title_fi="", title_sv="", capacity="17") | here)
    assert 'value="17"' in at_desk.get(desk("create")).text

    at_desk.post(desk("create"), typed_course(lappia, capacity="17") | here)

    assert Offering.objects.get().capacity == 17
    assert 'value="17"' not in at_desk.get(desk("create")).text


def test_what_is_too_long_is_not_kept(at_desk, lappia):
    offering = OfferingFactory(provider=lappia)
    here = window(at_desk, desk("edit", offering.pk))

    response = at_desk.post(desk("edit", offering.pk), {"title_fi": "x" * 200_001} | here)

    assert answer(response)["said"] == "Not kept: this is longer than KOPA can keep."


def test_a_cancelled_course_stays_as_it_is(at_desk, draft, bengt):
    here = window(at_desk, desk("edit", draft.pk))
    services.cancel(offering_id=draft.pk, reasons={"fi": "Turha"}, by=bengt)

    response = at_desk.post(desk("edit", draft.pk), {"title_fi": "X"} | here)

    assert answer(response)["state"] == "stopped"
    assert Offering.objects.get().title_fi == "Hitsaaja"


def test_who_is_signed_out_gets_no_more_than_that(client, draft):
    response = client.post(desk("edit", draft.pk), {"title_fi": "X", "act": "autosave"})

    assert response.status_code == 403
    assert Offering.objects.get().title_fi == "Hitsaaja"


# At once


def two_windows() -> list[Any]:
    people = [UserFactory(name="Aino"), UserFactory(name="Bengt")]
    host = OrganisationFactory(home_municipality=municipality("FI-851"))
    draft = OfferingFactory(provider=host, status="draft")
    meeting = Meeting(2)

    def act(which: int) -> Offering:
        with meeting.before_writing():
            return autosave(draft, people[which], sitting=UUID(int=which), title_fi=people[which].name)

    return run_together(2, act)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_windows_that_save_at_once_one_is_told():
    words.warm_up()

    outcomes = two_windows()

    assert sorted(type(one).__name__ for one in outcomes) == ["ChangedMeanwhile", "Offering"]
    winner = next(one for one in outcomes if isinstance(one, Offering))
    assert Offering.objects.get().title_fi == winner.title_fi


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_one_of_the_texts_would_be_lost(monkeypatch):
    words.warm_up()
    without_locks(monkeypatch)

    outcomes = two_windows()

    saved = [one for one in outcomes if isinstance(one, Offering)]
    assert len(saved) == 2 or "Busy" in {type(one).__name__ for one in outcomes}, outcomes
    assert Offering.objects.get().version == 2
