"""Who has done what to courses since a file was checked or saved: a sentence for each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _

from kopa.audit.models import AuditEvent
from kopa.base import writing
from offerings import history
from offerings.models import Offering, Sitting

SHOWN: Final = 5  # changed fields
LONGEST: Final = 60  # characters of a value


Acts = Mapping[int, Sequence[AuditEvent]]


def acts(offering_ids: Collection[int], *, after: int | None) -> Acts:
    """By course: what the journal tells of it after this entry. A course of which it tells nothing is left
    out.
    """
    if after is None or not offering_ids:
        return {}
    later = AuditEvent.objects.filter(target=history.TARGET, target_id__in=offering_ids, pk__gt=after)
    events: dict[int, list[AuditEvent]] = {}
    for event in later.select_related("actor"):
        events.setdefault(event.target_id, []).append(event)
    return events


def told(offering_ids: Collection[int], events: Acts) -> dict[int, str]:
    """By course: who it was, when, and what it was; empty where nobody knows."""
    if not offering_ids:
        return {}
    writing_now = Sitting.objects.filter(offering__in=offering_ids).select_related("person")
    sittings = {sitting.offering_id: sitting for sitting in writing_now}
    offerings = Offering.objects.select_related("provider").in_bulk(list(offering_ids))
    return {
        pk: _told(offering, events[pk]) if pk in events else _writes(offering, sittings.get(pk))
        for pk, offering in offerings.items()
    }


def _told(offering: Offering, events: Sequence[AuditEvent]) -> str:
    """The newest act, with what all of them changed."""
    entries = history.entries(events, offering)
    newest = entries[0]
    who = f"{newest.event.actor or 'KOPA'}, {writing.moment(newest.event.at, country=offering.country)}"
    stood: dict[str, str] = {}
    stands: dict[str, str] = {}
    for change in (one for entry in reversed(entries) for one in entry.changes):
        stood.setdefault(change.label, writing.shortened(change.before, LONGEST))
        stands[change.label] = writing.shortened(change.after, LONGEST)
    changes = [f"{label}: {before} → {stands[label]}" for label, before in stood.items()]
    if len(changes) > SHOWN:
        changes[SHOWN:] = ["…"]
    return f"{who}, {newest.what}{' (' + '; '.join(changes) + ')' if changes else ''}"


def _writes(offering: Offering, sitting: Sitting | None) -> str:
    """What a form saves by itself is told to the journal later."""
    if sitting is None:
        return ""
    return f"{sitting.person}, {writing.moment(sitting.saved_at, country=offering.country)}"


def since_check(said: str) -> str:
    if not said:
        return _("Somebody has changed this course since the file was checked.")
    return _("Changed since the file was checked: %(said)s.") % {"said": said}


def since_saving(said: str) -> str:
    if not said:
        return _("Something has been done to this course since.")
    return _("Changed since the file was saved: %(said)s.") % {"said": said}
