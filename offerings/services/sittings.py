"""Saving by itself, told once: what a window has saved of a draft, until the journal tells it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from kopa.accounts.models import User
from kopa.audit import journal
from offerings.models import Offering, Sitting
from providers.rules import publishing_roles

VERB: Final = "offering.autosave"
# Acts that go on with what was typed: what the window has saved before becomes part of their entry.
GO_ON: Final = frozenset({"save", "publish"})

Changes = dict[str, list[Any]]


def is_own(offering: Offering, sitting: UUID | None) -> bool:
    """The offering, which is locked, was last saved by this very window, whatever version it knows of."""
    return (
        sitting is not None
        and Sitting.objects.filter(offering=offering, token=sitting, version=offering.version).exists()
    )


def go_on(offering: Offering, *, sitting: UUID, by: User, changes: Mapping[str, list[Any]]) -> None:
    """The window has saved this too. Another window's sitting ends with it."""
    going = Sitting.objects.filter(offering=offering).first()
    if going is not None and (going.token != sitting or going.person_id != by.pk):
        end(going)
        going = None
    before: Changes = going.changes if going is not None else {}
    Sitting.objects.update_or_create(
        offering=offering,
        defaults={
            "token": sitting,
            "person": by,
            "version": offering.version,
            "saved_at": timezone.now(),
            "changes": merged(before, changes),
        },
    )


def take_up(offering: Offering, *, verb: str, by: User, changes: Changes | None) -> Changes | None:
    """Before an act is told: what a sitting has saved becomes part of its entry where the same person goes
    on, and an entry of its own otherwise.
    """
    going = Sitting.objects.filter(offering=offering).first()
    if going is None:
        return changes
    if going.person_id == by.pk and verb in GO_ON:
        going.delete()
        return merged(going.changes, changes or {})
    end(going)
    return changes


def end(going: Sitting) -> None:
    """The sitting is over and told, if it changed anything."""
    if going.changes:
        offering, person = going.offering, going.person
        role = publishing_roles(person, on=timezone.localdate(going.saved_at))
        held = role.filter(organisation=offering.provider_id).first()
        event = journal.entry(
            VERB,
            on=offering,
            by=person,
            role=held.role if held else "",
            organisation_id=offering.provider_id,
            from_state=offering.status,
            to_state=offering.status,
            changes=going.changes,
        )
        event.at = going.saved_at
        event.save(force_insert=True)
    going.delete()


def merged(before: Mapping[str, list[Any]], after: Mapping[str, list[Any]]) -> Changes:
    """From the first value to the last; what came back to where it was is no change."""
    found = {
        name: [before[name][0] if name in before else old, new] for name, (old, new) in after.items()
    }
    return {name: pair for name, pair in ({**before, **found}).items() if pair[0] != pair[1]}


def idle_since(moment: dt.datetime) -> list[int]:
    """Offerings in which nothing has been saved by itself since then, and the journal does not say so yet."""
    return list(Sitting.objects.filter(saved_at__lt=moment).order_by("pk").values_list("pk", flat=True))
