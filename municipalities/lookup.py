"""Finds municipalities by what people call them: in any language, by old names, without accents too."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from operator import itemgetter
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext

from kopa.base.names import reader_language
from municipalities import divisions
from municipalities.cache import Gazetteer, Name, gazetteer
from municipalities.inflection import without_beginning_of_type, without_type
from municipalities.models import Municipality, Region
from municipalities.spelling import bare, plain

KEY: Final = re.compile(r"(FI)-?(\d{3})|(SE)-?(\d{4})", re.ASCII | re.IGNORECASE)
# "Övertorneå (SE)", "Övertorneå, Sverige": the country behind a name.
COUNTRY_BEHIND: Final = re.compile(
    r"[\s,(]+(fi|finland|suomi|se|sverige|ruotsi|sweden)\)?\s*$", re.IGNORECASE
)
COUNTRY_OF: Final = {"fi": "FI", "finland": "FI", "suomi": "FI"}
LONGEST: Final = 100


class Fit(IntEnum):
    """How well a name answers what was typed; the smaller the better."""

    EXACT = 0
    EXACT_WITHOUT_ACCENTS = 1
    OTHER_FORM = 2  # “Pellon”, “Kauhajoella”, “Haparandas”
    BEGINS = 3
    BEGINS_WITHOUT_ACCENTS = 4
    WORD_BEGINS = 5


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One municipality of today, and the name by which it was found."""

    municipality: Municipality
    label: str
    detail: str
    found_by: Name
    fit: Fit


def find_municipality(text: str) -> list[Municipality]:
    """The municipalities of today that ``text`` may mean, the likeliest first; usually one.

    A key (``FI-854``), a name in any language or an alias, with the country behind it or not, also as it
    stands in sentences: ``Kauhajoen kaupunki``, ``Haparanda stad``, ``Pellossa``. A name that fits exactly
    hides those that fit less well: ``Habo`` is never Håbo. A dissolved municipality answers with its
    successor. Empty when nothing begins so.
    """
    places = gazetteer()
    found = _ranked(places, text)[:20]
    best = min((fit for _name, fit in found), default=Fit.WORD_BEGINS)
    if best <= Fit.EXACT_WITHOUT_ACCENTS:
        found = [(name, fit) for name, fit in found if fit == best]
    return [places.today(name.municipality) for name, _fit in found]


def suggest(text: str, *, limit: int = 8) -> list[Suggestion]:
    """What a typeahead offers for ``text``, at most ``limit`` municipalities of today.

    Best fit first; then those found by the name the reader sees; then the larger ones.
    """
    places = gazetteer()
    regions = divisions.regions_on(timezone.localdate())
    return [_suggestion(places, regions, name, fit) for name, fit in _ranked(places, text)[:limit]]


def _ranked(places: Gazetteer, text: str) -> list[tuple[Name, Fit]]:
    """For each municipality of today that fits, its best name; the best first."""
    text = text.strip()[:LONGEST]
    key = KEY.fullmatch(text)
    if key:
        found = places.by_key.get("-".join(part for part in key.groups() if part).upper())
        return [(_own_name(found), Fit.EXACT)] if found else []
    best: dict[int, tuple[tuple[int, bool, int, str], Name, Fit]] = {}
    for name, fit in _fitting(places, text):
        today = places.today(name.municipality)
        order = (int(fit), name.text != str(today.name()), -(today.population or 0), today.key)
        if today.pk not in best or order < best[today.pk][0]:
            best[today.pk] = (order, name, fit)
    return [(name, fit) for _order, name, fit in sorted(best.values(), key=itemgetter(0))]


def matching_ids(text: str) -> set[int]:
    """Ids of all municipalities, dissolved ones too, one of whose names fits ``text``."""
    places = gazetteer()
    key = KEY.fullmatch(text.strip())
    if key:
        found = places.by_key.get("-".join(part for part in key.groups() if part).upper())
        return {found.pk} if found else set()
    return {name.municipality.pk for name, _ in _fitting(places, text[:LONGEST])}


def _fitting(places: Gazetteer, text: str) -> list[tuple[Name, Fit]]:
    """The names that fit; with a country behind the text only that country's.

    With what a municipality is called beside its name, only those that fit as a whole: ``Habo kommun``.
    """
    behind = COUNTRY_BEHIND.search(text)
    country = COUNTRY_OF.get(behind[1].casefold(), "SE") if behind else ""
    written = plain(text[: behind.start()] if behind else text)
    found = _named(places, written, country) if written else []
    for cut in (without_type, without_beginning_of_type):
        if not found and (wanted := cut(written)) != written:
            found = [(name, fit) for name, fit in _named(places, wanted, country) if fit <= Fit.OTHER_FORM]
    return found


def _named(places: Gazetteer, wanted: str, country: str) -> list[tuple[Name, Fit]]:
    loose = bare(wanted)
    fitting = {name: fit for name in places.names if (fit := _fit(name, wanted, loose)) is not None}
    inflected = places.inflected_with_accents.get(wanted) or places.inflected.get(loose, ())
    others = dict.fromkeys(inflected, Fit.OTHER_FORM)
    best = fitting | {name: min(fit, fitting.get(name, fit)) for name, fit in others.items()}
    return [(name, fit) for name, fit in best.items() if not country or name.municipality.country == country]


def _fit(name: Name, wanted: str, loose: str) -> Fit | None:
    if name.plain == wanted:
        return Fit.EXACT
    if name.bare == loose:
        return Fit.EXACT_WITHOUT_ACCENTS
    if name.plain.startswith(wanted):
        return Fit.BEGINS
    if name.bare.startswith(loose):
        return Fit.BEGINS_WITHOUT_ACCENTS
    return Fit.WORD_BEGINS if f" {loose}" in name.bare else None


def _own_name(municipality: Municipality) -> Name:
    shown = municipality.name()
    return Name.of(municipality, shown.text, shown.language)


def _suggestion(places: Gazetteer, regions: Mapping[int, Region], found_by: Name, fit: Fit) -> Suggestion:
    """Beside the name: the name that was typed where it is another one, and the region of today."""
    today = places.today(found_by.municipality)
    shown = str(today.name())
    parts = [str(regions[today.pk].name(reader_language()))] if today.pk in regions else []
    if found_by.municipality.pk != today.pk:
        parts.insert(0, gettext("formerly %(name)s") % {"name": found_by.text})
    elif found_by.text != shown:
        parts.insert(0, found_by.text)
    return Suggestion(today, places.label(today), ", ".join(parts), found_by, fit)
