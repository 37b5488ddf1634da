"""Writing to the journal of acts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import timezone

from kopa.audit.models import AuditEvent

if TYPE_CHECKING:
    from django.db.models import Model

    from kopa.accounts.models import User


def record(  # noqa: PLR0913 - an entry has this many facts, all named by the caller
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
    """Add one entry, in the transaction of the act it tells of. ``by`` is empty when the system acted."""
    return AuditEvent.objects.create(
        at=timezone.now(),
        actor=by,
        role=role,
        organisation_id=organisation_id,
        verb=verb,
        target=on._meta.label_lower,  # noqa: SLF001 - public, in spite of its name
        target_id=on.pk,
        from_state=from_state,
        to_state=to_state,
        reason=reason,
        changes=changes or {},
    )


@transaction.atomic
def erase(target: str, ids: Iterable[int]) -> int:
    """Take out every entry on these things; returns how many there were. ``target`` is ``app.model``.

    For retention (R-PRIV-7) and for demonstration data alone: the database refuses any other way.
    """
    with connection.cursor() as cursor:
        cursor.execute("set local kopa.erases_audit_events = 'on'")
        count, _ = AuditEvent.objects.filter(target=target, target_id__in=list(ids)).delete()
        cursor.execute("set local kopa.erases_audit_events = 'off'")
    return count
