"""What the register says of organisations, institutions and sites."""

from __future__ import annotations

import pytest
from django.db.models import Count, F, Q
from django.utils.translation import override

from kopa.codes.models import DataSource, TeachingLanguage
from kopa.portal import reference
from municipalities.models import Municipality
from providers import services
from providers.models import Institution, JointAuthorityMember, Licence, Organisation, OrganisationKind, Site
from tests.reference_data import quiet, write

PELLO, PORVOO = {"municipality__key": "FI-854"}, {"municipality__key": "FI-638"}
UNUSED = "0000005-1"  # nobody's in the register; its check digit fits

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db,
    pytest.mark.usefixtures("loaded"),
    pytest.mark.xdist_group("providers register"),  # loaded once, not once in each process
]


def test_every_organisation_of_the_sources_is_there() -> None:
    """802 of the register, Sweden's 290 municipalities, three that only the network project's page names."""
    assert Organisation.objects.exclude(oid="").count() == 802
    assert Organisation.objects.filter(country="SE").count() == 290
    assert Organisation.objects.count() == 802 + 290 + 3


def test_kinds_are_those_the_register_gives() -> None:
    kinds = Organisation.objects.filter(country="FI").values_list("kind").annotate(Count("pk"))

    assert dict(kinds) == {
        "municipality": 311,
        "association": 217,
        "company": 104,
        "foundation": 57,
        "joint_authority": 41,
        "other": 33,
        "uas": 25,
        "university": 14,
        "state": 2,
        "municipal_enterprise": 1,
    }
    assert set(Organisation.objects.filter(country="SE").values_list("kind", flat=True)) == {"municipality"}


def test_every_municipality_is_an_organisation() -> None:
    without = Municipality.objects.filter(organisation__isnull=True)

    assert not without.exists()
    assert Organisation.objects.filter(kind="municipality").count() == Municipality.objects.count()


def test_municipality_is_merged_with_its_row_of_the_register() -> None:
    """By home municipality and name: the register's home of Rovaniemi is another one."""
    finnish = Organisation.objects.filter(kind="municipality", country="FI")
    rovaniemi = finnish.get(municipality__key="FI-698")

    assert not finnish.filter(Q(oid="") | Q(business_id="")).exists()
    assert (str(rovaniemi), rovaniemi.business_id) == ("Rovaniemen kaupunki", "1978283-1")
    assert rovaniemi.home_municipality == rovaniemi.municipality
    assert str(finnish.get(municipality__key="FI-636")) == "Pöytyän kunta"


def test_name_of_a_municipality_begins_as_the_organisations_does() -> None:
    """Three letters are enough to show that no row was merged with a neighbour."""
    astray = [
        str(one.name_sv)
        for one in Organisation.objects.filter(kind="municipality").select_related("municipality")
        if one.municipality and one.name_sv[:3] != one.municipality.name_sv[:3]
    ]

    assert astray == []


@pytest.mark.parametrize(
    ("key", "fi", "sv", "en"),
    [
        ("FI-638", "Porvoon kaupunki", "Borgå stad", "City of Porvoo"),
        ("FI-854", "Pellon kunta", "Pello kommun", "Municipality of Pello"),
        ("FI-976", "Ylitornion kunta", "Övertorneå kommun", "Municipality of Ylitornio"),
        ("FI-491", "Mikkelin kaupunki", "S:t Michels stad", "City of Mikkeli"),
        ("FI-545", "Närpiön kaupunki", "Närpes stad", "City of Närpes"),
        ("FI-599", "Pedersören kunta", "Pedersöre kommun", "Municipality of Pedersöre"),
        ("SE-2518", "Övertorneå kommun", "Övertorneå kommun", "Municipality of Övertorneå"),
        ("SE-2080", "Falu kommun", "Falu kommun", "Municipality of Falun"),
        ("SE-0180", "Stockholms kommun", "Stockholms kommun", "Municipality of Stockholm"),
    ],
)
def test_municipality_as_an_organisation_is_named_in_each_language(
    key: str, fi: str, sv: str, en: str
) -> None:
    organisation = Organisation.objects.get(municipality__key=key)

    assert [str(organisation.name(language)) for language in ("fi", "sv", "en")] == [fi, sv, en]


def test_closed_and_unverified_ones_are_marked() -> None:
    closed = Organisation.objects.filter(status="closed").order_by("name_fi")

    assert [(str(one), one.kind) for one in closed] == [
        ("Honkajoen kunta", "municipality"),
        ("Juankosken kaupunki", "other"),
        ("Luvian kunta", "other"),
        ("Pertunmaan kunta", "municipality"),
        ("Valtimon kunta", "municipality"),
    ]
    assert [str(one) for one in Organisation.objects.filter(status="draft")] == ["Tuntematon"]
    assert not Organisation.objects.waiting_for_verification().exists()


def test_what_people_have_decided_outlives_a_load_until_the_register_closes_it(folder, kaisa) -> None:
    waits, pello, porvoo = (Organisation.objects.get(**one) for one in ({"status": "draft"}, PELLO, PORVOO))
    services.verify(organisation_id=waits.pk, business_id=UNUSED, by=kaisa)
    for one in (pello, porvoo):
        services.suspend(organisation_id=one.pk, reason="Selvitetään.", by=kaisa)
    write(folder, "organisations.csv", "FI-638", status="closed")

    reference.load(quiet, folder)

    for one in (waits, pello, porvoo):
        one.refresh_from_db()
    assert (waits.status, waits.business_id) == ("verified", UNUSED)
    assert (pello.status, porvoo.status) == ("suspended", "closed")


def test_the_register_s_word_on_a_business_id_comes_before_what_people_found_out(folder, kaisa) -> None:
    """The file gives the number that somebody looked up to another organisation, and two change theirs."""
    waits, pello, porvoo = (Organisation.objects.get(**one) for one in ({"status": "draft"}, PELLO, PORVOO))
    services.verify(organisation_id=waits.pk, business_id=UNUSED, by=kaisa)
    write(folder, "organisations.csv", "FI-854", business_id=UNUSED)
    write(folder, "organisations.csv", "FI-638", business_id=pello.business_id)

    reference.load(quiet, folder)
    reference.load(quiet, folder)

    after = [Organisation.objects.get(pk=one.pk).business_id for one in (waits, pello, porvoo)]
    assert after == ["", UNUSED, pello.business_id]


@pytest.mark.parametrize(
    ("name", "kind", "home", "year"),
    [
        ("Jyväskylän koulutuskuntayhtymä Gradia", "joint_authority", "FI-179", 2016),
        ("Satakunnan koulutuskuntayhtymä", "joint_authority", "FI-271", 2016),
        ("Kemi-Tornionlaakson koulutuskuntayhtymä Lappia", "joint_authority", "FI-851", 2016),
        ("Ylitornion Yhteiskoulun Kannatusosakeyhtiö", "company", "FI-976", 2016),
        ("Etelä-Savon Koulutus Oy", "company", "FI-491", 2016),
        ("Mikkelin kaupungin liikelaitos Otavia", "municipal_enterprise", "FI-491", 2020),
        ("Careeria Oy", "company", "FI-638", 2020),
        ("SASKY koulutuskuntayhtymä", "joint_authority", "FI-790", 2016),
        ("Suupohjan Koulutuskuntayhtymä", "joint_authority", "FI-232", 2016),
        ("Järviseudun Koulutuskuntayhtymä", "joint_authority", "FI-403", 2016),
        ("Savon Koulutuskuntayhtymä", "joint_authority", "FI-297", 2016),
        ("Savonia-ammattikorkeakoulu oy", "uas", "FI-297", 2016),
        ("Ylä-Savon koulutuskuntayhtymä", "joint_authority", "FI-140", 2016),
        ("Navitas Kehitys Oy", "company", None, 2020),
    ],
)
def test_organisations_of_the_pilots_are_there(name: str, kind: str, home: str | None, year: int) -> None:
    organisation = Organisation.objects.select_related("home_municipality").get(name_fi=name)

    found = organisation.home_municipality
    assert (organisation.kind, found.key if found else None, organisation.register_year) == (kind, home, year)


def test_sofuk_has_a_swedish_name_alone() -> None:
    sofuk = Organisation.objects.get(business_id="0988182-8")

    assert (sofuk.name_fi, str(sofuk)) == ("", "Svenska Österbottens förbund för Utbildning och Kultur")
    assert sofuk.other_names[0] == "SÖFUK"


def test_enterprise_belongs_to_its_municipality() -> None:
    otavia = Organisation.objects.get(kind="municipal_enterprise")

    assert otavia.parent == Organisation.objects.get(municipality__key="FI-491")


def test_members_are_recorded_only_where_a_source_names_them() -> None:
    members = JointAuthorityMember.objects.values_list("organisation__name_fi", "municipality__key", "source")

    assert sorted(members) == [
        ("Suupohjan Koulutuskuntayhtymä", "FI-151", "kopa-page"),
        ("Suupohjan Koulutuskuntayhtymä", "FI-218", "kopa-page"),
    ]


def test_no_licences_are_at_hand() -> None:
    assert Licence.objects.count() == 0


def test_few_institutions_may_have_closed_and_each_for_a_reason() -> None:
    """Juankoski and Luvia had ceased; Valtimo, Honkajoki and Pertunmaa were merged."""
    marked = Institution.objects.perhaps_closed().values_list("name_fi", flat=True)

    assert sorted(marked) == [
        "Hongon koulu", "Honkajoen yhtenäiskoulu", "Juankosken koulu", "Juankosken lukio",
        "Juantehtaan koulu",
        "Kuortin koulu", "Luvian yhtenäiskoulu", "Muuruveden koulu", "Pertunmaan yhtenäiskoulu",
        "Pohjois-Karjalan ammattiopisto Valtimo", "Törmän koulu", "Valtimon koulu",
    ]  # fmt: skip


def test_institutions_of_both_years_are_there() -> None:
    years = Institution.objects.values_list("register_year").annotate(Count("pk"))

    assert sorted(years) == [(2016, 3535), (2023, 131)]
    assert Institution.objects.filter(type="64").count() == 185
    assert Institution.objects.filter(type="XX").count() == 30
    assert Institution.objects.filter(organisation__isnull=True).count() == 130


def test_seventy_institutions_are_incomplete_and_have_no_point() -> None:
    incomplete = Institution.objects.filter(municipality__isnull=True)
    sites = Site.objects.filter(institution__in=incomplete)

    assert incomplete.count() == 70
    assert set(sites.values_list("point_basis", "latitude", "longitude", "municipality")) == {
        ("none", None, None, None)
    }
    assert sites.count() == 70


def test_every_institution_has_one_site_at_its_municipalitys_centre() -> None:
    sites = Site.objects.filter(institution__isnull=False).select_related("municipality")
    placed = sites.filter(point_basis="municipality_centre")

    assert (sites.count(), sites.values("institution").distinct().count()) == (3666, 3666)
    assert placed.count() == 3666 - 70
    elsewhere = [
        site.register_key
        for site in placed
        if site.municipality
        and (site.latitude, site.longitude) != (site.municipality.latitude, site.municipality.longitude)
    ]
    assert elsewhere == []


def test_institution_of_a_dissolved_municipality_stands_in_its_successor() -> None:
    school = Institution.objects.select_related("municipality").get(code="06216")
    site = school.sites.select_related("municipality").get()

    assert school.municipality is not None
    assert site.municipality is not None
    assert (school.municipality.key, site.municipality.key) == ("FI-588", "FI-507")
    assert (site.latitude, site.longitude) == (site.municipality.latitude, site.municipality.longitude)


def test_every_municipality_of_today_has_a_site_of_its_own() -> None:
    own = Site.objects.filter(institution__isnull=True)

    assert own.count() == 598
    assert own.filter(organisation__country="SE").count() == 290
    assert not own.exclude(point_basis="municipality_centre").exists()


def test_teaching_languages_are_those_of_the_list() -> None:
    known = set(TeachingLanguage.objects.values_list("code", flat=True))
    used = {
        code for codes in Institution.objects.values_list("teaching_languages", flat=True) for code in codes
    }

    assert used == known


def test_name_that_the_register_repeats_stands_once() -> None:
    finnish = Institution.objects.get(code="10069")
    swedish = Institution.objects.get(code="10075")

    assert not Institution.objects.exclude(name_fi="").filter(name_fi=F("name_sv")).exists()
    assert (finnish.name_fi, finnish.name_sv) == ("Ammattiopisto Lappia", "")
    assert (swedish.name_fi, swedish.name_sv) == ("", "Yrkesakademin i Österbotten")


def test_every_row_names_known_sources() -> None:
    known = set(DataSource.objects.values_list("code", flat=True))
    named = {
        code
        for model in (Organisation, Institution)
        for text in model.objects.values_list("source", flat=True).distinct()
        for code in text.split()
    }

    assert named == {"organisations-2016", "institutions-2023", "kopa-page", "municipalities-se"}
    assert named <= known


def test_kinds_of_the_file_are_kinds_of_the_model() -> None:
    used = set(Organisation.objects.values_list("kind", flat=True))

    assert used <= set(OrganisationKind.values)


def test_providers_are_those_that_give_education() -> None:
    """With an institution or, in Sweden, by being a municipality; the placeholder is not among them."""
    providers = Organisation.objects.providers()

    assert providers.count() == 1088
    assert providers.filter(country="SE").count() == 290
    assert not providers.filter(name_fi="Tuntematon").exists()


def test_providers_are_sorted_by_the_name_that_is_seen() -> None:
    with override("fi"):
        shown = [str(one) for one in Organisation.objects.providers().by_name()]

    assert shown.index("Svenska Österbottens förbund för Utbildning och Kultur") > shown.index(
        "Savon Koulutuskuntayhtymä"
    )
    assert shown[0] == "Aalto-korkeakoulusäätiö sr"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("gradia", ["Jyväskylän koulutuskuntayhtymä Gradia"]),
        ("jyvaskylan koulutuskuntayhtyma", ["Jyväskylän koulutuskuntayhtymä Gradia"]),
        ("Sataedu", ["Satakunnan koulutuskuntayhtymä"]),
        ("sofuk", ["Svenska Österbottens förbund för Utbildning och Kultur"]),
        ("Ammattiopisto Lappia", ["Kemi-Tornionlaakson koulutuskuntayhtymä Lappia"]),
        ("haparanda", ["Haparanda kommun"]),
        ("Haaparanta", ["Haparanda kommun"]),
        ("%", []),
        ("\\", []),
        ("(osekk)", ["Oulun seudun koulutuskuntayhtymä (OSEKK)"]),
        ("⁇", []),
    ],
)
def test_provider_is_found_by_its_names_institutions_and_home(text: str, names: list[str]) -> None:
    assert [str(one) for one in Organisation.objects.providers().named(text).by_name()] == names


def test_rows_say_their_names() -> None:
    member = JointAuthorityMember.objects.get(municipality__key="FI-218")
    school = Institution.objects.get(code="10069")

    assert str(member) == "Karijoki – Suupohjan Koulutuskuntayhtymä"
    assert (str(school), str(school.sites.get())) == ("Ammattiopisto Lappia", "Ammattiopisto Lappia")


def test_institutions_and_sites_are_found_by_words_of_their_name() -> None:
    assert [one.code for one in Institution.objects.named("lappia ammattiopisto")] == ["10069"]
    assert [one.register_key for one in Site.objects.named("lappia ammattiopisto")] == ["institution:10069"]


def test_institutions_are_sorted_by_the_name_that_is_seen() -> None:
    porvoo = Institution.objects.filter(municipality__key="FI-638").for_list()

    with override("fi"):
        finnish = [str(one.name()) for one in porvoo.by_name()]
    with override("sv"):
        swedish = [str(one.name()) for one in porvoo.by_name()]

    assert finnish.index("Porvoon kansalaisopisto") > finnish.index("Kvarnbackens skola")
    assert swedish.index("Borgå medborgarinstitut") < swedish.index("Kvarnbackens skola")


def test_names_of_both_countries_are_marked() -> None:
    shared = Organisation.objects.filter(shares_its_name=True)

    with override("fi"):
        assert sorted(map(str, shared)) == ["Ylitornion kunta (FI)", "Övertorneå kommun (SE)"]
    assert [str(one.namesakes().get().register_key) for one in shared.order_by("country")] == [
        "SE-2518",
        "FI-976",
    ]
