"""Putting a generated catalogue into the database, in a few statements; and taking it out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final, cast

from django.apps import apps
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.models import ManyToManyField, Model

from kopa.accounts.models import User
from kopa.audit import journal
from kopa.portal.demonstration import presence
from kopa.portal.demonstration.people import make_clerk
from kopa.portal.generation import register
from kopa.portal.generation.plan import MARK, Generated, plan
from offerings.models import CoHost, ConfirmationRequest, Offering, PlaceCounter, Quota, SearchRow
from offerings.querysets import OfferingQuerySet

BATCH: Final = 10_000
LISTS: Final = ("languages", "sites", "open_to_regions", "open_to_municipalities", "prior_education")
# In this order they can be deleted; each names its offering.
BELOW: Final[Sequence[type[Model]]] = (
    PlaceCounter, Quota, CoHost, ConfirmationRequest.offerings.through,
)  # fmt: skip


def refuse_real_data() -> None:
    """Raises CommandError where there is anything that was neither generated nor is of the demonstration."""
    if Offering.objects.filter(is_demonstration=False).exists():
        raise CommandError(
            "There are offerings here that somebody has written. A generated catalogue is made only where"
            " there is nothing but generated or demonstration data: use another home or database."
        )
    if User.objects.filter(is_demonstration=False).exists():
        raise CommandError(
            "There are accounts of people here. A generated catalogue is made only where there is nothing but"
            " generated or demonstration data: use another home or database."
        )


@transaction.atomic
def load(*, offerings: int, seed: int, today: dt.date, say: Callable[[str], None]) -> int:
    """A catalogue of so many offerings in place of an earlier one: all of it, or nothing. Does not write the
    search's rows. Returns how many offerings there are.

    Nothing is told to the journal: nobody did it.
    """
    refuse_real_data()
    gone = remove()
    if gone:
        say(f"removed {gone} offerings that were generated earlier")
    clerk = make_clerk()
    planned = plan(register.read(), offerings=offerings, seed=seed, today=today)
    done = 0
    while batch := list(islice(planned, BATCH)):
        _write(batch, clerk)
        done += len(batch)
        say(f"{done} of {offerings} offerings")
    with connection.cursor() as cursor:
        written: list[type[Model]] = [Offering, Quota, PlaceCounter, *map(_through, LISTS)]
        for table in map(_quoted, written):
            cursor.execute(f"analyze {table}")
    presence.forget()
    return done


def settle() -> None:
    """What PostgreSQL does by itself a minute later: so much has changed that it plans badly until then."""
    if connection.in_atomic_block:
        return
    models = apps.get_app_config("offerings").get_models(include_auto_created=True)
    with connection.cursor() as cursor:
        for table in map(_quoted, models):
            cursor.execute(f"vacuum (analyze) {table}")


def remove() -> int:
    """Deletes all that was generated; returns how many offerings that were."""
    below: list[type[Model]] = [*BELOW, *(_through(field.name) for field in Offering._meta.many_to_many)]
    every = list(generated().values_list("pk", flat=True))
    for ids in (every[first : first + BATCH] for first in range(0, len(every), BATCH)):
        journal.erase("offerings.offering", ids)
        SearchRow.objects.filter(pk__in=ids).delete()
        Offering.objects.filter(copied_from__in=ids).update(copied_from=None)
        with connection.cursor() as cursor:
            for table in (_quoted(model) for model in below):
                cursor.execute(f"delete from {table} where offering_id = any(%s)", [ids])  # noqa: S608
            cursor.execute("delete from offerings_offering where id = any(%s)", [ids])
    return len(every)


def generated() -> OfferingQuerySet:
    """The offerings of a generated catalogue; those of the demonstration proper are others."""
    return Offering.objects.filter(is_demonstration=True, own_reference__startswith=f"{MARK} ")


def _write(batch: Sequence[Generated], clerk: User) -> None:
    first = _reserve(Offering, len(batch))
    numbered = list(enumerate(batch, start=first))
    defaults = {str(field.column): field.get_default() for field in Offering._meta.concrete_fields}
    defaults |= {"version": 1, "is_demonstration": True}
    with _copy(Offering, *defaults) as write:
        for pk, one in numbered:
            confirmed = {}
            if one.columns["published_at"]:
                confirmed = {
                    "places_confirmed_at": one.columns["updated_at"],
                    "places_confirmed_by_id": clerk.pk,
                }
            write(list((defaults | one.columns | confirmed | {"id": pk}).values()))
    _write_lists(numbered)
    _write_places(numbered)
    with connection.cursor() as cursor:
        # Now, batch by batch: what waits for the end of the transaction is kept in memory.
        cursor.execute("set constraints all immediate")
        cursor.execute("set constraints all deferred")


def _write_lists(numbered: Sequence[tuple[int, Generated]]) -> None:
    for name in LISTS:
        many = cast("ManyToManyField[Any, Any]", Offering._meta.get_field(name))
        with _copy(_through(name), "offering_id", f"{many.m2m_reverse_field_name()}_id") as write:
            for pk, one in numbered:
                for key in one.lists.get(name, ()):
                    write([pk, key])


def _write_places(numbered: Sequence[tuple[int, Generated]]) -> None:
    """Quotas, and the counters of open and of reserved places."""
    reserved = [(pk, quota) for pk, one in numbered for quota in one.reserved]
    first = _reserve(Quota, len(reserved))
    with _copy(Quota, "id", "offering_id", "municipality_id", "seats") as write:
        for quota_id, (pk, quota) in enumerate(reserved, start=first):
            write([quota_id, pk, quota.municipality_id, quota.seats])
    columns = ("offering_id", "quota_id", "seats", "taken_elsewhere", "held", "taken", "used")
    with _copy(PlaceCounter, *columns) as write:
        for pk, one in numbered:
            still_open = one.columns["capacity"] - sum(quota.seats for quota in one.reserved)
            write([pk, None, still_open, one.taken, 0, 0, 0])
        for quota_id, (pk, quota) in enumerate(reserved, start=first):
            write([pk, quota_id, quota.seats, quota.taken, 0, 0, 0])


def _through(name: str) -> type[Model]:
    many = cast("ManyToManyField[Any, Any]", Offering._meta.get_field(name))
    return cast("type[Model]", many.remote_field.through)


def _reserve(model: type[Model], count: int) -> int:
    """The first of so many ids that nobody else gets."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("select nextval(pg_get_serial_sequence(%s, 'id'))", [table])
        first = int(cursor.fetchone()[0])
        cursor.execute(
            "select setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, first + max(count, 1) - 1]
        )
    return first


@contextmanager
def _copy(model: type[Model], *columns: str) -> Iterator[Callable[[Sequence[Any]], None]]:
    """A function that writes rows of these columns with COPY."""
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    with (
        connection.cursor() as cursor,
        cursor.cursor.copy(f"copy {_quoted(model)} ({names}) from stdin") as copy,
    ):
        yield copy.write_row


def _quoted(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)
