"""The names of all codes and regions that courses are searched by, from memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from django.db.models import CharField, F, Model, Value

from kopa.base.names import LANGUAGES
from kopa.codes.cache import OfLoad
from kopa.codes.labels import told_apart
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


class Names(NamedTuple):
    """For ``pick`` and ``text_in``, as if it were the entry itself."""

    name_fi: str
    name_sv: str
    name_en: str


CodeNames = Mapping[tuple[str, str], Names]  # by parameter and value


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
    found = {
        (parameter, value): Names(*names)
        for parameter, _place, value, *names in sorted(parts[0].union(*parts[1:], all=True))
    }
    return found | _fields(found)


def _fields(names: CodeNames) -> dict[tuple[str, str], Names]:
    """A broad field and a narrow one of the same name are told apart."""
    codes = [value for parameter, value in names if parameter == "field"]
    shown = [
        told_apart({code: getattr(names["field", code], f"name_{language}") for code in codes})
        for language in LANGUAGES
    ]
    return {("field", code): Names(*(labels[code] for labels in shown)) for code in codes}


_kept: Final = OfLoad(_read)


def code_names() -> CodeNames:
    """As the newest load left them."""
    return _kept.now()
