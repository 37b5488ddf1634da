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


def row_with_words(now: dt.datetime) -> tuple[str, list[dt.datetime]]:
    """SQL with its parameters: a row of the base set with the words; a ``tsquery`` is to follow."""
    sql = "select from offerings_searchdocument d join offerings_searchrow r on r.offering_id = d.row_id"
    return f"{sql} where {IN_BASE.replace('%(now)s', '%s')} and d.words @@", [now]
