"""Keeps the search's table true: ``refresh`` in the transaction that changes an offering; ``rebuild``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.postgres.search import SearchVectorField
from django.db import connection, transaction
from django.db.models import Prefetch, QuerySet, Value
from django.db.models.functions import Cast

from municipalities.cache import Gazetteer, gazetteer
from municipalities.models import Municipality
from offerings.homes import place_of
from offerings.models import Offering, SearchRow
from offerings.payers import host_municipality_id
from offerings.search import passages, vocabulary
from offerings.states import OfferingStatus
from providers.models import Site

BATCH: Final = 200
# Every column but the key.
COLUMNS: Final = tuple(field.name for field in SearchRow._meta.concrete_fields[1:])


def refresh(offering_ids: Iterable[int]) -> None:
    """The rows of these offerings say what the offerings say; one that is not published has none.

    Call it in the transaction that changed them, after languages, sites and the like are set. Locks the
    offerings, so a rebuild at the same time cannot write an older state over a newer one.
    """
    places = gazetteer()
    for ids in _batches(sorted(set(offering_ids))):
        with transaction.atomic():
            _lock(ids)
            rows = list(_rows(_published().filter(pk__in=ids), places))
            SearchRow.objects.filter(pk__in=ids).exclude(pk__in=[row.pk for row in rows]).delete()
            SearchRow.objects.bulk_create(
                rows, update_conflicts=True, unique_fields=["offering"], update_fields=COLUMNS
            )
            vocabulary.learn(passages.index(row.offering, places) for row in rows)


def rebuild(*, now: dt.datetime, progress: Callable[[int, int], None] | None = None) -> int:
    """Writes every row that can be found from ``now`` on and deletes the others; how many are left.

    ``progress`` is told how many of how many are done, after every batch.
    """
    ids = list(Offering.objects.in_search(now).order_by("pk").values_list("pk", flat=True))
    _drop_surplus(now)
    done = 0
    for batch in _batches(ids):
        refresh(batch)
        done += len(batch)
        if progress:
            progress(done, len(ids))
    vocabulary.tidy()
    return len(ids)


def _lock(ids: list[int]) -> None:
    list(Offering.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True).values("pk"))


def _drop_surplus(now: dt.datetime) -> None:
    """Rows that cannot be found any more are gone; one whose offering is moved ahead meanwhile stays."""
    wanted = Offering.objects.in_search(now)
    surplus = SearchRow.objects.exclude(pk__in=wanted.values("pk")).order_by("pk")
    for ids in _batches(list(surplus.values_list("pk", flat=True))):
        with transaction.atomic():
            _lock(ids)
            still_wanted = wanted.filter(pk__in=ids).values_list("pk", flat=True)
            SearchRow.objects.filter(pk__in=set(ids) - set(still_wanted)).delete()


@dataclass(frozen=True, slots=True)
class Difference:
    """``column`` is empty where the whole row is missing or should not be there."""

    offering_id: int
    column: str
    stored: object
    right: object


def compare(*, now: dt.datetime) -> list[Difference]:
    """Where the table differs from what the offerings say, both as of the same instant.

    Rows whose time has passed may be there or not: the search cuts by the clock. Needs a transaction of its
    own: call it outside of one, except in a test.
    """
    with transaction.atomic():
        if len(connection.savepoint_ids) == 0:
            with connection.cursor() as cursor:
                cursor.execute("set transaction isolation level repeatable read, read only")
        surplus = SearchRow.objects.exclude(offering__status=OfferingStatus.PUBLISHED).order_by("pk")
        found = [Difference(row.pk, "", "row", None) for row in surplus]
        ids = list(Offering.objects.in_search(now).order_by("pk").values_list("pk", flat=True))
        places = gazetteer()
        for batch in _batches(ids):
            found += _compare_batch(batch, places)
    return found


def _compare_batch(ids: list[int], places: Gazetteer) -> Iterator[Difference]:
    stored = SearchRow.objects.in_bulk(ids)
    right = list(_rows(_published().filter(pk__in=ids), places))
    vectors = _as_stored([passages.index(row.offering, places) for row in right])
    for row, vector in zip(right, vectors, strict=True):
        if row.pk not in stored:
            yield Difference(row.pk, "", None, "row")
            continue
        row.words = vector
        for column in COLUMNS:
            was, should = getattr(stored[row.pk], column), getattr(row, column)
            if was != should:
                yield Difference(row.pk, column, was, should)


def _as_stored(vectors: list[str]) -> list[str]:
    """As PostgreSQL writes them: sorted its own way."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select (vector::tsvector)::text from unnest(%s::text[]) with ordinality as v (vector, n)"
            " order by n",
            [vectors],
        )
        return [row[0] for row in cursor.fetchall()]


def _published() -> QuerySet[Offering]:
    """Loaded for the index."""
    return (
        Offering.objects.filter(status=OfferingStatus.PUBLISHED)
        .select_related("provider", "provider__parent", "field__parent")
        .prefetch_related("languages", Prefetch("sites", Site.objects.order_by("pk")))
        .order_by("pk")
    )


def _rows(offerings: Iterable[Offering], places: Gazetteer) -> Iterator[SearchRow]:
    for offering in offerings:
        stand_in = [place_of(site, places) for site in offering.sites.all()]
        todays = [places.today(place) for place in stand_in if place is not None]
        words = Cast(Value(passages.index(offering, places)), SearchVectorField())
        yield SearchRow(offering=offering, words=words, **_columns(offering, todays))


def _columns(offering: Offering, places: list[Municipality]) -> dict[str, Any]:
    field = offering.field
    narrow = field is not None and field.parent_id is not None
    return {
        "starts_on": offering.starts_on,
        "applications_open_at": offering.applications_open_at,
        "applications_close_at": offering.applications_close_at,
        "quota_release_at": offering.quota_release_at,
        "provider_id": offering.provider_id,
        "form": offering.form_id,
        "mode": offering.mode_id,
        "contact_days": offering.contact_days,
        "broad_field": field.parent_id if field and narrow else offering.field_id,
        "narrow_field": offering.field_id if narrow else "",
        "languages": sorted(language.pk for language in offering.languages.all()),
        "municipalities": sorted({place.key for place in places}),
        "regions": sorted({place.region.key for place in places}),
        "has_fee": offering.learner_fee_cents > 0,
        "host_country": offering.provider.country,
        "host_municipality_id": host_municipality_id(offering.provider),
    }


def _batches(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
