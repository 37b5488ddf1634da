"""What sending an application has to know: statements that the ORM writes only once."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS
from django.db.models import BigIntegerField, Case, Exists, Model, OuterRef, When
from django.db.models.expressions import RawSQL

from applications.models import Draft
from kopa.base.compiled import Compiled
from kopa.codes import cache
from offerings.models import ZONES, Offering
from providers.models import Organisation
from providers.rules import people_publishing_for

OFFERING: Final = frozenset({
    "id", "provider_id", "status", "takes_applications", "starts_on", "applications_open_at",
    "applications_close_at", "form_id", "field_id", "open_to", "agreement_id", "selection_rule", "precedence",
    "learner_fee_cents",
})  # fmt: skip
PROVIDER: Final = frozenset({"id", "kind", "country", "municipality_id", "parent_id"})
PARENT: Final = frozenset({"id", "municipality_id"})
# What stands in the compiled statement for values that come later.
ANY_OFFERING: Final = -1
ANY_KEY: Final = uuid.UUID(int=0)
ANY_DAY: Final = {country: dt.date(1, 1, number) for number, country in enumerate(ZONES, start=1)}


def offering_with_host(offering_id: int, *, now: dt.datetime) -> tuple[Offering, bool]:
    """The course with its provider, as far as applying asks, and whether somebody decides there today.

    A request reads it once, and the stamps of what is kept in memory with it. What was not read is read when
    it is asked for. Raises Offering.DoesNotExist.
    """
    return cache.once((Offering, offering_id), lambda: _asked(offering_id, now))


def draft_of_page(key: uuid.UUID, offering_id: int) -> Draft | None:
    row = _draft_question().ask({ANY_KEY: key, ANY_OFFERING: offering_id})
    return None if row is None else Draft.from_db(DEFAULT_DB_ALIAS, _columns(Draft), row)


@functools.cache
def _draft_question() -> Compiled:
    rows = Draft.objects.filter(key=ANY_KEY, offering=ANY_OFFERING).order_by()
    return Compiled.of(rows.values_list(*_columns(Draft)))


def _asked(offering_id: int, now: dt.datetime) -> tuple[Offering, bool]:
    days = {ANY_DAY[country]: now.astimezone(zone).date() for country, zone in ZONES.items()}
    stamps = tuple(cache.STAMPS.items())
    row = _question(stamps).ask({ANY_OFFERING: offering_id} | days)
    if row is None:
        raise Offering.DoesNotExist
    values = iter(row)
    offering = _read(Offering, OFFERING, values)
    offering.provider = _read(Organisation, PROVIDER, values)
    parent = _read(Organisation, PARENT, values)
    if parent.pk is not None:
        offering.provider.parent = parent
    decides = bool(next(values))
    cache.found_along((name, next(values)) for name, _sql in stamps)
    return offering, decides


@functools.cache
def _question(stamps: tuple[tuple[str, str], ...]) -> Compiled:
    decides = Case(
        *(
            When(provider__country=country, then=Exists(people_publishing_for(OuterRef("provider"), on=day)))
            for country, day in ANY_DAY.items()
        )
    )
    columns = [
        *_columns(Offering, OFFERING),
        *(f"provider__{name}" for name in _columns(Organisation, PROVIDER)),
        *(f"provider__parent__{name}" for name in _columns(Organisation, PARENT)),
    ]
    rows = Offering.objects.filter(pk=ANY_OFFERING).order_by()
    along = {
        f"stamp_{number}": RawSQL(sql, [], BigIntegerField())  # noqa: S611 - pieces of our own
        for number, (_name, sql) in enumerate(stamps)
    }
    return Compiled.of(rows.annotate(decides=decides, **along).values_list(*columns, "decides", *along))


def _columns(table: type[Model], wanted: frozenset[str] | None = None) -> list[str]:
    """In the order of the table, as ``from_db`` wants them; by default all of them."""
    names = [field.attname for field in table._meta.concrete_fields]
    return names if wanted is None else [name for name in names if name in wanted]


def _read(table: type[Any], wanted: frozenset[str], values: Any) -> Any:
    columns = _columns(table, wanted)
    return table.from_db(DEFAULT_DB_ALIAS, columns, [next(values) for _ in columns])
