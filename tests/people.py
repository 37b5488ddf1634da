"""The people of the tests, each with a story (docs/glossary.md has the words for their roles)."""

from __future__ import annotations

import pytest

from kopa.accounts.models import User
from kopa.portal.demonstration import presence
from providers.models import Institution, Organisation, Role
from tests.factories import (
    InstitutionFactory,
    OrganisationFactory,
    RoleAssignmentFactory,
    SiteFactory,
    UserFactory,
    municipality,
    organisation_of,
)

# In the order of the brief; the access table has a column for each.
NAMES = ("sami", "aino", "bengt", "kaisa", "olli", "ritva", "matti", "anna")


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """What the process remembers of another test's database is forgotten."""
    presence.forget()


def _person(name: str, role: Role, organisation: Organisation | None = None, **facts: str) -> User:
    user: User = UserFactory(name=name.capitalize(), email=f"{name}@example.org", **facts)
    RoleAssignmentFactory(person=user, role=role, organisation=organisation)
    return user


@pytest.fixture
def lappia(db: None) -> Organisation:
    """Kemi-Tornionlaakson koulutuskuntayhtymä Lappia, with its institution and a site in Tornio."""
    organisation: Organisation = OrganisationFactory(
        name_fi="Kemi-Tornionlaakson koulutuskuntayhtymä Lappia",
        business_id="2109309-0",
        oid="1.2.246.562.10.41253773158",
        home_municipality=municipality("FI-851"),
    )
    institution: Institution = InstitutionFactory(
        organisation=organisation, code="10069", name_fi="Ammattiopisto Lappia"
    )
    SiteFactory(organisation=organisation, institution=institution, name_fi="Ammattiopisto Lappia")
    return organisation


@pytest.fixture
def pello(db: None) -> Organisation:
    """The municipality of Pello as an organisation."""
    return organisation_of("FI-854")


@pytest.fixture
def overtornea(db: None) -> Organisation:
    """Övertorneå in Sweden: the municipality itself is the provider (huvudman)."""
    return organisation_of("SE-2518")


@pytest.fixture
def sami(db: None) -> User:
    """A student from Pello who looks for a place."""
    return _person("sami", Role.LEARNER)


@pytest.fixture
def aino(pello: Organisation) -> User:
    """Education officer of Pello."""
    return _person("aino", Role.OFFICER, pello)


@pytest.fixture
def bengt(lappia: Organisation) -> User:
    """Works for Lappia and publishes its courses; reads Swedish."""
    return _person("bengt", Role.PROVIDER_STAFF, lappia, language="sv")


@pytest.fixture
def kaisa(db: None) -> User:
    """Coordinates the Tornio valley's co-operation, employed by Tornio."""
    return _person("kaisa", Role.COORDINATOR, organisation_of("FI-851"))


@pytest.fixture
def olli(db: None) -> User:
    """Education officer of Loviisa, far from everything the others do."""
    return _person("olli", Role.OFFICER, organisation_of("FI-434"))


@pytest.fixture
def ritva(pello: Organisation) -> User:
    """Guidance counsellor in Pello."""
    return _person("ritva", Role.COUNSELLOR, pello)


@pytest.fixture
def matti(db: None) -> User:
    """Analyst; sees numbers, no people."""
    return _person("matti", Role.ANALYST)


@pytest.fixture
def anna(db: None) -> User:
    """Administrator of the platform; that is no key to what others write."""
    return _person("anna", Role.ADMIN)
