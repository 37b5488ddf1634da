"""The words of the querysets: each finds what is missing or may be wrong, and nothing else."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from kopa.codes.loads import kept
from kopa.codes.models import ReferenceLoad
from municipalities.models import Municipality
from offerings.desk import DeskRow
from offerings.models import Offering
from offerings.readiness import missing_texts, needed_languages
from pilots.models import PilotGroup
from providers.models import Institution, Organisation, OrganisationKind, Site
from tests.factories import (
    InstitutionFactory,
    JointAuthorityMemberFactory,
    MunicipalityFactory,
    OfferingFactory,
    OrganisationFactory,
    PilotGroupFactory,
    PilotMembershipFactory,
    SiteFactory,
    municipality,
    organisation_of,
    today,
)

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def hosts() -> dict[str, Organisation]:
    """Organisations of every kind that R-LANG-2 tells apart."""
    swedish = municipality("FI-170")
    swedish.language_status = "sv"
    swedish.save()
    mixed, finnish, former, of_sweden = (OrganisationFactory() for _ in range(4))
    for key in ("FI-854", "FI-434"):
        JointAuthorityMemberFactory(organisation=mixed, municipality=municipality(key))
    JointAuthorityMemberFactory(organisation=finnish, municipality=municipality("FI-854"))
    JointAuthorityMemberFactory(
        organisation=former, municipality=municipality("FI-434"), valid_to=today() - dt.timedelta(days=1)
    )
    JointAuthorityMemberFactory(organisation=of_sweden, municipality=municipality("SE-2518"))
    return {
        "finnish": organisation_of("FI-854"), "bilingual": organisation_of("FI-434"),
        "swedish": organisation_of("FI-170"), "in sweden": organisation_of("SE-2518"),
        "enterprise": OrganisationFactory(
            kind=OrganisationKind.MUNICIPAL_ENTERPRISE, parent=organisation_of("FI-434")
        ),
        "members of two languages": mixed, "finnish members": finnish, "members of earlier": former,
        "members in sweden": of_sweden, "members not named": OrganisationFactory(),
        "company": OrganisationFactory(kind=OrganisationKind.COMPANY),
    }  # fmt: skip


TEXTS_OF = (
    {},
    {"title_sv": ""},
    {"title_fi": ""},
    {"title_en": "", "description_en": ""},
    {"description_sv": ""},
    {"description_fi": "", "description_sv": "", "description_en": ""},
    {"entry_requirements_fi": "Peruskoulu"},
    {"accessibility_note_en": "No stairs"},
)


@pytest.mark.parametrize("taught", [["fi"], ["sv"], ["fi", "sv"], ["en"], []])
def test_courses_lacking_a_text_are_those_that_could_not_be_published(taught):
    """R-LANG-2: the same as ``readiness`` says of each."""
    for host in hosts().values():
        for texts in TEXTS_OF:
            OfferingFactory(provider=host, languages=taught, **texts)
    expected = {
        one.pk
        for one in Offering.objects.all()
        if missing_texts(one, needed_languages(one.provider, [taught.pk for taught in one.languages.all()]))
    }

    found = set(Offering.objects.lacking_texts(timezone.now()).values_list("pk", flat=True))

    assert found == expected
    assert 0 < len(found) < Offering.objects.count()


def test_drafts_and_what_is_over_lack_nothing_that_anybody_needs(lappia):
    for facts in ({"status": "draft"}, {"status": "cancelled"}, {"closes_in_days": -1}):
        OfferingFactory(provider=lappia, title_fi="", **facts)

    assert not Offering.objects.lacking_texts(timezone.now()).exists()
    assert not Offering.objects.unconfirmed(timezone.now()).exists()


@pytest.mark.parametrize(
    ("age", "is_old"),
    [(None, True), (dt.timedelta(days=60), False), (dt.timedelta(days=60, seconds=1), True)],
)
def test_places_are_unconfirmed_as_the_desk_says(lappia, bengt, age, is_old):
    now = timezone.now()
    confirmed_at = None if age is None else now - age
    one = OfferingFactory(
        provider=lappia, places_confirmed_at=confirmed_at, places_confirmed_by=bengt if age else None
    )

    assert Offering.objects.unconfirmed(now).exists() == is_old
    assert DeskRow(one, now).wants_confirming == is_old


def test_public_bodies_need_a_name_in_each_of_their_languages():
    made = hosts()
    home = OrganisationFactory(home_municipality=municipality("FI-434"))
    Organisation.objects.update(name_fi="Nimi", name_sv="")
    needs_swedish = {
        "bilingual", "swedish", "in sweden", "enterprise", "members of two languages", "members in sweden",
    }  # fmt: skip
    wanted = {made[name].pk for name in needs_swedish} | {home.pk}

    def found() -> set[int]:
        rows = Organisation.objects.lacking_a_name(on=today())
        among = [home.pk, *(one.pk for one in made.values())]
        return set(rows.filter(pk__in=among).values_list("pk", flat=True))

    assert found() == wanted
    Organisation.objects.update(name_fi="", name_sv="Namn")
    needs_finnish = {
        "finnish", "bilingual", "enterprise", "members of two languages", "finnish members",
        "members in sweden",
    }  # fmt: skip
    assert found() == {made[name].pk for name in needs_finnish} | {home.pk}
    Organisation.objects.update(name_fi="Nimi")
    assert found() == set()


@pytest.mark.parametrize(
    ("taught", "names", "lacks"),
    [
        (["fi"], {"name_fi": "Opisto"}, False),
        (["sv"], {"name_fi": "Opisto"}, True),
        (["fi", "sv"], {"name_fi": "Opisto", "name_sv": "Institut"}, False),
        (["fi", "sv"], {"name_fi": "", "name_sv": "Institut"}, True),
        (["en"], {"name_fi": "Opisto"}, False),
        ([], {"name_fi": "Opisto"}, False),
    ],
)
def test_institutions_need_a_name_in_each_teaching_language(taught, names, lacks):
    InstitutionFactory(teaching_languages=taught, **names)

    assert Institution.objects.lacking_a_name().exists() == lacks


def test_each_fault_of_an_institution_is_found_by_its_word():
    whole = InstitutionFactory()
    nowhere = InstitutionFactory(municipality=None)
    nobodys = InstitutionFactory(organisation=None, municipality=municipality("FI-854"))

    assert list(Institution.objects.without_municipality()) == [nowhere]
    assert list(Institution.objects.without_owner()) == [nobodys]
    assert whole not in Institution.objects.gone_from_the_files()


def of_a_closed_provider(**facts: Any) -> Institution:
    return InstitutionFactory(organisation=OrganisationFactory(status="closed"), **facts)


def of_an_ended_municipality(**facts: Any) -> Institution:
    ended = MunicipalityFactory(
        code="099", name_fi="Honkajoki", valid_to=dt.date(2020, 12, 31), successor=municipality("FI-854")
    )
    return InstitutionFactory(municipality=ended, **facts)


@pytest.mark.parametrize("make", [of_a_closed_provider, of_an_ended_municipality])
def test_an_institution_may_have_closed_where_its_provider_or_municipality_has(make):
    InstitutionFactory()
    gone = make()

    assert list(Institution.objects.perhaps_closed()) == [gone]
    assert {one.may_have_closed for one in Institution.objects.marked().exclude(pk=gone.pk)} == {False}
    assert Institution.objects.marked().get(pk=gone.pk).may_have_closed


def test_the_mark_of_an_institution_asks_of_it_alone():
    """Not of every course there is: the lists that show it would grow slow with the catalogue."""
    assert "hashed SubPlan" not in Institution.objects.marked().explain()


def test_a_register_that_is_younger_than_the_end_of_the_municipality_knew_it():
    of_an_ended_municipality(register_year=2023)

    assert not Institution.objects.perhaps_closed().exists()


@pytest.mark.parametrize(("days", "has_ended"), [(-1, True), (0, False), (30, False)])
def test_a_municipality_works_through_its_last_day(days, has_ended):
    institution = of_an_ended_municipality()
    with connection.cursor() as cursor:  # by the database's clock, which no test sets
        cursor.execute("SELECT (now() AT TIME ZONE 'Europe/Helsinki')::date")
        last = cursor.fetchone()[0] + dt.timedelta(days=days)
    Municipality.objects.filter(pk=institution.municipality.pk).update(valid_to=last)

    assert Institution.objects.perhaps_closed().exists() == has_ended


def test_what_a_pilot_group_names_has_not_closed():
    gone = of_a_closed_provider()
    PilotMembershipFactory(member_kind="institution", institution=gone)

    assert not Institution.objects.perhaps_closed().exists()


@pytest.mark.parametrize(
    ("course", "is_sign_of_life"),
    [
        ({}, True),
        ({"status": "draft", "published_at": None}, False),
        ({"status": "cancelled"}, False),
        ({"published_at": dt.datetime(2016, 5, 1, tzinfo=dt.UTC)}, False),
    ],
)
def test_a_course_since_the_register_is_a_sign_of_life(course, is_sign_of_life):
    gone = of_a_closed_provider()
    OfferingFactory(sites=[SiteFactory(institution=gone)], **course)

    assert Institution.objects.perhaps_closed().exists() != is_sign_of_life


def test_sites_without_a_point_and_providers_without_a_number():
    SiteFactory()
    nowhere = SiteFactory(municipality=None)
    known = OrganisationFactory(oid="1.2.3")
    unknown = OrganisationFactory()
    OrganisationFactory(status="closed")
    organisation_of("SE-2518")

    assert list(Site.objects.without_point()) == [nowhere]
    found = Organisation.objects.not_in_the_register()
    assert (known in found, unknown in found) == (False, True)
    assert set(found.values_list("country", "status")) == {("FI", "verified")}


@pytest.mark.parametrize(
    ("facts", "lacks"),
    [
        ({}, True),
        ({"name_fi": "Jokilaakso"}, True),
        ({"name_fi": "Jokilaakso", "name_sv": "Ådalen"}, False),
        ({"called_fi": "Jokilaakso", "called_sv": "Ådalen"}, True),
        ({"kind": "co_operation_area", "number": None, "called_fi": "A", "called_sv": "B"}, False),
        ({"kind": "co_operation_area", "number": None, "country": "SE", "called_sv": "B"}, False),
        ({"kind": "co_operation_area", "number": None, "country": "SE", "called_fi": "A"}, True),
    ],
)
def test_pilot_groups_need_a_name_in_the_languages_of_their_country(facts, lacks):
    PilotGroupFactory(code="group", **facts)

    assert PilotGroup.objects.lacking_a_name().exists() == lacks


def test_what_the_newest_load_did_not_find_is_gone():
    institution, organisation = InstitutionFactory(code="00001"), OrganisationFactory(register_key="1.2.3")
    assert kept("institutions") == []

    not_found = {"institutions": ["00001"], "organisations": ["1.2.3"]}
    ReferenceLoad.objects.create(fingerprint="a", loaded_at=timezone.now(), kept=not_found)

    assert list(Institution.objects.gone_from_the_files()) == [institution]
    assert list(Organisation.objects.gone_from_the_files()) == [organisation]
    ReferenceLoad.objects.create(fingerprint="b", loaded_at=timezone.now())
    assert list(Institution.objects.gone_from_the_files()) == []
