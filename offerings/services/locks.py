"""Who may change an offering's places at one moment: many who apply, or one who does anything else.

An application sent in the order of registration takes its place by one conditional statement, so applicants
do not wait for each other; but none of them may be between "full" and "in the queue" while somebody frees a
place, and none may be sent to a course that is just being cancelled. Hence this lock, shared by applicants
and exclusive to every other act. PostgreSQL gives it in the order of asking: a steady stream of applicants
holds up nobody. It is the first lock of every act, before the offering's row.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

# Advisory locks are numbers: the upper half says what is locked, the lower half which.
PLACES: Final = 0x4B4F_5041 << 32


def lock_places(offering_ids: Iterable[int]) -> None:
    """Nobody else changes the places of these offerings, or applies to them, until the transaction ends."""
    numbers = [PLACES + pk for pk in sorted(offering_ids)]
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(one) from unnest(%s::bigint[]) as one", [numbers])


def share_places(offering_id: int, cursor: CursorWrapper) -> None:
    """Nobody frees, releases or cancels until the transaction ends; others may apply at the same time.

    ``cursor``: a numbered one, so that PostgreSQL plans it once.
    """
    cursor.execute("select pg_advisory_xact_lock_shared($1)", [PLACES + offering_id])
