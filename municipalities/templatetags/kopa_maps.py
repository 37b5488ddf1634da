"""Maps in templates: ``{% locator municipality day %}``, ``{% region_map region day %}``,
``{% regions_map listed day %}`` and ``{% picture map %}``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kopa.base import writing
from kopa.base.names import Text, reader_language
from municipalities import divisions
from municipalities.cache import Gazetteer, gazetteer, place_in_alphabet
from municipalities.distances import great_circle_km
from municipalities.maps import overview
from municipalities.maps import register as maps
from municipalities.maps.pictures import Picture
from municipalities.models import Municipality, Region

register = template.Library()


@dataclass(frozen=True, slots=True)
class Row:
    """A municipality that a map shows beside its subject, in the table below it."""

    municipality: Municipality
    label: str
    told: Text


@register.inclusion_tag("maps/_with_table.html")
def locator(municipality: Municipality, day: dt.date | None = None) -> dict[str, Any]:
    """Where the municipality lies on a day, today without one; at the latest on its last. Nothing without a
    point.
    """
    shown = municipality.last_day_by(day or timezone.localdate())
    places = gazetteer()
    picture = maps.locator(municipality, shown, places)
    seen = [(one, _km(municipality, one)) for one in _seen(picture, places)]
    language = reader_language()
    rows = [
        Row(
            one,
            maps.label_abroad(places, one, municipality.country),
            Text(writing.kilometres(km), language, is_fallback=False),
        )
        for one, km in sorted(seen, key=lambda pair: (pair[1], pair[0].key))
    ]
    return {"picture": picture, "rows": rows, "heading": gettext("Distance"), "as_of": _other_day(day)}


@register.inclusion_tag("maps/_with_table.html")
def region_map(region: Region, day: dt.date | None = None) -> dict[str, Any]:
    """The municipalities of the region on a day, today without one."""
    shown = day or timezone.localdate()
    of_day, places = divisions.regions_on(shown), gazetteer()
    members = frozenset(pk for pk, one in of_day.items() if one.pk == region.pk)
    called = _("municipality of the county") if region.country == "SE" else _("municipality of the region")
    group = maps.Group("", str(region.name()), members, member=called)
    frame = maps.frame_of(group, shown, places)
    picture = maps.group_map(group, frame, shown, places) if frame else None
    seen = sorted(_seen(picture, places), key=place_in_alphabet)
    nobody = Text("–", "", is_fallback=False)
    return {
        "picture": picture,
        "rows": [
            Row(one, places.label(one), of_day[one.pk].name() if one.pk in of_day else nobody)
            for one in seen
        ],
        "heading": gettext("Region"),
        "as_of": _other_day(day),
    }


@register.inclusion_tag("maps/_picture.html")
def regions_map(listed: Iterable[Any], day: dt.date) -> dict[str, Any]:
    """The regions of a list, lines with ``region`` and ``people``, on a day; numbered as in the list."""
    members: dict[int, set[int]] = {}
    for pk, region in divisions.regions_on(day).items():
        members.setdefault(region.pk, set()).add(pk)
    regions = [
        overview.Populated(
            number,
            str(line.region.name()),
            frozenset(members.get(line.region.pk, ())),
            line.people.count if line.people else None,
        )
        for number, line in enumerate(listed, 1)
    ]
    title = gettext("Map of the regions by population")
    return {"picture": overview.regions_map(regions, day, gazetteer(), key="regions-map", title=title)}


def _other_day(day: dt.date | None) -> str:
    """As addresses have it; empty for today."""
    return day.isoformat() if day and day != timezone.localdate() else ""


def _seen(picture: Picture | None, places: Gazetteer) -> Iterable[Municipality]:
    return [places.by_id[pk] for pk in picture.seen] if picture else []


def _km(one: Municipality, other: Municipality) -> float:
    points = [float(value or 0) for at in (one, other) for value in (at.latitude, at.longitude)]
    return great_circle_km(*points)


@register.inclusion_tag("maps/_picture.html")
def picture(drawn: Picture | None) -> dict[str, Any]:
    return {"picture": drawn}
