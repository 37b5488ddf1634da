"""The one statement that writes an application with everything that belongs to it.

It takes a place, or a number in the queue, and writes the learner, the application, its seat, the entry in
the journal, the home municipality's case, the receipt; the draft is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final

from django.db import connection, models
from psycopg.sql import Literal

from applications.models import Application, HomeStatement, Learner
from kopa.accounts.models import User
from kopa.audit.models import AuditEvent
from kopa.base.binary import Numbered, binary_cursor, in_one_trip
from kopa.letters.models import Letter
from offerings.homes import Home
from offerings.models import Precedence, SelectionRule
from offerings.services.locks import share_places


class Refused(StrEnum):
    """What the statement itself refuses, in the place of a constraint's name."""

    NOT_OPEN = "course_takes_applications"
    LATE = "late_ones_take_vacant_places"
    NO_PLACE = "the_place_is_there"


@dataclass(frozen=True, slots=True)
class Sending:
    """Rows that are going to be written, together or not at all."""

    application: Application
    home: Home
    person: User
    learner: Mapping[str, Any]  # what is said of her
    entry: AuditEvent
    letter: Letter
    statement: Mapping[str, Any] | None  # what is asked of the home municipality, if it is

    @property
    def is_protected(self) -> bool:
        """She says so now."""
        return bool(self.learner["is_protected"])


def write(sending: Sending, *, not_to_queue: bool) -> int:
    """The number of the receipt; the application is as it has become. Whoever frees a place waits for it.

    Raises IntegrityError for what is refused, by the name of a constraint or of one of ``Refused``; nothing
    is written then.
    """
    application, statement = sending.application, sending.statement
    offering = application.offering
    given: dict[str, Any] = {
        "offering": offering.pk,
        "family": list(sending.home.family),
        "now": application.submitted_at,
        "today": application.submitted_at.astimezone(offering.zone).date(),
        "late": application.is_late,
        "not_to_queue": not_to_queue,
        "key": application.key,
    }
    given |= _named("learner", sending.learner)
    for name, row in (("sent", application), ("entry", sending.entry), ("letter", sending.letter)):
        given |= _named(name, {one: getattr(row, one) for one in GIVEN[name]})
    if statement is not None:
        given |= _named("asked", statement)
    by_registration = offering.selection_rule == SelectionRule.REGISTRATION_ORDER
    asked = _statement(
        precedence=offering.precedence if by_registration else "", is_home_asked=statement is not None
    )
    with binary_cursor(is_numbered=True) as cursor:
        with in_one_trip():
            share_places(offering.pk, cursor)
            cursor.execute(asked.sql, asked.ordered(given))
        cursor.nextset()
        found = cursor.fetchone()
    application.pk, application.status, application.learner_id, application.home_source, letter_id = found
    application._state.adding = False  # noqa: SLF001 - as save() does
    return int(letter_id)


# Whoever has applied before may say something else of herself. All that follows needs the learner, so that
# two tabs of one person wait for each other here, before either has taken a place.
LEARNER: Final = """learner as (
  {insert} values ({values})
  on conflict (person_id) do update set birth_on = excluded.birth_on, phone = excluded.phone,
    is_protected = applications_learner.is_protected or excluded.is_protected,
    protected_by_id = case when excluded.is_protected then null else applications_learner.protected_by_id end
  returning id, is_protected
)"""
COURSE: Final = """course as materialized (
  select o.id, learner.id as learner, learner.is_protected from offerings_offering o, learner
  where o.id = %(offering)s and o.status = 'published' and o.takes_applications
    and o.applications_open_at <= %(now)s and o.starts_on > %(today)s
)"""
# Places are taken on condition, so nobody locks a full course; its lock is shared before, so nothing becomes
# free between "full" and "in the queue". Nobody passes those who wait for the same places.
FREE: Final = "c.seats > c.held + c.taken + c.used + c.taken_elsewhere"
OWN: Final = (
    "c.quota_id = any(select q.id from offerings_quota q where q.offering_id = %(offering)s"
    " and q.municipality_id = any(%(family)s) and q.released_at is null)"
)
OPEN: Final = "c.quota_id is null"
# One place, though a municipality may have two quotas: its own and that of one merged into it.
TAKE: Final = """{name} as (
  update offerings_placecounter set held = held + 1
  from course
  where offerings_placecounter.id = (
      select c.id from offerings_placecounter c
      where c.offering_id = course.id and {which} and {free} order by c.id limit 1
    ) and {still_free} and not exists (
      select from applications_application
      where offering_id = %(offering)s and status = 'waiting'{passed}
    ){unless}
  returning offerings_placecounter.id
)"""
PLACE: Final = """place as (
  select id, 'reserved' as source from own union all select id, 'open' from opened
),
-- Known before a row is made, so that ids rise in the order in which places are taken.
placed as materialized (select exists (select from place) as is_placed)"""
SEAT: Final = """seat as (
  insert into applications_seat (application_id, counter_id, source, state, held_at)
  select sent.id, place.id, place.source, 'held', %(now)s from sent, place
)"""
BY_REGISTRATION: Final = "case when placed.is_placed then 'submitted' else 'waiting' end"
# Every other rule: sending holds nothing (R-APP-12). Late ones are taken while places are vacant (R-APP-4).
VACANT: Final = f"""exists (
    select from offerings_placecounter c where c.offering_id = course.id and {FREE} and ({OWN} or {OPEN})
  )"""
SENT: Final = """sent as (
  {insert} select {values} from {course} where {vacant} or not {only_vacant}
  returning id, status, learner_id, home_source
)"""
FOLLOWING: Final = "{name} as (\n  {insert} select {values} from sent returning id\n)"
DRAFT: Final = "draft as (delete from applications_draft where key = %(key)s and exists (select from sent))"
# Whatever is not sent is an error, so that PostgreSQL keeps nothing of it, and the learner is as before.
DONE: Final = f"""
select sent.id, sent.status, learner_id, home_source, letter.id from sent, letter
union all
select kopa_refused(case
  when not exists (select from course) then '{Refused.NOT_OPEN}'
  when %(late)s then '{Refused.LATE}'
  else '{Refused.NO_PLACE}'
end), null, null, null, null where not exists (select from sent)
"""  # noqa: S608 - pieces of our own

TABLES: Final[dict[str, type[models.Model]]] = {
    "learner": Learner, "sent": Application, "entry": AuditEvent, "asked": HomeStatement, "letter": Letter,
}  # fmt: skip
# What sending says. All other columns begin as the model says, and stand in the statement: handing over the
# same empty values each time takes twice as long.
GIVEN: Final[dict[str, frozenset[str]]] = {
    "learner": frozenset({"person_id", "birth_on", "phone", "is_protected", "created_at"}),
    "sent": frozenset({
        "key", "reference", "offering_id", "submitted_at", "is_late", "is_outside", "home_municipality_id",
        "statement_need", "statement_reason", "agreement_id", "language", "prior_education_id", "motivation",
    }),
    "entry": frozenset({"at", "actor_id", "verb", "target"}),
    "asked": frozenset({"municipality_id", "requested_at", "due_on"}),
    "letter": frozenset({
        "kind", "recipient_id", "address", "language", "subject", "text", "html", "target", "created_at",
        "next_try_at",
    }),
}  # fmt: skip
# What only the statement itself knows.
KNOWN: Final[dict[str, Mapping[str, str]]] = {
    "sent": {
        "learner_id": "course.learner",
        "home_source": "case when course.is_protected then 'protected' else 'self_declared' end",
        "status": "'submitted'",
    },
    "entry": {"target_id": "sent.id", "to_state": "sent.status"},
    "asked": {"application_id": "sent.id"},
    "letter": {"target_id": "sent.id"},
}


@cache
def _statement(*, precedence: str, is_home_asked: bool) -> Numbered:
    """``precedence``: empty where the course has a selection."""
    parts = [LEARNER.format(**_parts("learner")), COURSE]
    if precedence:
        sent = _parts("sent", status=BY_REGISTRATION)
        parts += [_takes(precedence), PLACE]
        only = "(%(late)s or %(not_to_queue)s)"
        parts.append(
            SENT.format(**sent, course="course, placed", vacant="placed.is_placed", only_vacant=only)
        )
        parts.append(SEAT)
    else:
        sent = _parts("sent")
        parts.append(SENT.format(**sent, course="course", vacant=VACANT, only_vacant="%(late)s"))
    following = ["entry", "asked", "letter"] if is_home_asked else ["entry", "letter"]
    parts += [FOLLOWING.format(name=name, **_parts(name)) for name in following]
    return Numbered.of("with " + ",\n".join([*parts, DRAFT]) + "\n" + DONE)


def _takes(precedence: str) -> str:
    own = {"name": "own", "which": OWN, "passed": " and home_municipality_id = any(%(family)s)"}
    opened = {"name": "opened", "which": OPEN, "passed": ""}
    order = [own, opened] if precedence == Precedence.RESERVED_FIRST else [opened, own]
    first, second = order[0], order[1] | {"unless": f" and not exists (select from {order[0]['name']})"}
    still = FREE.replace("c.", "offerings_placecounter.")
    return ",\n".join(
        TAKE.format(**({"unless": ""} | one), free=FREE, still_free=still) for one in (first, second)
    )


def _parts(name: str, **known: str) -> dict[str, str]:
    """Where a row goes, and its values: given to the statement, or known to it alone."""
    known = {**KNOWN.get(name, {}), **known, **{one: f"%({name}_{one})s" for one in GIVEN[name]}}
    table = TABLES[name]._meta
    columns = {str(field.column): field for field in table.concrete_fields if not field.primary_key}
    return {
        "insert": f"insert into {table.db_table} ({', '.join(columns)})",
        "values": ", ".join(known.get(column) or _beginning(field) for column, field in columns.items()),
    }


def _beginning(field: models.Field[Any, Any]) -> str:
    """The field's first value, as PostgreSQL writes it."""
    return Literal(field.get_db_prep_save(field.get_default(), connection)).as_string()


def _named(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values that mean the same to psycopg as to the ORM, which asks four functions about each."""
    return {f"{name}_{one}": value for one, value in values.items()}
