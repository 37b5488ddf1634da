"""Keeps the search's tables true: ``refresh`` in the transaction that changes an offering; ``rebuild``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models, transaction
from django.db.models import Prefetch, Q, QuerySet, Value
from django.db.models.functions import Cast

from kopa.codes import cache
from municipalities.cache import Gazetteer, gazetteer
from municipalities.models import Municipality
from offerings import windows
from offerings.homes import place_of
from offerings.models import (
    Audience,
    Offering,
    OpenTo,
    PlaceCounter,
    SearchDocument,
    SearchReserve,
    SearchRow,
    Whereabouts,
)
from offerings.payers import host_municipality_id
from offerings.search import keys, passages, vocabulary
from offerings.states import OfferingStatus
from providers.models import Site

BATCH: Final = 500
# Every column but the key.
ROW_COLUMNS: Final = tuple(field.name for field in SearchRow._meta.concrete_fields[1:])


@dataclass(frozen=True, slots=True)
class Projected:
    """What the search's tables are to say of one offering. Shared rows are given by what stands in them."""

    offering_id: int
    columns: Mapping[str, Any]  # of SearchRow, beside the next three
    parts: Mapping[str, str]  # of the packed key
    whereabouts: tuple[tuple[Any, ...], ...] | None
    audience: tuple[tuple[Any, ...], ...] | None
    reserves: Mapping[int, int]  # by municipality: free places of its quota
    words: str


def refresh(offering_ids: Iterable[int]) -> None:
    """The rows of these offerings say what the offerings say; one that is not published has none.

    Call it in the transaction that changed them, after languages, sites and the like are set. Locks the
    offerings, so a rebuild at the same time cannot write an older state over a newer one, and their counters,
    so that a place given meanwhile is counted either here or by the trigger.
    """
    for ids in _batches(sorted(set(offering_ids))):
        with transaction.atomic():
            _lock(ids)
            # Only now: a load of the reference data may have held the locks.
            cache.ask_again()
            places = gazetteer()
            found = [_projected(offering, places) for offering in _published().filter(pk__in=ids)]
            SearchRow.objects.filter(pk__in=ids).exclude(pk__in=[one.offering_id for one in found]).delete()
            _write(found)


def rebuild(*, now: dt.datetime, progress: Callable[[int, int], None] | None = None) -> int:
    """Writes every row that can be found from ``now`` on and deletes the others; how many are left.

    ``progress`` is told how many of how many are done, after every batch.
    """
    ids = list(Offering.objects.in_search(now).order_by("pk").values_list("pk", flat=True))
    if connection.in_atomic_block:
        _lock_all(ids)
    _drop_surplus(now)
    done = 0
    for batch in _batches(ids):
        refresh(batch)
        done += len(batch)
        if progress:
            progress(done, len(ids))
    vocabulary.tidy()
    return len(ids)


def sweep(*, now: dt.datetime) -> int:
    """Deletes the rows whose time has passed, which no search finds any more; how many there were."""
    ids = SearchRow.objects.filter(listed_until__lte=now).order_by("pk").values_list("pk", flat=True)
    gone = 0
    for batch in _batches(list(ids)):
        with transaction.atomic():
            _lock(batch)
            rows = SearchRow.objects.filter(pk__in=batch, listed_until__lte=now)
            gone += rows.count()
            rows.delete()
    return gone


def _lock(ids: list[int]) -> None:
    list(Offering.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True).values("pk"))
    counters = PlaceCounter.objects.filter(offering__in=ids).order_by("pk")
    list(counters.select_for_update(no_key=True, of=("self",)).values("pk"))


def _lock_all(ids: list[int]) -> None:
    """Every row's locks before any new value of the key: so it is with one who changes one offering.

    Batch by batch in one transaction, the lock of ``keys.numbers`` would come between the offerings: two who
    both bring new values could wait for each other.
    """
    rows = SearchRow.objects.order_by("pk").values_list("pk", flat=True)
    for batch in _batches(sorted({*ids, *rows})):
        _lock(batch)


def _drop_surplus(now: dt.datetime) -> None:
    """Rows that cannot be found any more are gone; one whose offering is moved ahead meanwhile stays."""
    wanted = Offering.objects.in_search(now)
    surplus = SearchRow.objects.exclude(pk__in=wanted.values("pk")).order_by("pk")
    for ids in _batches(list(surplus.values_list("pk", flat=True))):
        with transaction.atomic():
            _lock(ids)
            still_wanted = wanted.filter(pk__in=ids).values_list("pk", flat=True)
            SearchRow.objects.filter(pk__in=set(ids) - set(still_wanted)).delete()


def _published() -> QuerySet[Offering]:
    """Loaded for the search's tables."""
    return (
        Offering.objects.filter(status=OfferingStatus.PUBLISHED)
        .select_related("provider", "provider__parent", "field__parent", "form", "mode")
        .prefetch_related(
            "languages",
            Prefetch("counters", PlaceCounter.objects.select_related("quota")),
            "open_to_regions",
            "open_to_municipalities",
            "open_to_pilot_groups",
            Prefetch("sites", Site.objects.order_by("pk")),
        )
        .order_by("pk")
    )


def _projected(offering: Offering, places: Gazetteer) -> Projected:
    stand_in = [place_of(site, places) for site in offering.sites.all()]
    todays = [places.today(place) for place in stand_in if place is not None]
    return Projected(
        offering_id=offering.pk,
        columns=_columns(offering),
        parts=_parts(offering, todays),
        whereabouts=_whereabouts(offering, todays),
        audience=_audience(offering),
        reserves={
            one.quota.municipality_id: one.free for one in offering.counters.all() if one.quota is not None
        },
        words=passages.index(offering, places),
    )


def _columns(offering: Offering) -> dict[str, Any]:
    counters = list(offering.counters.all())
    days = offering.contact_days
    return {
        "listed_until": windows.listed_until(offering),
        "applications_open_at": offering.applications_open_at,
        "applications_close_at": offering.applications_close_at,
        "quota_release_at": offering.quota_release_at,
        "starts_on": offering.starts_on,
        "provider_id": offering.provider_id,
        "contact_days": 0 if days is None and offering.mode_id == "distance" else days,
        "free_open": sum(counter.free for counter in counters if counter.quota is None),
        "free_reserved": sum(counter.free for counter in counters if counter.quota is not None),
    }


def _parts(offering: Offering, places: list[Municipality]) -> dict[str, str]:
    host = [offering.provider.country, host_municipality_id(offering.provider)]
    return {
        "fee": "fee" if offering.learner_fee_cents > 0 else "",
        "form": offering.form_id or "",
        "field": offering.field_id or "",
        "mode": offering.mode_id or "",
        "languages": " ".join(sorted(language.pk for language in offering.languages.all())),
        "regions": " ".join(sorted({place.region.key for place in places})),
        "host": " ".join(str(one) for one in host if one is not None),
    }


def _whereabouts(offering: Offering, places: list[Municipality]) -> tuple[tuple[Any, ...], ...] | None:
    points = {(s.latitude, s.longitude) for s in offering.sites.all() if s.latitude is not None}
    keys = {place.key for place in places}
    if not points and not keys:
        return None
    latitudes, longitudes = zip(*sorted(points), strict=True) if points else ((), ())
    return latitudes, longitudes, tuple(sorted(keys))


def _audience(offering: Offering) -> tuple[tuple[Any, ...], ...] | None:
    """None for everybody; what ``OfferingQuerySet.open_to_residents_of`` says, in ids."""
    if offering.open_to == OpenTo.ALL:
        return None
    regions = {one.pk for one in offering.open_to_regions.all() if offering.open_to == OpenTo.REGIONS}
    named = offering.open_to == OpenTo.MUNICIPALITIES
    municipalities = {one.pk for one in offering.open_to_municipalities.all() if named}
    by_group = offering.open_to == OpenTo.PILOT_GROUPS
    groups = {one.pk for one in offering.open_to_pilot_groups.all() if by_group}
    by_agreement = offering.open_to == OpenTo.AGREEMENT_PARTIES and offering.agreement_id is not None
    agreements = {offering.agreement_id} if by_agreement else set()
    return tuple(tuple(sorted(ids)) for ids in (regions, groups, agreements, municipalities))


def _write(found: list[Projected]) -> None:
    numbers = keys.numbers(item for one in found for item in one.parts.items())
    whereabouts = _shared(Whereabouts, {one.whereabouts for one in found} - {None})
    audiences = _shared(Audience, {one.audience for one in found} - {None})
    rows = [
        SearchRow(
            offering_id=one.offering_id,
            key=keys.pack(one.parts, numbers),
            whereabouts_id=whereabouts[one.whereabouts] if one.whereabouts else None,
            audience_id=audiences[one.audience] if one.audience else None,
            **one.columns,
        )
        for one in found
    ]
    words = [
        SearchDocument(row_id=one.offering_id, words=Cast(Value(one.words), SearchVectorField()))
        for one in found
    ]
    SearchRow.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["offering"], update_fields=ROW_COLUMNS
    )
    SearchDocument.objects.bulk_create(
        words, update_conflicts=True, unique_fields=["row"], update_fields=["words"]
    )
    SearchReserve.objects.filter(row__in=[one.offering_id for one in found]).delete()
    SearchReserve.objects.bulk_create(
        SearchReserve(row_id=one.offering_id, municipality_id=municipality_id, free=free)
        for one in found
        for municipality_id, free in one.reserves.items()
    )
    vocabulary.learn(one.words for one in found)


def _shared(table: type[models.Model], wanted: set[Any]) -> dict[Any, int]:
    """The ids of the rows that hold these values; missing ones are added."""
    names = [field.name for field in table._meta.concrete_fields[1:]]
    found = _stored(table, names, wanted)
    missing = wanted - found.keys()
    if missing:
        news = [table(**dict(zip(names, map(list, one), strict=True))) for one in sorted(missing)]
        table._default_manager.bulk_create(news, ignore_conflicts=True)
        found |= _stored(table, names, missing)
    return found


def _stored(table: type[models.Model], names: list[str], wanted: set[Any]) -> dict[Any, int]:
    if not wanted:
        return {}
    last = sorted({one[-1] for one in wanted})
    rows = table._default_manager.filter(**{f"{names[-1]}__in": [list(one) for one in last]})
    found = {tuple(map(tuple, row[1:])): row[0] for row in rows.values_list("pk", *names)}
    return {one: found[one] for one in wanted if one in found}


def _batches(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


@dataclass(frozen=True, slots=True)
class Difference:
    """``column`` is empty where the whole row is missing or should not be there."""

    offering_id: int
    column: str
    stored: object
    right: object


def compare(*, now: dt.datetime) -> list[Difference]:
    """Where the tables differ from what the offerings say, both as of the same instant.

    Rows whose time has passed may be there or not: the search cuts by the clock. Needs a transaction of its
    own: call it outside of one, except in a test.
    """
    with transaction.atomic():
        if len(connection.savepoint_ids) == 0:
            with connection.cursor() as cursor:
                cursor.execute("set transaction isolation level repeatable read, read only")
        wanted = Offering.objects.in_search(now)
        unpublished = ~Q(offering__status=OfferingStatus.PUBLISHED)
        over = Q(listed_until__gt=now) & ~Q(pk__in=wanted.values("pk"))
        surplus = SearchRow.objects.filter(unpublished | over).order_by("pk")
        found = [Difference(row.pk, "", "row", None) for row in surplus]
        ids = list(wanted.order_by("pk").values_list("pk", flat=True))
        places = gazetteer()
        known = keys.values()
        for batch in _batches(ids):
            found += _compare_batch(batch, places, known)
    return found


def _compare_batch(ids: list[int], places: Gazetteer, known: keys.Values) -> Iterator[Difference]:
    stored_rows = SearchRow.objects.select_related("whereabouts", "audience", "document")
    rows = stored_rows.prefetch_related("reserves").in_bulk(ids)
    right = [_projected(offering, places) for offering in _published().filter(pk__in=ids)]
    vectors = _as_stored([one.words for one in right])
    for one, vector in zip(right, vectors, strict=True):
        if one.offering_id not in rows:
            yield Difference(one.offering_id, "", None, "row")
            continue
        stored = _said(rows[one.offering_id], known)
        wanted = {
            **one.columns,
            **one.parts,
            "whereabouts": one.whereabouts,
            "audience": one.audience,
            "reserves": {key: free for key, free in one.reserves.items() if free},
            "words": vector,
        }
        for name, should in wanted.items():
            if stored[name] != should:
                yield Difference(one.offering_id, name, stored[name], should)


def _said(row: SearchRow, known: keys.Values) -> dict[str, Any]:
    """What the stored rows say, in the words of ``Projected``."""
    where, audience = row.whereabouts, row.audience
    words = row.document.words if hasattr(row, "document") else None
    return {
        **{name: getattr(row, name) for name in ROW_COLUMNS},
        **keys.unpack(row.key, known),
        "whereabouts": where and _tuples(where.latitudes, where.longitudes, where.municipalities),
        "audience": audience
        and _tuples(audience.regions, audience.pilot_groups, audience.agreements, audience.municipalities),
        "reserves": {one.municipality_id: one.free for one in row.reserves.all() if one.free},
        "words": words,
    }


def _tuples(*lists: Iterable[Any]) -> tuple[tuple[Any, ...], ...]:
    return tuple(map(tuple, lists))


def _as_stored(vectors: list[str]) -> list[str]:
    """As PostgreSQL writes them: sorted its own way."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select (vector::tsvector)::text from unnest(%s::text[]) with ordinality as v (vector, n)"
            " order by n",
            [vectors],
        )
        return [row[0] for row in cursor.fetchall()]
