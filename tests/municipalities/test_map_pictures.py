"""What a frame shows, how shapes become paths, and where names find room."""

from __future__ import annotations

import re

import pytest
import shapely

from municipalities.maps import frames
from municipalities.maps.frames import Frame
from municipalities.maps.pictures import Circle, Room, Wanted, radius
from municipalities.maps.projections import Projection

pytestmark = pytest.mark.unit
FRAME = Frame(Projection.FINLAND, west=0, north=1000, width=100, height=100, unit=10)


def corners(path: str) -> list[list[tuple[int, int]]]:
    """The points of each ring, the steps added up."""
    rings = []
    for x, y, steps in re.findall(r"M(-?\d+) (-?\d+)l([-\d ]+)z", path):
        numbers = [int(number) for number in re.findall(r"-?\d+", steps)]
        points = [(int(x), int(y))]
        for east, south in zip(numbers[::2], numbers[1::2], strict=True):
            points.append((points[-1][0] + east, points[-1][1] + south))
        rings.append(points)
    return rings


def test_north_is_up_and_a_unit_is_so_many_metres():
    assert FRAME.at((500, 1000)) == (50, 0)
    assert FRAME.at((0, 0)) == (0, 100)
    assert FRAME.view_box == "0 0 100 100"
    assert FRAME.box().bounds == (0, 0, 1000, 1000)
    assert FRAME.box(0.1).bounds == (-100, -100, 1100, 1100)


def test_path_has_every_ring_and_leads_back_by_itself():
    hole_of = [(400, 400), (600, 400), (500, 600)]
    shape = shapely.Polygon([(0, 0), (1000, 0), (1000, 1000), (0, 1000)], [hole_of])

    outer, hole = corners(FRAME.path(shape))

    assert set(outer) == {(0, 100), (100, 100), (100, 0), (0, 0)}
    assert len(outer) == 4
    assert set(hole) == {(40, 60), (60, 60), (50, 40)}


def test_what_is_smaller_than_a_unit_is_left_out():
    assert FRAME.path(shapely.box(0, 0, 2, 2)) == ""
    assert FRAME.path(shapely.Point(1, 1)) == ""


def test_frame_around_a_rectangle_shows_all_of_it():
    found = frames.around((0, 0, 3000, 6000), Projection.FINLAND, width=300)

    assert found.box().contains(shapely.box(0, 0, 3000, 6000))
    assert found.height == 591  # as wide a margin above and below as at the sides


@pytest.mark.parametrize("spots", [[(0, 0)], [(0, 0), (90_000, 10_000)], [(5, 5), (10_000, 700_000)]])
def test_frame_of_spots_shows_them_all_and_is_wide_enough(spots):
    found = frames.of_spots(spots, Projection.BOTH, width=400, height=300, least=50_000)

    assert all(found.has(*found.at(spot)) for spot in spots)
    assert found.width * found.unit >= 50_000
    assert (found.width, found.height) == (400, 300)


def test_similar_spots_share_a_frame():
    spots = [[(0, 0), (20_000, 9_000)], [(100, 50), (20_300, 9_100)]]

    assert len({frames.of_spots(one, Projection.BOTH, width=4, height=3, least=50_000) for one in spots}) == 1


def test_area_of_a_circle_grows_with_its_value():
    assert radius(100, unit=3, least=4) == 30
    assert radius(25, unit=3, least=4) == 15
    assert radius(0, unit=3, least=4) == 4


def test_names_are_written_where_they_hide_nothing():
    room = Room(FRAME, 10, [Circle(20, 20, 5, "free", "").box])

    wanted = [Wanted(20, 20, 5, "abc"), Wanted(20, 20, 5, "abc"), Wanted(99, 99, 0, "by no means")]
    first, second = room.take(wanted)

    assert (first.side, first.x, first.text) == ("start", 27, "abc")
    assert second.side == "middle"
    assert second.y != first.y


def test_point_under_a_sign_has_no_name_and_no_name_covers_a_point():
    room = Room(FRAME, 10, signs=[(0, 0, 40, 20)])

    assert room.take([Wanted(20, 10, 3, "abc")]) == ()
    (first,) = room.take([Wanted(50, 60, 3, "abc")])
    assert first.side == "start"
    (second,) = room.take([Wanted(30, 60, 3, "abc")])  # on its right stands the first one's point
    assert second.side == "end"


def test_names_in_the_middle_stand_on_their_point():
    (found,) = Room(FRAME, 10).take([Wanted(50, 50, 0, "abc")], centred=True)

    assert (found.side, found.x) == ("middle", 50)
