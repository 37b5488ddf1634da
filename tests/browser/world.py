"""What stands in the database while a browser looks at the pages."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from corrections.models import ErrorReport
from kopa.accounts.models import User
from kopa.codes.models import PriorEducation
from offerings.models import Offering
from offerings.states import OfferingStatus
from providers.models import Institution, Organisation, Role
from tests.factories import (
    AgreementFactory,
    AuthenticatorAppFactory,
    ConfirmationRequestFactory,
    ErrorReportFactory,
    InstitutionFactory,
    OfferingFactory,
    OrganisationFactory,
    PasskeyFactory,
    PilotGroupFactory,
    RecoveryCodeFactory,
    RoleAssignmentFactory,
    SignInLinkFactory,
    SiteFactory,
    UserFactory,
    code,
    municipality,
    organisation_of,
)


@dataclass(frozen=True)
class World:
    """Lappia and its neighbours on both sides of the border, their courses, and people who sign in."""

    lappia: Organisation
    institution: Institution
    welding: Offering  # has reserved places for Pello
    nursing: Offering  # the last places
    swedish: Offering  # in Sweden, in Swedish only
    full: Offering
    draft: Offering
    cancelled: Offering
    bengt: User
    kaisa: User
    asked: str  # key of the letter that asks Bengt about welding and nursing
    link: str  # key of the letter that signs Sami in
    waiting: Organisation  # for verification
    report: ErrorReport  # open, about Pello; another one is about the same
    sami: User
    eeva: User  # has two roles and every second factor

    def person(self, name: str) -> User | None:
        people = {"bengt": self.bengt, "kaisa": self.kaisa, "sami": self.sami, "eeva": self.eeva}
        if name == "aino":
            return officer_of_pello()
        return people[name] if name else None


def applied_for(world: World, **facts: object) -> Offering:
    """A course that is applied for in KOPA; made for the visit, so that no other page shows it."""
    offering: Offering = OfferingFactory(
        **{"provider": world.lappia, "takes_applications": True, "capacity": 3} | facts
    )
    return offering


def officer_of_pello() -> User:
    """Made only for the pages that she opens: the register's pages stay as they are."""
    found = User.objects.filter(email="aino@example.org").first()
    if found is not None:
        return found
    role = RoleAssignmentFactory(
        role=Role.OFFICER, organisation=organisation_of("FI-854"), person__name="Aino",
        person__email="aino@example.org",
    )  # fmt: skip
    person: User = role.person
    return person


def build_world() -> World:
    """Made anew for each test, in the database that the live server reads."""
    for key in ("FI-854", "FI-851", "FI-976", "FI-240", "FI-698", "SE-2518", "SE-2583"):
        municipality(key)
    code(PriorEducation, "basic")
    lappia = OrganisationFactory(
        name_fi="Kemi-Tornionlaakson koulutuskuntayhtymä Lappia",
        home_municipality=municipality("FI-851"),
        business_id="2109309-0",
    )
    institution = InstitutionFactory(organisation=lappia, code="10069", name_fi="Ammattiopisto Lappia")
    SiteFactory(organisation=lappia, institution=institution, name_fi="Ammattiopisto Lappia")
    AgreementFactory(
        code="sodertorn", title_fi="Vapaa haku Södertörnissä", title_sv="Frisök i Södertörn", is_frisok=True,
        parties={"SE-0126": (None, None), "SE-0192": (dt.date(2026, 3, 1), None)},
    )  # fmt: skip
    PilotGroupFactory(
        number=4, summary_fi="Suunnittelemme yhdessä.", contact_email="jokilaakso@example.org",
        links=[{"url": "https://example.org/", "label": "Sivusto", "language": "fi"}],
        members=["FI-854", "FI-976", lappia],
    )  # fmt: skip
    haparanda = organisation_of("SE-2583")
    bengt = UserFactory(name="Bengt", email="bengt@example.org", language="sv")
    RoleAssignmentFactory(person=bengt, role=Role.PROVIDER_STAFF, organisation=lappia)
    kaisa = UserFactory(name="Kaisa", email="kaisa@example.org")
    RoleAssignmentFactory(person=kaisa, role=Role.COORDINATOR, organisation=organisation_of("FI-851"))
    eeva = UserFactory(name="Eeva", email="eeva@example.org")
    RoleAssignmentFactory(person=eeva, role=Role.PROVIDER_STAFF, organisation=lappia)
    RoleAssignmentFactory(person=eeva, role=Role.COORDINATOR, organisation=organisation_of("FI-851"))
    AuthenticatorAppFactory(person=eeva)
    PasskeyFactory(person=eeva, name="Puhelin")
    RecoveryCodeFactory.create_batch(9, person=eeva)
    ErrorReportFactory(text="Uudempi väkiluku on jo saatavilla.")
    world = World(
        lappia=lappia,
        institution=institution,
        asked=f"c.{'a' * 43}",
        link=f"l.{'a' * 43}",
        waiting=OrganisationFactory(name_fi="Uusi koulutus Oy", kind="company", status="draft"),
        welding=OfferingFactory(
            provider=lappia, title_fi="Hitsaaja, levytöiden osaaja", capacity=16, taken=5,
            quotas={"FI-854": 2}, credits=180, credit_unit="competence_point", closes_in_days=6,
            prior_education=["basic"], is_demonstration=True,
        ),
        nursing=OfferingFactory(
            provider=lappia, title_fi="Lähihoitaja, sosiaali- ja terveysalan perustutkinto",
            title_sv="Närvårdare, grundexamen inom social- och hälsovårdsbranschen", title_en="",
            field="091", mode="blended", capacity=20, taken=18,
        ),
        swedish=OfferingFactory(
            provider=haparanda, form="komvux", title_fi="", title_sv="Undersköterska", title_en="",
            description_fi="", description_en="", field="091", capacity=24, taken=10, learner_fee_cents=0,
        ),
        full=OfferingFactory(
            provider=lappia, title_fi="Ruotsin jatkokurssi verkossa", mode="distance", capacity=12, taken=12
        ),
        draft=OfferingFactory(provider=lappia, status=OfferingStatus.DRAFT, title_fi="Metsuri"),
        cancelled=OfferingFactory(provider=lappia, status=OfferingStatus.CANCELLED, title_fi="Kokki"),
        bengt=bengt,
        kaisa=kaisa,
        report=ErrorReportFactory(),
        sami=UserFactory(name="Sami", email="sami@example.org"),
        eeva=eeva,
    )  # fmt: skip
    SignInLinkFactory(key=world.link, person=world.sami)
    ConfirmationRequestFactory(key=world.asked, person=bengt, offerings=[world.welding, world.nursing])
    return world
