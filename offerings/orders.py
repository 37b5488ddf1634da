"""By what the table of one's own courses can be sorted; rows come ``with_places``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.db.models import F, Func, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, NullIf

from kopa.base.names import FALLBACK, reader_language


def _by_name(field: str) -> Combinable:
    """In the reader's alphabet, by the text the reader sees."""
    languages = dict.fromkeys((reader_language(), *FALLBACK))
    filled = (
        NullIf(f"{field}_{language}", Value(""), output_field=TextField()) for language in languages
    )
    return Func(Coalesce(*filled), function="kopa_sort_key", output_field=TextField())


def _by(field: str) -> Callable[[], Combinable]:
    return lambda: F(field)


# By what the address calls it. What is empty comes last either way.
ORDERS: Final[Mapping[str, Callable[[], Any]]] = {
    "title": lambda: _by_name("title"),
    "provider": lambda: _by_name("provider__name"),
    "own_reference": lambda: NullIf("own_reference", Value("")),
    "form": lambda: _by_name("form__name"),
    "field": lambda: _by_name("field__name"),
    "mode": lambda: _by_name("mode__name"),
    "starts": _by("starts_on"),
    "ends": _by("ends_on"),
    "opens": _by("applications_open_at"),
    "closes": _by("applications_close_at"),
    "release": _by("quota_release_at"),
    "free": _by("free"),
    "capacity": _by("capacity"),
    "confirmed": _by("places_confirmed_at"),
    "changed": _by("updated_at"),
}
