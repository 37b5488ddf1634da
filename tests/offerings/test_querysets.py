from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from offerings.homes import find_home
from offerings.models import Offering
from pilots.models import PilotGroup, PilotMembership
from tests.factories import (
    AgreementFactory,
    OfferingFactory,
    OrganisationFactory,
    RegionFactory,
    SiteFactory,
    municipality,
)

pytestmark = [pytest.mark.django_db, pytest.mark.integration]


def open_to(key, on=dt.date(2026, 11, 24)):
    return set(Offering.objects.open_to_residents_of(find_home(key), on=on))


@pytest.fixture
def homes():
    """Pello and Tornio lie in Lapland, Porvoo elsewhere; Tornio has swallowed FI-999."""
    for key in ("FI-854", "FI-638"):
        municipality(key)
    merged = municipality("FI-999")
    merged.valid_to, merged.successor = dt.date(2020, 12, 31), municipality("FI-851")
    merged.save(update_fields=["valid_to", "successor"])


def test_everybody_may_apply_to_what_is_open_to_all(homes):
    offering = OfferingFactory()

    assert open_to("FI-854") == open_to("FI-638") == {offering}


def test_regions_let_in_the_residents_of_their_municipalities(homes):
    offering = OfferingFactory(open_to="regions", open_to_regions=[RegionFactory(code="19")])

    assert open_to("FI-854") == {offering}
    assert open_to("FI-999") == {offering}  # as Tornio: the municipality of today counts
    assert open_to("FI-638") == set()


def test_municipalities_let_in_their_residents_merged_ones_as_their_successor(homes):
    offering = OfferingFactory(open_to="municipalities", open_to_municipalities=["FI-999", "FI-638"])

    assert open_to("FI-638") == {offering}
    assert open_to("FI-851") == {offering}
    assert open_to("FI-999") == {offering}
    assert open_to("FI-854") == set()


def test_an_agreement_lets_in_the_residents_of_its_parties_of_the_day(homes):
    """R-CAP-6, its first half: everybody else is refused before applying. Ranking them waits for ``all``."""
    agreement = AgreementFactory(
        country="FI", in_force_to=dt.date(2026, 11, 30),
        parties={"FI-999": (None, None), "FI-638": (None, dt.date(2026, 11, 23))},
    )  # fmt: skip
    offering = OfferingFactory(open_to="agreement_parties", agreement=agreement)

    assert open_to("FI-851") == {offering}  # FI-999 lives on in Tornio
    assert open_to("FI-638") == open_to("FI-854") == set()
    assert open_to("FI-638", on=dt.date(2026, 11, 23)) == {offering}
    assert open_to("FI-851", on=dt.date(2026, 12, 1)) == set()  # the agreement is over


def test_pilot_groups_let_in_the_residents_of_the_municipalities_of_the_day(homes):
    group = PilotGroup.objects.create(code="river", kind="co_operation_area", country="FI")
    for position, (key, last) in enumerate([("FI-999", None), ("FI-638", dt.date(2026, 11, 23))]):
        PilotMembership.objects.create(
            group=group, position=position, kind="direct", member_kind="municipality", name_fi=key,
            municipality=municipality(key), valid_to=last,
        )  # fmt: skip
    offering = OfferingFactory(open_to="pilot_groups", open_to_pilot_groups=[group])

    assert open_to("FI-851") == {offering}  # FI-999 lives on in Tornio
    assert open_to("FI-638") == open_to("FI-854") == set()
    assert open_to("FI-638", on=dt.date(2026, 11, 23)) == {offering}


def test_a_list_left_over_from_another_choice_means_nothing(homes):
    OfferingFactory(open_to="municipalities", open_to_regions=[RegionFactory(code="19")])
    OfferingFactory(open_to="regions", open_to_municipalities=["FI-854"])

    assert open_to("FI-854") == set()


@pytest.mark.parametrize("rows", [1, 3])
def test_a_list_takes_four_statements(rows, django_assert_num_queries):
    for _ in range(rows):
        provider = OrganisationFactory()
        sites = [SiteFactory(organisation=provider) for _ in range(2)]
        OfferingFactory(provider=provider, sites=sites, quotas={"FI-854": 1, "FI-638": 1})

    with django_assert_num_queries(4):
        for offering in Offering.objects.for_list():
            assert offering.provider.country == "FI"
            assert (offering.form.code, offering.field.parent.code) == ("vocational", "07")
            assert offering.mode.code == "contact"
            assert [language.code for language in offering.languages.all()] == ["fi"]
            assert [site.municipality.key for site in offering.sites.all()] == ["FI-851", "FI-851"]
            quotas = [counter.quota for counter in offering.counters.all() if counter.quota]
            assert [quota.municipality.key for quota in quotas] == ["FI-854", "FI-638"]


def test_anybody_sees_what_is_or_was_published():
    published, cancelled = OfferingFactory(), OfferingFactory(status="cancelled")
    OfferingFactory(status="draft")

    seen = Offering.objects.visible_to(AnonymousUser(), on=timezone.localdate())
    assert set(seen) == {published, cancelled}
