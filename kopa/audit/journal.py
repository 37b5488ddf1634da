"""Writing to the journal of acts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from kopa.audit.models import AuditEvent

if TYPE_CHECKING:
    from django.db.models import Model

    from kopa.accounts.models import User


def record(verb: str, *, on: Model, by: User | None, **facts: Any) -> AuditEvent:
    """Add one entry, in the transaction of the act it tells of; ``facts`` are those of ``entry``."""
    event = entry(verb, on=on, by=by, **facts)
    event.save(force_insert=True)
    return event


def record_many(entries: Iterable[AuditEvent]) -> None:
    """Add many entries in one statement, in the transaction of the act they tell of."""
    AuditEvent.objects.bulk_create(entries)


def entry(  # noqa: PLR0913 - an entry has this many facts, all named by the caller
    verb: str,
    *,
    on: Model,
    by: User | None,
    role: str = "",
    organisation_id: int | None = None,
    from_state: str = "",
    to_state: str = "",
    reason: str = "",
    changes: dict[str, list[Any]] | None = None,
) -> AuditEvent:
    """One entry, not saved yet. ``by`` is empty when the system acted."""
    return AuditEvent(
        at=timezone.now(),
        actor=by,
        role=role,
        organisation_id=organisation_id,
        verb=verb,
        target=on._meta.label_lower,
        target_id=on.pk,
        from_state=from_state,
        to_state=to_state,
        reason=reason,
        changes=changes or {},
    )


def erase(target: str, ids: Iterable[int]) -> int:
    """Take out every entry on these things; returns how many there were. ``target`` is ``app.model``.

    For demonstration data alone: the database refuses any other way.
    """
    return _erase(AuditEvent.objects.filter(target=target, target_id__in=list(ids)))


def erase_before(moment: dt.datetime, *, app: str) -> int:
    """Take out the entries on things of the app that are older than the moment (R-PRIV-7): how many."""
    return _erase(AuditEvent.objects.filter(target__startswith=f"{app}.", at__lt=moment))


@transaction.atomic
def _erase(rows: QuerySet[AuditEvent]) -> int:
    with connection.cursor() as cursor:
        cursor.execute("set local kopa.erases_audit_events = 'on'")
        count, _ = rows.delete()
        cursor.execute("set local kopa.erases_audit_events = 'off'")
    return count
