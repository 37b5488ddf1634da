"""A batch of offerings on its way: what stands around it is read, the rules are asked, it is written.

Each rule is asked of the functions that the acts on one offering ask; what is done otherwise here is reading
and writing, in a number of statements that does not grow with the batch.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, cast

from django.core.exceptions import ValidationError
from django.db.models import F, ForeignKey, ManyToManyField, Model, QuerySet
from django.utils import timezone

from kopa.accounts.models import User
from kopa.audit import journal
from kopa.audit.models import AuditEvent
from kopa.base.errors import ChangedMeanwhile
from municipalities.models import Municipality
from offerings.errors import NotReady
from offerings.models import CoHost, Offering, PlaceCounter, Quota, Sitting
from offerings.readiness import Facts, Host, reasons_against
from offerings.services import acts, sittings
from offerings.services.inputs import (
    LISTS,
    OfferingInput,
    refuse_foreign,
    refuse_missing,
    refuse_own_host,
)
from offerings.services.places import Shares, refuse_dissolved, shared_out
from offerings.services.publishing import make_public
from offerings.services.writing import (
    blank_offering,
    confirms_places,
    release_by_default,
    write_columns,
)
from offerings.states import OFFERING, OfferingStatus
from providers.models import Organisation, Site
from providers.rules import publishing_roles
from providers.services import site_at_centre

CODE_LISTS: Final = ("form", "field", "credit_unit", "mode")
RELATIONS: Final = tuple(one.name for one in Offering._meta.fields if one.is_relation)
# What saving an offering anew may change of its row.
COLUMNS: Final = tuple(
    one.name for one in Offering._meta.concrete_fields
    if one.name not in {"id", "provider", "currency", "created_at", "created_from", "is_demonstration"}
)  # fmt: skip


# As the journal names the file that a course came from, or that was undone.
BROUGHT: Final = "imported_from"
TAKEN_BACK: Final = "import_undone"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be saved: a new offering, or the one with this id as it was in this version.

    ``publishes`` makes it public too. ``reason`` and what is ``told`` beside the changes go into the journal.
    """

    provider_id: int
    given: OfferingInput
    by: User
    offering_id: int | None = None
    version: int = 0
    publishes: bool = False
    reason: str = ""
    told: Mapping[str, list[Any]] = field(default_factory=dict)


def lock_many(offering_ids: Iterable[int]) -> dict[int, int]:
    """The versions of these offerings, which are locked with their counters until the transaction ends."""
    ids = list(offering_ids)
    offerings = Offering.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    versions = dict(offerings.values_list("pk", "version"))
    counters = PlaceCounter.objects.filter(offering__in=ids).order_by(
        "offering", F("quota").asc(nulls_first=True)
    )
    list(counters.select_for_update(no_key=True, of=("self",)).values_list("pk"))
    return versions


@dataclass(frozen=True)
class Around:
    """What stands in the database around a batch, read at once."""

    now: dt.datetime
    providers: dict[int, Organisation]
    hosts: dict[int, Host]
    offerings: dict[int, Offering]  # locked, until they are taken up
    counters: dict[int, list[PlaceCounter]]
    lists: dict[str, dict[int, set[Any]]]
    co_hosts: dict[int, set[tuple[int, str]]]
    known: dict[str, set[Any]]  # keys that there are, by the name of what is given
    municipalities: dict[int, str]
    sites: dict[int, Site]
    sittings: set[int]  # offerings that a window has saved by itself, of which the journal does not say yet
    at_centre: dict[tuple[int, int], int]

    @classmethod
    def of(
        cls, batch: Sequence[Wanted], at_centre: dict[tuple[int, int], int], *, locks: bool = True
    ) -> Around:
        """``at_centre``: sites that earlier batches have found, by organisation and municipality. Without
        ``locks`` for those who only want to know.
        """
        ids = {one.offering_id for one in batch if one.offering_id is not None}
        if locks:
            lock_many(ids)
        offerings = Offering.objects.in_bulk(ids)
        lists = {name: _grouped(_pairs(name), ids) for name in LISTS}
        counters: dict[int, list[PlaceCounter]] = {}
        for counter in PlaceCounter.objects.filter(offering__in=ids).select_related("quota__municipality"):
            counters.setdefault(counter.offering_id, []).append(counter)
        quotas = {key for one in batch for key in one.given.get("quotas", ())}
        reserved = {one.quota.municipality_id for found in counters.values() for one in found if one.quota}
        sites = {key for one in batch for key in _listed(one.given, "sites")}.union(*lists["sites"].values())
        providers = _providers({one.provider_id for one in batch})
        return cls(
            now=timezone.now(),
            providers=providers,
            hosts={pk: Host.of(provider) for pk, provider in providers.items()},
            offerings=offerings,
            counters=counters,
            lists=lists,
            co_hosts=_grouped(CoHost.objects.values_list("offering_id", "organisation_id", "part"), ids),
            known=_known(batch) | {"quotas": _keys(Municipality.objects.current(), quotas)},
            municipalities=dict(
                Municipality.objects.filter(pk__in=quotas | reserved).values_list("pk", "key")
            ),
            sites=Site.objects.select_related("organisation", "institution").in_bulk(sites),
            at_centre=at_centre,
            sittings=set(Sitting.objects.filter(offering__in=ids).values_list("offering_id", flat=True)),
        )


def _providers(ids: Collection[int]) -> dict[int, Organisation]:
    loaded = Organisation.objects.select_related("municipality", "parent__municipality").prefetch_related(
        "licences__municipalities", "member_municipalities__municipality"
    )
    return loaded.in_bulk(ids)


def _known(batch: Sequence[Wanted]) -> dict[str, set[Any]]:
    known = {
        name: _keys(_related(name), {_code_of(one.given, name) for one in batch} - {None})
        for name in CODE_LISTS
    }
    known |= {
        name: _keys(_related(name), {key for one in batch for key in _listed(one.given, name)})
        for name in LISTS
    }
    hosts = {host for one in batch for host, _part in one.given.get("co_hosts", ())}
    return known | {"co_hosts": _keys(Organisation.objects.all(), hosts)}


def _keys(rows: QuerySet[Any], wanted: set[Any]) -> set[Any]:
    return set(rows.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()


def _grouped(rows: QuerySet[Any, Any], ids: Collection[int]) -> dict[int, set[Any]]:
    """The rest of each row by its first column, the offering."""
    found: dict[int, set[Any]] = {}
    for pk, *rest in rows.filter(offering__in=ids):
        found.setdefault(pk, set()).add(tuple(rest) if len(rest) > 1 else rest[0])
    return found


@dataclass
class Ready:
    """An offering as it is to be written; every rule of ours has been asked."""

    wanted: Wanted
    offering: Offering
    shares: Shares
    lists: dict[str, set[Any]]
    lists_before: dict[str, set[Any]]
    co_hosts: set[tuple[int, str]]
    co_hosts_before: set[tuple[int, str]]
    changes: dict[str, list[Any]]
    autosaved: dict[str, list[Any]] = field(default_factory=dict)  # by the same person, told with it
    by_default: dict[str, list[Any]] = field(default_factory=dict)  # what nobody gave

    @property
    def is_new(self) -> bool:
        return self.wanted.offering_id is None


def ready(one: Wanted, around: Around) -> Ready:
    """Raises what the acts on one offering raise, but for what PostgreSQL says."""
    offering = _taken_up(one, around)
    for name in CODE_LISTS:
        refuse_missing(around.known[name], {_code_of(one.given, name)} - {None}, name)
    changes = write_columns(offering, one.given)
    try:
        offering.full_clean(exclude=RELATIONS, validate_unique=False, validate_constraints=False)
    except ValidationError as wrong:
        raise acts.at_their_fields(wrong) from wrong
    offering.version += 1
    offering.updated_at = around.now
    shares = shared_out(offering, around.counters.get(offering.pk, []), one.given.get("quotas"))
    refuse_dissolved(around.known["quotas"], shares)
    if shares.before != shares.after:
        changes |= shares.changes(around.municipalities)
    ready = Ready(one, offering, shares, *_lists(one, offering, around), changes)
    _refuse_foreign(ready, around)
    _judge(ready, around)
    return ready


def _taken_up(one: Wanted, around: Around) -> Offering:
    provider = around.providers[one.provider_id]
    if one.offering_id is None:
        return blank_offering(provider, now=around.now)
    offering = around.offerings.pop(one.offering_id, None)
    if offering is None or offering.version != one.version:
        raise ChangedMeanwhile
    if one.publishes:
        OFFERING.target("publish", offering.status)
    acts.refuse_unless_changeable(offering, "save")
    offering.provider = provider
    return offering


def _lists(
    one: Wanted, offering: Offering, around: Around
) -> tuple[dict[str, set[Any]], dict[str, set[Any]], set[tuple[int, str]], set[tuple[int, str]]]:
    """What is chosen from lists, as wanted and as saved; sites at a municipality's centre come later."""
    before = {name: around.lists[name].get(offering.pk, set()) for name in LISTS}
    after = {name: _listed(one.given, name) if name in one.given else set(before[name]) for name in LISTS}
    for name in LISTS:
        refuse_missing(around.known[name], after[name] - before[name], name)
    hosts_before = around.co_hosts.get(offering.pk, set())
    hosts = set(one.given.get("co_hosts", hosts_before))
    if hosts != hosts_before:
        refuse_missing(around.known["co_hosts"], {host for host, _part in hosts}, "co_hosts")
        refuse_own_host(offering, hosts)
    return after, before, hosts, hosts_before


def _refuse_foreign(ready: Ready, around: Around) -> None:
    is_elsewhere = bool(ready.wanted.given.get("elsewhere"))
    has_same_sites = ready.lists["sites"] == ready.lists_before["sites"] and not is_elsewhere
    if has_same_sites and ready.co_hosts == ready.co_hosts_before:
        return
    hosts = {ready.offering.provider_id, *(host for host, _part in ready.co_hosts)}
    refuse_foreign((around.sites[pk] for pk in ready.lists["sites"]), hosts)


def _judge(ready: Ready, around: Around) -> None:
    """What is public, or becomes so, lacks nothing. Raises NotReady."""
    offering, one = ready.offering, ready.wanted
    if confirms_places(offering, ready.changes):
        offering.places_confirmed_at, offering.places_confirmed_by = around.now, one.by
    if not one.publishes and offering.status != OfferingStatus.PUBLISHED:
        return
    facts = _facts(ready, around)
    reasons = reasons_against(facts, anew=one.publishes)
    if reasons:
        raise NotReady(reasons)
    ready.by_default = release_by_default(offering, has_quotas=facts.has_quotas)
    if one.publishes:
        make_public(offering, by=one.by)
        offering.version += 1


def _facts(ready: Ready, around: Around) -> Facts:
    lists, elsewhere = ready.lists, set(ready.wanted.given.get("elsewhere", ()))
    stand_in = {around.sites[pk].municipality_id for pk in lists["sites"]} | elsewhere
    return Facts(
        offering=ready.offering,
        languages=frozenset(lists["languages"]),
        has_site=bool(lists["sites"] or elsewhere),
        site_municipalities=frozenset(pk for pk in stand_in if pk is not None),
        has_quotas=bool(ready.shares.after),
        has_regions=bool(lists["open_to_regions"]),
        has_municipalities=bool(lists["open_to_municipalities"]),
        has_pilot_groups=bool(lists["open_to_pilot_groups"]),
        host=around.hosts[ready.wanted.provider_id],
    )


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


def _write_lists(ready: Sequence[Ready], around: Around) -> None:
    for one in ready:
        for municipality in sorted(one.wanted.given.get("elsewhere", ())):
            one.lists["sites"].add(_at_centre(one.wanted.provider_id, municipality, around))
    for name in LISTS:
        through, own, other = _through(name)
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


def _listed(given: OfferingInput, name: str) -> set[Any]:
    return set(cast("dict[str, Any]", given).get(name) or ())


def _code_of(given: OfferingInput, name: str) -> Any:
    return cast("dict[str, Any]", given).get(f"{name}_id")


def _through(name: str) -> tuple[type[Model], str, str]:
    """The table of a list, its column of the offering and its other column."""
    many = cast("ManyToManyField[Any, Any]", Offering._meta.get_field(name))
    through = cast("type[Model]", many.remote_field.through)
    return through, f"{many.m2m_field_name()}_id", f"{many.m2m_reverse_field_name()}_id"


def _pairs(name: str) -> QuerySet[Any, Any]:
    through, own, other = _through(name)
    return through._default_manager.values_list(own, other)


def _related(name: str) -> QuerySet[Any]:
    related = cast(
        "ForeignKey[Any, Any] | ManyToManyField[Any, Any]", Offering._meta.get_field(name)
    ).related_model
    return related._default_manager.all()
