"""Filters and tags of pages: ``{% load kopa %}``. How things are written stands in ``kopa.base.writing``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from django import template
from django.utils.html import format_html, linebreaks
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from kopa.base import writing
from kopa.base.names import Text, pick

register = template.Library()

# Outlines on a square of 20; drawn with the text's colour, hidden from screen readers.
ICONS: Final = {
    "place": "M10 18s6-5.2 6-10a6 6 0 1 0-12 0c0 4.8 6 10 6 10zM10 10.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
    "mode": "M3 14.5V4.5h14v10zM1 17h18",
    "language": "M3 4h14v9H9l-4 4v-4H3z",
    "calendar": "M3 5h14v12H3zM3 9h14M7 3v4M13 3v4",
    "credits": "M10 3 1.5 7.5 10 12l8.5-4.5zM5 9.5V14c0 1.2 2.2 2.5 5 2.5s5-1.3 5-2.5V9.5",
    "payer": "M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM13 7.2A4 4 0 1 0 13 12.8M5.5 9h5M5.5 11h5",
    "search": "M8.5 14.5a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM13 13l5 5",
    "person": "M10 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3.5 18c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6",
    "municipality": "M3 17.5V8l7-5 7 5v9.5zM8 17.5v-5h4v5",
    "provider": "M2 17.5h16M4 17.5v-9M8 17.5v-9M12 17.5v-9M16 17.5v-9M2 8.5 10 3l8 5.5z",
    "clock": "M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM10 5.5V10l3 2",
    "info": "M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM10 9v5M10 6v.1",
    "outside": "M8 4H4v12h12v-4M11 3h6v6M17 3l-8 8",
    "print": "M5 7V3h10v4M5 14H3V7h14v7h-2M5 11.5h10V17H5z",
    "list": "M3 5h14M3 10h14M3 15h14",
    "edit": "M4 16l.8-3.5L13.5 3.8l2.7 2.7L7.5 15.2z",
    "plus": "M10 4v12M4 10h12",
    "arrow": "M4 10h12M11 5l5 5-5 5",
    "back": "M16 10H4M9 5l-5 5 5 5",
}


@register.filter
def day(value: dt.date | None, country: str = "") -> str:
    """``{{ offering.starts_on|day }}``; with a country, Swedish is in figures as that country writes them."""
    return writing.day(value, country=country) if value else ""


@register.filter
def short_day(value: dt.date | None) -> str:
    return writing.short_day(value) if value else ""


@register.filter
def weekday(value: dt.date | None, country: str = "") -> str:
    return writing.weekday(value, country=country) if value else ""


@register.filter
def moment_day(value: dt.datetime | None, country: str = "FI") -> str:
    """The day of a moment in the country's zone: ``{{ offering.applications_close_at|moment_day:"SE" }}``."""
    return writing.day(value.astimezone(writing.ZONES[country]).date()) if value else ""


@register.filter
def clock(value: dt.datetime | None, country: str = "FI") -> str:
    return writing.clock(value, country=country) if value else ""


@register.filter
def moment(value: dt.datetime | None, country: str = "FI") -> str:
    """Day and time in the country's zone."""
    return writing.moment(value, country=country) if value else ""


@register.filter
def number(value: float | Decimal | None, decimals: int | None = None) -> str:
    return "" if value is None else writing.number(value, decimals=decimals)


@register.filter
def km(value: float | None) -> str:
    return "" if value is None else writing.kilometres(value)


@register.filter
def money(cents: int | None, currency: str = "EUR") -> str:
    return "" if cents is None else writing.money(cents, currency)


@register.filter
def names(these: Iterable[object]) -> str:
    """``{{ merged|names }}``: names as a sentence has them."""
    return writing.names(these)


@register.filter
def percent(share: float | Decimal | None) -> str:
    return "" if share is None else writing.percent(share)


@register.filter(name="text")
def text_filter(value: Text) -> str | SafeString:
    """A ``Text`` with its own language marked where the page has another: ``{{ site.name|text }}``."""
    if not value.is_fallback:
        return value.text
    return format_html('<span lang="{}">{}</span>', value.language, value.text)


@register.simple_tag(name="text")
def text_tag(thing: object, field: str) -> str | SafeString:
    """``{% text offering "title" %}``: the reader's language, else the first there is, marked."""
    return text_filter(pick(thing, field))


@register.filter
def paragraphs(value: Text) -> SafeString | str:
    """A long ``Text`` as paragraphs, its language marked where the page has another."""
    if not value:
        return ""
    body = SafeString(linebreaks(value.text, autoescape=True))
    return format_html('<div lang="{}">{}</div>', value.language, body) if value.is_fallback else body


@register.filter
def untranslated(value: Text) -> SafeString | str:
    """The visible label that a text is missing in the reader's language (R-LANG-3); else nothing."""
    if not value.is_fallback:
        return ""
    only_in = {
        "fi": gettext("Only in Finnish"),
        "sv": gettext("Only in Swedish"),
        "en": gettext("Only in English"),
    }
    return format_html('<span class="k-untranslated">{}</span>', only_in[value.language])


@register.simple_tag
def icon(name: str) -> SafeString:
    """``{% icon "place" %}``: a small drawing beside a text; never the only sign of anything."""
    svg = '<svg class="k-icon" viewBox="0 0 20 20" aria-hidden="true"><path d="{}"/></svg>'
    return format_html(svg, ICONS[name])


@register.filter
def is_option_group(field: Any) -> bool:
    """Whether a form field is drawn as a group of radio buttons or checkboxes."""
    return bool(field.use_fieldset and hasattr(field.field.widget, "option_template_name"))


@register.filter
def first_control(field: Any) -> str:
    """The id of the control that a link in the error summary leads to."""
    return f"{field.auto_id}_0" if field.use_fieldset else field.id_for_label
