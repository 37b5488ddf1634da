"""Every number of places beside the rows that it stands for (R-CAP-1)."""

from __future__ import annotations

from typing import Final

from django.db import connection

from offerings.services.places import Miscount, places_that_disagree


def recount() -> list[Miscount]:
    """Every number of places that is not what the rows say; empty is right. Three statements, and nothing is
    locked or mended: which of the two is right, only a person can tell.
    """
    return [*places_that_disagree(), *places_miscounted()]


def places_miscounted() -> list[Miscount]:
    """Counters whose held, taken or used places are not as many as there are seats in that state."""
    with connection.cursor() as cursor:
        cursor.execute(MISCOUNTED)
        return [Miscount(*row) for row in cursor.fetchall()]


MISCOUNTED: Final = """
select c.offering_id, coalesce(m.key, 'open'), said.state, said.number, coalesce(found.number, 0)
from offerings_placecounter c
cross join lateral (values ('held', c.held), ('taken', c.taken), ('used', c.used)) said(state, number)
left join (
  select counter_id, state, count(*) as number from applications_seat where state <> 'freed'
  group by counter_id, state
) found on found.counter_id = c.id and found.state = said.state
left join offerings_quota q on q.id = c.quota_id
left join municipalities_municipality m on m.id = q.municipality_id
where said.number <> coalesce(found.number, 0)
order by c.id, said.state
"""
