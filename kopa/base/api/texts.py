"""Texts that exist in Finnish, Swedish and English, as the API gives them: all, or the one of ``lang=``."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from kopa.base.names import LANGUAGES, pick

ALL: Final = "all"


class TextField(serializers.Field):
    """``<name>_fi, _sv, _en`` of the thing: an object by language, or the string of the language asked for.

    The one string falls back fi, sv, en where the named language has no text (R-LANG-3).
    """

    def __init__(self, stem: str | None = None, **options: Any) -> None:
        options["read_only"] = True
        options["source"] = "*"
        super().__init__(**options)
        self.stem = stem

    def bind(self, field_name: str, parent: Any) -> None:
        super().bind(field_name, parent)
        self.stem = self.stem or field_name

    def to_representation(self, thing: object) -> str | dict[str, str | None]:
        language = self.context.get("language", ALL)
        if language == ALL:
            return {code: getattr(thing, f"{self.stem}_{code}", "") or None for code in LANGUAGES}
        return pick(thing, str(self.stem), language).text
