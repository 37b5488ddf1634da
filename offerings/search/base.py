"""The base set of every search: what can be found at an instant, whoever asks for whatever."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import QuerySet

from offerings import windows
from offerings.models import SearchRow


def base(now: dt.datetime) -> QuerySet[SearchRow]:
    """Rows exist for published offerings only; the clock cuts them."""
    return SearchRow.objects.filter(windows.ahead(now, country="host_country") & windows.not_closed(now))


def row_with_words(now: dt.datetime) -> tuple[str, list[Any]]:
    """SQL with its parameters: a row of the base set with the words; a ``tsquery`` is to follow."""
    sql, params = base(now).order_by().values("pk").query.sql_with_params()
    return f'{sql} and "offerings_searchrow"."words" @@', list(params)
