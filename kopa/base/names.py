"""Texts that exist in Finnish, Swedish and English: which one a reader gets (R-LANG-3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _

LANGUAGES: Final = ("fi", "sv", "en")
# A missing text falls back in this order, whatever the reader's language.
FALLBACK: Final = ("fi", "sv", "en")
# As each is called by those who read it.
OWN_NAMES: Final = {"fi": "suomi", "sv": "svenska", "en": "English"}


def language_name(code: str) -> str:
    """What the reader calls the language: ``ruotsi`` for ``sv`` on a page in Finnish."""
    return {"fi": _("Finnish"), "sv": _("Swedish"), "en": _("English")}[code]


@dataclass(frozen=True, slots=True)
class Text:
    """A text and the language it is really in; ``is_fallback`` when the reader asked for another one."""

    text: str
    language: str
    is_fallback: bool

    def __str__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        return bool(self.text)


def reader_language() -> str:
    """The language of the page being made: ``fi``, ``sv`` or ``en``; ``fi`` where none is active."""
    language = (get_language() or "fi")[:2]
    return language if language in LANGUAGES else "fi"


def pick(thing: object, field: str, language: str | None = None) -> Text:
    """``thing.<field>_<language>``, else the first filled one of fi, sv, en; an empty ``Text`` if none is."""
    wanted = language or reader_language()
    for candidate in (wanted, *FALLBACK):
        value = getattr(thing, f"{field}_{candidate}", "")
        if value:
            return Text(str(value), candidate, candidate != wanted)
    return Text("", wanted, is_fallback=False)
