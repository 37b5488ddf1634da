"""What was done to a course, in words that its people understand."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from kopa.audit import journal
from kopa.codes.models import CreditUnit, PriorEducation, TeachingLanguage
from offerings import services
from offerings.history import VERBS, Entry, entries, events_of
from offerings.imports import services as imports
from offerings.models import Offering
from offerings.services.inputs import OfferingInput
from tests.factories import (
    AgreementFactory,
    AuditEventFactory,
    OfferingFactory,
    PilotGroupFactory,
    RegionFactory,
    SiteFactory,
    code,
    in_days,
    municipality,
    organisation_of,
)
from tests.offerings.filled_in import desk
from tests.offerings.given import a_course
from tests.offerings.imports.files import a_row, accepted, as_csv, checked

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]

BY_KOPA = "Reserved places are released, set by KOPA because nobody gave a day"


def history(offering: Offering) -> list[Entry]:
    return entries(list(events_of(offering)), offering)


def said(offering: Offering, **changes) -> dict[str, tuple[str, str]]:
    """As the newest entry tells of the changes."""
    told = {name: list(pair) for name, pair in changes.items()}
    journal.record("offering.save", on=offering, by=None, changes=told)
    return {change.label: (change.before, change.after) for change in history(offering)[0].changes}


def test_every_act_is_told_with_who_when_what_and_why(lappia, bengt, clock):
    given = a_course(lappia, title_sv="Svetsare")
    offering = services.create_draft(provider_id=lappia.pk, given=given, by=bengt)
    services.publish(offering_id=offering.pk, version=offering.version, by=bengt)
    offering.refresh_from_db()
    counter = offering.counters.get()
    services.set_taken_elsewhere(offering_id=offering.pk, taken={counter.pk: 9}, by=bengt)
    given = OfferingInput(capacity=18, starts_on=dt.date(2027, 2, 1), quotas={municipality("FI-854").pk: 2})
    services.save_offering(offering_id=offering.pk, version=offering.version, given=given, by=bengt)
    clock.shift(dt.timedelta(days=1))
    services.cancel(offering_id=offering.pk, reasons={"fi": "Liian vähän.", "sv": "För få."}, by=bengt)

    told = history(offering)

    assert [entry.what for entry in told] == [
        "cancelled the course", "saved changes", "counted the places", "published the course",
        "wrote the draft",
    ]  # fmt: skip
    assert told[0].event.reason == "Liian vähän.\nFör få."
    assert {entry.role for entry in told} == {"provider's staff"}
    assert {(one.label, one.before, one.after) for one in told[1].changes} == {
        ("Places", "16", "18"),
        ("Teaching starts", "23\u00a0January\u00a02027", "1\u00a0February\u00a02027"),
        ("Reserved places", "–", "Pello: 2"),
        (BY_KOPA, "–", "3\u00a0January\u00a02027 at 15:00"),
    }
    assert [(one.label, one.before, one.after) for one in told[2].changes] == [
        ("Places given outside KOPA", "0", "9")
    ]


def test_the_release_that_nobody_gave_is_told(lappia, bengt):
    """Filled in when the course becomes public, or when places of a public one are first reserved."""
    quotas = {municipality("FI-854").pk: 2}
    with_quotas = services.publish_new(provider_id=lappia.pk, given=a_course(lappia, quotas=quotas), by=bengt)
    first = services.publish_new(provider_id=lappia.pk, given=a_course(lappia), by=bengt)
    later = services.save_offering(
        offering_id=first.pk, version=first.version, given={"quotas": quotas}, by=bengt
    )

    for offering in (with_quotas, later):
        told = {change.label: change for change in history(offering)[0].changes}
        assert (told[BY_KOPA].before, told[BY_KOPA].after) == ("–", "3\u00a0January\u00a02027 at 15:00")


def test_the_file_that_changes_came_from_is_told(lappia, bengt):
    municipality("FI-851")
    accepted(checked(as_csv([a_row("A1")]), lappia, bengt, name="kevät.csv"), bengt)
    offering = Offering.objects.get()
    run = accepted(checked(as_csv([a_row("A1", Paikkoja="18")]), lappia, bengt, name="kevät 2.csv"), bengt)
    imports.order_undoing(run_id=run.pk, by=bengt)
    imports.undo(run_id=run.pk)

    told = [entry.changes[0] for entry in history(offering) if entry.event.verb != "offering.publish"]

    assert [(change.label, change.after) for change in told] == [
        ("Undoing the file", "kevät 2.csv"), ("From the file", "kevät 2.csv"), ("From the file", "kevät.csv"),
    ]  # fmt: skip


def test_values_are_told_in_words(lappia):
    offering = OfferingFactory(provider=lappia)
    code(CreditUnit, "competence_point")
    code(PriorEducation, "basic")
    code(TeachingLanguage, "sv")
    site = SiteFactory(organisation=lappia, name_fi="Kemin kampus")
    region, group = RegionFactory(), PilotGroupFactory(name_fi="Tornionlaakso")
    agreement = AgreementFactory()
    host, pello = organisation_of("FI-851"), municipality("FI-854")
    original = OfferingFactory(provider=lappia, title_en="The first one")

    assert said(
        offering,
        form=(None, "vocational"),
        field=("071", "unknown"),
        languages=(["fi"], ["fi", "sv"]),
        credit_unit=(None, "competence_point"),
        prior_education=([], ["basic"]),
        sites=([], [site.pk, 0]),
        open_to=("all", "regions"),
        open_to_regions=([], [region.pk]),
        open_to_municipalities=([], [pello.pk]),
        open_to_pilot_groups=([], [group.pk]),
        agreement=(None, agreement.pk),
        co_hosts=([], [[host.pk, "lends_site"]]),
        is_apprenticeship=(False, True),
        learner_fee_cents=(0, 12050),
        contact_share=(None, "0.50"),
        applications_close_at=(None, in_days(3).isoformat()),
        course_codes=([], ["K-1", "K-2"]),
        copied_from=(None, original.pk),
        own_reference=("", "H-1"),
        unheard_of=(None, "x"),
        **{"taken_elsewhere FI-854": (0, 1), "taken_elsewhere FI-999": (0, 1)},
    ) == {
        "Form of education": ("–", "Vocational education"),
        "Field": ("Engineering", "unknown"),
        "Teaching languages": ("Finnish", "Finnish, Swedish"),
        "Credit unit": ("–", "competence points"),
        "Prior education": ("–", "Basic education"),
        "Sites": ("–", "Kemin kampus, removed"),
        "Open to": ("everybody", "residents of named regions"),
        "Regions": ("–", "Lapland"),
        "Municipalities": ("–", "Pello"),
        "Pilot groups": ("–", str(group)),
        "Agreement": ("–", str(agreement)),
        "Co-hosts": ("–", f"{host} (lends the premises)"),
        "Apprenticeship": ("no", "yes"),
        "Fee for the student": ("€0", "€120.50"),
        "Share of contact teaching": ("–", "50%"),
        "Applications close": ("–", "27\u00a0November\u00a02026 at 15:00"),
        "Course codes": ("–", "K-1; K-2"),
        "Copied from": ("–", "The first one"),
        "Your own identifier": ("–", "H-1"),
        "Unheard_of": ("–", "x"),
        "Places given outside KOPA to residents of Pello": ("0", "1"),
        "Places given outside KOPA to residents of FI-999": ("0", "1"),
    }


def test_what_the_system_did_and_acts_nobody_has_named_are_told(client, lappia, bengt):
    offering = OfferingFactory(provider=lappia)
    AuditEventFactory(verb="offering.polish", target_id=offering.pk, actor=None, role="")
    client.force_login(bengt)

    page = client.get(desk("history", offering.pk))

    assert "KOPA changed the course." in " ".join(page.text.split())


def test_every_act_of_the_services_has_words():
    assert {f"offering.{verb}" for verb in (
        "create_draft", "autosave", "save", "publish", "cancel", "set_taken_elsewhere", "confirm_places",
        "copy_to_next_term", "start", "complete", "resume",
    )} == set(VERBS)  # fmt: skip


def test_long_texts_are_folded(client, lappia, bengt):
    offering = OfferingFactory(provider=lappia)
    text = "Opit hitsaamaan. " * 20
    services.save_offering(
        offering_id=offering.pk, version=offering.version, given={"description_fi": text}, by=bengt
    )
    client.force_login(bengt)

    page = client.get(desk("history", offering.pk)).text

    assert "See both texts" in page
    assert text.strip()[:60] in page


def test_changes_stand_in_the_order_of_the_form(lappia):
    told = said(
        OfferingFactory(provider=lappia), unheard_of=(0, 1), sites=([], []), capacity=(1, 2),
        own_reference=("", "A"), title_fi=("a", "b"), starts_on=(None, "2027-01-25"), credits=("1.5", "2.0"),
    )  # fmt: skip

    assert list(told) == [
        "Your own identifier", "Title in Finnish", "Credits", "Teaching starts", "Places", "Sites",
        "Unheard_of",
    ]  # fmt: skip
    assert told["Sites"] == ("–", "–")


def test_only_its_own_people_see_the_history(client, lappia, aino, bengt):
    offering = OfferingFactory(provider=lappia)
    client.force_login(aino)
    theirs = client.get(desk("history", offering.pk))
    client.force_login(bengt)

    assert theirs.status_code == 404
    own = client.get(desk("history", offering.pk)).text
    assert "Nothing has been written down about this course yet." in own


@pytest.mark.parametrize("number", [1, 3])
def test_a_history_costs_the_same_however_long_it_is(
    client, lappia, bengt, number, django_assert_num_queries
):
    offering = OfferingFactory(provider=lappia)
    sites = [SiteFactory(organisation=lappia) for _ in range(number)]
    for site in sites:
        journal.record("offering.save", on=offering, by=bengt, changes={"sites": [[], [site.pk]]})
    client.force_login(bengt)

    # Session and person; the course; how many entries and the entries; their sites; roles for the menu;
    # whether invented data is loaded.
    with django_assert_num_queries(8):
        page = client.get(desk("history", offering.pk))

    assert len(page.context["entries"]) == number
    assert timezone.now() >= page.context["entries"][0].event.at
