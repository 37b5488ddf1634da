"""One factory per model: made things are deterministic, whole and pass ``full_clean``.

Municipalities and code-list entries are looked up before they are made, so a test may ask for Pello twice.
Dates count from today: with the test clock frozen they are always the same.

    OfferingFactory(capacity=16, taken=9, quotas={"FI-854": 2}, sites=["FI-851"])
    OfferingFactory(status="draft", provider=lappia)
    OfferingFactory(mode="distance", sites=[])
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from typing import Any
from uuid import uuid4

import factory
from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from factory.django import DjangoModelFactory
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestedCredentialData

from agreements.models import Agreement, AgreementParty
from applications.models import Attachment
from corrections.models import ErrorReport
from kopa.accounts import links, seals
from kopa.accounts.models import (
    AuthenticatorApp,
    LinkRequest,
    Passkey,
    PasswordRequest,
    RecoveryCode,
    SignInLink,
    User,
    WrongCode,
)
from kopa.audit.models import AuditEvent
from kopa.base import uploads
from kopa.codes.models import (
    CodeListEntry,
    CreditUnit,
    DataSource,
    DeliveryMode,
    EducationForm,
    FieldOfEducation,
    InstitutionType,
    PriorEducation,
    TeachingLanguage,
)
from kopa.letters.choices import CONFIRM_PLACES
from kopa.letters.models import Letter, UnwantedLetters
from municipalities.models import (
    Authority,
    AuthorityMembership,
    Municipality,
    MunicipalityAlias,
    PopulationCell,
    Region,
    RegionMembership,
)
from offerings.models import (
    ZONES,
    ActTogether,
    CoHost,
    ConfirmationRequest,
    ImportRow,
    ImportRun,
    Offering,
    PlaceCounter,
    Quota,
)
from offerings.search import projection
from offerings.states import OfferingStatus
from pilots.models import PilotGroup, PilotMembership
from providers.models import (
    Institution,
    Invitation,
    JointAuthorityMember,
    Licence,
    Organisation,
    OrganisationKind,
    Role,
    RoleAssignment,
    Site,
)

PASSWORD = "lumi-sataa-hiljaa-7"

# Real places that tests speak of: (Finnish name, Swedish name, region, language status, latitude, longitude).
PLACES = {
    "FI-049": ("Espoo", "Esbo", "01", "bi-fi", 60.206309, 24.656705),
    "FI-091": ("Helsinki", "Helsingfors", "01", "bi-fi", 60.16825, 24.952913),
    "FI-240": ("Kemi", "Kemi", "19", "fi", 65.735289, 24.570517),
    "FI-273": ("Kolari", "Kolari", "19", "fi", 67.331691, 23.792141),
    "FI-434": ("Loviisa", "Lovisa", "01", "bi-fi", 60.457393, 26.225331),
    "FI-638": ("Porvoo", "Borgå", "01", "bi-fi", 60.392195, 25.665191),
    "FI-698": ("Rovaniemi", "Rovaniemi", "19", "fi", 66.496245, 25.724865),
    "FI-851": ("Tornio", "Torneå", "19", "fi", 65.848287, 24.144806),
    "FI-854": ("Pello", "Pello", "19", "fi", 66.774506, 23.966812),
    "FI-976": ("Ylitornio", "Övertorneå", "19", "fi", 66.323056, 23.672878),
    "SE-0126": ("Huddinge", "Huddinge", "01", "", 59.23705, 17.98192),
    "SE-0180": ("Tukholma", "Stockholm", "01", "", 59.32938, 18.06871),
    "SE-0182": ("Nacka", "Nacka", "01", "", 59.31053, 18.16372),
    "SE-0192": ("Nynäshamn", "Nynäshamn", "01", "", 58.90337, 17.94793),
    "SE-2518": ("Övertorneå", "Övertorneå", "25", "", 66.38778, 23.65425),
    "SE-2521": ("Pajala", "Pajala", "25", "", 67.21284, 23.36607),
    "SE-2583": ("Haaparanta", "Haparanda", "25", "", 65.83549, 24.13676),
}
REGIONS = {
    "FI-R01": ("Uusimaa", "Nyland", "Uusimaa"),
    "FI-R19": ("Lappi", "Lappland", "Lapland"),
    "SE-R01": ("Tukholman lääni", "Stockholms län", "Stockholm County"),
    "SE-R25": ("Norrbottenin lääni", "Norrbottens län", "Norrbotten County"),
}
CODES: dict[type[CodeListEntry], dict[str, tuple[str, str, str]]] = {
    EducationForm: {
        "vocational": ("Ammatillinen koulutus", "Yrkesutbildning", "Vocational education"),
        "general_upper_secondary": (
            "Lukiokoulutus",
            "Gymnasieutbildning",
            "General upper secondary education",
        ),
        "komvux": ("Kunnallinen aikuiskoulutus (komvux)", "Komvux", "Municipal adult education (komvux)"),
        "liberal_adult": ("Vapaa sivistystyö", "Fritt bildningsarbete", "Liberal adult education"),
        "basic": ("Perusopetus", "Grundläggande utbildning", "Basic education"),
    },
    FieldOfEducation: {
        "07": ("Tekniikan alat", "De tekniska områdena", "Engineering, manufacturing and construction"),
        "071": (
            "Kone-, prosessi-, energia- ja sähkötekniikka",
            "Maskin-, process-, energi- och elteknik",
            "Engineering",
        ),
        "09": ("Terveys- ja hyvinvointialat", "Hälsovård och välfärd", "Health and welfare"),
        "091": ("Terveys", "Hälsovård", "Health"),
        "092": ("Hyvinvointi", "Välfärd", "Welfare"),
    },
    TeachingLanguage: {
        "fi": ("suomi", "finska", "Finnish"),
        "sv": ("ruotsi", "svenska", "Swedish"),
        "en": ("englanti", "engelska", "English"),
    },
    DeliveryMode: {
        "contact": ("Lähiopetus", "Närundervisning", "Contact teaching"),
        "blended": ("Monimuoto-opetus", "Flerformsundervisning", "Blended teaching"),
        "distance": ("Etäopetus", "Distansundervisning", "Distance teaching"),
    },
    CreditUnit: {"competence_point": ("osaamispistettä", "kompetenspoäng", "competence points")},
    InstitutionType: {"21": ("Ammatilliset oppilaitokset", "Yrkesläroanstalter", "Vocational institutions")},
    PriorEducation: {"basic": ("Peruskoulu", "Grundskola", "Basic education")},
}


def today() -> dt.date:
    """The day of the test clock, in Finland."""
    return timezone.localdate()


def in_days(days: int, *, country: str = "FI", hour: int = 15, minute: int = 0) -> dt.datetime:
    """A moment so many days from today, by the country's clock."""
    return dt.datetime.combine(
        today() + dt.timedelta(days=days), dt.time(hour, minute), tzinfo=ZONES[country]
    )


def municipality(key: str) -> Municipality:
    """One of the real municipalities of ``PLACES``, or an invented one for another key."""
    country, _, code = key.partition("-")
    return MunicipalityFactory(country=country, code=code)


def code(model: type[CodeListEntry], value: str) -> CodeListEntry:
    """The entry of a code list, made when it is not there."""
    names = CODES[model].get(value, (value, value, value))
    defaults: dict[str, Any] = {
        "name_fi": names[0], "name_sv": names[1], "name_en": names[2], "source": "the test",
    }  # fmt: skip
    if model is FieldOfEducation and len(value) == 3:
        defaults["parent"] = code(FieldOfEducation, value[:2])
    return model.objects.get_or_create(code=value, defaults=defaults)[0]


class DataSourceFactory(DjangoModelFactory):
    class Meta:
        model = DataSource
        django_get_or_create = ("code",)

    code = "test"
    publisher = "The test"
    name_fi = "Testiaineisto"
    name_sv = "Testmaterial"
    name_en = "Test data"
    year = 2026
    licence = "CC0-1.0"
    obtained_from = "the test"


class CodeFactory(DjangoModelFactory):
    class Meta:
        abstract = True
        django_get_or_create = ("code",)

    @classmethod
    def _create(cls, model_class: type[CodeListEntry], *_: Any, **options: Any) -> CodeListEntry:
        entry = code(model_class, options.pop("code"))
        for name, value in options.items():
            setattr(entry, name, value)
        if options:
            entry.save(update_fields=list(options))
        return entry


class EducationFormFactory(CodeFactory):
    class Meta:
        model = EducationForm

    code = "vocational"


class FieldOfEducationFactory(CodeFactory):
    class Meta:
        model = FieldOfEducation

    code = "071"


class TeachingLanguageFactory(CodeFactory):
    class Meta:
        model = TeachingLanguage

    code = "fi"


class DeliveryModeFactory(CodeFactory):
    class Meta:
        model = DeliveryMode

    code = "contact"


class CreditUnitFactory(CodeFactory):
    class Meta:
        model = CreditUnit

    code = "competence_point"


class InstitutionTypeFactory(CodeFactory):
    class Meta:
        model = InstitutionType

    code = "21"


class PriorEducationFactory(CodeFactory):
    class Meta:
        model = PriorEducation

    code = "basic"


class RegionFactory(DjangoModelFactory):
    class Meta:
        model = Region
        django_get_or_create = ("country", "code")

    country = "FI"
    code = "19"
    name_fi = factory.LazyAttribute(lambda o: _region(o)[0])
    name_sv = factory.LazyAttribute(lambda o: _region(o)[1])
    name_en = factory.LazyAttribute(lambda o: _region(o)[2])


def _region(made: Any) -> tuple[str, str, str]:
    name = f"Maakunta {made.code}"
    return REGIONS.get(f"{made.country}-R{made.code}", (name, name, name))


class MunicipalityFactory(DjangoModelFactory):
    class Meta:
        model = Municipality
        django_get_or_create = ("country", "code")
        skip_postgeneration_save = True

    country = "FI"
    code = "854"
    name_fi = factory.LazyAttribute(lambda o: _place(o)[0])
    name_sv = factory.LazyAttribute(lambda o: _place(o)[1])
    region = factory.LazyAttribute(lambda o: RegionFactory(country=o.country, code=_place(o)[2]))
    language_status = factory.LazyAttribute(lambda o: _place(o)[3])
    latitude = factory.LazyAttribute(lambda o: _place(o)[4])
    longitude = factory.LazyAttribute(lambda o: _place(o)[5])
    point_basis = "administrative_centre"
    population = 3000
    population_year = 2022


    @factory.post_generation
    def memberships(self: Any, create: bool, extracted: Any, **_: Any) -> None:
        """In its region as long as it is known; ``memberships=False``: a test gives them itself."""
        if create and extracted is not False and not self.region_memberships.exists():
            RegionMembershipFactory(municipality=self, region=self.region, last_day=self.valid_to)


class RegionMembershipFactory(DjangoModelFactory):
    class Meta:
        model = RegionMembership

    municipality = factory.SubFactory(MunicipalityFactory, memberships=False)
    region = factory.SubFactory(RegionFactory)
    first_day = dt.date(2020, 1, 1)
    source = "the test"


class AuthorityFactory(DjangoModelFactory):
    class Meta:
        model = Authority
        django_get_or_create = ("kind", "code")

    kind = "evk"
    code = "10"
    name_fi = factory.LazyAttribute(lambda o: f"Viranomainen {o.kind} {o.code}")
    name_sv = factory.LazyAttribute(lambda o: f"Myndighet {o.kind} {o.code}")
    name_en = factory.LazyAttribute(lambda o: f"Authority {o.kind} {o.code}")
    source = "the test"


class AuthorityMembershipFactory(DjangoModelFactory):
    class Meta:
        model = AuthorityMembership

    municipality = factory.SubFactory(MunicipalityFactory)
    authority = factory.SubFactory(AuthorityFactory)
    first_day = dt.date(2026, 1, 1)
    is_beginning = True
    source = "the test"


class PopulationCellFactory(DjangoModelFactory):
    class Meta:
        model = PopulationCell

    municipality = factory.SubFactory(MunicipalityFactory)
    year = 2022
    age = None
    count = 3000
    source = "test"


def _place(made: Any) -> tuple[str, str, str, str, float, float]:
    name = f"Kunta {made.code}"
    status = "fi" if made.country == "FI" else ""
    return PLACES.get(f"{made.country}-{made.code}", (name, name, "01", status, 61.0, 25.0))


class MunicipalityAliasFactory(DjangoModelFactory):
    class Meta:
        model = MunicipalityAlias

    municipality = factory.SubFactory(MunicipalityFactory)
    name = "Pellon pitäjä"
    language = "fi"
    kind = MunicipalityAlias.Kind.FORMER
    source = "the test"


class OrganisationFactory(DjangoModelFactory):
    """A joint authority of Tornio; for ``kind="municipality"`` name the municipality."""

    class Meta:
        model = Organisation

    kind = OrganisationKind.JOINT_AUTHORITY
    municipality = None
    country = factory.LazyAttribute(lambda o: o.municipality.country if o.municipality else "FI")
    name_fi = factory.LazyAttributeSequence(
        lambda o, n: o.municipality.name_fi if o.municipality else f"Koulutuskuntayhtymä {n}"
    )
    name_sv = factory.LazyAttribute(lambda o: o.municipality.name_sv if o.municipality else "")
    home_municipality = factory.LazyAttribute(lambda o: o.municipality or municipality("FI-851"))
    parent = factory.LazyAttribute(
        lambda o: organisation_of("FI-851") if o.kind == OrganisationKind.MUNICIPAL_ENTERPRISE else None
    )
    email = "opintotoimisto@example.org"
    register_year = 2016
    source = "the test"


def organisation_of(key: str) -> Organisation:
    """The municipality itself as an organisation; made when it is not there."""
    place = municipality(key)
    found = Organisation.objects.filter(municipality=place).first()
    return found or OrganisationFactory(kind=OrganisationKind.MUNICIPALITY, municipality=place)


class JointAuthorityMemberFactory(DjangoModelFactory):
    class Meta:
        model = JointAuthorityMember

    organisation = factory.SubFactory(OrganisationFactory)
    municipality = factory.SubFactory(MunicipalityFactory)
    source = "the test"


class LicenceFactory(DjangoModelFactory):
    class Meta:
        model = Licence

    organisation = factory.SubFactory(OrganisationFactory)
    form = factory.SubFactory(EducationFormFactory)
    valid_from = dt.date(2018, 1, 1)
    source = "the test"


class InstitutionFactory(DjangoModelFactory):
    class Meta:
        model = Institution

    organisation = factory.SubFactory(OrganisationFactory)
    code = factory.Sequence(lambda n: f"9{n:04d}")
    type = factory.SubFactory(InstitutionTypeFactory)
    name_fi = factory.Sequence(lambda n: f"Ammattiopisto {n}")
    municipality = factory.LazyAttribute(lambda o: o.organisation and o.organisation.home_municipality)
    teaching_languages = ["fi"]
    register_year = 2016
    source = "the test"


class SiteFactory(DjangoModelFactory):
    """Stands at its municipality's centre."""

    class Meta:
        model = Site

    organisation = factory.SubFactory(OrganisationFactory)
    municipality = factory.LazyAttribute(lambda o: o.organisation and o.organisation.home_municipality)
    name_fi = factory.LazyAttribute(
        lambda o: f"{o.municipality.name_fi}n toimipiste" if o.municipality else "Sivusto"
    )
    latitude = factory.LazyAttribute(lambda o: o.municipality and o.municipality.latitude)
    longitude = factory.LazyAttribute(lambda o: o.municipality and o.municipality.longitude)
    point_basis = factory.LazyAttribute(
        lambda o: Site.PointBasis.MUNICIPALITY_CENTRE if o.latitude is not None else Site.PointBasis.NONE
    )


@functools.cache
def _password_hash(password: str) -> str:
    return make_password(password)  # Argon2 is slow by design: once per password and process


class UserFactory(DjangoModelFactory):
    """Signs in with ``PASSWORD``, or with the password given."""

    class Meta:
        model = User
        exclude = ("plain_password",)
        django_get_or_create = ("email",)

    plain_password = PASSWORD
    name = factory.Sequence(lambda n: f"Testaaja {n}")
    email = factory.Sequence(lambda n: f"testaaja{n}@example.org")
    password = factory.LazyAttribute(lambda o: _password_hash(o.plain_password))
    language = "fi"


class RoleAssignmentFactory(DjangoModelFactory):
    class Meta:
        model = RoleAssignment

    person = factory.SubFactory(UserFactory)
    role = Role.PROVIDER_STAFF
    organisation = factory.SubFactory(OrganisationFactory)
    valid_from = factory.LazyFunction(lambda: today() - dt.timedelta(days=365))


class OfferingFactory(DjangoModelFactory):
    """A welding course with 20 free places, published and open for applications.

    ``status`` builds the past that belongs to it. After making: ``languages`` (codes), ``sites`` (sites or
    municipality keys; one at the provider's home unless the mode is distance), ``quotas`` ({key: seats}) and
    ``taken`` (places given elsewhere: of the open source, or {"": 3, "FI-854": 1}).
    """

    class Meta:
        model = Offering
        skip_postgeneration_save = True

    class Params:
        closes_in_days = 30

    provider = factory.SubFactory(OrganisationFactory)
    status = OfferingStatus.PUBLISHED
    title_fi = factory.Sequence(lambda n: f"Hitsaaja, levytöiden osaaja {n}")
    title_sv = factory.Sequence(lambda n: f"Svetsare, plåtarbeten {n}")
    title_en = factory.Sequence(lambda n: f"Welder, sheet metal work {n}")
    description_fi = "Opit hitsaamaan ja lukemaan piirustuksia."
    description_sv = "Du lär dig svetsa och läsa ritningar."
    description_en = "You learn to weld and to read drawings."
    form = "vocational"
    field = "071"
    level = "upper_secondary"
    mode = "contact"
    starts_on = factory.LazyFunction(lambda: today() + dt.timedelta(days=60))
    ends_on = factory.LazyAttribute(lambda o: o.starts_on and o.starts_on + dt.timedelta(days=180))
    applications_open_at = factory.LazyAttribute(lambda o: in_days(-10, country=o.provider.country, hour=8))
    applications_close_at = factory.LazyAttribute(
        lambda o: in_days(o.closes_in_days, country=o.provider.country)
    )
    capacity = 20
    contact_name = "Opintotoimisto"
    contact_email = "opintotoimisto@example.org"
    apply_url = "https://hakeminen.example.org/hitsaus"
    price_basis = "none"
    currency = factory.LazyAttribute(lambda o: "SEK" if o.provider.country == "SE" else "EUR")
    created_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=20))
    updated_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=12))
    published_at = factory.LazyAttribute(
        lambda o: None if o.status == OfferingStatus.DRAFT else timezone.now() - dt.timedelta(days=12)
    )
    cancelled_at = factory.LazyAttribute(
        lambda o: timezone.now() - dt.timedelta(days=1) if o.status == OfferingStatus.CANCELLED else None
    )
    cancel_reason_fi = factory.LazyAttribute(
        lambda o: "Hakijoita oli liian vähän." if o.status == OfferingStatus.CANCELLED else ""
    )

    @classmethod
    def _adjust_kwargs(cls, **options: Any) -> dict[str, Any]:
        lists: dict[str, type[CodeListEntry]] = {
            "form": EducationForm, "field": FieldOfEducation, "mode": DeliveryMode, "credit_unit": CreditUnit,
        }  # fmt: skip
        for name, model in lists.items():
            if isinstance(options.get(name), str):
                options[name] = code(model, options[name])
        return options

    @factory.post_generation
    def languages(self: Any, create: bool, codes: Iterable[str] | None, **_: Any) -> None:
        if create:
            default = ["sv"] if self.provider.country == "SE" else ["fi"]
            self.languages.set(
                [code(TeachingLanguage, value) for value in (default if codes is None else codes)]
            )

    @factory.post_generation
    def sites(self: Any, create: bool, sites: Iterable[Site | str] | None, **_: Any) -> None:
        if not create:
            return
        if sites is None:
            home = self.provider.home_municipality
            sites = [] if self.mode_id == "distance" or home is None else [home.key]
        self.sites.set([_site_of(self.provider, site) if isinstance(site, str) else site for site in sites])

    @factory.post_generation
    def places(self: Any, create: bool, counted: Any, quotas: Any = None, taken: Any = 0) -> None:
        if create and self.capacity is not None and counted is not False:
            _count_places(self, quotas or {}, taken)

    @factory.post_generation
    def open_to_municipalities(self: Any, create: bool, keys: Iterable[str] | None, **_: Any) -> None:
        if create and keys:
            self.open_to_municipalities.set([municipality(key) for key in keys])

    @factory.post_generation
    def open_to_pilot_groups(self: Any, create: bool, groups: Iterable[PilotGroup] | None, **_: Any) -> None:
        if create and groups:
            self.open_to_pilot_groups.set(groups)

    @factory.post_generation
    def open_to_regions(self: Any, create: bool, regions: Iterable[Region] | None, **_: Any) -> None:
        if create and regions:
            self.open_to_regions.set(regions)

    @factory.post_generation
    def prior_education(self: Any, create: bool, codes: Iterable[str] | None, **_: Any) -> None:
        if create and codes:
            self.prior_education.set([code(PriorEducation, value) for value in codes])

    @classmethod
    def _after_postgeneration(cls, instance: Any, create: bool, *_: Any, **__: Any) -> None:
        if create:
            projection.refresh([instance.pk])  # as every service does: the search knows it at once

    @classmethod
    def _generate(cls, strategy: str, params: dict[str, Any]) -> Any:
        # The short names of the docstring; factory_boy wants them under the declaration that uses them.
        for name in ("quotas", "taken"):
            if name in params:
                params[f"places__{name}"] = params.pop(name)
        # The course and its counters appear together: when it is over PostgreSQL asks whether they agree.
        with transaction.atomic() if strategy == factory.CREATE_STRATEGY else nullcontext():
            return super()._generate(strategy, params)


def _site_of(provider: Organisation, key: str) -> Site:
    place = municipality(key)
    found = Site.objects.filter(organisation=provider, municipality=place).first()
    return found or SiteFactory(organisation=provider, municipality=place)


def _count_places(offering: Offering, quotas: Mapping[str, int], taken: int | Mapping[str, int]) -> None:
    """The open counter and one per quota; ``taken`` is given elsewhere, "" names the open source."""
    taken = taken if isinstance(taken, Mapping) else {"": taken}
    PlaceCounterFactory(
        offering=offering,
        seats=(offering.capacity or 0) - sum(quotas.values()),
        taken_elsewhere=taken.get("", 0),
    )
    for key, seats in quotas.items():
        quota = QuotaFactory(offering=offering, municipality=municipality(key), seats=seats)
        PlaceCounterFactory(offering=offering, quota=quota, seats=seats, taken_elsewhere=taken.get(key, 0))


class AgreementFactory(DjangoModelFactory):
    """An agreement on komvux between municipalities of Sweden, in force from last year to the next.

    After making: ``parties`` (keys, or {key: (first day, last day)}), ``forms`` and ``fields`` (codes).
    """

    class Meta:
        model = Agreement
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"agreement-{n}")
    title_fi = factory.Sequence(lambda n: f"Sopimus {n}")
    title_sv = factory.Sequence(lambda n: f"Avtal {n}")
    tier = "voluntary"
    country = "SE"
    in_force_from = factory.LazyFunction(lambda: today() - dt.timedelta(days=365))
    in_force_to = factory.LazyFunction(lambda: today() + dt.timedelta(days=365))
    source = "the test"

    @factory.post_generation
    def parties(self: Any, create: bool, keys: Iterable[str] | None, **_: Any) -> None:
        if create:
            days = keys if isinstance(keys, Mapping) else dict.fromkeys(keys or (), (None, None))
            for key, (first, last) in days.items():
                AgreementPartyFactory(
                    agreement=self, municipality=municipality(key), valid_from=first, valid_to=last
                )

    @factory.post_generation
    def forms(self: Any, create: bool, codes: Iterable[str] | None, **_: Any) -> None:
        if create:
            self.forms.set([code(EducationForm, one) for one in (["komvux"] if codes is None else codes)])

    @factory.post_generation
    def fields(self: Any, create: bool, codes: Iterable[str] | None, **_: Any) -> None:
        if create and codes:
            self.fields.set([code(FieldOfEducation, one) for one in codes])


class AgreementPartyFactory(DjangoModelFactory):
    class Meta:
        model = AgreementParty

    agreement = factory.SubFactory(AgreementFactory)
    municipality = factory.SubFactory(MunicipalityFactory)


class QuotaFactory(DjangoModelFactory):
    """Alone it breaks Σ seats = capacity: else give ``quotas`` to OfferingFactory."""

    class Meta:
        model = Quota

    offering = factory.SubFactory(OfferingFactory)
    municipality = factory.SubFactory(MunicipalityFactory)
    seats = 2


class PlaceCounterFactory(DjangoModelFactory):
    """OfferingFactory makes its counters; alone this one has all places of a draft."""

    class Meta:
        model = PlaceCounter

    offering = factory.SubFactory(
        OfferingFactory, status=OfferingStatus.DRAFT, capacity=factory.SelfAttribute("..seats"), places=False
    )
    quota = None
    seats = 20


class CoHostFactory(DjangoModelFactory):
    class Meta:
        model = CoHost

    offering = factory.SubFactory(OfferingFactory)
    organisation = factory.SubFactory(OrganisationFactory)


class ImportRunFactory(DjangoModelFactory):
    class Meta:
        model = ImportRun

    provider = factory.SubFactory(OrganisationFactory)
    by = factory.SubFactory(UserFactory)
    file_name = "Salaisuus lappia.csv"
    language = "en"
    state = "checked"
    columns = ["own_reference", "title_fi"]
    wrong = 1
    uploaded_at = factory.LazyFunction(timezone.now)


class ImportRowFactory(DjangoModelFactory):
    class Meta:
        model = ImportRow

    run = factory.SubFactory(ImportRunFactory)
    number = 2
    verdict = "wrong"
    cells = {"own_reference": "A1", "title_fi": "Salaisuus lappia"}
    errors = {"title_fi": ["Wrong."]}


class ActTogetherFactory(DjangoModelFactory):
    class Meta:
        model = ActTogether

    id = factory.LazyFunction(uuid4)
    by = factory.SubFactory(UserFactory)
    act = "confirm"
    done_at = factory.LazyFunction(timezone.now)


class ErrorReportFactory(DjangoModelFactory):
    """On the page of a municipality, Pello unless ``place`` says another; ``state`` builds the past that
    belongs to it. For another thing give ``subject_type``, ``subject_key`` and ``organisation``.
    """

    class Meta:
        model = ErrorReport
        exclude = ("place",)

    place = "FI-854"
    kind = "name"
    subject_type = "municipality"
    subject_key = factory.SelfAttribute("place")
    organisation = factory.LazyAttribute(
        lambda o: organisation_of(o.place) if o.subject_type == "municipality" else None
    )
    page_path = factory.LazyAttribute(lambda o: f"/fi/kunnat/{o.place.lower()}/")
    text = factory.Sequence(lambda n: f"Nimi on väärin, kohta {n}.")
    language = "fi"
    reported_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=2))
    state = "open"
    handled_by = factory.LazyAttribute(lambda o: None if o.state == "open" else UserFactory())
    handled_at = factory.LazyAttribute(
        lambda o: None if o.state == "open" else timezone.now() - dt.timedelta(days=1)
    )
    answer = factory.LazyAttribute(lambda o: "" if o.state == "open" else "Nimi on korjattu.")
    duplicate_of = factory.LazyAttribute(
        lambda o: ErrorReportFactory(place=o.place) if o.state == "duplicate" else None
    )


class AuditEventFactory(DjangoModelFactory):
    class Meta:
        model = AuditEvent

    at = factory.LazyFunction(timezone.now)
    actor = factory.SubFactory(UserFactory)
    role = Role.PROVIDER_STAFF
    verb = "offering.publish"
    target = "offerings.offering"
    target_id = 1
    from_state = "draft"
    to_state = "published"


class UnwantedLettersFactory(DjangoModelFactory):
    class Meta:
        model = UnwantedLetters

    person = factory.SubFactory(UserFactory)
    kind = CONFIRM_PLACES
    ended_at = factory.LazyFunction(timezone.now)


class ConfirmationRequestFactory(DjangoModelFactory):
    """A letter of yesterday that nobody has answered; ``key`` is what its link carries."""

    class Meta:
        model = ConfirmationRequest
        exclude = ("key",)
        skip_postgeneration_save = True

    key = factory.Sequence(lambda number: f"c.{number:043}")
    person = factory.SubFactory(UserFactory)
    key_digest = factory.LazyAttribute(lambda o: hashlib.sha256(o.key.encode()).hexdigest())
    asked_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(days=1))
    expires_at = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=29))

    @factory.post_generation
    def offerings(self: Any, create: bool, offerings: Iterable[Offering] | None, **_: Any) -> None:
        if create:
            self.offerings.set(offerings or [])


class LetterFactory(DjangoModelFactory):
    class Meta:
        model = Letter

    kind = "test"
    address = factory.Sequence(lambda number: f"vastaanottaja{number}@example.org")
    language = "fi"
    subject = "Uutta KOPAssa"
    text = "Hei"
    html = "<p>Hei</p>"
    target = "accounts.user"
    target_id = 1
    created_at = factory.LazyFunction(timezone.now)
    next_try_at = factory.LazyFunction(timezone.now)


class PasswordRequestFactory(DjangoModelFactory):
    class Meta:
        model = PasswordRequest

    email = factory.Sequence(lambda number: f"unohtanut{number}@example.org")
    asked_from = "0" * 64
    asked_at = factory.LazyFunction(timezone.now)


class LinkRequestFactory(DjangoModelFactory):
    class Meta:
        model = LinkRequest

    email = factory.Sequence(lambda number: f"linkki{number}@example.org")
    asked_from = "0" * 64
    asked_at = factory.LazyFunction(timezone.now)


class SignInLinkFactory(DjangoModelFactory):
    """Works once, with ``key``."""

    class Meta:
        model = SignInLink
        exclude = ("key",)

    key = factory.Sequence(lambda number: f"l.{number:043}")
    person = factory.SubFactory(UserFactory)
    email = factory.LazyAttribute(lambda link: link.person.email)
    language = "fi"
    purpose = links.SIGN_IN
    key_digest = factory.LazyAttribute(lambda link: links._digest(link.key))
    stamp = factory.LazyAttribute(lambda link: links._stamp(link.email, link.person))
    made_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(minutes=30))


# What an app of the tests was told; its codes are those of RFC 6238.
APP_KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class AuthenticatorAppFactory(DjangoModelFactory):
    """Shows the codes of ``APP_KEY``; none has been used yet."""

    class Meta:
        model = AuthenticatorApp

    person = factory.SubFactory(UserFactory)
    sealed_key = factory.LazyAttribute(lambda o: seals.seal(APP_KEY, owner=o.person.pk))
    last_step = 0


class PasskeyFactory(DjangoModelFactory):
    class Meta:
        model = Passkey

    person = factory.SubFactory(UserFactory)
    name = "Puhelin"
    credential_id = factory.Sequence(lambda number: websafe_encode(f"avain-{number}".encode()))
    credential = factory.LazyAttribute(
        lambda o: AttestedCredentialData.create(
            bytes(16),
            websafe_decode(o.credential_id),
            ES256({1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)}),
        )
    )
    handle = b"person"


class RecoveryCodeFactory(DjangoModelFactory):
    class Meta:
        model = RecoveryCode

    person = factory.SubFactory(UserFactory)
    digest = factory.Sequence(lambda number: f"{number:064}")


class WrongCodeFactory(DjangoModelFactory):
    class Meta:
        model = WrongCode

    person = factory.SubFactory(UserFactory)
    at = factory.LazyFunction(timezone.now)


class InvitationFactory(DjangoModelFactory):
    class Meta:
        model = Invitation

    email = factory.Sequence(lambda number: f"kutsuttu{number}@example.org")
    language = "fi"
    role = Role.PROVIDER_STAFF
    organisation = factory.SubFactory(OrganisationFactory)
    invited_by = factory.SubFactory(UserFactory)
    key_digest = factory.Sequence(lambda number: f"{number:064x}")
    created_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyFunction(lambda: timezone.now() + dt.timedelta(days=7))
class PilotGroupFactory(DjangoModelFactory):
    """A pilot group of 2020 and 2021; ``members`` are municipalities by key, or organisations."""

    class Meta:
        model = PilotGroup
        skip_postgeneration_save = True

    number = factory.Sequence(lambda n: n + 1)
    code = factory.LazyAttribute(lambda o: f"kopa-{o.number}")
    kind = "pilot_group"
    country = "FI"
    valid_from = dt.date(2020, 1, 1)
    valid_to = dt.date(2021, 12, 31)
    source = "kopa-page"

    @factory.post_generation
    def members(self: Any, create: bool, members: Iterable[str | Organisation] | None, **_: Any) -> None:
        for position, member in enumerate(members or (), start=1):
            PilotMembershipFactory(group=self, position=position, **_as_member(member))


class PilotMembershipFactory(DjangoModelFactory):
    """A municipality that its group names."""

    class Meta:
        model = PilotMembership

    group = factory.SubFactory(PilotGroupFactory)
    position = 1
    kind = "direct"
    member_kind = "municipality"
    municipality = factory.LazyAttribute(
        lambda o: municipality("FI-854") if o.member_kind == "municipality" else None
    )
    name_fi = factory.LazyAttribute(lambda o: str(o.municipality.name_fi) if o.municipality else "Jäsen")
    name_sv = factory.LazyAttribute(lambda o: str(o.municipality.name_sv) if o.municipality else "Medlem")
    source = "kopa-page"


def _as_member(member: str | Organisation) -> dict[str, Any]:
    if isinstance(member, str):
        return {"municipality": municipality(member)}
    return {
        "organisation": member,
        "member_kind": member.kind,
        "name_fi": member.name_fi,
        "name_sv": member.name_sv,
    }


class AttachmentFactory(DjangoModelFactory):
    """A small PDF that was sent along; ``matter`` is the application's key."""

    class Meta:
        model = Attachment
        skip_postgeneration_save = True

    matter = factory.LazyFunction(uuid4)
    name = "todistus.pdf"
    kind = "application/pdf"
    size = 5
    stored = factory.Sequence(lambda n: f"te/st{n}")
    added_by = factory.SubFactory(UserFactory)
    added_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def lies_there(self: Any, create: bool, *_: Any, **__: Any) -> None:
        if create and not uploads.storage().exists(self.stored):
            uploads.storage().save(self.stored, ContentFile(b"%PDF-"))
