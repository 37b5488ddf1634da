"""Counts for further filters, each value with its name in every language, as the API gives them.

``FacetsSerializer`` describes the answer; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from django.db.models import CharField, F, Model, Value
from django.utils.translation import override

from kopa.base.api.texts import ALL
from kopa.base.names import LANGUAGES
from kopa.codes.cache import OfLoad
from kopa.codes.models import DeliveryMode, EducationForm, FieldOfEducation, TeachingLanguage
from municipalities.models import Region
from offerings.presenting import PAYER_NAMES
from offerings.search.query import FacetValue, Payer

NAMED_BY: Final[dict[str, tuple[type[Model], str]]] = {
    "form": (EducationForm, "code"),
    "field": (FieldOfEducation, "code"),
    "mode": (DeliveryMode, "code"),
    "language": (TeachingLanguage, "code"),
    "region": (Region, "key"),
}
Names = Mapping[tuple[str, str], Mapping[str, str]]  # by facet and value: the name by language


def written(facets: Mapping[str, Sequence[FacetValue]], *, language: str) -> dict[str, list[dict[str, Any]]]:
    """Labels in ``language``, or by language with ``all``. One statement while the names are in memory."""
    names = _names.now()
    return {
        facet: [_value(one, _label(names, facet, one.value, language)) for one in values]
        for facet, values in facets.items()
    }


def _value(one: FacetValue, label: str | Mapping[str, str | None] | None) -> dict[str, Any]:
    return {
        "value": one.value,
        "label": label,
        "count": one.count,
        "chosen": one.chosen,
        "parent": one.parent or None,
    }


def _label(
    names: Names, facet: str, value: str, language: str
) -> str | Mapping[str, str | None] | None:
    by_language = _payer_names(value) if facet == "payer" else names.get((facet, value))
    if by_language is None:
        by_language = dict.fromkeys(LANGUAGES, value)
    if language == ALL:
        return {one: text or None for one, text in by_language.items()}
    return by_language[language] or next((text for text in by_language.values() if text), None)


def _read_names() -> Names:
    """Of all codes and regions. One statement."""
    parts = []
    for facet, (model, key) in NAMED_BY.items():
        rows = model._default_manager.order_by()
        labelled = rows.annotate(facet=Value(facet, output_field=CharField()), value=F(key))
        parts.append(labelled.values_list("facet", "value", "name_fi", "name_sv", "name_en"))
    rows = parts[0].union(*parts[1:], all=True)
    return {(facet, value): dict(zip(LANGUAGES, names, strict=True)) for facet, value, *names in rows}


_names: Final = OfLoad(_read_names)


@cache
def _payer_names(value: str) -> dict[str, str]:
    names = {}
    for language in LANGUAGES:
        with override(language):
            names[language] = str(PAYER_NAMES[Payer(value)])
    return names
