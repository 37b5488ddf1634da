"""Projections, outlines and schematic areas: where points lie, and whose land is whose."""

from __future__ import annotations

import datetime as dt
import json
import math

import pytest
import shapely

from kopa.codes.models import DataSource
from municipalities.maps import cells, outline, projections, shapes
from municipalities.maps.atlas import atlas, land
from municipalities.maps.projections import Projection
from municipalities.maps.reference import periods
from municipalities.models import Boundary, CountryOutline, Municipality

TODAY = dt.date(2026, 11, 22)


def meridian_arc(latitude: float) -> float:
    """Metres along a meridian of GRS80 from the equator, summed up in small steps."""
    axis, flattening, steps = 6_378_137.0, 1 / 298.257222101, 20_000
    squared = flattening * (2 - flattening)
    step = math.radians(latitude) / steps
    middles = ((n + 0.5) * step for n in range(steps))
    return sum(axis * (1 - squared) / (1 - squared * math.sin(phi) ** 2) ** 1.5 * step for phi in middles)


@pytest.mark.parametrize("latitude", [55.0, 60.0, 65.8, 69.9])
@pytest.mark.parametrize(
    ("projection", "meridian"), [(Projection.FINLAND, 27), (Projection.SWEDEN, 15), (Projection.BOTH, 21)]
)
def test_middle_meridian_is_as_long_as_the_ellipsoid_says(projection, meridian, latitude):
    """All three are transverse Mercator with 0.9996 and 500 km in the middle."""
    found = projections.point(projection, latitude=latitude, longitude=meridian)

    assert found == (pytest.approx(500_000, abs=0.1), pytest.approx(0.9996 * meridian_arc(latitude), abs=0.1))


@pytest.mark.parametrize(
    ("projection", "latitude", "longitude", "east", "north"),
    [
        (Projection.FINLAND, 60, 24, 332_705.179, 6_655_205.484),  # the example of recommendation JHS 197
        (Projection.SWEDEN, 55, 12.75, 356_083.438, 6_097_106.672),  # a control point of Lantmäteriet
    ],
)
def test_points_that_the_surveys_publish(projection, latitude, longitude, east, north):
    found = projections.point(projection, latitude=latitude, longitude=longitude)

    assert found == (pytest.approx(east, abs=0.01), pytest.approx(north, abs=0.01))


def test_back_in_degrees_everything_is_where_it_was():
    there = projections.project([shapely.box(23, 65, 24, 66)], Projection.BOTH)
    (back,) = projections.degrees(there, Projection.BOTH)

    assert back.bounds == pytest.approx((23, 65, 24, 66))


@pytest.mark.parametrize(
    ("countries", "expected"),
    [(["FI"], Projection.FINLAND), (["SE"], Projection.SWEDEN), (["FI", "SE"], Projection.BOTH)],
)
def test_each_country_is_drawn_in_its_own_projection(countries, expected):
    assert projections.for_countries(countries) == expected


def test_cells_of_two_centres_meet_halfway_and_end_at_the_coast():
    coast = shapely.box(-50_000, -20_000, 50_000, 20_000)

    found = cells.cells({"a": (-10_000.0, 0.0), "b": (10_000.0, 0.0)}, coast)

    assert found["a"].equals(shapely.box(-50_000, -20_000, 0, 20_000))
    assert found["b"].equals(shapely.box(0, -20_000, 50_000, 20_000))


def test_a_cell_reaches_no_farther_than_its_cap():
    (cell,) = cells.cells({"alone": (0.0, 0.0)}, None).values()

    assert shapely.hausdorff_distance(cell, shapely.Point(0, 0)) == pytest.approx(cells.FARTHEST)


def test_centre_beyond_the_border_river_gets_its_bank():
    """The coarse outline puts Tornio's and Haparanda's centres into each other's country."""
    outlines = {"FI": shapely.box(0, 0, 50_000, 50_000), "SE": shapely.box(-50_000, 0, 0, 50_000)}
    centres = {"FI": {"FI-1": (-600.0, 9_000.0)}, "SE": {"SE-1": (-1_900.0, 9_000.0)}}

    grown = cells.with_islets(outlines, centres)

    assert grown["FI"].contains(shapely.Point(-600, 9_000))
    assert grown["SE"].contains(shapely.Point(-1_900, 9_000))
    assert shapely.intersection(grown["FI"], grown["SE"]).area == pytest.approx(0, abs=1)
    assert grown["FI"].area > outlines["FI"].area


def test_file_that_is_no_atlas_is_named(settings, tmp_path):
    settings.ASSETS_ROOT = tmp_path
    assert outline.read() == {}
    assert outline.stamp() == "none"
    outline.path().parent.mkdir()
    outline.path().write_text(json.dumps({"objects": {}}))

    with pytest.raises(outline.OutlineError, match=r"countries-10m\.json is not the outline of countries"):
        outline.read()


def test_outlines_of_the_package_are_as_large_as_the_countries():
    """Land and lakes: 338,462 km² and 447,425 km² by the statistical offices."""
    read = outline.read()
    found = dict(zip(read, projections.project(list(read.values()), Projection.BOTH), strict=True))

    assert found["FI"].area / 1e6 == pytest.approx(338_462, rel=0.02)
    assert found["SE"].area / 1e6 == pytest.approx(447_425, rel=0.02)


@pytest.mark.django_db
@pytest.mark.xdist_group("register")
class TestLoaded:
    def test_each_centre_lies_in_its_own_area_and_areas_do_not_overlap(self, loaded):
        plane = atlas().on(TODAY).plane(Projection.BOTH)
        current = [one for one in Municipality.objects.filter(valid_to=None) if one.latitude is not None]

        for one in current:
            at = projections.point(Projection.BOTH, latitude=one.latitude, longitude=one.longitude)
            spot = shapely.Point(at)
            # A border may have moved by as much as it was simplified.
            assert plane[one.pk].distance(spot) <= shapes.TOLERANCE, one.key
        assert len(plane) == len(current) == 598
        total = sum(shape.area for shape in plane.values())
        assert shapely.union_all(list(plane.values())).area == pytest.approx(total, rel=1e-6)

    def test_areas_lie_on_land(self, loaded):
        every = shapely.union_all(list(land().plane(Projection.BOTH).values()))
        for shape in atlas().on(TODAY).plane(Projection.BOTH).values():
            assert shapely.difference(shape, every).area < 1e4

    def test_areas_of_the_two_countries_do_not_overlap(self, loaded):
        plane = land().plane(Projection.BOTH)

        assert shapely.intersection(plane["FI"], plane["SE"]).area < 1e4

    def test_dissolved_municipality_has_an_area_until_its_last_day(self, loaded):
        gone = Municipality.objects.get(key="FI-099")
        taker = Municipality.objects.get(key="FI-214")
        before, after = (atlas().on(dt.date(year, 6, 1)) for year in (2020, 2026))

        assert gone.pk in before.by_id
        assert gone.pk not in after.by_id
        assert after.by_id[taker.pk].shape.area > before.by_id[taker.pk].shape.area

    def test_who_is_far_from_the_merger_has_one_area_for_all_time(self, loaded):
        assert Boundary.objects.get(municipality__key="FI-854").valid_to is None

    def test_every_source_is_named(self, loaded):
        told = {*CountryOutline.objects.values_list("source", "licence")}
        assert told == {("Natural Earth", "public domain")}
        assert told == {*DataSource.objects.filter(pk="natural-earth").values_list("publisher", "licence")}


def test_periods_run_between_the_days_on_which_somebody_came_or_went():
    last, first = dt.date(2020, 12, 31), dt.date(2021, 1, 1)
    old, lasting = Municipality(valid_to=last), Municipality()

    assert periods([lasting]) == [(None, None)]
    assert periods([old, lasting]) == [(None, last), (first, None)]
