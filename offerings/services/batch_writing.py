"""A judged batch is written, in a number of statements that does not grow with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from django.db.models import Model
from django.utils import timezone

from kopa.accounts.models import User
from kopa.audit import journal
from kopa.audit.models import AuditEvent
from offerings.models import CoHost, Offering, PlaceCounter, Quota
from offerings.services import acts, sittings
from offerings.services.around import Around, through_of
from offerings.services.batches import Ready
from offerings.services.inputs import (
    LISTS,
)
from offerings.states import OfferingStatus
from providers.rules import publishing_roles
from providers.services import site_at_centre

# As the journal names the file that a course came from, or that was undone.
BROUGHT: Final = "imported_from"
TAKEN_BACK: Final = "import_undone"
# What saving an offering anew may change of its row.
COLUMNS: Final = tuple(
    one.name for one in Offering._meta.concrete_fields
    if one.name not in {"id", "provider", "currency", "created_at", "created_from", "is_demonstration"}
)  # fmt: skip


def write(ready: Sequence[Ready], around: Around) -> None:
    for one in ready:
        if one.offering.pk in around.sittings:
            taken_up = sittings.take_up(one.offering, verb="save", by=one.wanted.by, changes=None)
            one.autosaved = taken_up or {}
    Offering.objects.bulk_create([one.offering for one in ready if one.is_new])
    saved = [one.offering for one in ready if not one.is_new]
    Offering.objects.bulk_create(
        saved, update_conflicts=True, unique_fields=["id"], update_fields=COLUMNS
    )
    _write_lists(ready, around)
    _write_places(ready)
    journal.record_many(_entries(ready))
    acts.let_applications_follow(one.offering for one in ready)


def _write_lists(ready: Sequence[Ready], around: Around) -> None:
    for one in ready:
        for municipality in sorted(one.wanted.given.get("elsewhere", ())):
            one.lists["sites"].add(_at_centre(one.wanted.provider_id, municipality, around))
    for name in LISTS:
        through, own, other = through_of(name)
        changed = [one for one in ready if one.lists[name] != one.lists_before[name]]
        _forget(through, own, [one.offering.pk for one in changed if one.lists_before[name]])
        through._default_manager.bulk_create(
            through(**{own: one.offering.pk, other: key})
            for one in changed
            for key in sorted(one.lists[name])
        )
        for one in changed:
            one.changes[name] = [sorted(one.lists_before[name]), sorted(one.lists[name])]
    changed = [one for one in ready if one.co_hosts != one.co_hosts_before]
    _forget(CoHost, "offering_id", [one.offering.pk for one in changed if one.co_hosts_before])
    CoHost.objects.bulk_create(
        CoHost(offering=one.offering, organisation_id=organisation, part=part)
        for one in changed
        for organisation, part in sorted(one.co_hosts)
    )
    for one in changed:
        one.changes["co_hosts"] = [
            sorted(map(list, one.co_hosts_before)), sorted(map(list, one.co_hosts))
        ]  # fmt: skip


def _at_centre(provider_id: int, municipality_id: int, around: Around) -> int:
    where = (provider_id, municipality_id)
    if where not in around.at_centre:
        around.at_centre[where] = site_at_centre(provider_id, municipality_id).pk
    return around.at_centre[where]


def _forget(table: type[Model], own: str, offering_ids: Collection[int]) -> None:
    if offering_ids:
        table._default_manager.filter(**{f"{own}__in": offering_ids}).delete()


def _write_places(ready: Sequence[Ready]) -> None:
    """Quotas and counters; the database refuses fewer seats than are given."""
    gone: list[int] = []
    moved: list[PlaceCounter] = []
    added: list[PlaceCounter] = []
    for one in ready:
        source, seats = one.shares.open_source, one.shares.open_seats
        if source is None:
            added.append(PlaceCounter(offering=one.offering, seats=seats))
        elif source.seats != seats:
            source.seats = seats
            moved.append(source)
        for municipality, (counter, quota) in one.shares.reserved.items():
            seats = one.shares.after.get(municipality, 0)
            if seats == 0:
                gone.append(quota.pk)
            elif seats != counter.seats:
                counter.seats = quota.seats = seats
                moved.append(counter)
    if gone:
        Quota.objects.filter(pk__in=gone).delete()  # and their counters
    Quota.objects.bulk_update([counter.quota for counter in moved if counter.quota], ["seats"])
    PlaceCounter.objects.bulk_update(moved, ["seats"])
    quotas = Quota.objects.bulk_create(
        Quota(offering=one.offering, municipality_id=municipality, seats=one.shares.after[municipality])
        for one in ready
        for municipality in one.shares.added
    )
    of_quotas = [PlaceCounter(offering=quota.offering, quota=quota, seats=quota.seats) for quota in quotas]
    PlaceCounter.objects.bulk_create([*added, *of_quotas])


def _entries(ready: Sequence[Ready]) -> Iterator[AuditEvent]:
    """As the acts on one offering tell: it is written, and where it becomes public, then that."""
    roles = roles_of({one.wanted.by.pk: one.wanted.by for one in ready}.values())
    for one in ready:
        offering, by = one.offering, one.wanted.by
        tell = partial(
            journal.entry, on=offering, by=by, role=roles.get((by.pk, offering.provider_id), ""),
            organisation_id=offering.provider_id,
        )  # fmt: skip
        was = OfferingStatus.DRAFT.value if one.wanted.publishes else offering.status
        verb = "create_draft" if one.is_new else "save"
        changes = {**sittings.merged(one.autosaved, one.changes), **one.wanted.told}
        if not one.wanted.publishes:
            changes |= one.by_default
        yield tell(f"offering.{verb}", to_state=was, changes=changes, reason=one.wanted.reason)
        if one.wanted.publishes:
            yield tell(
                "offering.publish", from_state=was, to_state=offering.status, changes=one.by_default
            )


def roles_of(people: Iterable[User]) -> dict[tuple[int, int | None], str]:
    """In which role each acts for each organisation: the first, as ``acts.tell`` says."""
    found: dict[tuple[int, int | None], str] = {}
    for person in people:
        for held in publishing_roles(person, on=timezone.localdate()).order_by("pk"):
            found.setdefault((person.pk, held.organisation_id), held.role)
    return found
