"""Counts for further filters, each value with its name in every language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import CharField, F, Model, Value
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
    """One statement for the names of all codes and regions."""
    names = _names(facets)
    return {
        facet: [
            NamedValue(
                one.value, one.count, one.chosen, one.parent, *names.get((facet, one.value), 3 * (one.value,))
            )
            for one in values
        ]
        for facet, values in facets.items()
    }


def _names(facets: Mapping[str, Sequence[FacetValue]]) -> dict[tuple[str, str], tuple[str, str, str]]:
    """By facet and value: the names in fi, sv, en."""
    parts = []
    for facet, (model, key) in NAMED_BY.items():
        rows = model._default_manager.order_by().filter(**{f"{key}__in": [v.value for v in facets[facet]]})
        labelled = rows.annotate(facet=Value(facet, output_field=CharField()), value=F(key))
        parts.append(labelled.values_list("facet", "value", "name_fi", "name_sv", "name_en"))
    names = {
        (facet, value): (fi, sv, en) for facet, value, fi, sv, en in parts[0].union(*parts[1:], all=True)
    }
    for one in facets["payer"]:
        names["payer", one.value] = _payer_names(Payer(one.value))
    return names


def _payer_names(payer: Payer) -> tuple[str, str, str]:
    names = []
    for language in LANGUAGES:
        with override(language):
            names.append(str(PAYER_NAMES[payer]))
    return (names[0], names[1], names[2])
