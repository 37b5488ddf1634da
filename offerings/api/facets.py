"""Counts for further filters, each value with its name in every language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Model
from django.utils.translation import override

from kopa.base.names import LANGUAGES
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


@dataclass(frozen=True, slots=True)
class NamedValue:
    """A facet's value with its names, as the serializer reads them."""

    value: str
    count: int
    chosen: bool
    parent: str
    name_fi: str
    name_sv: str
    name_en: str


def named(facets: Mapping[str, Sequence[FacetValue]]) -> dict[str, list[NamedValue]]:
    """One statement for each list of codes that the facets use."""
    return {facet: _named(values, _names(facet, values)) for facet, values in facets.items()}


def _named(values: Sequence[FacetValue], names: Mapping[str, Mapping[str, str]]) -> list[NamedValue]:
    return [
        NamedValue(one.value, one.count, one.chosen, one.parent, **names.get(one.value, _itself(one.value)))
        for one in values
    ]


def _names(facet: str, values: Sequence[FacetValue]) -> dict[str, dict[str, str]]:
    if facet == "payer":
        return {one.value: _payer_names(Payer(one.value)) for one in values}
    model, key = NAMED_BY[facet]
    columns = [f"name_{language}" for language in LANGUAGES]
    found = model._default_manager.filter(**{f"{key}__in": [one.value for one in values]})
    return {row.pop(key): row for row in found.values(key, *columns)}


def _payer_names(payer: Payer) -> dict[str, str]:
    names: dict[str, Any] = {}
    for language in LANGUAGES:
        with override(language):
            names[f"name_{language}"] = str(PAYER_NAMES[payer])
    return names


def _itself(value: str) -> dict[str, str]:
    return {f"name_{language}": value for language in LANGUAGES}
