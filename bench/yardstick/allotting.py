"""The yardstick of sending: one statement that PostgreSQL has planned already, and no rule but the place.

It writes the same rows as KOPA: learner, application, seat, entry in the journal, the home municipality's
case, letter. What stands in them was worked out before. ``NAIVE`` is how a place is given twice.
"""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Mapping
from typing import Any, Final

import psycopg

from kopa.base.binary import Numbered

# What every row has, and what the tables leave to whoever writes them.
LEARNER: Final = """
  insert into applications_learner (person_id, birth_on, phone, is_protected, created_at,
    is_demonstration)
  values (%(person)s, %(birth_on)s, '', false, %(now)s, false) returning id
"""
APPLICATION: Final = """
  insert into applications_application (key, reference, learner_id, offering_id, status, version,
    submitted_at, is_late, is_outside, home_municipality_id, home_source, statement_need, statement_reason,
    language, motivation, sealed_grounds, is_demonstration)
  select %(key)s, %(reference)s, learner.id, %(offering)s, {status}, 1, %(now)s, false, false, %(home)s,
    'self_declared', 'required', '', 'fi', '', '', false
  from learner{beside} returning id, status
"""
SEAT: Final = """
  insert into applications_seat (application_id, counter_id, source, state, held_at)
  select sent.id, place.id, 'open', 'held', %(now)s from sent, place
"""
ENTRY: Final = """
  insert into audit_auditevent (at, actor_id, role, verb, target, target_id, from_state, to_state, reason,
    changes)
  select %(now)s, %(person)s, '', 'application.submit', 'applications.application', sent.id, '', sent.status,
    '', '{}' from sent
"""
CASE: Final = """
  insert into applications_homestatement (application_id, municipality_id, state, version, requested_at,
    due_on, more_asked, more_given, more_before, outcome, ground, text, limits, appeal, official_name,
    official_title, is_outside, language, appeal_reference)
  select sent.id, %(home)s, 'requested', 1, %(now)s, %(due_on)s, '', '', '', '', '', '', '', '', '', '',
    false, '', ''
  from sent
"""
LETTER: Final = """
  insert into letters_letter (kind, recipient_id, address, language, subject, text, html, holds_secret,
    ending_address, target, target_id, created_at, state, tries, next_try_at)
  select 'application_receipt', %(person)s, %(address)s, 'fi', %(subject)s, %(text)s, %(html)s, false, '',
    'applications.application', sent.id, %(now)s, 'waiting', 0, %(now)s from sent
"""
BEST: Final = Numbered.of(f"""
with place as (
  update offerings_placecounter set held = held + 1
  where offering_id = %(offering)s and quota_id is null
    and seats > held + taken + used + taken_elsewhere
  returning id
),
placed as materialized (select exists (select from place) as is_placed),
learner as ({LEARNER}),
-- Known before a row is made, so that ids rise in the order in which places are taken.
sent as ({APPLICATION.format(
    status="case when placed.is_placed then 'submitted' else 'waiting' end", beside=", placed"
)}),
seat as ({SEAT}), entry as ({ENTRY}), asked as ({CASE}), letter as ({LETTER})
select status from sent
""")  # noqa: S608 - no value of anybody
LOOK: Final = Numbered.of("""
select id, seats - held - taken - used - taken_elsewhere from offerings_placecounter
where offering_id = %(offering)s and quota_id is null
""")
NAIVE: Final = Numbered.of(f"""
with place as (
  update offerings_placecounter set held = held + 1 where id = %(counter)s and %(is_free)s returning id
),
learner as ({LEARNER}),
sent as ({APPLICATION.format(
    status="case when %(is_free)s then 'submitted' else 'waiting' end", beside=""
)}),
seat as ({SEAT}), entry as ({ENTRY}), asked as ({CASE}), letter as ({LETTER})
select status from sent
""")  # noqa: S608 - no value of anybody


def connect() -> psycopg.Connection:
    url = os.environ["DATABASE_URL"]
    return psycopg.connect(url, autocommit=True, prepare_threshold=0, cursor_factory=psycopg.RawCursor)


def values(attempt: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """For one attempt; ``given`` is the same for all of them."""
    return {
        "person": attempt["person"],
        "offering": attempt["offering"],
        "key": uuid.UUID(attempt["key"]),
        "reference": attempt["key"][:8] + attempt["key"][9:13],
        "address": "hakija@example.org",
        "birth_on": dt.date(1995, 5, 17),
        **given,
    }


def send(connection: psycopg.Connection, of: Mapping[str, Any]) -> str:
    """Which status the application got."""
    row = connection.execute(BEST.sql, BEST.ordered(of)).fetchone()
    return row[0] if row else ""


def send_naively(connection: psycopg.Connection, of: Mapping[str, Any]) -> str:
    """Looks whether a place is free, and then takes it: somebody else has done so meanwhile."""
    counter, free = connection.execute(LOOK.sql, LOOK.ordered(of)).fetchone() or (0, 0)
    known = {**of, "counter": counter, "is_free": free > 0}
    row = connection.execute(NAIVE.sql, NAIVE.ordered(known)).fetchone()
    return row[0] if row else ""
