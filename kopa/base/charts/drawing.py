"""What every chart is made of: an SVG element with its title, description, axes and texts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDE: Final = 680
NARROW: Final = 340


@dataclass(frozen=True, slots=True)
class Chart:
    """The same chart twice; CSS shows the one for which there is room."""

    wide: SafeString
    narrow: SafeString


def svg(
    name: str, *, width: int, height: float, title: str, description: str, parts: Iterable[SafeString]
) -> SafeString:
    """The whole drawing. ``name`` is unique on the page; screen readers get title and description."""
    kind = "wide" if width == WIDE else "narrow"
    return format_html(
        '<svg class="k-chart__{kind}" viewBox="0 0 {width} {height}" role="img"'
        ' aria-labelledby="{name}-{kind}-title" aria-describedby="{name}-{kind}-desc">'
        '<title id="{name}-{kind}-title">{title}</title><desc id="{name}-{kind}-desc">{description}</desc>'
        "{parts}</svg>",
        kind=kind,
        width=str(width),
        height=pixel(height),
        name=name,
        title=title,
        description=description,
        parts=format_html_join("", "{}", ((part,) for part in parts)),
    )


def text(x: float, y: float, written: str, *, anchor: str = "start", kind: str = "tick") -> SafeString:
    return format_html(
        '<text class="k-chart__{}" x="{}" y="{}" text-anchor="{}">{}</text>',
        kind,
        pixel(x),
        pixel(y),
        anchor,
        written,
    )


def grid_line(x1: float, y1: float, x2: float, y2: float) -> SafeString:
    shape = '<line class="k-chart__grid" x1="{}" y1="{}" x2="{}" y2="{}"/>'
    return format_html(shape, pixel(x1), pixel(y1), pixel(x2), pixel(y2))


def dot(x: float, y: float, said: str) -> SafeString:
    """A point that says what it is when pointed at."""
    shape = '<circle class="k-chart__dot" cx="{}" cy="{}" r="3"><title>{}</title></circle>'
    return format_html(shape, pixel(x), pixel(y), said)


def bar(x: float, y: float, width: float, height: float, said: str) -> SafeString:
    shape = '<rect class="k-chart__bar" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>'
    return format_html(shape, pixel(x), pixel(y), pixel(width), pixel(height), said)


def path(points: Iterable[tuple[float, float]]) -> SafeString:
    drawn = "L".join(f"{pixel(x)} {pixel(y)}" for x, y in points)
    return format_html('<path class="k-chart__line" d="M{}"/>', drawn)


def pixel(value: float) -> str:
    """With one decimal at most, and a point whatever the reader's language: SVG knows no other."""
    return f"{value:.1f}".removesuffix(".0")
