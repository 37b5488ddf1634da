"""What the values of a cell are called, in every language; and which one is nearest to a misspelt one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from agreements.models import Agreement
from kopa.base import writing
from kopa.base.names import LANGUAGES
from kopa.codes.labels import told_apart
from kopa.codes.models import CodeListEntry
from municipalities import spelling
from municipalities.cache import gazetteer
from municipalities.lookup import find_municipality, suggest
from municipalities.models import Region
from offerings.imports.columns import BY_NAME, Column, plain
from offerings.imports.errors import Wrong
from offerings.models import CoHost, Offering
from offerings.states import OfferingStatus
from pilots.titles import groups, title

Reader = Callable[[str], Any]
SEVERAL: Final = re.compile(r"[;,\n]")
DIVIDED: Final = re.compile(r"([;,\n])")
LINES: Final = re.compile(r"[;\n]")
SHOWN: Final = 12
LONGEST: Final = 60  # characters of a text that is not known
NEAR: Final = 0.75  # a word is taken for another from this likeness on
NAMED: Final = frozenset({"code", "codes", "choice", "status", "yes", "regions", "pilot_groups", "agreement"})
SEVERAL_OF: Final = frozenset({"codes", "regions", "pilot_groups"})
MARKS: Final = {"yes": ("x", "1", "true"), "no": ("-", "0", "false")}
STATUSES: Final = (OfferingStatus.DRAFT, OfferingStatus.PUBLISHED)


def names_of(column: Column) -> dict[Any, tuple[str, ...]]:
    """What each value of a column is called: first as the reader says it, then in every language."""
    if column.kind == "status":
        return _in_every_language([(one.value, one.label) for one in STATUSES])
    if column.kind == "yes":
        said = _in_every_language([("yes", gettext_lazy("yes")), ("no", gettext_lazy("no"))])
        return {value: words + MARKS[value] for value, words in said.items()}
    if column.kind == "choice":
        return _in_every_language(getattr(field_of(column.name), "choices", None) or ())
    if column.kind in LISTED:
        return LISTED[column.kind]()
    model: type[CodeListEntry] = field_of(column.name.removesuffix("_id")).related_model
    return _of_codes(list(model._default_manager.all()))


def _of_codes(entries: Iterable[CodeListEntry]) -> dict[Any, tuple[str, ...]]:
    """As lists show them, of which no two are alike, then as they are: a cell may say either."""
    said = {one.pk: (one.name_fi, one.name_sv, one.name_en, one.name_sv_se or one.name_sv) for one in entries}
    shown = told_apart({one.pk: str(one.name()) for one in entries})
    by_language = [told_apart({pk: names[place] for pk, names in said.items()}) for place in range(4)]
    return {
        pk: (shown[pk], *dict.fromkeys((*(labels[pk] for labels in by_language), *names)))
        for pk, names in said.items()
    }


def _names_of_groups() -> dict[Any, tuple[str, ...]]:
    return {group.pk: (title(group), *_in_languages(partial(title, group))) for group in groups()}


def _names_of_agreements() -> dict[Any, tuple[str, ...]]:
    return {
        one.pk: (str(one.title()), one.code, *filter(None, (one.title_fi, one.title_sv, one.title_en)))
        for one in Agreement.objects.all()
    }


def _names_of_regions() -> dict[Any, tuple[str, ...]]:
    return {
        region.pk: (str(region.name()), region.name_fi, region.name_sv, region.name_en)
        for region in Region.objects.all()
    }


LISTED: Final[dict[str, Callable[[], dict[Any, tuple[str, ...]]]]] = {
    "pilot_groups": _names_of_groups,
    "agreement": _names_of_agreements,
    "regions": _names_of_regions,
}


def field_of(name: str) -> Any:
    return Offering._meta.get_field(name)


def _in_languages(said: Callable[[], str]) -> Iterator[str]:
    for language in LANGUAGES:
        with override(language):
            yield said()


def _in_every_language(choices: Iterable[Any]) -> dict[Any, tuple[str, ...]]:
    return {
        value: (str(label), *_in_languages(partial(str, label)))
        for value, label in choices
        if value
    }


def parts_of_hosts() -> dict[Any, tuple[str, ...]]:
    return _in_every_language(CoHost.Part.choices)


def named_reader(column: Column) -> Reader:
    one = _one_of(names_of(column), empty=None if column.kind in {"code", "agreement"} else "")
    if column.kind == "yes":
        return lambda text: one(text) == "yes"
    if column.kind in SEVERAL_OF:
        # Titles of pilot groups have commas in them.
        between = LINES if column.kind == "pilot_groups" else SEVERAL
        return lambda text: sorted({one(word) for word in split(text, between)})
    return one


def _one_of(names: Mapping[Any, tuple[str, ...]], empty: Any = None) -> Reader:
    """``names``: what each value is called; the first is shown."""
    values = {plain(word): value for value, words in names.items() for word in words}
    values |= {plain(value): value for value in names if isinstance(value, str)}
    shown = [words[0] for words in names.values()]

    def read(text: str) -> Any:
        if not text:
            return empty
        found = values.get(plain(text))
        if found is None:
            near = difflib.get_close_matches(plain(text), values, n=1, cutoff=NEAR)
            raise Wrong(_not_known(text, names[values[near[0]]][0] if near else "", shown))
        return found

    return read


def split(text: str, between: re.Pattern[str] = SEVERAL) -> list[str]:
    return [word.strip() for word in between.split(text) if word.strip()]


def _not_known(text: str, near: str, shown: Iterable[str]) -> str:
    text = writing.shortened(text, LONGEST)
    if near:
        return _("“%(text)s” is not known here. Did you mean “%(near)s”?") % {"text": text, "near": near}
    names = list(shown)
    allowed = ", ".join(names[:SHOWN]) + ("…" if len(names) > SHOWN else "")
    sentence = _("“%(text)s” is not known here. Allowed: %(allowed)s.")
    return sentence % {"text": text, "allowed": allowed}


class Names:
    """Municipalities by their exact names where only one has it; ``find_municipality`` says the same."""

    def __init__(self) -> None:
        places = gazetteer()
        bearers: dict[str, set[int]] = {}
        for name in places.names:
            bearers.setdefault(name.plain, set()).add(places.today(name.municipality).pk)
        self.only = {name: min(among) for name, among in bearers.items() if len(among) == 1}

    def find(self, name: str) -> int:
        found = self.only.get(spelling.plain(name))
        return _municipality(name) if found is None else found


def _municipality(name: str) -> int:
    found = find_municipality(name)
    places = gazetteer()
    if len(found) == 1:
        return found[0].pk
    if found:
        labels = ", ".join(places.label(place) for place in found[:5])
        sentence = _("“%(name)s” may mean several municipalities: %(labels)s. Write one of these.")
        raise Wrong(sentence % {"name": name[:60], "labels": labels})
    near = _nearest_municipality(name)
    begins = [one.label for one in suggest(name[:4], limit=3)]
    raise Wrong(_not_known(name, near, begins or [_("a municipality of today")]))


def allowed(name: str) -> list[str]:
    """What a cell of this column may say, in the reader's words; empty where anything goes."""
    column = BY_NAME[name]
    if column.kind == "hosts":
        return [words[0] for words in parts_of_hosts().values()]
    return [words[0] for words in names_of(column).values()] if column.kind in NAMED else []


def nearest(name: str, text: str) -> str:
    """The allowed word that the text is most like; empty where none is. Of municipalities, each unknown one
    becomes the nearest.
    """
    if BY_NAME[name].kind == "municipalities":
        return "".join(map(_known_or_nearest, DIVIDED.split(text)))
    if BY_NAME[name].kind not in NAMED or BY_NAME[name].kind in SEVERAL_OF:
        return ""
    names = names_of(BY_NAME[name])
    words = {plain(word): said[0] for said in names.values() for word in said}
    near = difflib.get_close_matches(plain(text), words, n=1, cutoff=NEAR)
    return words[near[0]] if near else ""


def _known_or_nearest(word: str) -> str:
    """A name that no municipality has becomes the nearest one; everything else stays."""
    name = word.strip()
    if not name or DIVIDED.fullmatch(name) or find_municipality(name):
        return word
    return word.replace(name, _nearest_municipality(name) or name, 1)


def _nearest_municipality(name: str) -> str:
    places = gazetteer()
    near = difflib.get_close_matches(name, [places.label(place) for place in places.current], n=1)
    return near[0] if near else ""
