"""Texts that exist in Finnish, Swedish and English, as the API gives them: all, or the one of ``lang=``."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from kopa.base.names import LANGUAGES, pick

ALL: Final = "all"


def text_in(language: str, thing: object, stem: str) -> str | dict[str, str | None] | None:
    """``<stem>_fi, _sv, _en`` of the thing: the string of ``language``, or of ``all`` an object by language.

    The one string falls back fi, sv, en where the language has no text (R-LANG-3); None where none has one.
    """
    if language == ALL:
        return {code: getattr(thing, f"{stem}_{code}", "") or None for code in LANGUAGES}
    return pick(thing, stem, language).text or None


class TextField(serializers.Field):
    """A text by language, or the string of the language asked for.

    ``stem`` is what the model's fields begin with, the field's own name if not given; ``of`` names the
    attribute that holds the thing with the text, the thing itself if not given.
    """

    def __init__(self, stem: str = "", *, of: str = "", **options: Any) -> None:
        options["read_only"] = True
        options["source"] = of or "*"
        super().__init__(**options)
        self.stem = stem

    def bind(self, field_name: str, parent: Any) -> None:
        super().bind(field_name, parent)
        self.stem = self.stem or field_name

    def to_representation(self, thing: object) -> str | dict[str, str | None] | None:
        return text_in(self.context.get("language", ALL), thing, self.stem)
