"""Who is asked for a statement and why not: R-HOME-3, 6, 7 and 8, with the stories of both ends of Sweden."""

from __future__ import annotations

import datetime as dt

import pytest

from kopa.portal.demonstration import agreements as demonstration
from offerings.homes import find_home
from offerings.payers import Ground, Need, Residents, StatementRule, payer_of, statement_rule
from offerings.search.query import Payer
from tests.factories import (
    AgreementFactory,
    MunicipalityFactory,
    OfferingFactory,
    OrganisationFactory,
    municipality,
    organisation_of,
)

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

TODAY = dt.date(2026, 11, 24)
SODERTORN = ("SE-0127", "SE-0136", "SE-0126", "SE-0192", "SE-0181", "SE-0138", "SE-0120")
REQUIRED, NO_AGREEMENT = StatementRule(Need.REQUIRED), StatementRule(Need.NO_AGREEMENT)
HOST_IS_HOME = StatementRule(Need.NOT_REQUIRED, Ground.HOST_IS_HOME)
STATE_FUNDED = StatementRule(Need.NOT_REQUIRED, Ground.STATE_FUNDED)


def by(ground, agreement):
    return StatementRule(Need.NOT_REQUIRED, ground, agreement.pk)


def rule(offering, key, on=TODAY):
    municipality(key)
    return statement_rule(offering, find_home(key), on=on)


def course(key, **facts):
    return OfferingFactory(provider=organisation_of(key), **{"form": "komvux", "field": "091"} | facts)


def test_the_host_itself_is_not_asked():
    """R-HOME-3 (a): host = home, whatever the form and whatever agreements say."""
    AgreementFactory(parties=["SE-0126"], is_frisok=True)

    assert rule(course("SE-0126"), "SE-0126") == HOST_IS_HOME
    assert rule(course("FI-854", form="basic"), "FI-854") == HOST_IS_HOME


def test_free_application_within_an_agreement():
    """R-HOME-3 (b): in force, with free application, for form and field, both are parties; else not."""
    free = AgreementFactory(parties=["SE-0126", "SE-0192"], is_frisok=True)
    offering = course("SE-0126")

    assert rule(offering, "SE-0192") == by(Ground.AGREEMENT, free)
    assert rule(offering, "SE-0182") == REQUIRED  # home is no party
    assert rule(course("SE-0182"), "SE-0192") == REQUIRED  # host is no party
    assert rule(course("SE-0126", form="vocational"), "SE-0192") == REQUIRED
    assert payer_of(rule(offering, "SE-0192")) is Payer.AGREEMENT


def test_free_application_covers_its_fields_alone():
    """R-HOME-6: per form and field; a broad field covers its narrow ones."""
    free = AgreementFactory(parties=["SE-0126", "SE-0192"], is_frisok=True, fields=["07", "091"])

    for field, answer in {"071": True, "07": True, "091": True, "092": False, "09": False}.items():
        expected = by(Ground.AGREEMENT, free) if answer else REQUIRED
        assert rule(course("SE-0126", field=field), "SE-0192") == expected, field


def test_free_application_ends_with_its_last_day():
    """R-HOME-6: the day of applying counts, the last one included, for the agreement and for each party."""
    free = AgreementFactory(
        is_frisok=True, in_force_from=dt.date(2026, 9, 1), in_force_to=dt.date(2026, 12, 31),
        parties={"SE-0126": (None, None), "SE-0192": (dt.date(2026, 10, 1), dt.date(2026, 11, 30))},
    )  # fmt: skip
    offering = course("SE-0126")
    days = {
        dt.date(2026, 9, 30): REQUIRED,
        dt.date(2026, 10, 1): by(Ground.AGREEMENT, free),
        dt.date(2026, 11, 30): by(Ground.AGREEMENT, free),
        dt.date(2026, 12, 1): REQUIRED,
    }

    assert {day: rule(offering, "SE-0192", on=day) for day in days} == days


def test_an_agreement_without_free_application_asks_all_the_same():
    """R-HOME-3 (b): being parties is not enough."""
    AgreementFactory(parties=["SE-0126", "SE-0192"])

    assert rule(course("SE-0126"), "SE-0192") == REQUIRED


@pytest.mark.parametrize(
    ("facts", "is_free"),
    [
        ({}, True),
        ({"field": "071"}, True),
        ({"field": "10"}, True),
        ({"starts_on": dt.date(2025, 1, 1)}, True),
        ({"starts_on": dt.date(2024, 12, 31)}, False),
        ({"field": "023"}, False),  # languages are general
        ({"field": "054"}, False),  # mathematics too
        ({"form": "adult_basic"}, False),
        ({"form": "vocational"}, False),
    ],
)
def test_vocational_komvux_within_a_primary_area(facts, is_free):
    """R-HOME-3 (c): the pair shares a primary area, vocational komvux, starting in 2025 or later."""
    area = AgreementFactory(
        tier="primary", parties=["SE-2583", "SE-2518"], forms=["komvux", "adult_basic", "vocational"],
        in_force_to=None,
    )  # fmt: skip
    start = facts.get("starts_on", dt.date(2027, 1, 11))
    open_at = dt.datetime.combine(start - dt.timedelta(60), dt.time(), dt.UTC)
    offering = course(
        "SE-2583", **facts | {"starts_on": start},
        applications_open_at=open_at, applications_close_at=open_at + dt.timedelta(30),
    )  # fmt: skip

    assert rule(offering, "SE-2518") == (by(Ground.PRIMARY_AREA, area) if is_free else REQUIRED)
    assert rule(offering, "SE-2521") == REQUIRED  # Pajala is outside


def test_secondary_and_voluntary_tiers_are_no_primary_area():
    """R-HOME-3 (c): the law speaks of primary areas alone."""
    for tier in ("secondary", "voluntary"):
        AgreementFactory(tier=tier, parties=["SE-2583", "SE-2518"])

    assert rule(course("SE-2583"), "SE-2518") == REQUIRED


def test_a_draft_without_a_start_is_not_known_to_start_late_enough():
    """R-HOME-3 (c) needs the start."""
    AgreementFactory(tier="primary", parties=["SE-2583", "SE-2518"])

    assert rule(course("SE-2583", status="draft", starts_on=None), "SE-2518") == REQUIRED


@pytest.mark.parametrize("form", ["general_upper_secondary", "vocational", "liberal_adult", "higher"])
def test_the_state_funds_within_finland(form):
    """R-HOME-3 (d): Pello to Tornio, whoever is the host; other forms need a statement."""
    lappia = OrganisationFactory(home_municipality=municipality("FI-851"))

    assert rule(course("FI-851", form=form), "FI-854") == STATE_FUNDED
    assert rule(OfferingFactory(provider=lappia, form=form), "FI-854") == STATE_FUNDED
    assert rule(course("FI-851", form="basic"), "FI-854") == REQUIRED


def test_an_agreement_may_ask_for_a_statement_where_the_state_pays():
    """R-HOME-3 (d): unless an agreement in force asks for one; the answer names it."""
    asks = AgreementFactory(
        country="FI", parties=["FI-851", "FI-854"], forms=["vocational"], asks_for_statement=True
    )
    offering = course("FI-851", form="vocational")

    assert rule(offering, "FI-854") == StatementRule(Need.REQUIRED, agreement_id=asks.pk)
    assert rule(offering, "FI-976") == STATE_FUNDED
    assert rule(offering, "FI-854", on=asks.in_force_to + dt.timedelta(1)) == STATE_FUNDED
    assert payer_of(rule(offering, "FI-854")) is Payer.HOME_DECIDES


def test_haparanda_and_tornio_have_no_agreement():
    """R-HOME-3: across the border, nothing in force covers the pair; no statement case is opened."""
    assert rule(course("SE-2583"), "FI-851") == NO_AGREEMENT
    assert rule(course("FI-851", form="vocational"), "SE-2583") == NO_AGREEMENT
    assert payer_of(NO_AGREEMENT) is Payer.NO_AGREEMENT


def test_an_agreement_across_the_border():
    """R-HOME-3: covered by one, the home municipality is asked; with free application it is not."""
    facts = {"country": "both", "parties": ["SE-2583", "FI-851"]}
    plain = AgreementFactory(**facts)
    offering = course("SE-2583")
    assert rule(offering, "FI-851") == REQUIRED
    assert rule(course("SE-2583", form="vocational"), "FI-851") == NO_AGREEMENT  # not covered
    assert rule(offering, "FI-851", on=plain.in_force_to + dt.timedelta(1)) == NO_AGREEMENT

    free = AgreementFactory(**facts, is_frisok=True)
    assert rule(offering, "FI-851") == by(Ground.AGREEMENT, free)


def test_a_primary_area_does_not_reach_across_the_border():
    """R-HOME-3 (c) is Sweden's law."""
    AgreementFactory(tier="primary", country="both", parties=["SE-2583", "FI-851"])

    assert rule(course("SE-2583"), "FI-851") == REQUIRED


@pytest.fixture
def demonstration_agreements():
    for key in (*SODERTORN, "SE-0182", "SE-2513", "SE-2514", "SE-2518", "SE-2521", "SE-2583"):
        municipality(key)
    demonstration.load(TODAY)


@pytest.mark.usefixtures("demonstration_agreements")
def test_the_seven_of_sodertorn_apply_freely_to_each_other():
    """R-HOME-7: a Nynäshamn resident to a Huddinge place without a statement; a Nacka one needs one."""
    huddinge = course("SE-0126")

    answer = rule(huddinge, "SE-0192")
    assert (answer.need, answer.reason) == (Need.NOT_REQUIRED, Ground.AGREEMENT)
    assert rule(huddinge, "SE-0182") == REQUIRED
    for host in SODERTORN:
        offering = course(host)
        for home in SODERTORN:
            expected = HOST_IS_HOME if home == host else answer
            assert rule(offering, home) == expected, (host, home)


@pytest.mark.usefixtures("demonstration_agreements")
def test_the_demonstration_s_primary_area():
    """R-HOME-3 (c) with the demonstration's agreement: Övertorneå to Haparanda, but not for languages."""
    answer = rule(course("SE-2583"), "SE-2518")

    assert (answer.need, answer.reason) == (Need.NOT_REQUIRED, Ground.PRIMARY_AREA)
    assert rule(course("SE-2583", field="023"), "SE-2518") == REQUIRED


def test_a_merged_municipality_counts_as_its_successor():
    """R-HOME-8: as far as the rule goes, both as home and as host, whichever of the two is named."""
    huddinge, nynashamn = municipality("SE-0126"), municipality("SE-0192")
    old = {
        key: MunicipalityFactory(
            country="SE", code=key[3:], successor=successor, valid_to=dt.date(2025, 12, 31)
        )
        for key, successor in {"SE-9001": huddinge, "SE-9002": nynashamn}.items()
    }
    assert old["SE-9001"].is_dissolved
    free = AgreementFactory(parties=["SE-9001", "SE-9002"], is_frisok=True)

    assert rule(course("SE-0126"), "SE-0192") == by(Ground.AGREEMENT, free)
    assert rule(course("SE-0126"), "SE-9002") == by(Ground.AGREEMENT, free)
    assert rule(course("SE-9001"), "SE-0192") == by(Ground.AGREEMENT, free)
    assert rule(course("SE-9001"), "SE-0126") == HOST_IS_HOME


def test_a_municipal_enterprise_is_its_municipality():
    """R-HOME-3: the host is the body that the enterprise belongs to."""
    free = AgreementFactory(parties=["SE-0126", "SE-0192"], is_frisok=True)
    enterprise = OrganisationFactory(
        country="SE", kind="municipal_enterprise", parent=organisation_of("SE-0126"),
        home_municipality=municipality("SE-0126"),
    )  # fmt: skip
    company = OrganisationFactory(country="SE", home_municipality=municipality("SE-0126"))

    assert rule(course("SE-0126") , "SE-0192") == by(Ground.AGREEMENT, free)
    assert rule(OfferingFactory(provider=enterprise, form="komvux"), "SE-0192") == by(Ground.AGREEMENT, free)
    assert rule(OfferingFactory(provider=company, form="komvux"), "SE-0192") == REQUIRED


def test_the_first_agreement_by_code_is_named():
    """R-HOME-6: the reason is stored, so the same question always gets the same answer."""
    AgreementFactory(code="z", parties=["SE-0126", "SE-0192"], is_frisok=True)
    first = AgreementFactory(code="a", parties=["SE-0126", "SE-0192"], is_frisok=True)

    assert rule(course("SE-0126"), "SE-0192").agreement_id == first.pk


def test_the_day_is_that_of_the_host_s_clock():
    """R-HOME-6 and R-TIME-1: at 23.30 in Stockholm the last day is not over, though it is in Helsinki."""
    AgreementFactory(
        parties=["SE-0126", "SE-0192"], is_frisok=True, in_force_to=dt.date(2026, 12, 31)
    )
    offering, home = course("SE-0126"), find_home("SE-0192")

    def need(hour, minute):
        now = dt.datetime(2026, 12, 31, hour, minute, tzinfo=dt.UTC)
        return Residents.applying_at(home, now).rule_for(offering).need

    assert [need(22, 30), need(22, 59), need(23, 0)] == [Need.NOT_REQUIRED, Need.NOT_REQUIRED, Need.REQUIRED]


def test_many_offerings_cost_as_much_as_one(django_assert_num_queries):
    AgreementFactory(parties=["SE-0126", "SE-0192"], is_frisok=True)
    offerings = [course("SE-0126"), course("SE-0182"), course("FI-851", form="vocational")]
    home = find_home("SE-0192")
    statement_rule(offerings[0], home, on=TODAY)

    with django_assert_num_queries(4):  # two stamps; without any load the municipalities anew
        statement_rule(offerings[0], home, on=TODAY)
    with django_assert_num_queries(4):
        residents = Residents(home, {"FI": TODAY, "SE": TODAY})
        assert [residents.rule_for(one).need for one in offerings] == [
            Need.NOT_REQUIRED, Need.REQUIRED, Need.NO_AGREEMENT,
        ]  # fmt: skip
