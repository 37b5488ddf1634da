"""What saving would refuse is wrong in the check already, at the cell to mend."""

from __future__ import annotations

import pytest
from django.db import transaction

from offerings import services as of_one
from offerings.imports import checking, services
from offerings.imports.staging import Staging
from offerings.models import CoHost, ImportState, Offering
from tests.factories import OrganisationFactory, SiteFactory, municipality
from tests.offerings.imports.files import HEADINGS, a_row, accepted, as_csv, checked

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]
WITH_QUOTAS = (*HEADINGS, "Varatut paikat")
WITH_HOSTS = (*HEADINGS, "Yhteistyössä")


@pytest.fixture(autouse=True)
def places(db):
    for key in ("FI-851", "FI-854", "FI-240"):
        municipality(key)


def give(number, *, of, by):
    """Places are given outside KOPA."""
    offering = Offering.objects.get()
    counter = offering.counters.get(quota__municipality=of) if of else offering.counters.get(quota=None)
    of_one.set_taken_elsewhere(offering_id=offering.pk, taken={counter.pk: number}, by=by)


def errors_of(run):
    assert run.state == ImportState.CHECKED
    return {row.number: row.errors for row in run.rows.all() if row.errors}


@pytest.mark.parametrize("state", ["julkaistu", "luonnos"])
def test_fewer_places_than_are_given(state, lappia, bengt):
    accepted(checked(as_csv([a_row("A1", Tila=state)]), lappia, bengt), bengt)
    give(3, of=None, by=bengt)

    run = checked(as_csv([a_row("A1", Tila=state, Paikkoja="2"), a_row("A2")]), lappia, bengt)

    [(number, errors)] = errors_of(run).items()
    assert (number, list(errors)) == (2, ["capacity"])
    assert "3 open places have already been given" in errors["capacity"][0]
    assert services.mend(run_id=run.pk, number=2, cells={"capacity": "3"}).errors == {}


@pytest.mark.parametrize("quotas", ["Pello 1", ""])
def test_fewer_reserved_places_than_are_given(quotas, lappia, bengt):
    accepted(checked(as_csv([[*a_row("A1"), "Pello 4"]], WITH_QUOTAS), lappia, bengt), bengt)
    give(2, of=municipality("FI-854"), by=bengt)

    errors = errors_of(checked(as_csv([[*a_row("A1"), quotas]], WITH_QUOTAS), lappia, bengt))

    assert list(errors[2]) == ["quotas"]
    assert errors[2]["quotas"][0].startswith("2 places reserved for ")


def test_more_reserved_than_there_are_once_the_capacity_shrinks(lappia, bengt):
    accepted(checked(as_csv([[*a_row("A1"), "Pello 4"]], WITH_QUOTAS), lappia, bengt), bengt)

    errors = errors_of(checked(as_csv([a_row("A1", Paikkoja="3")]), lappia, bengt))

    assert errors == {2: {"quotas": ["There are 3 places in all, but 4 are reserved."]}}


def test_a_number_that_cannot_be_read_is_not_missing_too(lappia, bengt):
    rows = [[*a_row("A1", Paikkoja="paljon"), "Pello: 2"]]
    run = checked(as_csv(rows, (*HEADINGS, "Varatut paikat")), lappia, bengt)

    assert run.rows.get().errors == {"capacity": ["Write a number in figures, for example 12."]}


def test_the_organisation_as_its_own_co_host(lappia, bengt):
    host = f"{lappia.name_fi}: lends the premises"

    errors = errors_of(checked(as_csv([[*a_row("A1"), host]], WITH_HOSTS), lappia, bengt))

    assert errors == {2: {"co_hosts": ["The host itself is no co-host."]}}


@pytest.mark.parametrize("state", ["julkaistu", "luonnos"])
def test_a_site_of_somebody_who_is_no_co_host_any_more(state, lappia, bengt):
    accepted(checked(as_csv([a_row("A1", Tila=state)]), lappia, bengt), bengt)
    offering = Offering.objects.get()
    friend = OrganisationFactory(name_fi="Tornion kansalaisopisto", kind="association")
    CoHost.objects.create(offering=offering, organisation=friend, part=CoHost.Part.TEACHES)
    site = SiteFactory(organisation=friend, municipality=municipality("FI-240"))
    offering.sites.add(site)
    there = {"Opetuskunnat": "Tornio; Kemi", "Tila": state}

    kept = checked(as_csv([[*a_row("A1", **there), "Tornion kansalaisopisto"]], WITH_HOSTS), lappia, bengt)
    gone = checked(as_csv([[*a_row("A1", **there), ""]], WITH_HOSTS), lappia, bengt)
    moved = checked(as_csv([[*a_row("A1", Tila=state), ""]], WITH_HOSTS), lappia, bengt)

    assert errors_of(kept) == {}
    [errors] = errors_of(gone).values()
    assert list(errors) == ["places"]
    assert errors["places"][0].startswith("A site belongs to another organisation")
    assert errors_of(moved) == {}
    accepted(moved, bengt)
    assert list(offering.sites.values_list("organisation", flat=True)) != [friend.pk]


def test_what_the_check_calls_right_is_saved_unless_something_happens_meanwhile(lappia, bengt):
    accepted(checked(as_csv([[*a_row("A1"), "Pello 4"]], WITH_QUOTAS), lappia, bengt), bengt)
    run = checked(as_csv([[*a_row("A1", Paikkoja="5"), "Pello 2"]], WITH_QUOTAS), lappia, bengt)
    assert errors_of(run) == {}
    give(3, of=municipality("FI-854"), by=bengt)

    accepted(run, bengt)

    assert (run.state, run.good) == (ImportState.CHECKED, 0)
    assert list(errors_of(run)[2]) == ["quotas"]


def test_a_question_in_between_does_not_disturb_the_copying(lappia, bengt):
    """Code lists are read at the first cell that needs them, in the midst of the file."""
    rows = [a_row("A0", Koulutusmuoto="", Tila="luonnos", Opetuskunnat="")]
    rows += [a_row(f"A{n}", Nimi_suomeksi=f"Hitsaaja \\ {n}\t{{}}\nuusi \\n rivi \\") for n in range(1, 120)]

    run = checked(as_csv(rows), lappia, bengt)

    assert (run.new, run.wrong) == (120, 0)
    assert [row.number for row in run.rows.all()] == list(range(2, 122))
    eighth, title = run.rows.get(number=9), "Hitsaaja \\ 7\t{}\nuusi \\n rivi \\"
    assert (eighth.cells["title_fi"], eighth.given["title_fi"]) == (title, title)


def test_what_fails_while_it_is_copied_leaves_no_row(lappia, bengt):
    run = checked(as_csv([a_row("A1")]), lappia, bengt)
    judge = checking.Rows(checking.with_what_rules_need(lappia.pk))
    brought = [(number, {"own_reference": f"B{number}"}) for number in range(10, 90)]
    rows = list(checking.judged(judge, brought, {}))

    def staged():
        with Staging(run) as staging:
            for row in rows:
                staging.write(row)
            raise LookupError

    with pytest.raises(LookupError), transaction.atomic():
        staged()
    assert [row.number for row in run.rows.all()] == [2]
