"""C11: who sends, answers or is late is judged by one clock, that of the web server and the workers."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from applications import services
from applications.errors import AnsweredTooLate
from applications.models import Application
from applications.services.answering import ON_THE_WAY
from tests.applications.given import admit, apply, course, state
from tests.factories import municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
SECOND = dt.timedelta(seconds=1)


def clock_of_the_database() -> dt.datetime:
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        found = cursor.fetchone()
    assert found is not None
    moment: dt.datetime = found[0]
    return moment.replace(microsecond=0)


@pytest.mark.parametrize("minutes", [5, -5])
def test_the_database_may_be_five_minutes_ahead_or_behind(minutes, clock) -> None:
    """C11, R-TIME-1: the last second of applying and of answering is the web server's, whatever time it is to
    PostgreSQL, by which one of both would come too late, or the other too early.
    """
    clock.move_to(clock_of_the_database() - dt.timedelta(minutes=minutes))
    municipality("FI-854")
    now = dt.datetime.now(dt.UTC)
    offering = course(applications_close_at=now)
    timely = apply(offering)
    clock.shift(SECOND)
    late = apply(offering)
    assert (timely.is_late, late.is_late) == (False, True)
    assert timely.submitted_at == now

    Application.objects.filter(pk__in=[admit(timely).pk, admit(late).pk]).update(held_until=now + 2 * SECOND)
    clock.move_to(now + 2 * SECOND)
    assert services.lapse_unanswered() == 0
    assert services.accept(application_id=timely.pk, by=timely.learner.person).status == "accepted"
    clock.shift(SECOND)
    with pytest.raises(AnsweredTooLate):
        services.accept(application_id=late.pk, by=late.learner.person)
    clock.shift(ON_THE_WAY)
    assert (services.lapse_unanswered(), state(late)) == (1, "lapsed")
