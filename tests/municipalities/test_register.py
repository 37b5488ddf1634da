"""What the register says of municipalities: counts, sums, keys, names, points, distances."""

from __future__ import annotations

import datetime as dt
import itertools
import math

import pytest
from django.db import connection
from django.db.models import Count, Sum
from django.utils.translation import override

from kopa.codes.models import DataSource
from municipalities.distances import EARTH_RADIUS_KM, great_circle_km
from municipalities.models import Municipality, MunicipalityAlias, Region

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db,
    pytest.mark.usefixtures("loaded"),
    pytest.mark.xdist_group("municipalities register"),  # loaded once, not once in each process
]


def named(key: str) -> Municipality:
    return Municipality.objects.get(key=key)


def test_every_municipality_of_both_countries_is_there() -> None:
    current = Municipality.objects.current()

    assert current.filter(country="FI").count() == 308
    assert current.filter(country="SE").count() == 290
    assert Municipality.objects.count() == 308 + 290 + 3


def test_every_region_has_municipalities() -> None:
    by_country = Region.objects.values_list("country").annotate(Count("pk")).order_by("country")

    assert list(by_country) == [("FI", 19), ("SE", 21)]
    assert not Region.objects.filter(municipalities__isnull=True).exists()
    assert Municipality.objects.filter(region__key="SE-R01").count() == 26


@pytest.mark.parametrize(("country", "year", "total"), [("FI", 2022, 5_563_970), ("SE", 2019, 10_327_589)])
def test_populations_add_up_to_the_nation(country: str, year: int, total: int) -> None:
    current = Municipality.objects.current().filter(country=country)

    assert current.aggregate(Sum("population"))["population__sum"] == total
    assert set(current.values_list("population_year", flat=True)) == {year}


def test_a_municipality_exists_until_its_last_day() -> None:
    last, after = dt.date(2020, 12, 31), dt.date(2021, 1, 1)
    honkajoki, kankaanpaa = named("FI-099"), named("FI-214")

    assert [honkajoki.exists_on(day) for day in (dt.date.min, last, after)] == [True, True, False]
    assert [honkajoki.ended_before(day) for day in (last, after)] == [False, True]
    assert honkajoki.last_day_by(after) == last
    assert kankaanpaa.last_day_by(after) == after
    kankaanpaa.valid_from = after
    assert [kankaanpaa.exists_on(day) for day in (last, after)] == [False, True]
    for day in (last, after):
        of_day = {one.key for one in Municipality.objects.existing_on(day)}
        assert of_day == {one.key for one in Municipality.objects.all() if one.exists_on(day)}


def test_dissolved_ones_name_their_last_day_and_successor() -> None:
    dissolved = Municipality.objects.filter(valid_to__isnull=False)

    assert list(dissolved.values_list("key", "valid_to", "successor__key")) == [
        ("FI-099", dt.date(2020, 12, 31), "FI-214"),
        ("FI-588", dt.date(2024, 12, 31), "FI-507"),
        ("FI-911", dt.date(2019, 12, 31), "FI-541"),
    ]
    assert not Municipality.objects.current().filter(successor__isnull=False).exists()


def test_only_two_dissolved_ones_have_no_point() -> None:
    without = Municipality.objects.filter(latitude__isnull=True)

    assert list(without.values_list("key", "point_basis")) == [("FI-588", ""), ("FI-911", "")]
    assert not Municipality.objects.exclude(pk__in=without).filter(point_basis="").exists()


def test_points_lie_in_their_country() -> None:
    """Finland east of the Åland Sea and north of Hanko; Sweden between Smygehuk and Treriksröset."""
    current = Municipality.objects.current()
    finland = current.filter(country="FI", latitude__range=(59.7, 70.1), longitude__range=(19.3, 31.6))
    sweden = current.filter(country="SE", latitude__range=(55.3, 69.1), longitude__range=(11.0, 24.2))

    assert (finland.count(), sweden.count()) == (308, 290)


def test_ylitornio_and_overtornea_are_two() -> None:
    """The one's Swedish name is the other's only name; the key tells them apart."""
    finnish, swedish = named("FI-976"), named("SE-2518")

    assert (finnish.name_fi, finnish.name_sv, finnish.country) == ("Ylitornio", "Övertorneå", "FI")
    assert (swedish.name_fi, swedish.name_sv, swedish.country) == ("Övertorneå", "Övertorneå", "SE")
    assert not MunicipalityAlias.objects.filter(name__in=["Ylitornio", "Övertorneå"]).exists()
    assert Municipality.objects.filter(name_sv="Övertorneå").count() == 2


def test_no_other_two_share_a_name() -> None:
    for field in ("name_fi", "name_sv", "name_en"):
        twice = Municipality.objects.values_list(field).annotate(number=Count("pk")).filter(number__gt=1)
        assert [name for name, _ in twice if name != "Övertorneå"] == []


def test_municipalities_of_sweden_have_their_swedish_name_in_every_language() -> None:
    differing = [
        one.key
        for one in Municipality.objects.filter(country="SE")
        if not one.name_fi == one.name_sv == one.name_en
    ]

    assert differing == []
    assert str(named("SE-2583").name("fi")) == "Haparanda"


@pytest.mark.parametrize(
    ("key", "fi", "sv", "en"),
    [
        ("FI-638", "Porvoo", "Borgå", "Porvoo"),
        ("FI-491", "Mikkeli", "S:t Michel", "Mikkeli"),
        ("FI-108", "Hämeenkyrö", "Tavastkyro", "Hämeenkyrö"),
        ("FI-407", "Lapinjärvi", "Lappträsk", "Lapinjärvi"),
        ("FI-151", "Isojoki", "Storå", "Isojoki"),
        ("FI-218", "Karijoki", "Bötom", "Karijoki"),
        ("FI-846", "Teuva", "Östermark", "Teuva"),
        ("FI-445", "Parainen", "Pargas", "Pargas"),
    ],
)
def test_municipality_has_a_name_in_each_language(key: str, fi: str, sv: str, en: str) -> None:
    municipality = named(key)

    assert [str(municipality.name(language)) for language in ("fi", "sv", "en")] == [fi, sv, en]


def test_every_alias_has_a_source_and_is_not_a_name_already() -> None:
    sources = set(DataSource.objects.values_list("code", flat=True))
    aliases = MunicipalityAlias.objects.select_related("municipality")

    assert [one.name for one in aliases if one.source not in sources] == []
    assert [
        one.name for one in aliases if one.name in (one.municipality.name_fi, one.municipality.name_sv)
    ] == []


def test_language_status_is_said_for_finland_alone() -> None:
    counts = Municipality.objects.current().values_list("country", "language_status").annotate(Count("pk"))

    assert sorted(counts) == [
        ("FI", "bi-fi", 18), ("FI", "bi-sv", 15), ("FI", "fi", 259), ("FI", "sv", 16), ("SE", "", 290),
    ]  # fmt: skip
    assert [named(key).is_bilingual for key in ("FI-638", "FI-854", "SE-2583")] == [True, False, False]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_alphabet_puts_a_with_ring_and_dotted_letters_last(language: str) -> None:
    with override(language):
        shown = [str(one.name()) for one in Municipality.objects.current().by_name()]

    initials = [name[0] for name in shown]
    assert [letter for letter, _ in itertools.groupby(initials)] == [
        letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZÅÄÖ" if letter in initials
    ]


def test_alphabet_is_that_of_the_reader() -> None:
    pair = Municipality.objects.filter(key__in=["FI-638", "FI-853"])  # Porvoo and Turku, Borgå and Åbo

    with override("fi"):
        assert [one.key for one in pair.by_name()] == ["FI-638", "FI-853"]
    with override("sv"):
        swedish = [str(one.name()) for one in Municipality.objects.filter(country="FI").current().by_name()]
    assert swedish.index("Borgå") < swedish.index("Vasa") < swedish.index("Åbo") < swedish.index("Östermark")


def test_distances_of_the_page_are_those_of_the_database() -> None:
    """One rule in two places: every pair of a row through both countries, to a millimetre."""
    points = list(Municipality.objects.current().values_list("latitude", "longitude")[::13])
    pairs = list(itertools.combinations(points, 2))
    with connection.cursor() as cursor:
        cursor.execute(
            "select kopa_great_circle_km(a, b, c, d)"
            " from unnest(%s::float8[], %s::float8[], %s::float8[], %s::float8[]) as p(a, b, c, d)",
            [
                [start[0] for start, _ in pairs],
                [start[1] for start, _ in pairs],
                [end[0] for _, end in pairs],
                [end[1] for _, end in pairs],
            ],
        )
        in_database = [row[0] for row in cursor.fetchall()]

    assert len(pairs) == 1035
    assert in_database == pytest.approx([great_circle_km(*start, *end) for start, end in pairs], abs=1e-6)


def chord_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The same distance by another road: through the angle between two vectors."""

    def vector(point: tuple[float, float]) -> tuple[float, float, float]:
        latitude, longitude = map(math.radians, point)
        across = math.cos(latitude)
        return across * math.cos(longitude), across * math.sin(longitude), math.sin(latitude)

    one, other = vector(a), vector(b)
    return EARTH_RADIUS_KM * math.atan2(
        math.hypot(
            one[1] * other[2] - one[2] * other[1],
            one[2] * other[0] - one[0] * other[2],
            one[0] * other[1] - one[1] * other[0],
        ),
        sum(x * y for x, y in zip(one, other, strict=True)),
    )


@pytest.mark.parametrize(
    ("from_key", "to_key", "km"),
    [
        ("FI-854", "FI-851", 103.3),  # Pello–Tornio
        ("FI-976", "SE-2518", 7.2),  # Ylitornio–Övertorneå, over the river
        ("FI-851", "SE-2583", 1.5),  # Tornio–Haparanda
        ("FI-091", "SE-0180", 396.6),  # Helsinki–Stockholm
    ],
)
def test_known_distances(from_key: str, to_key: str, km: float) -> None:
    start, end = named(from_key), named(to_key)
    assert start.latitude is not None
    assert start.longitude is not None
    assert end.latitude is not None
    assert end.longitude is not None
    points = (start.latitude, start.longitude), (end.latitude, end.longitude)

    assert great_circle_km(*points[0], *points[1]) == pytest.approx(km, abs=0.05)
    assert great_circle_km(*points[0], *points[1]) == pytest.approx(chord_km(*points), abs=1e-9)


def test_distance_from_pole_to_pole_is_half_the_great_circle() -> None:
    assert great_circle_km(90, 0, -90, 0) == pytest.approx(math.pi * EARTH_RADIUS_KM)
    assert great_circle_km(60, 25, 60, 25) == 0
    assert great_circle_km(0, 0, 1, 0) == pytest.approx(111.1951, abs=1e-4)
