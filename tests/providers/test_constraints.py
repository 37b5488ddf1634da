"""The database has the last word on organisations, licences, institutions and sites."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction

from kopa.base.db import constraint_name
from providers.models import (
    Institution,
    JointAuthorityMember,
    Licence,
    Organisation,
    OrganisationKind,
    Role,
    RoleAssignment,
    Site,
)
from tests.factories import (
    InstitutionFactory,
    JointAuthorityMemberFactory,
    LicenceFactory,
    OrganisationFactory,
    RoleAssignmentFactory,
    SiteFactory,
    UserFactory,
    municipality,
    organisation_of,
    today,
)

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

# constraint: (model, what is written past all Python)
BREAKS: dict[str, tuple[type[models.Model], dict[str, Any]]] = {
    "organisation_has_a_name": (Organisation, {"name_fi": "", "name_sv": "", "name_en": ""}),
    "organisation_of_kind_municipality_names_it": (Organisation, {"kind": OrganisationKind.MUNICIPALITY}),
    "organisation_enterprise_has_a_parent": (Organisation, {"kind": OrganisationKind.MUNICIPAL_ENTERPRISE}),
    "organisation_oid_is_unique": (Organisation, {"oid": "1.2.3"}),
    "organisation_business_id_is_unique": (Organisation, {"business_id": "0177619-3"}),
    "organisation_status_is_known": (Organisation, {"status": "asleep"}),
    "member_is_named_once": (JointAuthorityMember, {"valid_from": dt.date(2020, 1, 1)}),
    "licence_ends_after_it_begins": (Licence, {"valid_to": dt.date(2017, 12, 31)}),
    "site_point_is_whole": (Site, {"longitude": None}),
    "site_of_an_institution_is_one": (Site, {"point_basis": "municipality_centre"}),
    "role_is_known": (RoleAssignment, {"role": "guest"}),
    "role_that_needs_an_organisation_has_one": (RoleAssignment, {"organisation": None}),
    "role_ends_after_it_begins": (RoleAssignment, {"valid_to": dt.date(2000, 1, 1)}),
    "role_is_assigned_once": (RoleAssignment, {"valid_from": dt.date(2026, 1, 1)}),
    "role_of_a_substitute_has_a_last_day": (RoleAssignment, {"on_behalf_of_id": 1}),
}


def a_row(model: type[models.Model]) -> models.Model:
    """One to break, beside another that it may collide with."""
    if model is Organisation:
        OrganisationFactory(oid="1.2.3", business_id="0177619-3")
        return OrganisationFactory()
    if model is JointAuthorityMember:
        first = JointAuthorityMemberFactory(valid_from=dt.date(2020, 1, 1))
        return JointAuthorityMemberFactory(
            organisation=first.organisation, municipality=first.municipality, valid_from=dt.date(2021, 1, 1)
        )
    if model is Licence:
        return LicenceFactory(valid_from=dt.date(2018, 1, 1))
    if model is Site:
        institution = InstitutionFactory()
        SiteFactory(institution=institution)
        return SiteFactory(institution=institution, point_basis=Site.PointBasis.ADDRESS, address="Katu 1")
    person = UserFactory()
    first = RoleAssignmentFactory(
        person=person,
        role=Role.OFFICER,
        organisation=organisation_of("FI-854"),
        valid_from=dt.date(2026, 1, 1),
    )
    return RoleAssignmentFactory(
        person=person, role=Role.OFFICER, organisation=first.organisation, valid_from=today()
    )


@pytest.mark.parametrize("name", BREAKS)
def test_constraint_refuses(name: str) -> None:
    model, values = BREAKS[name]
    row = a_row(model)

    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        model._default_manager.filter(pk=row.pk).update(**values)

    assert constraint_name(refusal.value) == name


@pytest.mark.parametrize(
    "model", [Organisation, JointAuthorityMember, Licence, Institution, Site, RoleAssignment]
)
def test_every_constraint_is_broken_here(model: type[models.Model]) -> None:
    named = {constraint.name for constraint in model._meta.constraints}

    assert named == {name for name, (broken, _) in BREAKS.items() if broken is model}


def test_a_business_id_is_one_s_own_within_a_country_and_among_those_that_are_open() -> None:
    OrganisationFactory(business_id="0177619-3")

    OrganisationFactory(business_id="0177619-3", status="closed")
    OrganisationFactory(business_id="0177619-3", country="SE")
    with pytest.raises(IntegrityError), transaction.atomic():
        OrganisationFactory(business_id="0177619-3", status="suspended")


def test_member_without_a_first_day_is_named_once_too() -> None:
    member = JointAuthorityMemberFactory(valid_from=None)

    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        JointAuthorityMemberFactory(
            organisation=member.organisation, municipality=member.municipality, valid_from=None
        )

    assert constraint_name(refusal.value) == "member_is_named_once"


def test_municipality_has_one_organisation() -> None:
    organisation_of("FI-854")
    other = organisation_of("FI-976")

    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.filter(pk=other.pk).update(municipality=municipality("FI-854"))


def test_organisation_that_is_no_municipality_names_none() -> None:
    company = OrganisationFactory(kind=OrganisationKind.COMPANY)
    pello = municipality("FI-854")

    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Organisation.objects.filter(pk=company.pk).update(municipality=pello)

    assert constraint_name(refusal.value) == "organisation_of_kind_municipality_names_it"


def test_site_without_a_point_says_so() -> None:
    site = SiteFactory()

    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Site.objects.filter(pk=site.pk).update(latitude=None, longitude=None)

    assert constraint_name(refusal.value) == "site_point_is_whole"
