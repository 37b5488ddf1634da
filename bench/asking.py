"""The requests of the search's measurement: drawn from the catalogue by a seed, so that most have hits.

========= ====================================================================================
landing   the whole base set from a home municipality, by distance or by deadline
filters   two or three facets chosen
near      at most 20, 50 or 100 km from home, the nearest first, sometimes with one facet
text1     one word of a title
text2f    two words of a title or its place, and one or two facets
prefix    the first three to six letters of a word
typo      a word with one letter wrong, or without its accents
deep      page 40 of ``landing``
========= ====================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final
from urllib.parse import urlencode

from municipalities.models import Municipality
from municipalities.spelling import bare
from offerings.models import Offering
from offerings.querysets import OfferingQuerySet

PAGE_SIZE: Final = 20
DEEP: Final = 40
SAMPLED: Final = 400
WORD: Final = re.compile(r"[^\W\d_]{4,}")
LONG: Final = 6  # letters of a word that is mistyped
FACETS: Final = ("form", "field", "mode", "language", "region")
Parameters = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Request:
    """One request, as parameters of the API's address."""

    kind: str
    parameters: tuple[tuple[str, str], ...]

    @property
    def query(self) -> str:
        return urlencode(self.parameters)

    @property
    def words(self) -> str:
        return dict(self.parameters).get("q", "")


@dataclass(frozen=True, slots=True)
class Sample:
    """What requests are drawn from: some offerings of the base set, and where people live."""

    offerings: Sequence[Offering]
    homes: Sequence[str]
    inhabitants: Sequence[int]
    pages: int

    def home(self, random: Random) -> tuple[str, str]:
        return "home", random.choices(self.homes, self.inhabitants)[0]


def sample(found: OfferingQuerySet, *, seed: int) -> Sample:
    """Always the same for the same seed and catalogue."""
    random = Random(f"sample {seed}")  # noqa: S311 - nothing secret
    ids = list(found.order_by("own_reference", "pk").values_list("pk", flat=True))
    chosen = sorted(random.sample(ids, min(SAMPLED, len(ids))))
    rows = found.filter(pk__in=chosen).select_related("field__parent")
    by_id = rows.prefetch_related("languages", "sites__municipality__region").in_bulk()
    places = Municipality.objects.current().filter(latitude__isnull=False, population__gt=0).order_by("key")
    return Sample(
        offerings=[by_id[pk] for pk in chosen],
        homes=[place.key for place in places],
        inhabitants=[place.population or 0 for place in places],
        pages=max(1, -(-len(ids) // PAGE_SIZE)),
    )


def requests(kind: str, count: int, given: Sample, *, seed: int) -> list[Request]:
    """So many requests of a class, always the same for the same seed and sample."""
    random = Random(f"{kind} {seed}")  # noqa: S311 - nothing secret
    made = []
    for _ in range(count):
        parameters = CLASSES[kind](random.choice(given.offerings), given, random)
        common = [("facets", "1"), ("page_size", str(PAGE_SIZE)), ("lang", random.choice(["fi", "sv"]))]
        made.append(Request(kind, (*parameters, *common)))
    return made


def _landing(_offering: Offering, given: Sample, random: Random) -> Parameters:
    return [given.home(random), ("sort", random.choice(["distance", "deadline"]))]


def _deep(offering: Offering, given: Sample, random: Random) -> Parameters:
    return [*_landing(offering, given, random), ("page", str(min(DEEP, given.pages)))]


def _filters(offering: Offering, given: Sample, random: Random) -> Parameters:
    return [given.home(random), *_chosen(offering, random.randint(2, 3), random)]


def _near(offering: Offering, given: Sample, random: Random) -> Parameters:
    facets = _chosen(offering, random.randint(0, 1), random)
    km = random.choice(["20", "50", "100"])
    return [given.home(random), ("within_km", km), ("sort", "distance"), *facets]


def _text1(offering: Offering, given: Sample, random: Random) -> Parameters:
    home = [given.home(random)] if random.random() < 0.5 else []
    return [("q", random.choice(_words(offering, random))), *home]


def _text2f(offering: Offering, given: Sample, random: Random) -> Parameters:
    words = _words(offering, random)
    places = [str(site.municipality.name()) for site in offering.sites.all() if site.municipality]
    others = [word for word in words[1:] if word.lower() != words[0].lower()] + places
    typed = f"{words[0]} {random.choice(others)}" if others else words[0]
    return [("q", typed), given.home(random), *_chosen(offering, random.randint(1, 2), random)]


def _prefix(offering: Offering, given: Sample, random: Random) -> Parameters:
    word = random.choice(_words(offering, random))
    home = [given.home(random)] if random.random() < 0.5 else []
    return [("q", word[: random.randint(3, 6)]), *home]


def _typo(offering: Offering, given: Sample, random: Random) -> Parameters:
    words = _words(offering, random)
    home = [given.home(random)] if random.random() < 0.5 else []
    return [("q", mistyped(max(words, key=len), random)), *home]


def mistyped(word: str, random: Random) -> str:
    """With one letter missing, changed or swapped with the next, or without accents; the first is right."""
    if len(word) < LONG or (bare(word) != word.lower() and random.random() < 0.4):
        return bare(word)
    at = random.randrange(1, len(word) - 1)
    kind = random.randrange(3)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + random.choice("aeioutnsr") + word[at + 1 :]


def _words(offering: Offering, random: Random) -> list[str]:
    """Words of one of its titles in a random order."""
    titles = [title for title in (offering.title_fi, offering.title_sv) if title]
    words = WORD.findall(random.choice(titles)) or [titles[0]]
    return random.sample(words, len(words))


def _chosen(offering: Offering, count: int, random: Random) -> Parameters:
    """So many facets with values of this offering, and now and then another value beside."""
    field = offering.field
    broad = field.parent_id if field and field.parent_id else offering.field_id
    places = [site.municipality for site in offering.sites.all() if site.municipality]
    values = {
        "form": [str(offering.form_id)],
        "field": [str(random.choice([offering.field_id, broad]))],
        "mode": [str(offering.mode_id)],
        "language": [language.pk for language in offering.languages.all()][:1],
        "region": sorted({place.region.key for place in places}),
    }
    facets = random.sample([facet for facet in FACETS if values[facet]], count)
    chosen = [(facet, value) for facet in facets for value in values[facet]]
    if "mode" in facets and random.random() < 0.5:
        chosen.append(("mode", random.choice(sorted({"contact", "blended", "distance"} - {*values["mode"]}))))
    return chosen


CLASSES: Final[dict[str, Callable[[Offering, Sample, Random], Parameters]]] = {
    "landing": _landing,
    "filters": _filters,
    "near": _near,
    "text1": _text1,
    "text2f": _text2f,
    "prefix": _prefix,
    "typo": _typo,
    "deep": _deep,
}
