"""Who pays, as far as it is known before applying (R-HOME-3)."""

from __future__ import annotations

import datetime as dt
from itertools import product

import pytest
from django.utils import timezone

from offerings.homes import find_home
from offerings.models import Offering
from offerings.payers import Residents, host_municipality_id, payers_of
from offerings.search import projection
from offerings.search.engine import find, matching
from offerings.search.query import Payer, SearchQuery
from tests.factories import (
    AgreementFactory,
    OfferingFactory,
    OrganisationFactory,
    municipality,
    organisation_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.integration]

KEYS = ("FI-854", "FI-638", "SE-2518", "SE-0180")


@pytest.fixture(autouse=True)
def _municipalities():
    for key in KEYS:
        municipality(key)


def residents_of(key):
    return Residents.applying_at(find_home(key), timezone.now()) if key else None


def payers(offering, residents):
    rule = residents.rule_for(offering) if residents else None
    return payers_of(rule, has_fee=offering.learner_fee_cents > 0)


def paying(offering, key):
    return payers(Offering.objects.for_list().get(pk=offering.pk), residents_of(key))


@pytest.mark.parametrize("form", ["general_upper_secondary", "vocational", "liberal_adult", "higher"])
def test_within_finland_the_state_pays_for_the_forms_it_funds(form):
    assert paying(OfferingFactory(form=form), "FI-854") == (Payer.STATE,)


@pytest.mark.parametrize("form", ["basic", "komvux", "preparatory", "arts_basic", "non_regulated"])
def test_within_finland_the_home_municipality_decides_on_the_others(form):
    assert paying(OfferingFactory(form=form), "FI-854") == (Payer.HOME_DECIDES,)


def test_within_sweden_the_home_municipality_decides_whatever_the_form():
    for form in ("vocational", "komvux"):
        offering = OfferingFactory(provider=organisation_of("SE-2518"), form=form)
        assert paying(offering, "SE-0180") == (Payer.HOME_DECIDES,)


def test_the_home_municipality_that_is_the_host_pays_itself():
    assert paying(OfferingFactory(provider=organisation_of("FI-854")), "FI-854") == (Payer.HOST_IS_HOME,)
    assert paying(OfferingFactory(provider=organisation_of("SE-2518")), "SE-2518") == (Payer.HOST_IS_HOME,)


def test_a_joint_authority_s_seat_is_not_a_host():
    lappia = OrganisationFactory(home_municipality=municipality("FI-854"))

    assert paying(OfferingFactory(provider=lappia, form="basic"), "FI-854") == (Payer.HOME_DECIDES,)


def test_a_municipal_enterprise_is_a_part_of_its_municipality():
    enterprise = OrganisationFactory(kind="municipal_enterprise", parent=organisation_of("FI-854"))

    assert host_municipality_id(enterprise) == municipality("FI-854").pk
    assert paying(OfferingFactory(provider=enterprise), "FI-854") == (Payer.HOST_IS_HOME,)


def test_across_the_border_there_is_no_agreement_in_either_direction():
    assert paying(OfferingFactory(), "SE-2518") == (Payer.NO_AGREEMENT,)
    assert paying(OfferingFactory(provider=organisation_of("SE-2518")), "FI-854") == (Payer.NO_AGREEMENT,)


def test_without_a_home_it_depends():
    assert paying(OfferingFactory(), "") == (Payer.DEPENDS,)


def test_a_fee_stands_beside_the_payer():
    offering = OfferingFactory(learner_fee_cents=4500)

    assert paying(offering, "FI-854") == (Payer.STATE, Payer.LEARNER_FEE)
    assert paying(offering, "") == (Payer.DEPENDS, Payer.LEARNER_FEE)


@pytest.mark.parametrize("fields", [(), ("07",), ("023", "091")])
def test_python_and_sql_say_the_same_of_the_payer(fields):
    """R-HOME-3 in the search: filter, facet and cards agree, whether agreements tell fields apart or not."""
    hosts = [*map(organisation_of, ("FI-854", "SE-2518", "SE-0126")), OrganisationFactory()]
    AgreementFactory(parties=["SE-0180", "SE-0126"], is_frisok=True, fields=fields)
    AgreementFactory(parties=["SE-0180", "SE-2518"], tier="primary")
    AgreementFactory(parties=["FI-854", "FI-638"], forms=["vocational"], asks_for_statement=True)
    AgreementFactory(parties=["FI-854", "SE-2518"], country="both", forms=["basic", "komvux"], fields=fields)
    AgreementFactory(parties=["FI-854", "SE-0126"], country="both", in_force_to=dt.date(2026, 11, 23))
    facts = product(hosts, ("vocational", "basic", "komvux"), ("071", "023"), (0, 100))
    for host, form, field, fee in facts:
        OfferingFactory(provider=host, form=form, field=field, learner_fee_cents=fee)
    projection.rebuild(now=timezone.now())
    every = list(Offering.objects.for_list())
    told = set()

    for key, payer in product(("", *KEYS), Payer):
        residents = residents_of(key)
        query = SearchQuery(home=key, payer=frozenset({payer}))
        found = set(matching(query, now=timezone.now()))
        count = {one.value: one.count for one in find(query, now=timezone.now()).facets["payer"]}
        assert count[payer] == len(found)
        assert found == {one.pk for one in every if payer in payers(one, residents)}, (key, payer)
        told.add(frozenset(found))

    assert len(told) > 12  # else the comparison would prove nothing
