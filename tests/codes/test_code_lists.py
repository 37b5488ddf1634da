"""What the code lists hold: every code named in three languages, with source and national codes."""

from __future__ import annotations

import pytest

from kopa.codes.models import (
    CreditUnit,
    DataSource,
    DeliveryMode,
    EducationForm,
    FieldOfEducation,
    InstitutionType,
    TeachingLanguage,
)
from kopa.codes.reference import LISTS
from tests.factories import CreditUnitFactory

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db,
    pytest.mark.usefixtures("loaded"),
    pytest.mark.xdist_group("codes code lists"),  # loaded once, not once in each process
]


def test_every_list_is_complete() -> None:
    assert {name: model._default_manager.count() for name, model in LISTS.items()} == {
        "forms_of_education": 13,
        "fields": 44,
        "teaching_languages": 5,
        "delivery_modes": 3,
        "credit_units": 9,
        "institution_types": 27,
        "prior_education": 11,
    }


@pytest.mark.parametrize("name", LISTS)
def test_every_code_has_three_names_and_known_sources(name: str) -> None:
    sources = set(DataSource.objects.values_list("code", flat=True))

    nameless = [
        entry.code
        for entry in LISTS[name]._default_manager.all()
        if not (entry.name_fi and entry.name_sv and entry.name_en)
    ]
    unsourced = [
        entry.code
        for entry in LISTS[name]._default_manager.all()
        if not entry.source.split() or not set(entry.source.split()) <= sources
    ]

    assert (nameless, unsourced) == ([], [])


def test_forms_of_education_are_those_of_the_glossary() -> None:
    assert list(EducationForm.objects.values_list("code", flat=True)) == [
        "ecec", "pre_primary", "basic", "preparatory", "general_upper_secondary", "vocational", "adult_basic",
        "komvux", "integration", "liberal_adult", "arts_basic", "higher", "non_regulated",
    ]  # fmt: skip


def test_fields_have_two_levels() -> None:
    broad = FieldOfEducation.objects.filter(parent__isnull=True)
    narrow = FieldOfEducation.objects.filter(parent__isnull=False)

    assert (broad.count(), narrow.count()) == (12, 32)
    assert [field.code for field in narrow if field.parent_id != field.code[:2]] == []
    assert FieldOfEducation.objects.get(pk="07").name(language="fi").text == "Tekniikan alat"


def test_delivery_modes_map_to_national_codes() -> None:
    found = {mode.code: mode.national_codes["opetuspaikkakk"] for mode in DeliveryMode.objects.all()}

    assert found == {"contact": ["1"], "blended": ["4"], "distance": ["2", "3", "5"]}


def test_teaching_languages_map_to_national_codes() -> None:
    found = {
        language.code: language.national_codes["oppilaitoksenopetuskieli"]
        for language in TeachingLanguage.objects.all()
    }

    assert found == {"fi": ["1", "3"], "sv": ["2", "3"], "en": ["4"], "se": ["5"], "other": ["9"]}


@pytest.mark.parametrize(
    ("country", "language", "name"),
    [
        ("FI", "sv", "Flerformsundervisning"),
        ("SE", "sv", "Halvdistans"),
        ("SE", "fi", "Monimuoto-opetus"),
        ("SE", "en", "Blended teaching"),
    ],
)
def test_record_of_sweden_is_named_in_its_own_swedish(country: str, language: str, name: str) -> None:
    blended = DeliveryMode.objects.get(pk="blended")

    assert blended.name(country=country, language=language).text == name


@pytest.mark.parametrize(
    ("unit", "country", "language", "written"),
    [
        ("competence_point", "FI", "fi", "osp"),
        ("competence_point", "FI", "sv", "kp"),
        ("study_credit", "FI", "sv", "sp"),
        ("study_credit", "SE", "sv", "hp"),
        ("study_credit", "SE", "fi", "op"),
        ("lesson_per_year", "FI", "en", "weekly lessons per year"),
    ],
)
def test_unit_of_credits_is_short_after_a_number(
    unit: str, country: str, language: str, written: str
) -> None:
    assert CreditUnit.objects.get(pk=unit).short_name(country=country, language=language) == written


def test_unit_without_a_short_name_is_written_whole() -> None:
    unit = CreditUnitFactory(code="week_of_practice", name_fi="harjoitteluviikkoa")

    assert unit.short_name(language="fi") == "harjoitteluviikkoa"


def test_institution_types_are_the_national_ones() -> None:
    codes = InstitutionType.objects.values_list("code", "national_codes")

    assert [code for code, national in codes if national != {"oppilaitostyyppi": [code.lower()]}] == []


def test_entries_say_their_names() -> None:
    assert str(DeliveryMode.objects.get(pk="blended")) == "Monimuoto-opetus"
    assert str(DataSource.objects.get(pk="geonames")) == "GeoNames, asutut paikat"


def test_sources_name_publisher_year_and_licence() -> None:
    incomplete = [
        source.code
        for source in DataSource.objects.all()
        if not (source.publisher and source.year and source.licence and source.obtained_from)
    ]

    assert (DataSource.objects.count(), incomplete) == (17, [])
    assert (
        str(DataSource.objects.get(pk="population-fi").name("sv"))
        == "Sotkanet, befolkning 31.12 (indikator 127)"
    )
