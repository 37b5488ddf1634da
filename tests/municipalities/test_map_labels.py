"""Signs that must be on a map find a place of their own, and a line tells what they name."""

from __future__ import annotations

import itertools
import re

import pytest
import shapely

from municipalities.maps.frames import Frame
from municipalities.maps.labels import Board, Wish
from municipalities.maps.pictures import Circle, Name
from municipalities.maps.projections import Projection

pytestmark = pytest.mark.unit
FRAME = Frame(Projection.BOTH, west=0, north=0, width=400, height=400, unit=1)
TEXT = 20


def plate(name: Name) -> shapely.Polygon:
    assert name.plate
    one = name.plate
    return shapely.box(one.x, one.y, one.x + one.width, one.y + one.height)


def wish(x: float, y: float, text: str, *, reach: float = 8, has_plate: bool = True) -> Wish:
    return Wish(x, y, text, shapely.Point(x, y).buffer(reach), has_plate=has_plate)


def end_of(lead: str) -> tuple[int, int]:
    x, y = re.findall(r"-?\d+", lead)[-2:]
    return int(x), int(y)


def test_sign_stands_on_what_it_names_where_that_is_free():
    (found,) = Board(FRAME, TEXT).take([wish(200, 200, "7", reach=60)])

    assert plate(found).centroid.equals_exact(shapely.Point(200, 200), 1)
    assert (found.x, found.side, found.lead) == (200, "middle", "")


def test_signs_hide_no_circle_and_no_other_sign():
    circles = [Circle(180 + 25 * n, 200, 16, "free", "") for n in range(4)]
    points = [(180, 200), (190, 205), (205, 200), (230, 200), (255, 205)]

    found = Board(FRAME, TEXT, circles).take([wish(*at, str(n)) for n, at in enumerate(points)])

    plates = [plate(one) for one in found]
    assert [one.text for one in found] == ["0", "1", "2", "3", "4"]
    assert not any(one.intersects(other) for one, other in itertools.combinations(plates, 2))
    for circle in circles:
        ground = shapely.Point(circle.x, circle.y).buffer(circle.r)
        assert not any(one.intersects(ground) for one in plates)


def test_sign_that_stands_off_has_a_line_to_its_point_through_no_other_sign():
    circles = [Circle(200, 200, 30, "free", "")]

    found = Board(FRAME, TEXT, circles).take([wish(195, 200, "1"), wish(205, 200, "2")])

    assert [end_of(one.lead) for one in found] == [(195, 200), (205, 200)]
    for one, other in itertools.permutations(found, 2):
        numbers = [int(number) for number in re.findall(r"-?\d+", one.lead)]
        line = shapely.LineString(list(zip(numbers[::2], numbers[1::2], strict=True)))
        assert not line.intersects(plate(other))


def test_name_close_to_its_point_needs_no_line():
    reach = 10 + TEXT
    (found,) = Board(FRAME, TEXT, [Circle(200, 200, 10, "free", "")]).take(
        [Wish(200, 200, "Södertälje", shapely.Point(200, 200).buffer(reach), gap=10)]
    )

    assert found.lead == ""
    assert found.plate is None


@pytest.mark.parametrize(
    ("taken", "side"),
    [((0, 0, 195, 400), "start"), ((205, 0, 400, 400), "end"), ((0, 195, 400, 205), "middle")],
)
def test_name_begins_or_ends_at_its_point_where_it_stands_beside_it(taken, side):
    (found,) = Board(FRAME, TEXT, taken=[taken]).take([wish(200, 200, "Ii", has_plate=False)])

    assert found.side == side
    assert (found.x - 200) * {"start": 1, "end": -1, "middle": 0}[side] >= 0


def test_sign_avoids_what_another_one_names():
    """On the ground of its neighbour it would be taken for the neighbour's."""
    ground = shapely.box(150, 150, 200, 250)
    circles = [Circle(175, 200, 40, "free", "")]
    mine = Wish(175, 200, "1", ground, has_plate=True)
    other = Wish(225, 200, "2", shapely.box(200, 100, 300, 300), has_plate=True)

    first, second = Board(FRAME, TEXT, circles).take([mine, other])

    assert not plate(first).intersects(other.ground)
    assert plate(second).intersects(other.ground)


def test_what_is_taken_stays_free():
    (found,) = Board(FRAME, TEXT, taken=[(0, 0, 400, 250)]).take([wish(200, 200, "1")])

    assert plate(found).bounds[1] >= 250
    assert end_of(found.lead) == (200, 200)


def test_every_sign_is_written_even_without_room():
    tiny = Frame(Projection.BOTH, west=0, north=0, width=10, height=10, unit=1)

    assert [one.text for one in Board(tiny, TEXT).take([wish(5, 5, "1"), wish(5, 5, "2")])] == ["1", "2"]
