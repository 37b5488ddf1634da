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
    """One statement."""
    parts = []
    for parameter, (model, key) in NAMED_BY.items():
        rows = model._default_manager.order_by()
        labelled = rows.annotate(parameter=Value(parameter, output_field=CharField()), value=F(key))
        parts.append(labelled.values_list("parameter", "value", "name_fi", "name_sv", "name_en"))
    rows = parts[0].union(*parts[1:], all=True)
    return {
        (parameter, value): dict(zip(LANGUAGES, names, strict=True)) for parameter, value, *names in rows
    }


_kept: Final = OfLoad(_read)


def code_names() -> CodeNames:
    """As the newest load left them."""
    return _kept.now()
