"""The base set of every search: what can be found at an instant, whoever asks for whatever."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db.models import QuerySet

from offerings.models import SearchRow

# On a search row ``r``, at ``now``. Rows exist for published offerings only; the clock cuts them.
IN_BASE: Final = "r.listed_until > %(now)s"


def base(now: dt.datetime) -> QuerySet[SearchRow]:
    """The same for Django's own queries."""
    return SearchRow.objects.filter(listed_until__gt=now)


def has_words(tsquery: str, now: dt.datetime) -> tuple[str, list[str | dt.datetime]]:
    """SQL that is true where a row of the base set has the words, with its parameters."""
    # Left to itself, the planner hopes for an early match and reads every document where there is none.
    documents = "select row_id from offerings_searchdocument where words @@ %s::tsquery"
    rows = "select from d join offerings_searchrow r on r.offering_id = d.row_id"
    in_base = IN_BASE.replace("%(now)s", "%s")
    return f"exists (with d as materialized ({documents}) {rows} where {in_base})", [tsquery, now]
