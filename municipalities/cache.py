"""The municipalities of both countries in this process's memory: some 600 rows that every search needs.

They change with a load of the reference data only: ``kopa.codes.cache``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final, Self

from kopa.base.names import LANGUAGES, reader_language
from kopa.codes.cache import OfLoad
from municipalities.inflection import forms_of
from municipalities.models import Municipality
from municipalities.spelling import bare, plain

KEY_IN_SLUG: Final = re.compile(r"(fi-\d{3}|se-\d{4})(-.*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a municipality. ``language`` is empty for a spelling that belongs to none."""

    text: str
    language: str
    is_alias: bool
    municipality: Municipality
    plain: str
    bare: str

    @classmethod
    def of(cls, municipality: Municipality, text: str, language: str, *, is_alias: bool = False) -> Self:
        return cls(text, language, is_alias, municipality, plain(text), bare(text))


@dataclass(frozen=True, eq=False)
class Gazetteer:
    """Every municipality with its region and aliases, dissolved ones too. Threads share it: only read."""

    municipalities: tuple[Municipality, ...]

    @cached_property
    def by_id(self) -> Mapping[int, Municipality]:
        return {municipality.pk: municipality for municipality in self.municipalities}

    @cached_property
    def by_key(self) -> Mapping[str, Municipality]:
        return {municipality.key: municipality for municipality in self.municipalities}

    def by_slug(self, slug: str) -> Municipality | None:
        """The municipality whose key the slug begins with, whatever name follows."""
        match = KEY_IN_SLUG.fullmatch(slug)
        return self.by_key.get(match[1].upper()) if match else None

    @cached_property
    def current(self) -> tuple[Municipality, ...]:
        return tuple(municipality for municipality in self.municipalities if not municipality.is_dissolved)

    @cached_property
    def names(self) -> tuple[Name, ...]:
        """Every name of every municipality, a name that is the same in several languages once."""
        return tuple(name for municipality in self.municipalities for name in _names_of(municipality))

    @cached_property
    def inflected(self) -> Mapping[str, tuple[Name, ...]]:
        """Names by their other forms, without accents: ``kauhajoen``, ``kauhajoella``, ``haparandas``."""
        return self._by_form(bare)

    @cached_property
    def inflected_with_accents(self) -> Mapping[str, tuple[Name, ...]]:
        """As ``inflected``, with accents: ``håbos`` is of Håbo alone."""
        return self._by_form(plain)

    def _by_form(self, written: Callable[[str], str]) -> dict[str, tuple[Name, ...]]:
        found: dict[str, list[Name]] = {}
        for name in self.names:
            place = name.municipality
            genitive = place.genitive_fi if name.text == place.name_fi else ""
            for form in forms_of(name.text, genitive, written=written):
                found.setdefault(form, []).append(name)
        return {form: tuple(names) for form, names in found.items()}

    @cached_property
    def shared(self) -> frozenset[int]:
        """Ids of the municipalities that share a name with another one: Ylitornio and Övertorneå."""
        bearers: dict[str, set[int]] = {}
        for name in self.names:
            if not name.municipality.is_dissolved:
                bearers.setdefault(name.plain, set()).add(name.municipality.pk)
        return frozenset(pk for among in bearers.values() if len(among) > 1 for pk in among)

    @cached_property
    def families(self) -> Mapping[int, tuple[int, ...]]:
        """By id of one of today: its id and those of the municipalities merged into it."""
        found: dict[int, list[int]] = {}
        for municipality in self.municipalities:
            found.setdefault(self.today(municipality).pk, []).append(municipality.pk)
        return {pk: tuple(members) for pk, members in found.items()}

    def in_alphabet(self, language: str | None = None) -> list[Municipality]:
        """The current ones as the language sorts them: å, ä, ö last."""
        return sorted(self.current, key=partial(place_in_alphabet, language=language))

    def today(self, municipality: Municipality) -> Municipality:
        """The municipality itself, or the one of today that it was merged into."""
        while municipality.successor_id is not None:
            municipality = self.by_id[municipality.successor_id]
        return municipality

    def on_day(self, municipality: Municipality, day: dt.date) -> Municipality:
        """The municipality itself while it exists, afterwards the one that it was merged into."""
        while municipality.successor_id is not None and municipality.ended_before(day):
            municipality = self.by_id[municipality.successor_id]
        return municipality

    @cached_property
    def merged(self) -> Mapping[int, tuple[Municipality, ...]]:
        """By id: those that were merged into it."""
        found: dict[int, list[Municipality]] = {}
        for municipality in self.municipalities:
            if municipality.successor_id is not None:
                found.setdefault(municipality.successor_id, []).append(municipality)
        return {pk: tuple(members) for pk, members in found.items()}

    def absorbed(self, municipality: Municipality) -> list[Municipality]:
        """Those merged into it, and those that had been merged into them."""
        direct = self.merged.get(municipality.pk, ())
        return [one for merged in direct for one in (merged, *self.absorbed(merged))]

    def merged_before(self, municipality: Municipality, day: dt.date) -> list[Municipality]:
        """Those merged into it that were no more on the day."""
        merged = self.merged.get(municipality.pk, ())
        return [one for one in merged if one.ended_before(day)]

    def label(self, municipality: Municipality, language: str | None = None) -> str:
        """The name, with the country where the name alone does not tell: ``Ylitornio (FI)``."""
        return self._told_apart(municipality, str(municipality.name(language)))

    def whose(self, municipality: Municipality, language: str | None = None) -> str:
        """The label as it stands in “residents of …”: ``Ylitornion (FI)`` in Finnish."""
        return self._told_apart(municipality, municipality.whose(language))

    def _told_apart(self, municipality: Municipality, name: str) -> str:
        return f"{name} ({municipality.country})" if municipality.pk in self.shared else name


def place_in_alphabet(one: Municipality, language: str | None = None) -> tuple[str, str]:
    """By which names are sorted in a language, the reader's without one; of dissolved ones too."""
    column = f"sort_{language or reader_language()}"
    return getattr(one, column) or one.sort_fi, one.key


def _names_of(municipality: Municipality) -> list[Name]:
    found: dict[str, Name] = {}
    for language in LANGUAGES:
        text = getattr(municipality, f"name_{language}")
        if text:
            found.setdefault(text, Name.of(municipality, text, language))
    for alias in municipality.aliases.all():
        found.setdefault(alias.name, Name.of(municipality, alias.name, alias.language, is_alias=True))
    return list(found.values())


def _read() -> Gazetteer:
    return Gazetteer(tuple(Municipality.objects.select_related("region").prefetch_related("aliases")))


_kept: Final = OfLoad(_read)


def gazetteer() -> Gazetteer:
    """The municipalities as the newest load left them. One query when they are in memory, three when not."""
    return _kept.now()
