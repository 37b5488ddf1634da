"""The database has the last word on regions, municipalities and their other names."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction

from kopa.base.db import constraint_name
from municipalities.models import Municipality, MunicipalityAlias, Region
from tests.factories import MunicipalityAliasFactory, MunicipalityFactory, RegionFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

# constraint: (model, what is written past all Python)
BREAKS: dict[str, tuple[type[models.Model], dict[str, Any]]] = {
    "region_key_is_unique": (Region, {"code": "01"}),
    "region_country_is_known": (Region, {"country": "NO"}),
    "municipality_key_is_unique": (Municipality, {"code": "976"}),
    "municipality_code_has_its_country_s_length": (Municipality, {"code": "0854"}),
    "municipality_dissolved_has_a_successor": (Municipality, {"valid_to": dt.date(2026, 12, 31)}),
    "municipality_point_is_whole": (Municipality, {"longitude": None}),
    "municipality_alias_is_named_once": (MunicipalityAlias, {"name": "Turtola"}),
}


def a_row(model: type[models.Model]) -> models.Model:
    """One to break, beside another that it may collide with."""
    if model is Region:
        RegionFactory(code="01")
        return RegionFactory(code="19")
    if model is Municipality:
        MunicipalityFactory(code="976")
        return MunicipalityFactory(code="854")
    MunicipalityAliasFactory(name="Turtola")
    return MunicipalityAliasFactory(name="Pellon pitäjä")


@pytest.mark.parametrize("name", BREAKS)
def test_constraint_refuses(name: str) -> None:
    model, values = BREAKS[name]
    row = a_row(model)

    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        model._default_manager.filter(pk=row.pk).update(**values)

    assert constraint_name(refusal.value) == name


@pytest.mark.parametrize("model", [Region, Municipality, MunicipalityAlias])
def test_every_constraint_is_broken_here(model: type[models.Model]) -> None:
    named = {constraint.name for constraint in model._meta.constraints}

    assert named == {name for name, (broken, _) in BREAKS.items() if broken is model}


@pytest.mark.parametrize(("latitude", "longitude"), [(53.9, 24.0), (71.1, 24.0), (66.0, 9.9), (66.0, 33.1)])
def test_point_outside_the_north_is_refused(latitude: float, longitude: float) -> None:
    pello = MunicipalityFactory(code="854")

    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Municipality.objects.filter(pk=pello.pk).update(latitude=latitude, longitude=longitude)

    assert constraint_name(refusal.value) == "municipality_point_is_whole"


def test_code_of_sweden_has_four_digits() -> None:
    haparanda = MunicipalityFactory(country="SE", code="2583")

    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Municipality.objects.filter(pk=haparanda.pk).update(code="583")

    assert constraint_name(refusal.value) == "municipality_code_has_its_country_s_length"
