"""What has been changed of a group, by whom and when, as its journal tells it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
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


def edits_of(group: PilotGroup) -> QuerySet[AuditEvent]:
    """Every edit as the journal has it, the newest first. There may be many: show a page of them."""
    events = AuditEvent.objects.filter(target=group._meta.label_lower, target_id=group.pk)
    return events.filter(verb="pilot_group.edit").select_related("actor")


def written_out(events: Iterable[AuditEvent]) -> list[Edit]:
    """The edits as people read them."""
    return [
        Edit(
            event.at,
            str(event.actor or ""),
            tuple(_change(name, *event.changes[name]) for name in EDITED if name in event.changes),
        )
        for event in events
    ]


def told(name: str, value: Any) -> str:
    """A field's value as people read it."""
    return written(value) if name == "links" else str(value)


def _change(name: str, before: Any, after: Any) -> FieldChange:
    label: Any = PilotGroup._meta.get_field(name)
    return FieldChange(label.verbose_name, told(name, before), told(name, after))
