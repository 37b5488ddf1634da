"""Pages of the API's lists: ``count, next, previous, results``, by page number or along the changes."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from kopa.base.api.problems import BadParameters
from kopa.base.parameters import Refused, is_tracking

PAGE_SIZE: Final = 50
MAX_PAGE_SIZE: Final = 200
MAX_PAGE: Final = 100_000


def address(request: Request, **changes: object) -> str:
    """The request's own address with some parameters changed; empty and tracking parameters are left out."""
    query = QueryDict(mutable=True)
    for name, values in request.query_params.lists():
        if name not in changes and not is_tracking(name):
            query.setlist(name, [value for value in values if value])
    for name, value in changes.items():
        if value not in (None, ""):
            query[name] = str(value)
    encoded = query.urlencode()
    return request.build_absolute_uri(request.path) + (f"?{encoded}" if encoded else "")


def envelope(request: Request, results: Any, *, count: int, page: int, page_size: int) -> dict[str, Any]:
    """One page's answer. Raises NotFound for a page beyond the last one (an empty list has one page)."""
    last = max(1, -(-count // page_size))
    if page > last:
        raise NotFound(_("There is no such page."))
    return {
        "count": count,
        "next": address(request, page=page + 1) if page < last else None,
        "previous": address(request, page=page - 1 if page > 2 else None) if page > 1 else None,
        "results": results,
    }


def write_cursor(changed_at: dt.datetime, key: int | str) -> str:
    """Where a walk along the changes stands: after the row with this moment and primary key."""
    moment = changed_at.astimezone(dt.UTC).isoformat()
    return base64.urlsafe_b64encode(f"{moment}|{key}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[dt.datetime, str]:
    """The inverse of ``write_cursor``. Raises BadParameters for anything this service has not written."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        moment, key = base64.b64decode(padded, altchars=b"-_", validate=True).decode().split("|")
        changed_at = dt.datetime.fromisoformat(moment)
        is_ours = changed_at.tzinfo is not None and write_cursor(changed_at, key) == cursor
    except (ValueError, OverflowError) as reason:
        raise _foreign_cursor() from reason
    if not is_ours:
        raise _foreign_cursor()
    return changed_at, key


def _foreign_cursor() -> BadParameters:
    return BadParameters(
        [Refused("cursor", "invalid", str(_("Take the cursor from a next link, unchanged.")))]
    )


class Pages(BasePagination):
    """A queryset by ``page`` and ``page_size``; along its changes with ``updated_since`` or ``cursor``.

    Page numbers shift when rows change between two requests. The walk along the changes does not: it is
    ordered by (moment of change, primary key) and goes on after the last row seen, so no row is missed or
    given twice unless it changed again.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        given = view.parameters
        self.request = request
        size = given.get("page_size") or PAGE_SIZE
        if given.get("updated_since") or given.get("cursor"):
            return self._along_changes(queryset, view.changed_field, size, given)
        page = given.get("page") or 1
        self.answer = envelope(request, (), count=queryset.count(), page=page, page_size=size)
        return list(queryset[(page - 1) * size : page * size])

    def _along_changes(self, queryset: QuerySet, field: str, size: int, given: dict[str, Any]) -> list[Any]:
        if given.get("updated_since"):
            queryset = queryset.filter(**{f"{field}__gte": given["updated_since"]})
        count = queryset.count()
        if given.get("cursor"):
            queryset = queryset.filter(_after(queryset, field, given["cursor"]))
        rows = list(queryset.order_by(field, "pk")[: size + 1])
        more, rows = len(rows) > size, rows[:size]
        cursor = write_cursor(getattr(rows[-1], field), rows[-1].pk) if more else None
        following = address(self.request, cursor=cursor) if cursor else None
        self.answer = {"count": count, "next": following, "previous": None, "results": ()}
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response({**self.answer, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["count", "next", "previous", "results"],
            "properties": {
                "count": {
                    "type": "integer",
                    "minimum": 0,
                    "description": _("How many there are in all, on every page together."),
                },
                "next": {**link, "description": _("Address of the next page; null on the last one.")},
                "previous": {**link, "description": _("Address of the page before; null on the first one.")},
                "results": {**schema, "description": _("What is on this page.")},
            },
        }


def _after(queryset: QuerySet, field: str, cursor: str) -> Q:
    changed_at, key = read_cursor(cursor)
    try:
        return Q(**{f"{field}__gt": changed_at}) | Q(**{field: changed_at, "pk__gt": _key(queryset, key)})
    except ValidationError as reason:
        raise _foreign_cursor() from reason


def _key(queryset: QuerySet, key: str) -> Any:
    """The primary key as the model has it. Raises ValidationError for one that its kind cannot be."""
    return queryset.model._meta.pk.clean(key, None)
