"""Numbers of places beside the rows that they stand for."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from applications import services, tasks
from applications.models import Seat
from offerings.models import Offering, PlaceCounter, Quota
from offerings.services import Miscount
from tests.applications.given import apply, course
from tests.factories import municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def pello() -> None:
    municipality("FI-854")


def alarms(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [one.msg for one in caplog.records if one.levelname == "ERROR"]  # type: ignore[misc]


def test_what_is_right_is_silent(caplog) -> None:
    """R-CAP-1"""
    apply(course(capacity=3))
    out = StringIO()

    call_command("recount", stdout=out)
    tasks.recount_places()

    assert out.getvalue() == "Every number of places is what its rows say.\n"
    assert (services.recount(), alarms(caplog)) == ([], [])


@pytest.mark.usefixtures("miscounted_before")
def test_command_and_nightly_job_tell_every_number_that_is_wrong_and_mend_none(caplog) -> None:
    """R-CAP-1, R-CAP-2: per course, per open source and per quota."""
    more_held = course(capacity=3)
    apply(more_held)
    PlaceCounter.objects.filter(offering=more_held).update(held=2)
    lost = course(capacity=4, quotas={"FI-854": 1})
    apply(lost)
    Seat.objects.filter(application__offering=lost).update(state="taken")
    fewer = course(capacity=9)
    PlaceCounter.objects.filter(offering=fewer).update(seats=8)
    other = course(capacity=6, quotas={"FI-854": 2})
    Quota.objects.filter(offering=other).update(seats=3)
    wrong = [
        Miscount(fewer.pk, "", "seats", counted=8, right=9),
        Miscount(other.pk, "FI-854", "seats", counted=2, right=3),
        Miscount(more_held.pk, "open", "held", counted=2, right=1),
        Miscount(lost.pk, "FI-854", "held", counted=1, right=0),
        Miscount(lost.pk, "FI-854", "taken", counted=0, right=1),
    ]

    out = StringIO()
    with pytest.raises(CommandError, match=r"differ from their rows: 5\. Nothing has been changed"):
        call_command("recount", stdout=out)
    tasks.recount_places()

    assert services.recount() == wrong
    assert out.getvalue().splitlines() == [
        f"offering {fewer.pk}, all places, seats: 8 counted, 9 by the rows",
        f"offering {other.pk}, reserved for FI-854, seats: 2 counted, 3 by the rows",
        f"offering {more_held.pk}, open places, held: 2 counted, 1 by the rows",
        f"offering {lost.pk}, reserved for FI-854, held: 1 counted, 0 by the rows",
        f"offering {lost.pk}, reserved for FI-854, taken: 0 counted, 1 by the rows",
    ]
    told = [(one["offering_id"], one["source"], one["column"], one["counted"]) for one in alarms(caplog)]
    assert told == [(one.offering_id, one.source, one.column, one.counted) for one in wrong]
    assert {one["event"] for one in alarms(caplog)} == {"places disagree with their rows"}
    assert Offering.objects.filter(counters__held=2).get() == more_held
