"""Demonstration data: loaded through the real services, over the real register, and never over real data."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections import Counter
from http import HTTPStatus

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from applications import services as application_services
from applications.models import AdmissionDecision, Application, Draft, HomeStatement
from applications.services.deciding import Official
from applications.services.statements import StatementInput
from applications.states import StatementOutcome
from kopa.accounts.models import User
from kopa.audit.models import AuditEvent
from kopa.letters.choices import CONFIRM_PLACES
from kopa.letters.models import Letter
from kopa.portal.demonstration import loading, presence, reminders
from kopa.portal.demonstration.people import DOMAIN, PASSWORD, PEOPLE, make_people, sign_ins
from offerings import services
from offerings.models import Offering
from offerings.readiness import facts_of, reasons_against
from offerings.search import projection
from offerings.search.engine import search
from offerings.search.query import SearchQuery, Window
from providers.models import Role, RoleAssignment
from tests.applications.asking import as_, url
from tests.conftest import TUESDAY
from tests.factories import OfferingFactory, today

pytestmark = [
    pytest.mark.integration,
    pytest.mark.xdist_group("demonstration"),  # loaded once, not once in each process
]


def command(*words: str) -> list[str]:
    out = io.StringIO()
    call_command("load_demonstration", *words, stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture(scope="module")
def register(django_db_setup, django_db_blocker):
    """The reference data, for the tests of this module: each works in a savepoint inside this transaction."""
    with django_db_blocker.unblock(), time_machine.travel(TUESDAY, tick=False), transaction.atomic():
        call_command("load_reference", stdout=io.StringIO())
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def loaded(register):
    with time_machine.travel(TUESDAY, tick=False), transaction.atomic():
        said = command()
        yield said
        transaction.set_rollback(True)


@pytest.fixture
def demonstration(loaded, db):
    return Offering.objects.filter(is_demonstration=True)


def test_all_is_marked_published_and_told(loaded, demonstration):
    count = demonstration.count()

    assert 380 <= count <= 450
    assert Offering.objects.count() == count
    assert {offering.status for offering in demonstration} == {"published"}
    assert loaded[-len(sign_ins()) - 1 :] == [
        f"Demonstration data is loaded: {count} offerings.",
        *sign_ins(),
    ]
    assert loaded[0] == f"published 100 of {count} demonstration offerings"


def test_every_one_of_them_satisfies_what_publishing_asks(demonstration):
    """What their own rows must satisfy the database has seen to."""
    for offering in demonstration.select_related("provider").prefetch_related("languages", "sites", "quotas"):
        offering.clean_fields()
        assert reasons_against(facts_of(offering), anew=True) == []


def test_sami_has_applied_and_so_have_others(demonstration):
    """R-PRIV-12: invented people alone, and marked so."""
    applications = Application.objects.select_related("learner__person")

    assert Counter(one.status for one in applications if one.learner.person.name == "Sami") == {
        "waiting": 1, "submitted": 2, "offered": 1, "not_eligible": 1, "withdrawn": 1
    }  # fmt: skip
    assert Draft.objects.get().offering.takes_applications
    assert {one.learner.person.email.split("@")[1] for one in applications} == {DOMAIN}
    assert {(one.is_demonstration, one.learner.is_demonstration) for one in applications} == {(True, True)}
    assert application_services.recount() == []
    here = demonstration.filter(takes_applications=True)
    assert 20 < here.count() < demonstration.count()
    assert not here.filter(is_national_joint_application=True).exists()


def needs(home: str, name: str) -> set[tuple[str, str]]:
    """What R-HOME-3 said of the invented resident of the municipality."""
    rows = Application.objects.filter(home_municipality__key=home, learner__person__name__endswith=name)
    return set(rows.values_list("statement_need", "statement_reason"))


def test_sodertorn_and_the_torne_valley_have_their_applicants(demonstration):
    """R-HOME-7, R-HOME-3: the seven apply freely, Nacka is asked; the state pays, or nothing is agreed."""
    assert needs("SE-0192", "Nova") == {("not_required", "agreement")}
    assert needs("SE-0182", "Natalie") == {("required", "")}
    assert needs("FI-854", "Pekka") == {("not_required", "state_funded")}
    assert needs("SE-2583", "Hanna") == {("no_agreement", "")}


def test_who_is_asked_to_pay_is_told_what(demonstration):
    """R-HOME-4: no municipality is asked for a share of a course that says it takes none."""
    asked = HomeStatement.objects.awaited()
    assert asked.exists()
    assert not asked.filter(application__offering__price_basis="none").exists()


def test_officers_have_statements_to_give_and_the_coordinator_somebody_to_call(demonstration):
    """R-HOME-4: overdue, answered, declined; Sollentuna has nobody in KOPA."""
    waiting = HomeStatement.objects.awaited()
    overdue = HomeStatement.objects.overdue(now=timezone.now())
    alone = HomeStatement.objects.without_officer(on=today()).awaited()

    assert waiting.filter(municipality__key="FI-854", more_given__startswith="Haluan").count() == 1
    appealed = HomeStatement.objects.given().get(municipality__key="FI-854")
    assert (appealed.outcome, appealed.is_appealed) == ("declines", True)
    assert waiting.filter(municipality__key="SE-0182").count() == 1
    assert set(overdue.values_list("municipality__key", flat=True)) == {"FI-854", "SE-0163"}
    nobody_there = set(alone.values_list("municipality__key", flat=True))
    assert "SE-0163" in nobody_there
    assert not nobody_there & {"FI-854", "SE-0126", "SE-0182"}


def test_the_story_goes_on_to_a_place(demonstration):
    """R-HOME-3, R-APP-12: Aino pays for Sami, Bengt receives and admits, Sami accepts and studies."""
    aino, bengt, sami = (User.objects.get(name=name) for name in ("Aino", "Bengt", "Sami"))
    statement = HomeStatement.objects.awaited().get(application__learner__person=sami)
    pk, lappia = statement.application_id, statement.application.offering.provider_id
    official = Official(bengt, Role.PROVIDER_STAFF, lappia)
    application_services.issue_statement(
        statement_id=statement.pk, given=StatementInput(StatementOutcome.COMMITS, "Aino"), by=aino,
        role=Role.OFFICER, organisation_id=aino.role_assignments.get().organisation_id,
    )  # fmt: skip
    application_services.receive(application_id=pk, by=official)

    assert application_services.admit(application_id=pk, by=official).status == "offered"

    application_services.accept(application_id=pk, by=sami)
    assert application_services.enrol(application_id=pk, by=official, on=today()).status == "enrolled"


def press(person: User, page: str, **said: str) -> None:
    """On a page of the portal, signed in, as the page shows it now; it leads on."""
    client = as_(person)
    shown = re.search(r'name="seen" value="(\d+)"', client.get(page).content.decode())
    answer = client.post(page, said | ({"seen": shown[1]} if shown else {}))
    assert answer.status_code == HTTPStatus.FOUND, answer.content.decode()


@pytest.mark.parametrize("name", ["Nova", "Natalie"])
def test_sodertorn_studies_in_huddinge_by_its_peoples_own_pages(demonstration, clock, name):
    """R-HOME-7: Nils answers where Nacka is asked; Hillevi receives, admits, selects when applications have
    closed, and enrols. Nobody else acts.
    """
    hillevi, nils = (User.objects.get(name=person) for person in ("Hillevi", "Nils"))
    application = Application.objects.get(learner__person__name__endswith=name)
    case = url("host_case", application.key)
    press(hillevi, case, act="receive", title="rektor")
    for statement in application.statements.all():
        page = url("statement", statement.pk)
        assert page in as_(nils).get(url("statements")).content.decode()
        press(hillevi, case, act="admit", title="rektor")
        assert not AdmissionDecision.objects.filter(application=application).exists()
        press(
            nils, page, act="confirm", outcome="commits", official_name="Nils", official_title="handläggare",
            decided_on=today().isoformat(), version=str(statement.version),
        )  # fmt: skip
    press(hillevi, case, act="admit", title="rektor")
    clock.move_to(application.offering.applications_close_at + dt.timedelta(days=1))
    press(hillevi, url("host_selection", application.offering_id), title="rektor")
    press(application.learner.person, url("accept", application.key))
    press(hillevi, case, act="enrol", on=today().isoformat())

    application.refresh_from_db()
    assert application.status == "enrolled"
    assert application.seats.get().state == "used"
    told = AuditEvent.objects.filter(target="applications.application", target_id=application.pk)
    acted = set(told.values_list("actor__name", flat=True)) - {None}
    asked = {"Nils"} if name == "Natalie" else set()
    assert acted == {"Hillevi", application.learner.person.name} | asked


def test_counters_and_search_rows_agree_with_the_offerings(demonstration):
    assert services.places_that_disagree() == []
    assert projection.compare(now=timezone.now()) == []


def test_all_of_them_are_found_by_a_search_and_for_a_week_most_still_are(demonstration, clock):
    count = demonstration.count()
    assert search(SearchQuery(), now=timezone.now()).total == count

    clock.shift(dt.timedelta(days=loading.FRESH_DAYS))
    assert search(SearchQuery(), now=timezone.now()).total > 0.85 * count


def free_near_pello(words: str, **more) -> set[tuple[str, str]]:
    """(provider's country, municipality of the site) of what a student in Pello finds with free places."""
    query = SearchQuery(
        q=words, home="FI-854", within_km=110, free=True, open=Window.NOW, page_size=100, **more
    )
    hits = search(query, now=timezone.now()).hits
    return {(hit.offering.provider.country, hit.site.municipality.name_sv) for hit in hits if hit.site}


@pytest.mark.parametrize("words", ["hitsaaja", "svetsare"])
def test_welding_with_free_places_is_near_pello_on_both_sides(demonstration, words):
    assert free_near_pello(words) >= {("FI", "Torneå"), ("SE", "Övertorneå"), ("SE", "Haparanda")}


@pytest.mark.parametrize(
    ("words", "place"), [("lähihoitaja", ("FI", "Pello")), ("närvårdare", ("FI", "Pello"))]
)
def test_nursing_with_free_places_is_in_pello(demonstration, words, place):
    assert place in free_near_pello(words)


def test_nursing_with_free_places_is_across_the_border(demonstration):
    assert ("SE", "Övertorneå") in free_near_pello("undersköterska")


def test_a_student_in_pello_has_places_of_their_own_across_the_border(demonstration):
    """Reserved for Pello by a provider in Finland and by one in Sweden."""
    offerings = demonstration.filter(
        quotas__municipality__key="FI-854", quotas__counter__taken_elsewhere=0, title_sv__icontains="svetsare"
    )

    assert {offering.provider.country for offering in offerings.select_related("provider")} == {"FI", "SE"}


def test_sodertorn_applies_freely_and_haparanda_and_tornio_have_no_agreement(demonstration):
    """R-HOME-7 and R-HOME-3 with the demonstration: who pays for whom, and a course for the seven alone."""

    def payers(home, host):
        hits = search(SearchQuery(home=home, page_size=200), now=timezone.now()).hits
        there = [hit for hit in hits if hit.offering.provider.register_key == host]
        return {hit.payers[0].value for hit in there if hit.offering.form_id == "komvux"}

    assert payers("SE-0192", "SE-0126") == {"agreement"}
    assert payers("SE-0182", "SE-0126") == {"home_decides"}
    assert payers("SE-2518", "SE-2583") == {"agreement"}
    assert payers("FI-851", "SE-2583") == {"no_agreement"}
    of_parties = SearchQuery(home="SE-0192", for_me=True, provider=frozenset(
        Offering.objects.filter(open_to="agreement_parties").values_list("provider", flat=True)
    ))  # fmt: skip
    outside = SearchQuery(home="SE-0182", for_me=True, provider=of_parties.provider)
    inside = search(of_parties, now=timezone.now()).total
    assert inside > search(outside, now=timezone.now()).total > 0


def test_blended_and_distance_courses_are_there_and_distance_needs_no_place(demonstration):
    modes = Counter(demonstration.values_list("mode", flat=True))

    assert min(modes.values()) > 30
    assert set(modes) == {"contact", "blended", "distance"}
    assert not demonstration.filter(mode="distance", sites__isnull=False).exists()
    assert not demonstration.exclude(mode="distance").filter(sites__isnull=True).exists()


def test_real_providers_of_both_countries_give_them(demonstration):
    providers = {
        (offering.provider.country, offering.provider_id)
        for offering in demonstration.select_related("provider")
    }

    assert len([1 for country, _ in providers if country == "FI"]) > 60
    assert len([1 for country, _ in providers if country == "SE"]) > 20
    sodertorn = {"SE-0127", "SE-0136", "SE-0126", "SE-0192", "SE-0181", "SE-0138", "SE-0120"}
    keys = set(demonstration.values_list("provider__municipality__key", flat=True))
    assert sodertorn <= keys


def test_occupancy_was_given_elsewhere_and_confirmed_unless_somebody_has_applied(demonstration):
    occupied = demonstration.exclude(counters__held=0, counters__taken=0, counters__used=0)
    assert {offering.takes_applications for offering in occupied} == {True}
    assert not demonstration.filter(places_confirmed_by__isnull=True).exists()
    own = demonstration.filter(provider__oid="1.2.246.562.10.41253773158")
    assert set(own.values_list("places_confirmed_by__name", flat=True)) == {"Bengt"}


def test_full_ones_opening_later_ones_and_continuous_ones_are_there(demonstration):
    now = timezone.now()
    later = demonstration.in_search(now).filter(applications_open_at__gt=now)
    free = {hit.offering.pk: hit.free for hit in search(SearchQuery(page_size=200), now=now).hits}

    assert later.count() > 20
    assert demonstration.filter(applications_close_at__isnull=True).count() > 20
    assert demonstration.filter(applications_close_at__lt=now + dt.timedelta(days=9)).count() > 20
    assert len(free) == 200
    assert search(SearchQuery(free=True), now=now).total < demonstration.count() - 30


@pytest.mark.parametrize("person", [PEOPLE[0], PEOPLE[-1]], ids=lambda person: person.name)
def test_its_people_sign_in_with_the_one_password(loaded, db, person):
    with override("fi"):
        answer = Client().post(reverse("accounts:sign_in"), {"email": person.email, "password": PASSWORD})

    assert answer.status_code == HTTPStatus.FOUND


def test_its_ten_people_hold_one_role_each(loaded, db):
    """Besides them there are invented applicants, who have no password."""
    everybody = User.objects.filter(is_demonstration=True, is_active=True)
    people = everybody.exclude(email__startswith="hakija")
    roles = RoleAssignment.objects.active(on=today()).filter(person__in=people)

    assert set(people.values_list("email", flat=True)) == {person.email for person in PEOPLE}
    assert set(roles.values_list("role", flat=True)) == set(Role.values) - {Role.GUARDIAN}
    assert roles.count() == len(PEOPLE) == 10
    assert not User.objects.filter(is_demonstration=False).exists()
    applicants = everybody.difference(people)
    assert {one.has_usable_password() for one in applicants} == {False}


def test_nobody_signs_in_as_the_one_who_publishes_for_the_rest(loaded, db):
    clerk = User.objects.get(name="Demonstration")

    assert not clerk.is_active
    assert not clerk.has_usable_password()


def test_a_letter_asks_its_people_about_old_numbers(demonstration, clock):
    letters = Letter.objects.filter(kind=CONFIRM_PLACES)
    asked = {f"{name.lower()}@{DOMAIN}" for name in reminders.ASKED}
    assert set(letters.values_list("address", flat=True)) == asked
    assert demonstration.unconfirmed(timezone.now()).count() == sum(reminders.ASKED.values())
    clock.shift(dt.timedelta(days=loading.FRESH_DAYS + 1))

    command("--if-needed")

    assert letters.count() == 2 * len(asked)  # those of the courses that are there now
    assert demonstration.unconfirmed(timezone.now()).count() == sum(reminders.ASKED.values())


def test_who_confirmed_places_and_when_stands_in_the_history_of_each(demonstration):
    old = set(demonstration.unconfirmed(timezone.now()).values_list("pk", flat=True))
    journal = AuditEvent.objects.filter(target="offerings.offering").order_by("at", "pk")
    told = {pk: [one for one in journal if one.target_id == pk] for pk in old}

    for course in demonstration:
        assert course.published_at <= course.places_confirmed_at
    for course in demonstration.filter(pk__in=old):
        *_before, published, confirmed = told[course.pk]
        assert (published.verb, published.at) == ("offering.publish", course.published_at)
        assert (confirmed.verb, confirmed.at) == ("offering.confirm_places", course.places_confirmed_at)
        assert (confirmed.actor, confirmed.role) == (course.places_confirmed_by, published.role)


def test_every_page_says_that_the_data_is_invented(demonstration, client):
    with override("fi"):
        page = client.get(reverse("portal:home"))

    assert presence.is_loaded()
    assert "k-demo" in page.content.decode()


def test_when_it_is_fresh_nothing_is_loaded_and_the_sign_ins_are_told(demonstration, clock):
    ids = set(demonstration.values_list("pk", flat=True))
    clock.shift(dt.timedelta(days=loading.FRESH_DAYS))

    assert command("--if-needed") == ["Demonstration data of 2026-11-24 is there.", *sign_ins()]
    assert set(demonstration.values_list("pk", flat=True)) == ids


def test_loading_again_replaces_the_demonstration_and_nothing_else(demonstration, clock):
    before = set(demonstration.values_list("own_reference", "starts_on"))
    people = set(User.objects.values_list("pk", flat=True))
    own = OfferingFactory()
    clock.shift(dt.timedelta(days=loading.FRESH_DAYS + 1))

    said = command("--if-needed")

    assert said[0] == f"removed {len(before)} earlier demonstration offerings"
    after = set(demonstration.values_list("own_reference", "starts_on"))
    assert {reference for reference, _ in after} == {reference for reference, _ in before}
    assert after != before
    assert set(Offering.objects.exclude(is_demonstration=True)) == {own}
    assert set(User.objects.values_list("pk", flat=True)) == people
    told = AuditEvent.objects.filter(target="offerings.offering").values_list("target_id", flat=True)
    assert set(told) == set(demonstration.values_list("pk", flat=True))
    assert loading.loaded_on() == today()


def test_a_changed_password_and_a_disabled_account_of_the_demonstration_are_mended(loaded, db):
    aino = User.objects.get(name="Aino", is_demonstration=True)
    aino.set_password("jotain aivan muuta")
    aino.is_active = False
    aino.save()

    make_people()

    aino.refresh_from_db()
    assert aino.is_active
    assert aino.check_password(PASSWORD)
    assert aino.role_assignments.count() == 1
