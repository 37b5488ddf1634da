"""Counts for further filters, each value with its name in every language, as the API gives them.

``FacetsSerializer`` describes the answer; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.utils.translation import override

from kopa.base.api.texts import text_in
from kopa.base.names import LANGUAGES
from offerings.code_names import CodeNames, Names, code_names
from offerings.presenting import PAYER_NAMES
from offerings.search.query import FacetValue, Payer


def written(facets: Mapping[str, Sequence[FacetValue]], *, language: str) -> dict[str, list[dict[str, Any]]]:
    """Labels in ``language``, or by language with ``all``. One statement while the names are in memory."""
    names = code_names()
    return {
        facet: [_value(one, _label(names, facet, one.value, language)) for one in values]
        for facet, values in facets.items()
    }


def _value(one: FacetValue, label: str | dict[str, str | None] | None) -> dict[str, Any]:
    return {
        "value": one.value,
        "label": label,
        "count": one.count,
        "chosen": one.chosen,
        "parent": one.parent or None,
    }


def _label(names: CodeNames, facet: str, value: str, language: str) -> str | dict[str, str | None] | None:
    found = _payer_names(value) if facet == "payer" else names.get((facet, value))
    return text_in(language, found or Names(value, value, value), "name")


@cache
def _payer_names(value: str) -> Names:
    names = []
    for language in LANGUAGES:
        with override(language):
            names.append(str(PAYER_NAMES[Payer(value)]))
    return Names(*names)
