"""What a batch of offerings is to become, and what stands around it in the database, read at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from django.db.models import F, ForeignKey, ManyToManyField, Model, QuerySet
from django.utils import timezone

from kopa.accounts.models import User
from municipalities.models import Municipality
from offerings.models import CoHost, Offering, PlaceCounter, Sitting
from offerings.readiness import Host
from offerings.services.inputs import (
    LISTS,
    OfferingInput,
)
from offerings.services.locks import lock_places
from providers.models import Organisation, Site

# What is chosen one of, from another table.
CODE_LISTS: Final = ("form", "field", "credit_unit", "mode", "agreement")


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
    lock_places(ids)
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
        sites = {key for one in batch for key in listed(one.given, "sites")}.union(*lists["sites"].values())
        providers = _providers({one.provider_id for one in batch})
        return cls(
            now=timezone.now(),
            providers=providers,
            hosts={pk: Host.of(provider) for pk, provider in providers.items()},
            offerings=offerings,
            counters=counters,
            lists=lists,
            co_hosts=_grouped(CoHost.objects.values_list("offering_id", "organisation_id", "part"), ids),
            known=_known(batch) | {"quotas": keys_of(Municipality.objects.current(), quotas)},
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
        name: keys_of(related_to(name), {code_of(one.given, name) for one in batch} - {None})
        for name in CODE_LISTS
    }
    known |= {
        name: keys_of(related_to(name), {key for one in batch for key in listed(one.given, name)})
        for name in LISTS
    }
    hosts = {host for one in batch for host, _part in one.given.get("co_hosts", ())}
    return known | {"co_hosts": keys_of(Organisation.objects.all(), hosts)}


def keys_of(rows: QuerySet[Any], wanted: set[Any]) -> set[Any]:
    return set(rows.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()


def _grouped(rows: QuerySet[Any, Any], ids: Collection[int]) -> dict[int, set[Any]]:
    """The rest of each row by its first column, the offering."""
    found: dict[int, set[Any]] = {}
    for pk, *rest in rows.filter(offering__in=ids):
        found.setdefault(pk, set()).add(tuple(rest) if len(rest) > 1 else rest[0])
    return found


def listed(given: OfferingInput, name: str) -> set[Any]:
    return set(cast("dict[str, Any]", given).get(name) or ())


def code_of(given: OfferingInput, name: str) -> Any:
    return cast("dict[str, Any]", given).get(f"{name}_id")


def through_of(name: str) -> tuple[type[Model], str, str]:
    """The table of a list, its column of the offering and its other column."""
    many = cast("ManyToManyField[Any, Any]", Offering._meta.get_field(name))
    through = cast("type[Model]", many.remote_field.through)
    return through, f"{many.m2m_field_name()}_id", f"{many.m2m_reverse_field_name()}_id"


def _pairs(name: str) -> QuerySet[Any, Any]:
    through, own, other = through_of(name)
    return through._default_manager.values_list(own, other)


def related_to(name: str) -> QuerySet[Any]:
    related = cast(
        "ForeignKey[Any, Any] | ManyToManyField[Any, Any]", Offering._meta.get_field(name)
    ).related_model
    return related._default_manager.all()
