"""A request that fails is answered in words: whose fault it is, and whether to try again."""

from __future__ import annotations

import psycopg
import pytest
from django.db import IntegrityError, InterfaceError, OperationalError
from django.test import RequestFactory
from django.utils.translation import override
from psycopg import errors
from psycopg_pool import PoolTimeout

from kopa.portal.failing import failed

pytestmark = pytest.mark.integration
NOWHERE = "host=/nowhere/at/all dbname=kopa"


def because_of(reason: type[Exception], cause: Exception | None) -> Exception:
    made = reason()
    made.__cause__ = cause
    return made


def no_server() -> Exception:
    with pytest.raises(psycopg.OperationalError) as caught:
        psycopg.connect(NOWHERE)
    return caught.value


@pytest.mark.parametrize(
    ("reason", "cause", "status"),
    [
        (OperationalError, no_server, 503),
        (OperationalError, errors.AdminShutdown, 503),
        (OperationalError, errors.CrashShutdown, 503),
        (InterfaceError, psycopg.InterfaceError, 503),
        (OperationalError, PoolTimeout, 503),
        (PoolTimeout, None, 503),
        (OperationalError, errors.LockNotAvailable, 500),
        (OperationalError, None, 500),
        (IntegrityError, errors.UniqueViolation, 500),
        (ValueError, None, 500),
    ],
)  # fmt: skip
def test_a_database_that_is_away_is_not_our_fault(reason, cause, status) -> None:
    """R3: the user is told that it passes, and that nothing is done twice."""
    with override("en"):
        try:
            raise because_of(reason, cause() if cause else None)
        except reason:
            answer = failed(RequestFactory().get("/en/"))

    assert answer.status_code == status
    assert answer.headers.get("Retry-After") == ("5" if status == 503 else None)
    said = answer.content.decode()
    assert ("still one application" in said, "fault is ours" in said) == (status == 503, status == 500)
