"""Maps in templates: ``{% locator municipality day %}`` and ``{% picture map %}``."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.utils import timezone

from municipalities import divisions
from municipalities.cache import gazetteer
from municipalities.maps import register as maps
from municipalities.maps.pictures import Picture
from municipalities.models import Municipality, Region

register = template.Library()


@register.inclusion_tag("maps/_picture.html")
def locator(municipality: Municipality, day: dt.date | None = None) -> dict[str, Any]:
    """Where the municipality lies; of its last day where it is dissolved. Nothing without a point."""
    shown = day or municipality.valid_to or timezone.localdate()
    return {"picture": maps.locator(municipality, shown, gazetteer())}


@register.inclusion_tag("maps/_picture.html")
def region_map(region: Region, day: dt.date | None = None) -> dict[str, Any]:
    """The municipalities of the region on a day, today without one."""
    shown = day or timezone.localdate()
    of_day = divisions.regions_on(shown)
    members = frozenset(pk for pk, one in of_day.items() if one.pk == region.pk)
    group = maps.Group("", str(region.name()), members)
    return {"picture": maps.group_map(group, shown, gazetteer())}


@register.inclusion_tag("maps/_picture.html")
def picture(drawn: Picture | None) -> dict[str, Any]:
    return {"picture": drawn}
