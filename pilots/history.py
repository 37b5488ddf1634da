"""What has been changed of a group, by whom and when, as its journal tells it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from kopa.audit.models import AuditEvent
from pilots.links import written
from pilots.models import EDITED, PilotGroup


@dataclass(frozen=True, slots=True)
class FieldChange:
    label: str | Promise
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Edit:
    at: dt.datetime
    by: str
    changes: tuple[FieldChange, ...]


def history_of(group: PilotGroup) -> list[Edit]:
    """Every edit, the newest first."""
    events = AuditEvent.objects.filter(target=group._meta.label_lower, target_id=group.pk)
    return [
        Edit(
            event.at,
            str(event.actor or ""),
            tuple(_change(name, *event.changes[name]) for name in EDITED if name in event.changes),
        )
        for event in events.filter(verb="pilot_group.edit").select_related("actor")
    ]


def told(name: str, value: Any) -> str:
    """A field's value as people read it."""
    return written(value) if name == "links" else str(value)


def _change(name: str, before: Any, after: Any) -> FieldChange:
    label: Any = PilotGroup._meta.get_field(name)
    return FieldChange(label.verbose_name, told(name, before), told(name, after))
