"""Applications, statements and numbers over the API: who sees what on the pages sees it here (R-PRIV-4)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from applications import services
from applications.models import Application, Learner, Reading
from applications.services.statements import StatementInput
from applications.states import StatementOutcome
from kopa.accounts.middleware import ACTING_AS
from kopa.accounts.models import User
from offerings.models import Offering
from providers.models import Role
from tests.applications.given import admit_by, apply, home_of, statement_given, student
from tests.factories import (
    OfferingFactory,
    OrganisationFactory,
    RoleAssignmentFactory,
    municipality,
    organisation_of,
    today,
)

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
LISTS = ("applications", "statements", "application-counts")


@pytest.fixture
def applied(lappia, pello, bengt) -> Offering:
    """Lappia's course, on whose applicants their home municipality says whether it pays."""
    offering: Offering = OfferingFactory(provider=lappia, takes_applications=True, form="basic")
    return offering


@pytest.fixture
def sent(applied, sami) -> Application:
    return apply(applied, person=sami)


def ask(person: User | None, address: str, *, role: int | None = None, **headers: str) -> Any:
    client = Client()
    if person is not None:
        client.force_login(person)
    if role is not None:
        session = client.session
        session[ACTING_AS] = role
        session.save()
    return client.get(f"/api/v1/{address}", headers=headers)


def found(person: User, address: str, **more: Any) -> list[Any]:
    answer = ask(person, address, **more)
    assert answer.status_code == 200, answer.content
    results = answer.json()["results"]
    assert answer.json()["count"] == len(results)
    return [one.get("key") or one["id"] for one in results]


def holding(role: Role, organisation=None, **days: Any) -> User:
    person: User = RoleAssignmentFactory(role=role, organisation=organisation, **days).person
    return person


def test_who_is_not_signed_in_gets_nothing(sent):
    """R-PRIV-4: no list, no thing, no number, and the refusal tells nothing."""
    for address in (*LISTS, f"applications/{sent.key}", f"statements/{sent.statements.get().pk}"):
        answer = ask(None, f"{address}/")

        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
        assert sent.reference not in answer.content.decode()
    assert Reading.objects.count() == 0


def test_whose_applications_each_person_reads(request, sent):
    """R-PRIV-4: the applicant and the host's people; for all others there is none, whatever is asked."""
    others = {"aino", "kaisa", "olli", "ritva", "matti", "anna"}
    people = {name: request.getfixturevalue(name) for name in {"sami", "bengt", *others}}
    lappia = sent.offering.provider
    people["former"] = holding(Role.PROVIDER_STAFF, lappia, valid_to=today() - dt.timedelta(days=1))
    people["next year's"] = holding(Role.PROVIDER_STAFF, lappia, valid_from=today() + dt.timedelta(days=1))
    people["another host's"] = holding(Role.PROVIDER_STAFF, OrganisationFactory())
    people["another student"] = student()

    lists = {name: found(person, "applications/") for name, person in people.items()}
    searched = {name: found(one, f"applications/?q={sent.reference}") for name, one in people.items()}
    things = {name: ask(one, f"applications/{sent.key}/").status_code for name, one in people.items()}

    theirs = {"sami", "bengt"}
    assert lists == searched == {name: [str(sent.key)] if name in theirs else [] for name in people}
    assert things == {name: 200 if name in theirs else 404 for name in people}


def test_whose_statements_each_person_reads(request, sent):
    """R-PRIV-4: officers of the municipality that is asked, and nobody else, the applicant neither."""
    statement = sent.statements.get()
    names = {"sami", "bengt", "aino", "kaisa", "olli", "ritva", "matti", "anna"}
    people = {name: request.getfixturevalue(name) for name in names}
    pello = organisation_of("FI-854")
    people["former"] = holding(Role.OFFICER, pello, valid_to=today() - dt.timedelta(days=1))

    lists = {name: found(one, "statements/") for name, one in people.items()}
    things = {name: ask(one, f"statements/{statement.pk}/").status_code for name, one in people.items()}

    assert lists == {name: [statement.pk] if name == "aino" else [] for name in people}
    assert things == {name: 200 if name == "aino" else 404 for name in people}


def test_numbers_are_for_coordinators_and_for_the_host(request, sent):
    """R-PRIV-4: states and counts, no names; a host's people those of their own courses."""
    names = ("sami", "bengt", "aino", "kaisa", "olli", "ritva", "matti", "anna")
    people = {name: request.getfixturevalue(name) for name in names}
    answers = {name: ask(one, "application-counts/") for name, one in people.items()}

    assert {name: one.status_code for name, one in answers.items()} == {
        "sami": 403, "bengt": 200, "aino": 200, "kaisa": 200, "olli": 200, "ritva": 403, "matti": 403,
        "anna": 403,
    }  # fmt: skip
    assert answers["aino"].json()["results"] == answers["olli"].json()["results"] == []
    (row,) = answers["kaisa"].json()["results"]
    assert row == answers["bengt"].json()["results"][0]
    assert row["counts"] == {
        "all": 1, "home": 1, "ready": 0, "admitted": 0, "offered": 0, "accepted": 0, "enrolled": 0, "over": 0,
        "live": 1, "overdue": 0, "queue": 0,
    }  # fmt: skip
    whole = answers["kaisa"].content.decode()
    for secret in (sent.reference, str(sent.key), "Sami", "sami@example.org"):
        assert secret not in whole
    one = f"application-counts/{sent.offering_id}/"
    assert {name: ask(person, one).status_code for name, person in people.items()} == {
        "sami": 403, "bengt": 200, "aino": 404, "kaisa": 200, "olli": 404, "ritva": 403, "matti": 403,
        "anna": 403,
    }  # fmt: skip
    assert Reading.objects.count() == 0


def test_the_role_acted_in_counts(sent, bengt):
    """R-PRIV-4: who has chosen another of her roles reads by that one alone."""
    other = RoleAssignmentFactory(role=Role.COUNSELLOR, organisation=organisation_of("FI-854"), person=bengt)
    own = bengt.role_assignments.exclude(pk=other.pk).get()

    assert found(bengt, "applications/", role=own.pk) == [str(sent.key)]
    assert found(bengt, "applications/", role=other.pk) == []
    assert ask(bengt, f"applications/{sent.key}/", role=other.pk).status_code == 404


def test_every_reading_by_others_is_noted_and_one_s_own_is_not(sent, sami, bengt, aino):
    """R-PRIV-10: who, for which organisation, in which role; lists and things alike."""
    ask(sami, "applications/")
    ask(sami, f"applications/{sent.key}/")
    assert Reading.objects.count() == 0

    ask(bengt, "applications/")
    ask(bengt, f"applications/{sent.key}/")
    ask(aino, "statements/")
    ask(aino, f"statements/{sent.statements.get().pk}/")

    noted = Reading.objects.order_by("pk").values_list(
        "application", "person", "organisation", "role", "where"
    )
    host, home = sent.offering.provider_id, organisation_of("FI-854").pk
    assert list(noted) == [
        *[(sent.pk, bengt.pk, host, "provider_staff", "api")] * 2,
        *[(sent.pk, aino.pk, home, "officer", "api")] * 2,
    ]


def test_who_decides_for_two_hosts_is_noted_in_the_name_of_each(sent, bengt):
    """R-PRIV-10"""
    other = OrganisationFactory()
    RoleAssignmentFactory(role=Role.PROVIDER_STAFF, organisation=other, person=bengt)
    second = apply(OfferingFactory(provider=other, takes_applications=True))

    assert len(found(bengt, "applications/")) == 2

    noted = set(Reading.objects.values_list("application", "organisation"))
    assert noted == {(sent.pk, sent.offering.provider_id), (second.pk, other.pk)}


def test_an_officer_of_the_heir_reads_for_the_heir(sent):
    """R-HOME-8, R-PRIV-10: the municipality that was asked is merged into another."""
    heir = organisation_of("FI-851")
    officer = holding(Role.OFFICER, heir)
    place = sent.home_municipality
    place.successor, place.valid_to = municipality("FI-851"), today()
    place.save()

    assert found(officer, "statements/") == [sent.statements.get().pk]
    assert Reading.objects.get().organisation == heir


def test_a_protected_identity_is_in_no_answer_but_the_applicant_s_own(sent, sami, bengt, aino):
    """R-PRIV-6: neither name nor address nor home, in lists and things, nor by searching for the name."""
    learner = sent.learner
    learner.is_protected, learner.phone = True, "+358 40 765 4321"
    learner.save()
    secrets = ("Sami", "sami@example.org", "FI-854", "Pello", "765 4321", str(learner.birth_on))

    for person, addresses in (
        (bengt, ("applications/", f"applications/{sent.key}/", "application-counts/")),
        (aino, ("statements/?q=", f"statements/{sent.statements.get().pk}/")),
    ):
        for address in addresses:
            said = ask(person, address).content.decode()
            kept = {secret for secret in secrets if secret in said}
            # The officer's own municipality is no secret to her.
            assert kept - ({"FI-854", "Pello"} if person == aino else set()) == set(), address
    assert found(bengt, "applications/?q=Sami") == found(aino, "statements/?q=Sami") == []
    own = ask(sami, f"applications/{sent.key}/").json()
    assert (own["name"], own["email"], own["home_municipality"]["key"]) == (
        "Sami", "sami@example.org", "FI-854",
    )  # fmt: skip


def test_sealed_grounds_are_in_no_answer(sent, sami, bengt):
    """R-PRIV-9: not even sealed; the deciding official reads them on the page."""
    Application.objects.filter(pk=sent.pk).update(sealed_grounds="c2VhbGVk")

    for person in (sami, bengt):
        for address in ("applications/", f"applications/{sent.key}/"):
            said = ask(person, address).content.decode()
            assert "c2VhbGVk" not in said
            assert "sealed" not in said


def test_an_application_says_where_it_stands(sent, bengt):
    """R-APP-5: reception and admission apart; R-TIME-1: the deadline by the host's clock."""
    first = ask(bengt, f"applications/{sent.key}/?lang=fi").json()
    assert (first["status"], first["turn"], first["statement"]["state"]) == ("submitted", "home", "requested")
    assert (first["received"], first["admitted"], first["reception"], first["answer_by"]) == (None,) * 4

    statement_given(sent)
    admit_by(sent, bengt)

    then = ask(bengt, f"applications/{sent.key}/?lang=fi").json()
    assert (then["status"], then["turn"], then["statement"]["outcome"]) == ("offered", "learner", "commits")
    assert (then["received"], then["admitted"]) == (True, True)
    assert then["admission"]["official_name"] == "Bengt"
    sent.refresh_from_db()
    until = dt.datetime.fromisoformat(then["answer_by"])
    assert until == sent.held_until
    assert until.utcoffset() == sent.held_until.astimezone(sent.offering.zone).utcoffset()
    assert then["url"].endswith(f"/fi/tyo/hakemukset/{sent.key}/")


def test_a_move_is_told_as_the_applicant_s_word_until_it_is_confirmed(request, sent, sami, bengt):
    """R-HOME-1, R-HOME-2; R-PRIV-4: to herself and the host, in list and alone; R-PRIV-6: of a protected one
    to herself alone.
    """
    none = {"moved_to": None, "move_told_at": None, "move_confirmed_at": None}
    assert moves(bengt, sent) == [none, none]
    municipality("FI-851")
    services.record_move(
        application_id=sent.pk, home=home_of("FI-851"), moved_on=today(), by=sami, role="learner"
    )
    told = ["FI-851", True, False]

    for person in (sami, bengt):
        assert [said(one) for one in moves(person, sent)] == [told, told]
    for name in ("aino", "kaisa", "olli", "ritva", "matti", "anna"):
        person = request.getfixturevalue(name)
        assert found_or_refused(person) == []
        answer = ask(person, f"applications/{sent.key}/")
        assert answer.status_code == 404
        assert "FI-851" not in answer.content.decode()

    Application.objects.filter(pk=sent.pk).update(move_confirmed_at=timezone.now())
    assert said(moves(bengt, sent)[1]) == ["FI-851", True, True]
    Learner.objects.filter(pk=sent.learner_id).update(is_protected=True)
    assert moves(bengt, sent) == [none, none]
    assert [said(one) for one in moves(sami, sent)] == [["FI-851", True, True]] * 2


def moves(person: User, sent: Application) -> list[dict[str, Any]]:
    """What list and thing say of a move."""
    (listed,) = ask(person, "applications/").json()["results"]
    alone = ask(person, f"applications/{sent.key}/").json()
    names = ("moved_to", "move_told_at", "move_confirmed_at")
    return [{name: one[name] for name in names} for one in (listed, alone)]


def said(move: dict[str, Any]) -> list[Any]:
    return [move["moved_to"]["key"], bool(move["move_told_at"]), bool(move["move_confirmed_at"])]


def found_or_refused(person: User) -> list[Any]:
    answer = ask(person, "applications/")
    return [] if answer.status_code == 403 else answer.json()["results"]


def test_the_queue_s_numbers(lappia, pello, bengt):
    full = OfferingFactory(provider=lappia, takes_applications=True, capacity=1)
    rows = [apply(full) for _ in range(3)]
    for one in rows:
        admit_by(one, bengt)

    given = [ask(bengt, f"applications/{one.key}/").json()["number_in_queue"] for one in rows]

    assert given == [None, 1, 2]
    (counted,) = ask(bengt, "application-counts/").json()["results"]
    assert (counted["counts"]["all"], counted["counts"]["queue"], counted["counts"]["offered"]) == (3, 2, 1)


@pytest.mark.parametrize(("address", "who", "statements"), [
    ("applications/", "bengt", 7), ("statements/", "aino", 6), ("application-counts/", "bengt", 8),
    ("applications/", "sami", 5),
])  # fmt: skip
def test_a_list_asks_as_much_for_one_as_for_three(address, who, statements, applied, request):
    person = request.getfixturevalue(who)
    client, asked = Client(), []
    client.force_login(person)
    for number in (1, 2):
        for _ in range(number):
            course = OfferingFactory(provider=applied.provider, takes_applications=True, form="basic")
            apply(course, person=person if who == "sami" else student())
        client.get(f"/api/v1/{address}")  # what is kept in memory is loaded
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/api/v1/{address}").json()["count"] == len(asked) * 2 + 1
        asked.append(len([one for one in captured if "SAVEPOINT" not in (one["sql"] or "")]))

    assert asked == [statements, statements]


def test_filters_are_those_of_the_page(sent, applied, bengt):
    late = apply(applied, person=student("Aili Ahola"))
    Application.objects.filter(pk=late.pk).update(is_late=True)
    other = apply(OfferingFactory(provider=applied.provider, takes_applications=True))

    assert found(bengt, "applications/?late=yes") == [str(late.key)]
    assert found(bengt, "applications/?q=ahola") == [str(late.key)]
    assert found(bengt, "applications/?turn=host") == [str(other.key)]
    assert found(bengt, f"applications/?course={other.offering_id}") == [str(other.key)]
    assert found(bengt, f"applications/?sort=name&course={applied.pk}") == [str(late.key), str(sent.key)]
    assert found(bengt, "applications/?status=waiting") == []


@pytest.mark.parametrize("query", [
    "q=%00", "turn=nobody's", "status=x", "late=1", "sort=pk", "course=-1", "course=99999999999999999999",
    "learner=1", "offering__provider=1", "page_size=201", "fields=*", "q=a&q=b",
])  # fmt: skip
def test_what_is_not_understood_is_refused(query, sent, bengt):
    answer = ask(bengt, f"applications/?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_parameters")
    assert Reading.objects.count() == 0


@pytest.mark.parametrize("key", ["1", "x", "%00", "00000000-0000-0000-0000-00000000000G", "../applications"])
def test_keys_that_are_none_are_not_found(key, bengt):
    assert ask(bengt, f"applications/{key}/").status_code == 404
    assert ask(bengt, f"statements/{key}/").status_code == 404


def test_personal_answers_are_kept_by_nobody_and_read_by_no_other_page(sent, bengt):
    """TESTPLAN W5: no other web page may read them, nothing on the way keeps them; refusals neither."""
    for person in (bengt, None):
        answer = ask(person, "applications/", origin="https://elsewhere.example")
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert {"private", "no-store"} <= set(answer.headers["Cache-Control"].split(", "))
        assert "Cookie" in answer.headers["Vary"]
    public = ask(bengt, "offerings/")
    assert public.headers["Access-Control-Allow-Origin"] == "*"
    assert "Cookie" not in public.headers["Vary"]


def test_nothing_is_written_by_the_api(sent, bengt):
    client = Client(enforce_csrf_checks=True)
    client.force_login(bengt)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for address in ("applications/", f"applications/{sent.key}/", "statements/", "application-counts/"):
            assert client.generic(method, f"/api/v1/{address}", "{}").status_code == 405
    sent.refresh_from_db()
    assert (sent.status, sent.version) == ("submitted", 1)


def test_what_a_statement_says(sent, aino):
    pk = sent.statements.get().pk
    services.ask_for_more(
        statement_id=pk, question="Missä asut?", version=1, by=aino, role=Role.OFFICER,
        organisation_id=organisation_of("FI-854").pk, now=timezone.now(),
    )  # fmt: skip
    assert found(aino, "statements/?state=asked") == [pk]
    one = ask(aino, f"statements/{pk}/?lang=sv").json()
    assert (one["question"], one["outcome"], one["is_overdue"]) == ("Missä asut?", None, False)

    statement_given(sent)

    assert found(aino, "statements/") == []
    assert found(aino, "statements/?state=given") == [pk]
    given = ask(aino, f"statements/{pk}/?lang=sv").json()
    assert (given["state"], given["outcome"], given["official_name"]) == ("issued", "commits", "Aino")
    assert given["municipality"] == {"key": "FI-854", "name": "Pello"}
    assert home_of("FI-854").id == sent.home_municipality_id


def test_what_came_of_an_appeal(sent, aino):
    """DOMAIN.md §3.8: the applicant has state and days, the municipality the number too."""
    said = StatementInput(StatementOutcome.COMMITS_LIMITED, "Aino", limits="60 op", appeal="Valita.")
    acting = {"by": aino, "role": Role.OFFICER, "organisation_id": organisation_of("FI-854").pk}
    given = {"statement_id": statement_given(sent, said).pk, "on": today(), **acting}
    services.record_appeal(reference="D 12", version=2, **given)

    assert found(aino, "statements/?state=given") == found(aino, "statements/?state=appealed")
    one = ask(aino, f"statements/{given['statement_id']}/").json()
    assert (one["state"], one["outcome"]) == ("appealed", "commits_limited")
    assert (one["appealed_on"], one["appeal_reference"], one["upheld_on"]) == (str(today()), "D 12", None)

    services.uphold_statement(version=3, **given)
    own = ask(sent.learner.person, f"applications/{sent.key}/").json()["statement"]
    assert (own["state"], own["appealed_on"], own["upheld_on"]) == ("upheld", str(today()), str(today()))
    assert "appeal_reference" not in own
    assert found(aino, "statements/?state=appealed") == []
