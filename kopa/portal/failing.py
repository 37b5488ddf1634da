"""What is answered where a request fails: the fault is ours, or the database is away for a moment."""

from __future__ import annotations

import sys
from typing import Final

import psycopg
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import server_error
from psycopg import errors
from psycopg_pool import PoolTimeout

from kopa.portal.health import RETRY_AFTER_SECONDS

# PostgreSQL stops, starts, has no connection left; the others come without a word of it.
AWAY: Final = (
    errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow, errors.TooManyConnections,
)  # fmt: skip


def failed(request: HttpRequest) -> HttpResponse:
    """Django asks it for the answer to an exception that nobody else has dealt with."""
    if not is_database_away(sys.exception()):
        return server_error(request)
    answer = render(request, "503.html", status=503)
    answer.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return answer


def is_database_away(reason: BaseException | None) -> bool:
    """The connection is gone or none was to be had; not: PostgreSQL refuses what it was asked."""
    if isinstance(reason, PoolTimeout) or isinstance(reason.__cause__ if reason else None, PoolTimeout):
        return True
    if not isinstance(reason, OperationalError | InterfaceError):
        return False
    cause = reason.__cause__
    said_nothing = isinstance(cause, psycopg.Error) and cause.sqlstate is None
    return said_nothing or isinstance(cause, AWAY)
