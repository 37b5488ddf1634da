"""What the database refuses, said in the words of our rules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.utils.translation import gettext_lazy as _
from psycopg import errors as postgres

from kopa.base.errors import RuleBroken


class Busy(RuleBroken):
    """Somebody else's act holds the rows that this one needs, longer than ``lock_timeout`` or for good."""

    code = "busy"
    message = _("Somebody else is just changing this. Nothing was saved: try again in a moment.")


def constraint_name(refused: BaseException) -> str:
    """Name of the constraint that PostgreSQL refused by; empty if it was none."""
    cause = refused.__cause__
    return (cause.diag.constraint_name or "") if isinstance(cause, postgres.Error) else ""


def one_at_a_time(*names: str) -> None:
    """Until the transaction ends, whoever asks for one of the names too waits. Equal sets never deadlock."""
    with connection.cursor() as cursor:
        for name in sorted(set(names)):
            cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


@contextmanager
def refusing(*tables: type[models.Model], **refusals: RuleBroken | ValidationError) -> Iterator[None]:
    """Run the block in a savepoint; a constraint that refuses becomes a refusal that a person understands.

    ``refusals`` names constraints: ``refusing(places_have_one_open_source=AlreadyCounted())``. Other
    constraints of ``tables`` become a ValidationError with the constraint's own message and code. A lock that
    did not come in time, or never would have (a deadlock), becomes ``Busy``. Everything else passes through:
    it is a fault, not a refusal.
    """
    said = {
        constraint.name: ValidationError(
            constraint.get_violation_error_message(),
            code=getattr(constraint, "violation_error_code", None) or constraint.name,
        )
        for table in tables
        for constraint in table._meta.constraints
    }
    try:
        with saying_busy(), transaction.atomic():
            yield
    except IntegrityError as refused:
        refusal = refusals.get(constraint_name(refused)) or said.get(constraint_name(refused))
        if refusal is None:
            raise
        raise refusal from refused


@contextmanager
def saying_busy() -> Iterator[None]:
    """A lock that did not come in time, or never would have, becomes ``Busy``.

    Around a transaction, never within one: PostgreSQL has ended it.
    """
    try:
        yield
    except OperationalError as refused:
        if isinstance(refused.__cause__, postgres.LockNotAvailable | postgres.DeadlockDetected):
            raise Busy from refused
        raise
