"""Charts: every mark stands where its number says, in both drawings."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from django.utils.translation import override

from kopa.base.charts import Chart, line_chart, profile_chart
from kopa.base.charts.scales import Scale, marks_between, text_width, ticks

pytestmark = pytest.mark.unit

LOSS = [(year, 4800 - 70 * (year - 2000)) for year in range(2000, 2023)]
RISE = [(year, 44_000 + 330 * (year - 2000)) for year in range(2000, 2023)]


def drawings(chart: Chart) -> list[ET.Element]:
    return [ET.fromstring(str(one)) for one in (chart.wide, chart.narrow)]  # noqa: S314 (our own)


def line(points: list[tuple[int, int]]) -> list[ET.Element]:
    return drawings(line_chart("people", points, title="Title", description="Description"))


def profile(counts: list[int]) -> list[ET.Element]:
    return drawings(profile_chart("ages", counts, title="T", description="D", age="{} v".format))


def of(drawing: ET.Element, tag: str, kind: str) -> list[ET.Element]:
    return [one for one in drawing.iter(tag) if one.get("class") == f"k-chart__{kind}"]


def box(one: ET.Element) -> tuple[float, float, float, float]:
    """Left, right, top and bottom of a text."""
    x, y, wide = float(one.get("x", 0)), float(one.get("y", 0)), text_width(one.text or "")
    left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[one.get("text-anchor", "start")]
    return left, left + wide, y - 11, y + 3


def apart(drawing: ET.Element) -> bool:
    boxes = [box(one) for one in drawing.iter("text")]
    return not any(
        a[0] < b[1] and b[0] < a[1] and a[2] < b[3] and b[2] < a[3]
        for at, a in enumerate(boxes)
        for b in boxes[at + 1 :]
    )


@pytest.mark.parametrize(
    ("highest", "most", "expected"),
    [
        (0, 5, [0, 1]),
        (1, 5, [0, 1]),
        (3, 5, [0, 1, 2, 3]),
        (10, 5, [0, 2, 4, 6, 8, 10]),
        (4800, 5, [0, 1000, 2000, 3000, 4000, 5000]),
        (664_000, 5, [0, 200_000, 400_000, 600_000, 800_000]),
        (11, 3, [0, 5, 10, 15]),
    ],
)
def test_axis_has_round_numbers(highest: int, most: int, expected: list[int]) -> None:
    assert ticks(highest, most=most) == expected


def test_years_of_an_axis_are_round() -> None:
    assert marks_between(2000, 2022, most=6) == [2000, 2005, 2010, 2015, 2020]
    assert marks_between(2019, 2019, most=6) == [2019]
    assert marks_between(2021, 2023, most=1) == [2022]


def test_a_span_of_nothing_lies_in_the_middle() -> None:
    assert (Scale(5, 5, 10, 30)(5), Scale(0, 10, 100, 0)(5)) == (20, 50)


@pytest.mark.parametrize("points", [LOSS, RISE, [(2000, 10), (2001, 0)], [(2000, 0), (2001, 664_028)]])
def test_line_goes_through_its_numbers(points: list[tuple[int, int]]) -> None:
    for drawing in line(points):
        dots = of(drawing, "circle", "dot")
        assert [re.sub(r"[^\d:]", "", dot[0].text or "") for dot in dots] == [f"{y}:{n}" for y, n in points]
        drawn = [(float(dot.get("cx", 0)), float(dot.get("cy", 0))) for dot in dots]
        path = of(drawing, "path", "line")[0].get("d", "")
        assert [tuple(float(n) for n in one.split()) for one in path[1:].split("L")] == drawn
        levels = ticks(max(n for _y, n in points), most=5)
        grid = [float(one.get("y1", 0)) for one in of(drawing, "line", "grid")]
        for (_x, y), (_year, count) in zip(drawn, points, strict=True):
            wanted = grid[0] + (grid[-1] - grid[0]) * count / levels[-1]
            assert y == pytest.approx(wanted, abs=0.11)
        steps = [after[0] - before[0] for before, after in pairwise(drawn)]
        assert max(steps) - min(steps) < 0.21


@pytest.mark.parametrize("points", [LOSS, RISE, [(2000, 0), (2001, 664_028)], [(2022, 3300)], []])
def test_texts_of_a_line_lie_apart_and_within(points: list[tuple[int, int]]) -> None:
    for drawing in line(points):
        width, height = (float(one) for one in drawing.get("viewBox", "").split()[2:])
        boxes = [box(one) for one in drawing.iter("text")]
        assert apart(drawing)
        assert all(a >= 0 and b <= width and c >= 0 and d <= height for a, b, c, d in boxes)


@pytest.mark.parametrize("counts", [[3, 0, 9] + [1] * 98, [0] * 101, [12_000] * 101, [0] * 100 + [7], []])
def test_bars_are_as_long_as_their_numbers(counts: list[int]) -> None:
    for drawing in profile(counts):
        width = float(drawing.get("viewBox", "").split()[2])
        bars = of(drawing, "rect", "bar")
        assert len(bars) == len(counts)
        longest = max((float(one.get("width", 0)) for one in bars), default=0)
        for one, count in zip(bars, counts, strict=True):
            wanted = longest * count / max(*counts, 1)
            assert float(one.get("width", 0)) == pytest.approx(wanted, abs=0.11)
        tops = [float(one.get("y", 0)) for one in bars]
        assert tops == sorted(tops, reverse=True)
        assert apart(drawing)
        assert all(a >= 0 and b <= width for a, b, _c, _d in map(box, drawing.iter("text")))


def test_numbers_are_written_as_the_reader_does_and_places_with_a_point() -> None:
    for language, written in (("fi", "5\u202f000"), ("sv", "5\u202f000"), ("en", "5,000")):
        with override(language):
            for drawing in line(LOSS):
                assert written in [one.text for one in of(drawing, "text", "tick")]
                assert not re.search(r"\d,\d", of(drawing, "path", "line")[0].get("d", ""))


def test_chart_is_named_for_those_who_do_not_see_it_and_escapes_names() -> None:
    chart = line_chart("people", LOSS, title="<b>&", description='"><script>')
    for kind, drawing in zip(("wide", "narrow"), drawings(chart), strict=True):
        assert (drawing.get("role"), drawing.get("class")) == ("img", f"k-chart__{kind}")
        assert [(one.get("id"), one.text) for one in list(drawing)[:2]] == [
            (drawing.get("aria-labelledby"), "<b>&"),
            (drawing.get("aria-describedby"), '"><script>'),
        ]
    assert not re.search(r"style=|<script|<b>", str(chart.wide) + str(chart.narrow))
