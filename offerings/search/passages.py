"""What of an offering is searched by words, and what a match there weighs; for the index and for reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Final, NamedTuple, Protocol

from django.utils.translation import gettext as _

from kopa.base.names import LANGUAGES, reader_language
from municipalities.cache import Gazetteer
from municipalities.models import Municipality
from offerings.homes import place_of
from offerings.models import Offering
from offerings.search import words
from offerings.search.words import Token


class Weight(Enum):
    """As PostgreSQL labels them, with what a matching word of a query is worth."""

    A = 8  # whole words of the title, course codes
    B = 4  # parts of the title's compounds
    C = 2  # other words for what the title names; names of field, form and way of studying
    D = 1  # parts of these names; names of provider, site and municipality


class Source(Enum):
    TITLE = "title"
    CODE = "code"
    FIELD = "field"
    FORM = "form"
    MODE = "mode"
    PROVIDER = "provider"
    PLACE = "place"


# Of whole words, of parts of compounds, of roots. Names have no parts and roots.
WEIGHTS: Final = {
    Source.TITLE: (Weight.A, Weight.B, Weight.C),
    Source.CODE: (Weight.A, Weight.A, Weight.A),
    Source.FIELD: (Weight.C, Weight.C, Weight.D),
    Source.FORM: (Weight.C, Weight.C, Weight.D),
    Source.MODE: (Weight.C, Weight.D, Weight.D),
    Source.PROVIDER: (Weight.D, Weight.D, Weight.D),
    Source.PLACE: (Weight.D, Weight.D, Weight.D),
}
NAMES: Final = {Source.PROVIDER, Source.PLACE}


class Wanted(Protocol):
    """A word of a query, as far as an explanation asks."""

    def meets(self, terms: frozenset[str]) -> bool: ...


class Passage(NamedTuple):
    """A text of an offering; ``language`` is empty for what is said alike in all: codes, names of places."""

    source: Source
    text: str
    language: str = ""

    def terms(self, token: Token) -> Iterator[tuple[frozenset[str], Weight]]:
        """What one of its words is found by, the weightiest first."""
        forms = words.text_terms(token.word, self.language, is_name=self.source in NAMES)
        return zip((forms.whole, forms.parts, forms.roots), WEIGHTS[self.source], strict=True)

    def worth(self, token: Token, wanted: Wanted) -> int:
        """What it is worth to find what is wanted in this word; 0 if it is not there."""
        for terms, weight in self.terms(token):
            if wanted.meets(terms):
                return weight.value
        return 0


def passages(offering: Offering, places: Gazetteer) -> Iterator[Passage]:
    """Every searched text. Wants what ``for_list`` loads."""
    for language in LANGUAGES:
        yield Passage(Source.TITLE, getattr(offering, f"title_{language}"), language)
        yield Passage(Source.PROVIDER, getattr(offering.provider, f"name_{language}"), language)
    yield from _of_codes(offering)
    for course_code in offering.course_codes:
        yield Passage(Source.CODE, course_code)
        yield Passage(Source.CODE, "".join(token.word for token in words.tokens(course_code)))
    for site in offering.sites.all():
        for language in LANGUAGES:
            yield Passage(Source.PLACE, getattr(site, f"name_{language}"), language)
        place = place_of(site, places)
        if place is not None:
            yield from _of_municipality(place, places)


def _of_codes(offering: Offering) -> Iterator[Passage]:
    """Form, field and way of studying by all their names, also as Sweden says them, and the field's code."""
    field = offering.field
    entries = [
        (Source.FIELD, field),
        (Source.FIELD, field.parent if field else None),
        (Source.FORM, offering.form),
        (Source.MODE, offering.mode),
    ]
    for source, entry in entries:
        if entry is not None:
            yield from (Passage(source, getattr(entry, f"name_{one}"), one) for one in LANGUAGES)
            yield Passage(source, entry.name_sv_se, "sv")
    if field is not None:
        yield Passage(Source.FIELD, field.code)


def _of_municipality(municipality: Municipality, places: Gazetteer) -> Iterator[Passage]:
    """All names of it and, where it was merged, of the one of today."""
    for place in dict.fromkeys((municipality, places.today(municipality))):
        for name in (place.name_fi, place.name_sv, place.name_en):
            yield Passage(Source.PLACE, name)
        for alias in place.aliases.all():
            yield Passage(Source.PLACE, alias.name)


def index(offering: Offering, places: Gazetteer) -> str:
    """The offering's terms as the text of a tsvector, each with its best weight."""
    best: dict[str, Weight] = {}
    for passage in passages(offering, places):
        for token in words.tokens(passage.text):
            for terms, weight in passage.terms(token):
                for term in terms:
                    if term not in best or best[term].value < weight.value:
                        best[term] = weight
    return " ".join(f"'{term}':1{best[term].name}" for term in sorted(best))


def explain(offering: Offering, wanted: Iterable[Wanted], places: Gazetteer) -> tuple[str, ...]:
    """Where each word of a query matched best, for a person: ``title: lähihoitaja``.

    Among equally good places that of the reader's language; words that match nowhere are left out.
    """
    reader = reader_language()
    searched = sorted(passages(offering, places), key=lambda passage: passage.language != reader)
    shown: dict[Source, dict[str, None]] = {}
    for word in wanted:
        match = _best(searched, word)
        if match:
            shown.setdefault(match[0], {})[match[1]] = None
    return tuple(_said(source, ", ".join(shown[source])) for source in Source if source in shown)


def _best(searched: Iterable[Passage], wanted: Wanted) -> tuple[Source, str] | None:
    best: tuple[int, Source, str] | None = None
    for passage in searched:
        for token in words.tokens(passage.text):
            value = passage.worth(token, wanted)
            if value > (best[0] if best else 0):
                is_code = passage.source == Source.CODE
                best = (value, passage.source, passage.text if is_code else token.shown)
                if value == Weight.A.value:
                    return best[1:]
    return best and best[1:]


def _said(source: Source, text: str) -> str:
    return {
        Source.TITLE: _("title: %(words)s"),
        Source.CODE: _("course code: %(words)s"),
        Source.FIELD: _("field: %(words)s"),
        Source.FORM: _("form: %(words)s"),
        Source.MODE: _("way of studying: %(words)s"),
        Source.PROVIDER: _("organiser: %(words)s"),
        Source.PLACE: _("location: %(words)s"),
    }[source] % {"words": text}
