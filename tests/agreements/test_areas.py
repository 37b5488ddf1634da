"""A municipality is in one primary area per form and day; the demonstration's among them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.management.base import CommandError

from agreements.areas import clashes
from agreements.models import Agreement
from agreements.terms import agreements
from kopa.portal.demonstration import agreements as demonstration
from municipalities.cache import gazetteer
from municipalities.models import Municipality
from tests.factories import AgreementFactory, MunicipalityFactory, municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

TODAY = dt.date(2026, 11, 24)


def test_the_demonstration_needs_the_register():
    with pytest.raises(CommandError, match="no municipality SE-0120: run load_reference first"):
        demonstration.load(TODAY)


@pytest.fixture
def places():
    for key in (*demonstration.SODERTORN, *demonstration.TORNE_VALLEY):
        municipality(key)


@pytest.mark.usefixtures("places")
def test_a_municipality_is_in_one_primary_area_per_form_and_day():
    """DOMAIN.md §3.5: a second area for the same form is refused, with both named."""
    AgreementFactory(code="real", tier="primary", parties=["SE-2583"], forms=["komvux"])

    with pytest.raises(CommandError, match=r"two primary areas for komvux: demo-tornedalen and real\."):
        demonstration.load(TODAY)
    assert not Agreement.objects.filter(is_demonstration=True).exists()


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize(
    ("facts", "clash"),
    [
        ({}, True),
        ({"tier": "secondary"}, False),
        ({"forms": ["vocational"]}, False),
        ({"parties": ["SE-0180"]}, False),
        ({"in_force_from": dt.date(2027, 1, 1)}, False),
        ({"in_force_from": dt.date(2026, 12, 31)}, True),
        ({"parties": {"SE-2583": (dt.date(2027, 1, 1), None)}}, False),
        ({"parties": {"SE-2583": (None, dt.date(2026, 6, 30))}, "in_force_from": dt.date(2026, 1, 1)}, True),
    ],
)
def test_two_areas_meet_only_on_the_same_form_and_days(facts, clash):
    AgreementFactory(
        code="a", tier="primary", parties=["SE-2583", "SE-2518"],
        in_force_from=dt.date(2026, 1, 1), in_force_to=dt.date(2026, 12, 31),
    )  # fmt: skip
    AgreementFactory(**{"code": "b", "tier": "primary", "parties": ["SE-2583"], "in_force_to": None} | facts)

    found = [(one.codes, one.form) for one in clashes(agreements(), gazetteer())]

    assert found == ([(("a", "b"), "komvux")] if clash else [])


def test_a_merged_municipality_is_in_its_successor_s_area():
    successor = municipality("SE-2583")
    MunicipalityFactory(country="SE", code="9001", successor=successor, valid_to=dt.date(2025, 12, 31))
    AgreementFactory(tier="primary", parties=["SE-2583"], in_force_to=None)
    AgreementFactory(tier="primary", parties=["SE-9001"], in_force_to=None)

    (clash,) = clashes(agreements(), gazetteer())

    assert Municipality.objects.get(pk=clash.municipality_id) == successor
