"""The canonical address of a search: names and values sorted, nothing empty, nothing that is the default."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, Final
from urllib.parse import urlencode

from offerings.search.query import SearchQuery

# Not of the page's address: the API's alone.
LEFT_OUT: Final = frozenset({"page_size"})


def parameters(query: SearchQuery) -> list[tuple[str, str]]:
    """The query as name and value pairs. Reading them again gives the same search."""
    if query.sort is not None and query.sort == replace(query, sort=None).effective_sort:
        query = replace(query, sort=None)
    pairs = []
    for field in sorted(fields(query), key=lambda field: field.name):
        value = getattr(query, field.name)
        if field.name not in LEFT_OUT and value != field.default:
            pairs += [(field.name, written) for written in _written(value)]
    return pairs


def query_string(query: SearchQuery, **changes: Any) -> str:
    """``?…`` of the query with changes, or an empty text when nothing is asked. Changes go back to page 1."""
    if changes:
        query = replace(query, **({"page": 1} | changes))
    encoded = urlencode(parameters(query))
    return f"?{encoded}" if encoded else ""


def without(query: SearchQuery, name: str, value: Any = None) -> SearchQuery:
    """The query with one filter taken away, or one value of a filter that holds several; back to page 1."""
    current = getattr(query, name)
    left: Any = getattr(SearchQuery(), name)
    if isinstance(current, frozenset) and value is not None:
        left = current - {value}
    return replace(query, page=1, **{name: left})


def _written(value: Any) -> list[str]:
    if value is True:
        return ["1"]
    if isinstance(value, frozenset):
        return sorted(str(one) for one in value)
    return [str(value)]
