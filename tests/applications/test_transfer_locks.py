"""Who looks what a transfer would do, and who is just moving the other way."""

from __future__ import annotations

import threading
from functools import partial

import pytest
from django.db import connections, transaction

from applications import services
from applications.models import Cause
from applications.services import acts
from applications.services.many import transfer_all
from tests.applications.given import apply, course, official
from tests.factories import municipality

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_who_looks_and_who_moves_do_not_wait_for_each_other() -> None:
    """Both lock the courses in one order, so that neither is killed by the database."""
    municipality("FI-854")
    to = course()
    offering = course(provider=to.provider)  # locked after it
    application = apply(offering)
    holds, outcome = threading.Event(), []

    def move() -> None:
        try:
            with transaction.atomic():
                acts.lock_courses([to.pk])
                holds.set()
                threading.Event().wait(0.4)
                acts.lock_courses([offering.pk])
                outcome.append("moved")
        finally:
            connections.close_all()

    thread = threading.Thread(target=move)
    thread.start()
    holds.wait(5)
    lines = services.as_if(
        partial(
            transfer_all, offering=offering, application_ids=[application.pk], to=to, cause=Cause.ASKED,
            by=official(offering),
        )
    )  # fmt: skip
    thread.join()
    assert outcome == ["moved"]
    assert [line.refused for line in lines] == [""]
