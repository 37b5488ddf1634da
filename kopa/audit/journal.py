"""Writing to the journal of acts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
        target=on._meta.label_lower,
        target_id=on.pk,
        from_state=from_state,
        to_state=to_state,
        reason=reason,
        changes=changes or {},
    )
