"""The plain select of every municipality: ``{% load municipality_options %}{% home_options key %}``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from municipalities.cache import Gazetteer, gazetteer
from municipalities.models import Country

register = template.Library()
SELECTED: Final = SafeString(" selected")


@register.simple_tag
def home_options(chosen: str = "") -> SafeString:
    """Today's municipalities in the reader's alphabet, Finland's before Sweden's."""
    places = gazetteer()
    groups = (
        (
            country.label,
            format_html_join("\n", '<option value="{}"{}>{}</option>', _options(places, country, chosen)),
        )
        for country in Country
    )
    return format_html_join("\n", '<optgroup label="{}">{}</optgroup>', groups)


def _options(places: Gazetteer, country: Country, chosen: str) -> Iterator[tuple[str, str, str]]:
    for municipality in places.in_alphabet():
        if municipality.country == country:
            selected = SELECTED if municipality.key == chosen else ""
            yield municipality.key, selected, places.label(municipality)
