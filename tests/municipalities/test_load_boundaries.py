"""Official boundaries: what a file must be, what is refused, what becomes of it in the database."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, OperationalError, connection
from django.utils import timezone

from kopa.codes.models import ReferenceLoad
from kopa.codes.reference import LOCK
from municipalities.maps.atlas import atlas
from municipalities.maps.projections import Projection, project
from municipalities.models import Boundary, Municipality
from tests.factories import municipality

pytestmark = pytest.mark.django_db
PELLO, TORNIO = "FI-854", "FI-851"


def square(west: float, south: float, size: float = 0.5) -> dict[str, Any]:
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def feature(geometry: Any = None, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry or square(24, 66)}


@pytest.fixture
def places() -> list[Municipality]:
    return [municipality(PELLO), municipality(TORNIO), municipality("SE-2583")]


@pytest.fixture
def load(tmp_path: Path, places):
    def run(features: list[Any], *more: str, year: int = 2026, **members: Any) -> list[str]:
        path = tmp_path / "areas.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **members}))
        told = io.StringIO()
        words = ["--file", str(path), "--source", "Surveyor", "--licence", "CC BY 4.0", *more]
        if not more or "--valid-from" not in more:
            words += ["--year", str(year)]
        call_command("load_boundaries", *words, stdout=told)
        return told.getvalue().splitlines()

    return run


def spans(key: str) -> list[tuple[dt.date | None, dt.date | None]]:
    rows = Boundary.objects.filter(municipality__key=key, is_schematic=False).order_by("valid_from")
    return [(row.valid_from, row.valid_to) for row in rows]


def test_areas_are_kept_and_the_rest_is_named(load):
    told = load([feature(kunta="854", nimi="Pello")])

    assert told[-2:] == [
        "Boundaries from 2026-01-01: 1 added, 0 changed, 0 unchanged.",
        "Without an area: FI-851 Tornio.",
    ]
    assert told[0] == "Reading areas.geojson …"
    row = Boundary.objects.get()
    assert (row.municipality.key, row.source, row.licence) == (PELLO, "Surveyor", "CC BY 4.0")
    assert (row.valid_from, row.valid_to, row.is_schematic) == (dt.date(2026, 1, 1), None, False)
    assert shapely.from_wkb(bytes(row.shape)).bounds == pytest.approx((24, 66, 24.5, 66.5))


def test_the_same_file_again_changes_nothing(load):
    load([feature(kunta="854")])
    before = Boundary.objects.get()
    ReferenceLoad.objects.create(fingerprint="x", loaded_at=timezone.now())

    told = load([feature(kunta="854")])

    assert "Boundaries from 2026-01-01: 0 added, 0 changed, 1 unchanged." in told
    assert Boundary.objects.get().updated_at == before.updated_at
    assert ReferenceLoad.objects.count() == 1


def test_a_mended_area_is_changed_and_processes_read_anew(load):
    ReferenceLoad.objects.create(fingerprint="x", loaded_at=timezone.now())
    load([feature(kunta="854")])

    told = load([feature(square(24, 66, 0.6), kunta="854")])

    assert "Boundaries from 2026-01-01: 0 added, 1 changed, 0 unchanged." in told
    assert [*ReferenceLoad.objects.values_list("fingerprint", flat=True)] == ["x"] * 3


def test_years_follow_one_another_in_whatever_order_they_are_loaded(load):
    load([feature(kunta="854")], year=2026)
    load([feature(square(24, 66, 0.4), kunta="854")], year=2020)
    load([feature(square(24, 66, 0.3), kunta="854")], "--valid-from", "2023-03-01")

    assert spans(PELLO) == [
        (dt.date(2020, 1, 1), dt.date(2023, 2, 28)),
        (dt.date(2023, 3, 1), dt.date(2025, 12, 31)),
        (dt.date(2026, 1, 1), None),
    ]
    widths = []
    for year in (2020, 2024, 2026):
        west, _, east, _ = atlas().on(dt.date(year, 6, 1)).rows[0].shape.bounds
        widths.append(east - west)
    assert widths == pytest.approx([0.4, 0.3, 0.5])


def test_an_area_ends_with_its_municipality(load, places):
    gone = places[0]
    gone.valid_to, gone.successor = dt.date(2022, 12, 31), places[1]
    gone.save()

    load([feature(kunta="854")], year=2020)

    assert spans(PELLO) == [(dt.date(2020, 1, 1), dt.date(2022, 12, 31))]


def test_an_area_ends_with_a_municipality_that_is_merged_later(load, places):
    load([feature(kunta="854"), feature(square(25, 66), kunta="851")])
    places[0].valid_to, places[0].successor = dt.date(2026, 12, 31), places[1]
    places[0].save()

    before, after = (atlas().on(day) for day in (dt.date(2026, 12, 31), dt.date(2027, 1, 1)))

    assert {*before.by_id} == {places[0].pk, places[1].pk}
    assert {*after.by_id} == {places[1].pk}


def test_official_areas_take_the_place_of_schematic_ones_in_their_country_and_time(load, places):
    for one in places:
        shape = shapely.to_wkb(shapely.box(20, 60, 21, 61))
        Boundary.objects.create(municipality=one, is_schematic=True, source="S", licence="L", shape=shape)

    load([feature(kunta="854")])

    old, new = (atlas().on(dt.date(year, 6, 1)) for year in (2020, 2026))
    assert old.schematic == {"FI", "SE"}
    assert {row.municipality_id for row in old.rows} == {one.pk for one in places}
    assert new.schematic == {"SE"}
    assert {row.municipality_id for row in new.rows} == {places[0].pk, places[2].pk}


@pytest.mark.parametrize(
    "properties",
    [{"natcode": "854"}, {"NATCODE": "854"}, {"code": "FI-854"}, {"key": "FI-854", "code": "1"}],
)
def test_codes_are_found_under_the_names_that_publishers_use(load, properties):
    load([feature(**properties)])

    assert Boundary.objects.get().municipality.key == PELLO


def test_code_may_be_the_feature_s_own_id_or_under_any_name_that_is_given(load):
    load([feature() | {"id": "FI-854"}])
    load([feature(square(22, 66), Odd=2583)], "--code-property", "Odd")

    assert {*Boundary.objects.values_list("municipality__key", flat=True)} == {PELLO, "SE-2583"}


def test_codes_without_their_zeros_are_of_the_country_that_is_said(load):
    small = municipality("FI-005")

    load([feature(kunta=5)], "--country", "FI")

    assert Boundary.objects.get().municipality == small


def test_file_in_a_national_projection_is_turned(load):
    (metres,) = project([shapely.box(24, 66, 24.5, 66.5)], Projection.FINLAND)
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3067"}}

    load([feature(json.loads(shapely.to_geojson(metres)), kunta="854")], crs=crs)

    assert shapely.from_wkb(bytes(Boundary.objects.get().shape)).bounds == pytest.approx((24, 66, 24.5, 66.5))


POINT = {"type": "Point", "coordinates": [24, 66]}
EMPTY: dict[str, Any] = {"type": "Polygon", "coordinates": []}
BOW = {"type": "Polygon", "coordinates": [[[24, 66], [25, 67], [25, 66], [24, 67], [24, 66]]]}


@pytest.mark.parametrize(
    ("features", "sentence"),
    [
        ([feature(kunta="999", nimi="Nowhere")], "Feature 2 (Nowhere) has the code '999', which no "),
        ([feature(kunta="85")], "Feature 2 has the code '85', which no municipality in the register has."),
        ([feature(nimi="Pello")], "Feature 2 (Pello) has no municipality code in key, kunta, "),
        ([feature(kunta="851")], "Feature 2 is of FI-851, which an earlier feature is of."),
        ([feature(POINT, kunta="854")], "Feature 2 has no area: its geometry is Point."),
        ([feature(kunta="854") | {"geometry": None}], "Feature 2 has no area: its geometry is empty."),
        ([feature(BOW, kunta="854")], "Feature 2 has a broken geometry: Self-intersection"),
        ([feature({"type": "Polygon", "coordinates": [[[24, 66]]]}, kunta="854")], "has a broken geometry: "),
        ([feature(EMPTY, kunta="854")], "Feature 2 has a broken geometry: it is empty."),
        ([feature(square(66, 24), kunta="854")], "The area of FI-854 reaches outside of Finland and Sweden"),
        ([17], "Feature 2 is not a GeoJSON feature."),
        ([feature(kunta=["854"])], 'Feature 2 has ["854"] where its municipality code should be.'),
        ([feature(kunta={"nr": 854})], "Feature 2 has {"),
        ([feature(kunta=True)], "Feature 2 has true where its municipality code should be."),
        ([feature({"type": "Polygon", "coordinates": "24 66"}, kunta="854")], "has a broken geometry: "),
        ([feature({"type": "Polygon", "coordinates": [[["a", "b"]]]}, kunta="854")], "a broken geometry: "),
        ([feature({"type": "Polygon"}, kunta="854")], "Feature 2 has a broken geometry: "),
    ],
)
def test_one_wrong_feature_and_nothing_is_written(load, features, sentence):
    with pytest.raises(CommandError) as refused:
        load([feature(kunta="851"), *features])

    assert sentence in str(refused.value)
    assert str(refused.value).endswith("Nothing was written.")
    assert not Boundary.objects.exists()


def test_municipality_that_does_not_exist_on_the_day_is_refused(load, places):
    places[0].valid_to, places[0].successor = dt.date(2020, 12, 31), places[1]
    places[0].save()

    with pytest.raises(CommandError, match=r"does not exist on 2026-01-01: its last day was 2020-12-31\."):
        load([feature(kunta="854")])


def test_unknown_coordinate_system_is_refused(load):
    crs = {"type": "name", "properties": {"name": "EPSG:999999"}}

    with pytest.raises(CommandError, match=r"The coordinate system 'EPSG:999999' of the file is not known\."):
        load([feature(kunta="854")], crs=crs)


@pytest.mark.parametrize(
    "crs",
    ["EPSG:3067", 3067, [], {"properties": None}, {"properties": []}, {"properties": {"name": 3067}}, {}],
)
def test_coordinate_system_that_is_not_named_as_it_should_is_refused(load, crs):
    with pytest.raises(CommandError, match=r'The member "crs" of the file does not name a coordinate system'):
        load([feature(kunta="854")], crs=crs)


def test_file_without_a_word_on_its_coordinate_system_is_in_degrees(load):
    assert "1 added" in load([feature(kunta="854")], crs=None)[-2]


def test_file_that_is_nested_without_end_is_refused(places, tmp_path):
    path = tmp_path / "areas.geojson"
    path.write_text("[" * 100_000)

    with pytest.raises(CommandError, match=r"areas\.geojson is nested too deeply to be GeoJSON\. Nothing"):
        call_command(
            "load_boundaries", "--file", str(path), "--source", "S", "--licence", "L", "--year", "2026"
        )


@pytest.mark.parametrize("west", [24, 24.4])
def test_ground_that_two_municipalities_own_is_refused(load, west):
    with pytest.raises(CommandError, match=r"areas of FI-854 and FI-851 overlap: .* km² belong to both\."):
        load([feature(kunta="854"), feature(square(west, 66), kunta="851")])

    assert not Boundary.objects.exists()


@pytest.mark.parametrize("west", [24.5, 24.499, 24.6])
def test_neighbours_may_share_a_border_a_strip_of_a_pixel_or_nothing(load, west):
    load([feature(kunta="854"), feature(square(west, 66), kunta="851")])

    assert Boundary.objects.count() == 2


def test_load_of_the_register_is_waited_for(load):
    """Otherwise what is copied as the newest load may be the one before it."""
    other = connection.get_new_connection(connection.get_connection_params())
    try:
        with other.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(%s)", [LOCK])
        with connection.cursor() as cursor:
            cursor.execute("set local lock_timeout = '200ms'")
        with pytest.raises(OperationalError, match="lock timeout"):
            load([feature(kunta="854")])
    finally:
        other.close()
    assert not Boundary.objects.exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"features": []}', '{"features": 1}'])
def test_what_is_no_collection_is_refused(places, tmp_path, text):
    path = tmp_path / "areas.geojson"
    path.write_text(text)
    words = ["--file", str(path), "--source", "S", "--licence", "L"]

    with pytest.raises(CommandError, match=r"areas\.geojson (cannot be read as GeoJSON|is not a GeoJSON)"):
        call_command("load_boundaries", *words, "--year", "2026")
    with pytest.raises(CommandError, match="There is no year 0"):
        call_command("load_boundaries", *words, "--year", "0")


def test_help_says_where_boundaries_come_from(capsys):
    with pytest.raises(SystemExit):
        call_command("load_boundaries", "--help")

    told = capsys.readouterr().out
    for word in ("tilastointialueet:kunta", "National Land Survey", "Statistics Sweden", "CC BY 4.0"):
        assert word in told


def test_database_refuses_two_official_areas_on_a_day(places):
    def add(first: int, last: int, *, is_schematic: bool = False) -> None:
        Boundary.objects.create(
            municipality=places[0],
            valid_from=dt.date(first, 1, 1),
            valid_to=dt.date(last, 12, 31),
            is_schematic=is_schematic,
            source="S",
            licence="L",
            shape=b"",
        )

    add(2020, 2022)
    add(2023, 2024)
    add(2020, 2024, is_schematic=True)
    connection.check_constraints()
    add(2022, 2023)
    with pytest.raises(IntegrityError, match="municipality_has_one_official_boundary_a_day"):
        connection.check_constraints()
