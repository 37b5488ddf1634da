"""The pages of providers: the list, one provider, what it offers now."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.http import HttpResponse, QueryDict
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from kopa.codes.models import EducationForm, TeachingLanguage
from offerings.forms import OfferingForm
from offerings.search.projection import refresh
from offerings.services.writing import blank_offering
from providers.models import Organisation, OrganisationKind, Site
from providers.states import OrganisationStatus
from tests.factories import (
    DataSourceFactory,
    InstitutionFactory,
    JointAuthorityMemberFactory,
    LicenceFactory,
    OfferingFactory,
    OrganisationFactory,
    SiteFactory,
    code,
    municipality,
    organisation_of,
)
from tests.reading import facts, heading, main, rows, words

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def make(number: int) -> list[Organisation]:
    """Providers by having an institution."""
    made = [OrganisationFactory(name_fi=f"Koulutuskuntayhtymä {at}") for at in range(number)]
    for one in made:
        InstitutionFactory(organisation=one)
    return made


@pytest.mark.parametrize("number", [1, 3])
def test_list_asks_as_much_for_one_as_for_three(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    make(number)

    with django_assert_num_queries(3):
        answer = client.get("/en/providers/")

    assert rows(answer) == [
        [f"Koulutuskuntayhtymä {at}", "Joint authority for education", "Tornio", "1"] for at in range(number)
    ]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=lappia", ["Kemi-Tornionlaakson koulutuskuntayhtymä Lappia"]),
        ("q=ammattiopisto+lappia", ["Kemi-Tornionlaakson koulutuskuntayhtymä Lappia"]),
        ("q=torneå", ["Kemi-Tornionlaakson koulutuskuntayhtymä Lappia"]),
        ("country=SE", ["Haaparanta SE"]),
        ("kind=municipality", ["Haaparanta SE"]),
        ("municipality=FI-851", ["Kemi-Tornionlaakson koulutuskuntayhtymä Lappia"]),
        ("municipality=FI-851&q=nowhere", []),
    ],
)
def test_list_is_narrowed(client: Client, lappia: Organisation, query: str, names: list[str]) -> None:
    organisation_of("SE-2583")

    shown = [row[0] for row in rows(client.get(f"/en/providers/?{query}"))]

    assert shown == [name.removesuffix(" SE") for name in names]


def test_home_municipality_is_a_chip_that_can_be_taken_away(client: Client, lappia: Organisation) -> None:
    answer = client.get("/en/providers/?municipality=FI-851&q=lappia&page=1")

    chip = re.search(r'<a class="ds-chip"[^>]*href="([^"]+)"[^>]*>(.*?)</a>', main(answer))
    assert chip is not None
    assert (chip[1], words(chip[2])) == ("/en/providers/?q=lappia", "Home municipality: Tornio")
    alone = client.get("/en/providers/?municipality=FI-851")
    assert main(alone).count('href="/en/providers/"') == 1


def test_list_without_a_hit_says_what_to_do(client: Client) -> None:
    answer = client.get("/en/providers/?q=nowhere")

    empty = re.search(r'<div class="k-empty">(.*?)</div>', main(answer), re.DOTALL)
    assert empty is not None
    assert words(empty[1]) == (
        "No provider fits. Check the spelling, or write fewer words."
        " Show all providers Search the whole register"
    )


def test_unverified_organisation_is_not_listed(client: Client) -> None:
    (one,) = make(1)
    Organisation.objects.filter(pk=one.pk).update(status=OrganisationStatus.DRAFT)

    assert rows(client.get("/en/providers/")) == []


@pytest.mark.parametrize(
    ("slug", "status"),
    [
        ("{pk}", 301), ("{pk}-", 301), ("{pk}-something-else", 301),
        ("0", 404), ("nobody", 404), ("9" * 19, 404), ("²", 404),
    ],
)  # fmt: skip
def test_other_addresses_lead_to_the_one(
    client: Client, lappia: Organisation, slug: str, status: int
) -> None:
    answer = client.get(f"/en/providers/{slug.format(pk=lappia.pk)}/")

    own = f"/en/providers/{lappia.pk}-kemi-tornionlaakson-koulutuskuntayhtyma-lappia/"
    assert (answer.status_code, answer.headers.get("Location", own)) == (status, own)


@pytest.mark.parametrize("number", [1, 3])
def test_page_asks_as_much_for_one_institution_as_for_three(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    one = OrganisationFactory(name_fi="Koulutuskuntayhtymä")
    for at in range(number):
        InstitutionFactory(organisation=one, name_fi=f"Opisto {at}")
        JointAuthorityMemberFactory(organisation=one, municipality=municipality(f"FI-00{at}"))
    client.get(one.get_absolute_url())

    with django_assert_num_queries(15):
        answer = client.get(f"/en/providers/{one.slug}/")

    assert [row[0] for row in rows(answer)] == [f"Opisto {at}" for at in range(number)]


def test_page_says_what_the_register_knows(client: Client, lappia: Organisation) -> None:
    Organisation.objects.filter(pk=lappia.pk).update(
        other_names=["Lappia"], website="https://lappia.example/"
    )
    SiteFactory(organisation=lappia, name_fi="Pellon talo", municipality=municipality("FI-854"))

    answer = client.get(f"/en/providers/{lappia.slug}/")

    assert heading(answer) == "Kemi-Tornionlaakson koulutuskuntayhtymä Lappia"
    assert facts(answer) == {
        "Type": "Joint authority for education",
        "Home municipality": "Tornio",
        "Other names": "Lappia",
        "Business ID": "2109309-0",
        "Number in the register": "1.2.246.562.10.41253773158",
        "Year of the facts": "2016",
        "Website": "https://lappia.example/",
        "E-mail": "opintotoimisto@example.org",
    }
    register = "2016 Report an error : Ammattiopisto Lappia"
    assert rows(answer) == [["Ammattiopisto Lappia", "Vocational institutions", "Tornio", register]]
    assert main(answer).count("No source at hand names the members.") == 1
    sites = re.search(r'<ul class="k-bullets">(.*?)</ul>', main(answer), re.DOTALL)
    assert sites is not None
    assert words(sites[1]) == "Pellon talo (placed at the centre of Pello)"
    finnish = main(client.get(f"/fi/jarjestajat/{lappia.slug}/"))
    assert "Pellon talo (merkitty Pellon keskukseen)" in words(finnish)


def test_institution_without_a_municipality_is_marked_incomplete(client: Client) -> None:
    one = OrganisationFactory(name_fi="Koulutusyhdistys", kind=OrganisationKind.ASSOCIATION)
    InstitutionFactory(organisation=one, name_fi="Brysselin koulu", municipality=None)

    answer = client.get(f"/en/providers/{one.slug}/")

    assert rows(answer) == [
        [
            "Brysselin koulu",
            "Vocational institutions",
            "not in the register: not on the map, no distance",
            "2016 Report an error : Brysselin koulu",
        ]
    ]


def test_members_that_a_source_names_are_listed(client: Client, lappia: Organisation) -> None:
    JointAuthorityMemberFactory(organisation=lappia, municipality=municipality("FI-854"))

    answer = client.get(f"/en/providers/{lappia.slug}/")

    assert main(answer).count("Only members that a source names are listed; there may be more.") == 1
    members = re.search(r'<ul class="k-bullets">(.*?)</ul>', main(answer), re.DOTALL)
    assert members is not None
    assert words(members[1]) == "Pello"


def licences(answer: HttpResponse) -> list[str]:
    block = main(answer).partition('aria-labelledby="licences"')[2].partition("</section>")[0]
    return [words(one) for one in re.findall(r"<li>(.*?)</li>", block, re.DOTALL)]


def test_licences_say_what_where_in_which_language_and_how_long(client: Client, lappia: Organisation) -> None:
    in_force = LicenceFactory(
        organisation=lappia, form=code(EducationForm, "vocational"), languages=["fi", "sv", "xx"],
        source="licence-source",
    )  # fmt: skip
    in_force.municipalities.set([municipality("FI-851"), municipality("FI-854")])
    LicenceFactory(
        organisation=lappia, form=code(EducationForm, "upper_secondary"),
        valid_from=dt.date(2010, 1, 1), valid_to=dt.date(2019, 12, 31),
    )  # fmt: skip
    LicenceFactory(
        organisation=lappia, form=code(EducationForm, "upper_secondary"),
        valid_from=dt.date(2020, 1, 1), valid_to=dt.date(2030, 12, 31),
    )  # fmt: skip
    for language in ("fi", "sv"):
        code(TeachingLanguage, language)
    DataSourceFactory(code="licence-source", name_en="Licences of 2026")

    answer = client.get(f"/en/providers/{lappia.slug}/")

    first, second, third = licences(answer)
    with override("en"):
        forms = [str(code(EducationForm, one).name()) for one in ("vocational", "upper_secondary")]
        spoken = " and ".join(str(code(TeachingLanguage, one).name()) for one in ("fi", "sv"))
    assert first == f"{forms[0]}: Tornio, Pello from 1 January 2018 · languages of teaching: {spoken}"
    assert second == f"{forms[1]} 1 January 2020 – 31 December 2030"
    assert third == f"{forms[1]} 1 January 2010 – 31 December 2019, ended"
    assert "Licences of 2026" in main(answer)
    assert "No licence of this organisation" not in main(answer)


@pytest.mark.parametrize("number", [1, 3])
def test_licences_ask_as_much_for_one_as_for_three(
    client: Client, lappia: Organisation, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    for _ in range(number):
        licence = LicenceFactory(organisation=lappia, languages=["fi"])
        licence.municipalities.add(municipality("FI-854"))
    client.get(f"/en/providers/{lappia.slug}/")

    with django_assert_num_queries(17):
        answer = client.get(f"/en/providers/{lappia.slug}/")
    assert len(licences(answer)) == number


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("closed", "This organisation has closed."),
        ("draft", "This organisation waits for verification."),
        ("suspended", "This organisation cannot publish courses just now."),
        (
            "verified",
            "The facts are of 2016. The organisation may have closed, merged or changed its name since.",
        ),
    ],
)
def test_standing_of_the_organisation_is_said(
    client: Client, lappia: Organisation, status: str, said: str
) -> None:
    Organisation.objects.filter(pk=lappia.pk).update(status=status)

    notice = re.search(
        r'<p class="ds-alert"[^>]*>(.*?)</p>', main(client.get(f"/en/providers/{lappia.slug}/")), re.DOTALL
    )

    assert notice is not None
    assert words(notice[1]) == said


def test_whoever_gives_courses_now_has_not_closed(client: Client, lappia: Organisation) -> None:
    OfferingFactory(provider=lappia)

    assert "may have closed" not in main(client.get(f"/en/providers/{lappia.slug}/"))


def test_facts_come_before_the_long_lists(client: Client, lappia: Organisation) -> None:
    page = main(client.get(f"/en/providers/{lappia.slug}/"))

    assert page.index('id="facts"') < page.index('id="offered"') < page.index('id="institutions"')


def test_municipality_as_a_provider_is_certain_to_exist(client: Client) -> None:
    answer = client.get(f"/en/providers/{organisation_of('FI-854').slug}/")

    assert 'class="ds-alert"' not in main(answer)


def test_enterprise_and_its_owner_lead_to_each_other(client: Client) -> None:
    otavia = OrganisationFactory(kind=OrganisationKind.MUNICIPAL_ENTERPRISE, name_fi="Otavia")
    assert otavia.parent is not None

    assert facts(client.get(f"/en/providers/{otavia.slug}/"))["Owner"] == "Tornio"
    assert facts(client.get(f"/en/providers/{otavia.parent.slug}/"))["Enterprises"] == "Otavia"


def test_swedish_municipality_says_why_it_has_no_institutions(client: Client) -> None:
    organisation = organisation_of("SE-2583")

    answer = client.get(f"/en/providers/{organisation.slug}/")

    assert main(answer).count("the municipality itself is the provider (huvudman)") == 1


def test_courses_of_the_provider_are_shown(client: Client, lappia: Organisation) -> None:
    made = OfferingFactory(title_en="Welder", provider=lappia, capacity=10, taken=4)
    other = OfferingFactory(title_en="Practical nurse")
    refresh([made.pk, other.pk])

    answer = client.get(f"/en/providers/{lappia.slug}/")

    shown = re.findall(r'id="offering-\d+"[^>]*>(.*?)</a>', main(answer), re.DOTALL)
    assert [words(one) for one in shown] == ["Welder"]
    assert "1 course · 6 free places" in words(main(answer))


def test_provider_without_courses_says_where_to_look(client: Client, lappia: Organisation) -> None:
    answer = client.get(f"/en/providers/{lappia.slug}/")

    assert (
        main(answer).count('<a class="ds-link" href="/en/places/">See the courses of all providers</a>') == 1
    )


def test_site_with_an_address_is_shown_with_it(client: Client, lappia: Organisation) -> None:
    SiteFactory(
        organisation=lappia,
        name_fi="Pellon talo",
        municipality=municipality("FI-854"),
        address="Kunnantie 4",
        point_basis=Site.PointBasis.ADDRESS,
    )

    answer = client.get(f"/en/providers/{lappia.slug}/")

    sites = re.search(r'<ul class="k-bullets">(.*?)</ul>', main(answer), re.DOTALL)
    assert sites is not None
    assert words(sites[1]) == "Pellon talo, Kunnantie 4 (Pello)"


def test_of_a_pasted_page_the_first_words_are_looked_for(db: None) -> None:
    named = OrganisationFactory(name_fi="Koulutuskuntayhtymä Lappia")
    pasted = "lappia " * 12 + "sana " * 1000

    assert list(Organisation.objects.named(pasted)) == [named]
    assert list(Organisation.objects.named("lappia " * 11 + "sana")) == []


@pytest.fixture
def namesakes() -> tuple[Organisation, Organisation]:
    """Two municipalities with one name in Swedish, as the reference data marks them."""
    names = {"FI-976": "Ylitornion kunta", "SE-2518": "Övertorneå kommun"}
    made = [organisation_of(key) for key in names]
    for one, name in zip(made, names.values(), strict=True):
        one.name_fi, one.name_sv, one.shares_its_name = name, "Övertorneå kommun", True
        one.save()
    return made[0], made[1]


def test_namesakes_carry_their_country(client: Client, namesakes: tuple[Organisation, Organisation]) -> None:
    finnish, swedish = namesakes
    refresh([OfferingFactory(provider=one).pk for one in namesakes])

    listed = [row[0] for row in rows(client.get("/sv/anordnare/?q=övertorneå"))]
    page = client.get(f"/sv/anordnare/{finnish.pk}-overtornea-kommun/")
    search = words(main(client.get("/sv/platser/")))

    assert sorted(listed) == ["Övertorneå kommun (FI)", "Övertorneå kommun (SE)"]
    assert heading(page) == "Övertorneå kommun (FI)"
    link = f'href="/sv/anordnare/{swedish.pk}-overtornea-kommun/">Övertorneå kommun (SE)</a>'
    assert main(page).count(link) == 1
    assert search.count("Övertorneå kommun (FI)") == search.count("Övertorneå kommun (SE)") > 0


def test_namesake_is_found_by_its_label(namesakes: tuple[Organisation, Organisation], lappia) -> None:
    form = OfferingForm(
        QueryDict("co_hosts_organisation=Övertorneå kommun (SE)&co_hosts_part=teaches"),
        offering=blank_offering(lappia, now=timezone.now()),
    )
    form.is_valid()

    assert form.cleaned_data.get("co_hosts") == [(namesakes[1].pk, "teaches")], form.errors
