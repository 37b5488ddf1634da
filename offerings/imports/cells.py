"""What stands in a cell, as JSON keeps what the services take; or what is wrong with it.

A cell's value is worked out once for each text: most columns repeat a few.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cached_property, partial
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from agreements.models import Agreement
from kopa.base.names import LANGUAGES
from kopa.codes.models import CodeListEntry
from municipalities import spelling
from municipalities.cache import gazetteer
from municipalities.lookup import find_municipality, suggest
from municipalities.models import Region
from offerings.deadlines import closing_moment, opening_moment
from offerings.errors import TimeDoesNotExist
from offerings.forms.fields import organisation_called
from offerings.imports.columns import BY_NAME, Column, plain
from offerings.imports.reading import GUARDED, LONGEST_CELL
from offerings.models import CoHost, Offering
from offerings.states import OfferingStatus
from pilots.titles import groups, title
from providers.models import Organisation

Reader = Callable[[str], Any]
DAY: Final = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})|(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
YEARS: Final = range(1990, 2101)
TIME: Final = re.compile(r"(?:klo|kl\.?)?\s*(\d{1,2})[.:](\d{2})(?::(\d{2}))?", re.ASCII)
SPACES: Final = str.maketrans("", "", " \u00a0\u202f")
OF_THOUSANDS: Final = re.compile(r"[1-9]\d{0,2}\.\d{3}", re.ASCII)  # 1.200: also one and a fifth
KEPT: Final = 2_000  # so many texts of a column are remembered
SEVERAL: Final = re.compile(r"[;,\n]")
LONGEST_WORD: Final = 30  # a course code
DIVIDED: Final = re.compile(r"(\s*[;,\n]\s*)")
LINES: Final = re.compile(r"[;\n]")
SHOWN: Final = 12
NEAR: Final = 0.75  # a word is taken for another from this likeness on
# Addresses as nearly all are: the validators, which take their time, would find nothing against them.
LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?"
USUAL: Final = {
    "web": re.compile(rf"https?://(?:{LABEL}\.){{1,4}}[a-z]{{2,20}}(?:/[\w/.~-]{{0,200}})?", re.ASCII),
    "mail": re.compile(rf"[a-z0-9]+(?:[._-][a-z0-9]+){{0,9}}@(?:{LABEL}\.){{1,4}}[a-z]{{2,20}}", re.ASCII),
}
CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class Wrong(Exception):
    """What is wrong with a cell, as a sentence for the person who mends it."""


class Cells:
    """Reads the cells of one organisation's file in the active language; each text of a column once."""

    def __init__(self, provider: Organisation) -> None:
        self.country = provider.country
        # By name of the column: what its texts say.
        self.known: dict[str, dict[str, Any]] = {name: {} for name in BY_NAME}
        # How long a text may be, by name of the columns in which any text may stand.
        self.longest = {name: _longest(name) for name, column in BY_NAME.items() if column.kind == "text"}
        self._readers: dict[str, Reader] = {}
        self._typed: dict[str, dict[Any, Any]] = {name: {} for name in TYPED}

    @cached_property
    def names(self) -> Names:
        return Names()

    def read(self, name: str, text: str) -> Any:
        """What the cell says, as JSON keeps it, or Wrong."""
        column = BY_NAME[name]
        try:
            found = self._read(column, text)
        except Wrong as wrong:
            found = wrong
        known = self.known[name]
        if len(known) < KEPT and column.kind not in {"text", "web"}:
            known[text] = found
        return found

    def typed(self, name: str, value: Any) -> Any:
        """What is read, as the services take it."""
        known = self._typed.get(name)
        if known is None or value is None:
            return value
        if value not in known:
            if len(known) > KEPT:
                known.clear()
            known[value] = TYPED[name].to_python(value)
        return known[value]

    def _read(self, column: Column, text: str) -> Any:
        if text.startswith("="):
            raise Wrong(_("This is a formula. Write the value itself."))
        if len(text) > LONGEST_CELL:
            raise Wrong(_("At most %(most)s characters fit here.") % {"most": LONGEST_CELL})
        if CONTROLS.search(text):
            raise Wrong(_("The cell has characters that no text has."))
        reader = self._readers.get(column.name)
        if reader is None:
            reader = self._readers[column.name] = self._reader(column)
        return reader(unguarded(text))

    def _reader(self, column: Column) -> Reader:
        if column.kind in {"text", "web", "mail"}:
            return _text_reader(column)
        if column.kind in NAMED:
            return _named_reader(column)
        own: dict[str, Reader] = {
            "municipalities": lambda text: sorted({self.names.find(word) for word in _split(text)}),
            "quotas": lambda text: _quotas(text, self.names.find),
            "opening": lambda text: self._moment(text, is_opening=True),
            "closing": lambda text: self._moment(text, is_opening=False),
            "whole": lambda text: _within_bounds(column, _whole(text)),
        }
        return own.get(column.kind) or PLAIN_READERS[column.kind]

    def _moment(self, text: str, *, is_opening: bool) -> str | None:
        if not text:
            return None
        day, _gap, rest = text.replace("T", " ").partition(" ")
        at: dt.time | None = None
        if re.fullmatch(r"\d{1,2}\.", rest.strip()[:3]) and not DAY.fullmatch(day):
            day, rest = text, ""
        if rest.strip():
            clock = TIME.fullmatch(rest.strip())
            if clock is None or int(clock[1]) > 23 or int(clock[2]) > 59:
                raise Wrong(_("Write the time as 15.00 after the day."))
            at = dt.time(int(clock[1]), int(clock[2]), min(int(clock[3] or 0), 59))
        read = opening_moment if is_opening else closing_moment
        try:
            return read(_day(day), at, self.country).isoformat()
        except TimeDoesNotExist as refused:
            raise Wrong(str(refused)) from refused


def _named_reader(column: Column) -> Reader:
    one = _one_of(names_of(column), empty=None if column.kind in {"code", "agreement"} else "")
    if column.kind == "yes":
        return lambda text: one(text) == "yes"
    if column.kind in SEVERAL_OF:
        # Titles of pilot groups have commas in them.
        between = LINES if column.kind == "pilot_groups" else SEVERAL
        return lambda text: sorted({one(word) for word in _split(text, between)})
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


def unguarded(text: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    return text[1:] if text.startswith(GUARDED) else text


def _not_known(text: str, near: str, shown: Iterable[str]) -> str:
    text = text if len(text) <= 60 else f"{text[:60]}…"
    if near:
        return _("“%(text)s” is not known here. Did you mean “%(near)s”?") % {"text": text, "near": near}
    names = list(shown)
    allowed = ", ".join(names[:SHOWN]) + ("…" if len(names) > SHOWN else "")
    sentence = _("“%(text)s” is not known here. Allowed: %(allowed)s.")
    return sentence % {"text": text, "allowed": allowed}


def _split(text: str, between: re.Pattern[str] = SEVERAL) -> list[str]:
    return [word.strip() for word in between.split(text) if word.strip()]


def _longest(name: str) -> int:
    return getattr(_field(name), "max_length", None) or LONGEST_CELL


def _text_reader(column: Column) -> Reader:
    most = _longest(column.name)
    checks: dict[str, Callable[[str], None]] = {
        "web": URLValidator(schemes=["http", "https"]),
        "mail": EmailValidator(),
    }
    check = checks.get(column.kind)

    def read(text: str) -> str:
        if len(text) > most:
            raise Wrong(_("At most %(most)s characters fit here.") % {"most": most})
        if check is not None and text and not USUAL[column.kind].fullmatch(text):
            try:
                check(text)
            except ValidationError as wrong:
                raise Wrong(" ".join(wrong.messages)) from wrong
        return text

    return read


def names_of(column: Column) -> dict[Any, tuple[str, ...]]:
    """What each value of a column is called: first as the reader says it, then in every language."""
    if column.kind == "status":
        return _in_every_language([(one.value, one.label) for one in STATUSES])
    if column.kind == "yes":
        said = _in_every_language([("yes", gettext_lazy("yes")), ("no", gettext_lazy("no"))])
        return {value: words + MARKS[value] for value, words in said.items()}
    if column.kind == "choice":
        return _in_every_language(getattr(_field(column.name), "choices", None) or ())
    if column.kind in LISTED:
        return LISTED[column.kind]()
    model: type[CodeListEntry] = _field(column.name.removesuffix("_id")).related_model
    return {
        entry.pk: (
            str(entry.name()), entry.name_fi, entry.name_sv, entry.name_en, entry.name_sv_se or entry.name_sv
        )
        for entry in model._default_manager.all()
    }  # fmt: skip


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


def _field(name: str) -> Any:
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


def _whole(text: str) -> int | None:
    if not text:
        return None
    figures = text.translate(SPACES)
    if not (figures.isascii() and figures.isdigit() and int(figures[:9]) <= 32_767):
        raise Wrong(_("Write a number in figures, for example 12."))
    return int(figures)


def _within_bounds(column: Column, number: int | None) -> int | None:
    """The least and the most that the offering's own field says."""
    if number is not None:
        try:
            _field(column.name).run_validators(number)
        except ValidationError as wrong:
            raise Wrong(" ".join(wrong.messages)) from wrong
    return number


def _number(text: str, *, decimals: int) -> Decimal:
    figures = text.translate(SPACES).removesuffix("€").removesuffix("kr").replace(",", ".")
    try:
        number = Decimal(figures)
        if not number.is_finite() or not 0 <= number < 100_000:
            raise InvalidOperation  # noqa: TRY301 - said like the others
    except InvalidOperation as wrong:
        raise Wrong(_("Write a number in figures, for example 12.5.")) from wrong
    if OF_THOUSANDS.fullmatch(figures):
        sentence = _("“%(text)s” may mean two numbers. Write thousands without a mark between them.")
        raise Wrong(sentence % {"text": text[:30]})
    if number != round(number, decimals):
        raise Wrong(_("At most %(most)s decimals fit here.") % {"most": decimals})
    return round(number, decimals)


def _day(text: str) -> dt.date:
    found = DAY.fullmatch(text.strip())
    if found is None:
        if "/" in text:
            raise Wrong(_("Write the day as 31.3.2027 or 2027-03-31: “%(text)s” may mean two days.")
                        % {"text": text[:30]})  # fmt: skip
        raise Wrong(_("Write the day as 31.3.2027 or 2027-03-31."))
    day, month, year, iso_year, iso_month, iso_day = (int(part or 0) for part in found.groups())
    parts = (iso_year, iso_month, iso_day) if iso_year else (year, month, day)
    try:
        found_day = dt.date(*parts)
    except ValueError as wrong:
        if parts[1] > 12 >= parts[2]:
            sentence = _("There is no month %(month)s: the day comes first, then the month.")
            raise Wrong(sentence % {"month": parts[1]}) from wrong
        raise Wrong(_("There is no such day.")) from wrong
    if not YEARS[0] <= found_day.year <= YEARS[-1]:
        sentence = _("Write a year from %(first)s to %(last)s.")
        raise Wrong(sentence % {"first": YEARS[0], "last": YEARS[-1]})
    return found_day


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


def _quotas(text: str, find: Callable[[str], int]) -> dict[str, int]:
    """``Pello: 2; Tornio 3`` as ``{municipality's id: places}``."""
    found: dict[str, int] = {}
    for word in _split(text):
        parts = re.fullmatch(r"(.+?)[\s:=]+(\d{1,5})", word)
        if parts is None:
            raise Wrong(_("Write reserved places as “Pello: 2; Tornio: 3”."))
        key = str(find(parts[1]))
        if key in found:
            raise Wrong(_("The same municipality stands twice."))
        if int(parts[2]):
            found[key] = int(parts[2])
    return found


def _hosts(text: str) -> list[list[Any]]:
    """``Pellon kunta: lends the premises`` as ``[[organisation's id, part]]``; without a part it teaches."""
    parts = {plain(word): value for value, words in _parts().items() for word in (value, *words)}
    found = []
    for line in _split(text, LINES):
        name, colon, said = line.rpartition(":")
        part = parts.get(plain(said)) if colon else CoHost.Part.TEACHES.value
        if part is None:
            allowed = ", ".join(words[0] for words in _parts().values())
            sentence = _("Write what each does after a colon: %(allowed)s.")
            raise Wrong(sentence % {"allowed": allowed})
        try:
            found.append([organisation_called(name.strip() if colon else line), part])
        except ValidationError as wrong:
            raise Wrong(" ".join(wrong.messages)) from wrong
    return sorted(found)


def _parts() -> dict[Any, tuple[str, ...]]:
    return _in_every_language(CoHost.Part.choices)


def _words(text: str) -> list[str]:
    words = _split(text)
    too_long = next((word for word in words if len(word) > LONGEST_WORD), None)
    if too_long is not None:
        sentence = _("“%(text)s…” is too long: each has at most %(most)s characters.")
        raise Wrong(sentence % {"text": too_long[:LONGEST_WORD], "most": LONGEST_WORD})
    return words


def _share(text: str) -> str | None:
    """Per cents as a share of one."""
    if not text:
        return None
    number = _number(text.removesuffix("%"), decimals=0)
    if number > 100:
        raise Wrong(_("Write per cents from 0 to 100."))
    return f"{number / 100:.2f}"


def from_json(name: str, value: Any) -> Any:
    """A value of the offering's own column, as the services take it."""
    return TYPED[name].to_python(value) if name in TYPED and value is not None else value


NAMED: Final = frozenset({"code", "codes", "choice", "status", "yes", "regions", "pilot_groups", "agreement"})
SEVERAL_OF: Final = frozenset({"codes", "regions", "pilot_groups"})
MARKS: Final = {"yes": ("x", "1", "true"), "no": ("-", "0", "false")}
STATUSES: Final = (OfferingStatus.DRAFT, OfferingStatus.PUBLISHED)
# JSON has no days, moments and decimals.
TYPED: Final[dict[str, Any]] = {
    field.name: field for field in Offering._meta.concrete_fields
    if isinstance(field, models.DateField | models.DateTimeField | models.DecimalField)
}  # fmt: skip
PLAIN_READERS: Final[dict[str, Reader]] = {
    "words": _words,
    "number": lambda text: None if not text else str(_number(text, decimals=1)),
    "money": lambda text: None if not text else int(_number(text, decimals=2) * 100),
    "day": lambda text: _day(text).isoformat() if text else None,
    "hosts": _hosts,
    "share": _share,
}


def allowed(name: str) -> list[str]:
    """What a cell of this column may say, in the reader's words; empty where anything goes."""
    column = BY_NAME[name]
    if column.kind == "hosts":
        return [words[0] for words in _parts().values()]
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
    if not word.strip() or DIVIDED.fullmatch(word) or find_municipality(word):
        return word
    return _nearest_municipality(word) or word


def _nearest_municipality(name: str) -> str:
    places = gazetteer()
    near = difflib.get_close_matches(name, [places.label(place) for place in places.current], n=1)
    return near[0] if near else ""
