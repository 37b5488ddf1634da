"""The database has the last word on regions, municipalities and their other names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction

from kopa.base.db import constraint_name
from municipalities.models import (
    Authority,
    AuthorityMembership,
    Municipality,
    MunicipalityAlias,
    PopulationCell,
    Region,
    RegionMembership,
)
from tests.factories import (
    AuthorityFactory,
    AuthorityMembershipFactory,
    MunicipalityAliasFactory,
    MunicipalityFactory,
    PopulationCellFactory,
    RegionFactory,
    RegionMembershipFactory,
)

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
    "region_membership_ends_after_it_begins": (RegionMembership, {"last_day": dt.date(2020, 12, 31)}),
    "municipality_has_one_region_a_day": (RegionMembership, {"first_day": dt.date(2020, 12, 31)}),
    "authority_key_is_unique": (Authority, {"code": "09"}),
    "authority_ends_after_it_begins": (Authority, {"valid_to": dt.date(2025, 12, 31)}),
    "authority_membership_ends_after_it_begins": (AuthorityMembership, {"last_day": dt.date(2025, 12, 31)}),
    "municipality_has_one_authority_a_day": (AuthorityMembership, {"first_day": dt.date(2025, 12, 31)}),
    "population_is_counted_once": (PopulationCell, {"age": None}),
    "population_age_is_at_most_a_hundred": (PopulationCell, {"age": 101}),
}


def two_regions() -> models.Model:
    RegionFactory(code="01")
    return RegionFactory(code="19")


def two_municipalities() -> models.Model:
    MunicipalityFactory(code="976")
    return MunicipalityFactory(code="854")


def two_names() -> models.Model:
    MunicipalityAliasFactory(name="Turtola")
    return MunicipalityAliasFactory(name="Pellon pitäjä")


def two_regions_of_one() -> models.Model:
    joroinen = MunicipalityFactory(code="171", memberships=False)
    old, new = RegionFactory(code="10"), RegionFactory(code="11")
    RegionMembershipFactory(municipality=joroinen, region=old, last_day=dt.date(2020, 12, 31))
    return RegionMembershipFactory(municipality=joroinen, region=new, first_day=dt.date(2021, 1, 1))


def two_authorities() -> models.Model:
    AuthorityFactory(code="09")
    return AuthorityFactory(code="10", valid_from=dt.date(2026, 1, 1))


def two_authorities_of_one() -> models.Model:
    pello, ely = MunicipalityFactory(code="854"), AuthorityFactory(kind="ely", code="15")
    first, last = dt.date(2020, 1, 1), dt.date(2025, 12, 31)
    AuthorityMembershipFactory(municipality=pello, authority=ely, first_day=first, last_day=last)
    return AuthorityMembershipFactory(municipality=pello)


def two_counts() -> models.Model:
    pello = MunicipalityFactory(code="854")
    PopulationCellFactory(municipality=pello, year=2019)
    return PopulationCellFactory(municipality=pello, year=2019, age=0, count=30)


# One to break, beside another that it may collide with.
MAKE: dict[type[models.Model], Callable[[], models.Model]] = {
    Region: two_regions,
    Municipality: two_municipalities,
    MunicipalityAlias: two_names,
    RegionMembership: two_regions_of_one,
    Authority: two_authorities,
    AuthorityMembership: two_authorities_of_one,
    PopulationCell: two_counts,
}


@pytest.mark.parametrize("name", BREAKS)
def test_constraint_refuses(name: str) -> None:
    model, values = BREAKS[name]
    row = MAKE[model]()

    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        model._default_manager.filter(pk=row.pk).update(**values)

    assert constraint_name(refusal.value) == name


@pytest.mark.parametrize("model", MAKE)
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
