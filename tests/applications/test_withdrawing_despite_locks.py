"""A withdrawal waits for whoever holds the course, longer than anything else does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connections, transaction

from applications import services
from applications.models import Application
from applications.services import withdrawing
from kopa.base.db import Busy
from offerings.services import acts
from tests.applications import given
from tests.factories import municipality
from tests.together import impatient

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
LOCK_TIMEOUT = 0.2  # seconds, instead of three


@pytest.fixture
def application() -> Iterator[Application]:
    municipality("FI-854")
    sent = given.apply(given.course())
    with impatient(200):
        yield sent


@contextmanager
def held(application: Application, seconds: float) -> Iterator[None]:
    """Somebody else holds the course from before the block on, for so long."""
    holds, enough = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                acts.lock(application.offering_id)
                holds.set()
                enough.wait(seconds)
        finally:
            connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    holds.wait(5)
    yield
    enough.set()
    thread.join()


@pytest.fixture
def withdraw(application: Application) -> Callable[[], Application]:
    return lambda: services.withdraw(application_id=application.pk, by=application.learner.person)


def test_withdrawing_does_not_fail_because_of_another_party(
    application: Application, withdraw: Callable[[], Application]
) -> None:
    """R-APP-7: the other one lets go after two timeouts and a half."""
    with held(application, LOCK_TIMEOUT * 2.5):
        assert withdraw().status == "withdrawn"
    assert given.state(application) == "withdrawn"


def test_without_patience_it_would(
    application: Application, withdraw: Callable[[], Application], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The counter-proof."""
    monkeypatch.setattr(withdrawing, "PATIENCE", 1)
    with held(application, LOCK_TIMEOUT * 2.5), pytest.raises(Busy):
        withdraw()
    assert given.state(application) == "submitted"


def test_whoever_never_lets_go_is_told_of(
    application: Application, withdraw: Callable[[], Application]
) -> None:
    with held(application, 30), pytest.raises(Busy):
        withdraw()
    assert given.state(application) == "submitted"
