"""The names of all codes and regions that courses are searched by, from memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.db.models import CharField, F, Model, Value

from kopa.base.names import LANGUAGES
from kopa.codes.cache import OfLoad
from kopa.codes.models import DeliveryMode, EducationForm, FieldOfEducation, TeachingLanguage
from municipalities.models import Region

# By parameter: where its values come from.
NAMED_BY: Final[dict[str, tuple[type[Model], str]]] = {
    "form": (EducationForm, "code"),
    "field": (FieldOfEducation, "code"),
    "mode": (DeliveryMode, "code"),
    "language": (TeachingLanguage, "code"),
    "region": (Region, "key"),
}
CodeNames = Mapping[tuple[str, str], Mapping[str, str]]  # by parameter and value: the name by language


def _read() -> CodeNames:
    """In the order of the lists. One statement."""
    parts = []
    for parameter, (model, key) in NAMED_BY.items():
        labelled = model._default_manager.order_by().annotate(
            parameter=Value(parameter, output_field=CharField()),
            place=Value(0) if model is Region else F("position"),
            value=F(key),
        )
        parts.append(labelled.values_list("parameter", "place", "value", "name_fi", "name_sv", "name_en"))
    return {
        (parameter, value): dict(zip(LANGUAGES, names, strict=True))
        for parameter, _place, value, *names in sorted(parts[0].union(*parts[1:], all=True))
    }


_kept: Final = OfLoad(_read)


def picked(by_language: Mapping[str, str], language: str) -> str:
    """R-LANG-3: the language asked for, else the first of fi, sv, en that has a text; empty if none has."""
    return by_language[language] or next((text for text in by_language.values() if text), "")


def code_names() -> CodeNames:
    """As the newest load left them."""
    return _kept.now()
