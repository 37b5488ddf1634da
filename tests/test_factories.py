"""What every other test builds on holds by itself."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from offerings.states import OfferingStatus
from tests import factories

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

FACTORIES = [
    factory
    for factory in vars(factories).values()
    if isinstance(factory, type)
    and issubclass(factory, factories.DjangoModelFactory)
    and factory._meta.model is not None
    and not factory._meta.abstract
]


@pytest.mark.parametrize("factory", FACTORIES, ids=lambda factory: factory.__name__)
def test_what_a_factory_makes_is_whole(factory):
    made = factory()
    # Rows that no form writes: a column that may be NULL or {} need not say so to forms.
    empty = [
        f.name for f in made._meta.fields if (f.null or f.get_default() == {}) and not getattr(made, f.name)
    ]

    try:
        made.full_clean(exclude=empty)
    except ValidationError as wrong:
        pytest.fail(f"{factory.__name__}: {wrong}")


@pytest.mark.parametrize("status", OfferingStatus.values)
def test_an_offering_of_every_status_has_its_past(status):
    offering = factories.OfferingFactory(status=status)

    offering.full_clean()
    assert (offering.published_at is None) == (status == "draft")
    assert (offering.cancelled_at is not None) == (status == "cancelled")


def test_the_counters_of_an_offering_add_up_to_its_capacity():
    offering = factories.OfferingFactory(
        capacity=16, quotas={"FI-854": 2, "SE-2518": 3}, taken={"": 9, "FI-854": 1}
    )

    seats = {c.quota.municipality.key if c.quota else "": (c.seats, c.free) for c in offering.counters.all()}
    assert seats == {"": (11, 2), "FI-854": (2, 1), "SE-2518": (3, 3)}


def test_a_distance_course_has_no_site_and_a_swedish_one_its_own_money_and_language():
    offering = factories.OfferingFactory(provider=factories.organisation_of("SE-2518"), mode="distance")

    assert offering.currency == "SEK"
    assert [language.code for language in offering.languages.all()] == ["sv"]
    assert list(offering.sites.all()) == []


def test_the_same_municipality_is_made_once():
    assert factories.municipality("FI-854") == factories.municipality("FI-854")
    assert (
        factories.municipality("FI-976").name_sv == factories.municipality("SE-2518").name_sv == "Övertorneå"
    )
