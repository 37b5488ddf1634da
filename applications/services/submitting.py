"""Sending an application: in the order of registration it takes its place in the same moment (R-APP-12)."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from dataclasses import dataclass
from typing import Any, Final

from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from applications import eligibility
from applications import letters as notices
from applications.days import host_day, statement_due
from applications.errors import AppliedAlready, ClosedAndFull, NotOpenForApplications, PlaceGone
from applications.models import Application, Draft, HomeSource, HomeStatement, Learner
from applications.services import acts
from applications.states import ApplicationStatus
from kopa.accounts.models import User
from kopa.base.db import constraint_name
from offerings import windows
from offerings.homes import Home
from offerings.models import Offering, Precedence, SelectionRule
from offerings.payers import Need
from offerings.services.locks import share_places

# Read out on the telephone: no letters or digits that are taken for each other.
ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Submission:
    """What a student sends. ``key`` is that of the draft: the same sent twice is one application.

    ``not_to_queue``: a place was shown to her, and the queue is not what she has agreed to.
    """

    key: uuid.UUID
    offering_id: int
    person: User
    home: Home
    birth_on: dt.date
    language: str
    phone: str = ""
    motivation: str = ""
    prior_education_id: str | None = None
    not_to_queue: bool = False


def submit(given: Submission, *, now: dt.datetime | None = None) -> Application:
    """The application is sent: it holds a place, stands in the queue, or waits for the selection.

    ``status`` says which: ``submitted`` with a seat or without one where the course has a selection,
    ``waiting`` where every place is given. Sent twice with the same key it is the same application.

    Raises NotAppliedForHere, NotOpenForApplications, NotOpenToYou, NotOfAge, NobodyDecides, AppliedAlready,
    ClosedAndFull, PlaceGone.
    """
    moment = now or timezone.now()
    try:
        with transaction.atomic():
            return _submit(given, moment)
    except IntegrityError as refused:
        name = constraint_name(refused)
        if name == "applications_application_key_key":
            return Application.objects.select_related("offering").get(key=given.key)
        if name == "learner_has_one_live_application_to_a_course":
            before = Application.objects.filter(key=given.key).first()
            if before is not None:
                return before
            raise AppliedAlready from refused
        raise


def _submit(given: Submission, now: dt.datetime) -> Application:
    offering = Offering.objects.select_related("provider__municipality", "provider__parent").get(
        pk=given.offering_id
    )
    rule = eligibility.refuse_unless_eligible(offering, given.home, birth_on=given.birth_on, now=now)
    learner = _learner(given, now)
    application = Application(
        key=given.key,
        reference=new_reference(),
        learner=learner,
        offering=offering,
        home_municipality_id=given.home.id,
        home_source=HomeSource.PROTECTED if learner.is_protected else HomeSource.SELF_DECLARED,
        statement_need=rule.need,
        statement_reason=rule.reason or "",
        agreement_id=rule.agreement_id,
        is_late=windows.is_closed(offering, now),
        is_outside=eligibility.is_outside(offering, given.home, on=host_day(offering, now)),
        language=given.language,
        motivation=given.motivation,
        prior_education_id=given.prior_education_id,
        submitted_at=now,
    )
    share_places(offering.pk)
    _insert(application, given.home, now)
    if application.pk is None:
        raise ClosedAndFull if application.is_late else NotOpenForApplications
    if given.not_to_queue and application.status == ApplicationStatus.WAITING:
        raise PlaceGone
    if rule.need == Need.REQUIRED:
        _ask_home(application, now)
    acts.tell("submit", application, by=given.person, to_state=application.status)
    notices.received(application)
    Draft.objects.filter(key=given.key).delete()
    return application


def new_reference() -> str:
    """Nobody can guess it, and nobody has to: it opens nothing."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"K-{drawn[:4]}-{drawn[4:]}"


def _learner(given: Submission, now: dt.datetime) -> Learner:
    learner, made = Learner.objects.get_or_create(
        person=given.person, defaults={"birth_on": given.birth_on, "phone": given.phone, "created_at": now}
    )
    changed = {"birth_on": given.birth_on, "phone": given.phone}
    if not made and any(getattr(learner, name) != value for name, value in changed.items()):
        Learner.objects.filter(pk=learner.pk).update(**changed)
        learner.birth_on, learner.phone = given.birth_on, given.phone
    return learner


def _ask_home(application: Application, now: dt.datetime) -> None:
    """R-HOME-4: the statement is due in ten working days of the home municipality's country."""
    home = application.home_municipality
    statement = HomeStatement.objects.create(
        application=application,
        municipality=home,
        requested_at=now,
        due_on=statement_due(now, home.country),
    )
    notices.statement_asked(statement)


# Places are taken on condition, so nobody locks a full course; the caller shares its lock, so nothing becomes
# free between "full" and "in the queue". Nobody passes those who wait for the same places.
BY_REGISTRATION: Final = """
with course as materialized ({course}),
waiting as materialized (
  select home_municipality_id as home from applications_application
  where offering_id = %(offering)s and status = 'waiting'
),
{takes},
place as (select id, 'reserved' as source from own union all select id, 'open' from opened),
-- Known before a row is made, so that ids rise in the order in which places are taken.
placed as materialized (select exists (select from place) as is_placed),
sent as (
  insert into applications_application ({columns}, status)
  select {values}, case when placed.is_placed then 'submitted' else 'waiting' end
  from course, placed where not %(late)s or placed.is_placed
  returning id, status
),
seat as (
  insert into applications_seat (application_id, counter_id, source, state, held_at)
  select sent.id, place.id, place.source, 'held', %(now)s from sent, place
)
select id, status from sent
"""

# Every other rule: sending holds nothing (R-APP-12). Late ones are taken while places are vacant (R-APP-4).
FOR_SELECTION: Final = """
with course as ({course})
insert into applications_application ({columns}, status)
select {values}, 'submitted' from course
where not %(late)s or exists (
  select from offerings_placecounter c where c.offering_id = course.id and {free} and ({own} or {opened})
)
returning id, status
"""

COURSE: Final = """
  select id from offerings_offering
  where id = %(offering)s and status = 'published' and takes_applications
    and applications_open_at <= %(now)s and starts_on > %(today)s
"""
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
    ) and {still_free} and not exists (select from waiting {passed}){unless}
  returning offerings_placecounter.id
)"""


def _takes(precedence: str) -> str:
    own = {"name": "own", "which": OWN, "passed": "where home = any(%(family)s)"}
    opened = {"name": "opened", "which": OPEN, "passed": ""}
    order = [own, opened] if precedence == Precedence.RESERVED_FIRST else [opened, own]
    first, second = order[0], order[1] | {"unless": f" and not exists (select from {order[0]['name']})"}
    still = FREE.replace("c.", "offerings_placecounter.")
    return ", ".join(
        TAKE.format(**({"unless": ""} | one), free=FREE, still_free=still) for one in (first, second)
    )


def _insert(application: Application, home: Home, now: dt.datetime) -> None:
    """Write the application, and its seat where it gets one. Without ``pk`` afterwards: it was not taken."""
    offering = application.offering
    columns = _columns(application)
    parts = {
        "course": COURSE,
        "columns": ", ".join(columns),
        "values": ", ".join(f"%({name})s" for name in columns),
    }
    if offering.selection_rule == SelectionRule.REGISTRATION_ORDER:
        sql = BY_REGISTRATION.format(**parts, takes=_takes(offering.precedence))
    else:
        sql = FOR_SELECTION.format(**parts, free=FREE, own=OWN, opened=OPEN)
    given = columns | {
        "offering": offering.pk,
        "family": list(home.family),
        "now": now,
        "today": now.astimezone(offering.zone).date(),
        "late": application.is_late,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        row = cursor.fetchone()
    if row is not None:
        application.pk, application.status = row
        application._state.adding = False  # noqa: SLF001 - as save() does


def _columns(application: Application) -> dict[str, Any]:
    fields: list[models.Field] = [
        field
        for field in application._meta.concrete_fields
        if not field.primary_key and field.name != "status"
    ]
    return {
        str(field.column): field.get_db_prep_save(getattr(application, field.attname), connection)
        for field in fields
    }
