"""An offering of a batch is judged, as it is to be written.

Each rule is asked of the functions that the acts on one offering ask; what is done otherwise in a batch is
reading (``around``) and writing (``batch_writing``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import ValidationError

from kopa.base.errors import ChangedMeanwhile
from offerings.errors import NotReady
from offerings.models import Offering
from offerings.readiness import Facts, reasons_against
from offerings.services import acts
from offerings.services.around import CODE_LISTS, Around, Wanted, code_of, listed
from offerings.services.inputs import (
    LISTS,
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
from offerings.states import GIVEN, OFFERING

RELATIONS: Final = tuple(one.name for one in Offering._meta.fields if one.is_relation)


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
        refuse_missing(around.known[name], {code_of(one.given, name)} - {None}, name)
    changes = write_columns(offering, one.given, around.counters.get(offering.pk, []))
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
    after = {name: listed(one.given, name) if name in one.given else set(before[name]) for name in LISTS}
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
    if not one.publishes and offering.status not in GIVEN:
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
