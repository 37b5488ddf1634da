"""Two starts on one database take turns."""

from __future__ import annotations

import threading

import pytest
from django.core.management import call_command
from django.db import connection

from kopa.stack.alone import MIGRATE, alone

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_second_waits_until_the_first_is_done():
    order, said = [], threading.Event()

    def second():
        try:
            with alone(connection, 7, lambda _line: said.set()):
                order.append("second")
        finally:
            connection.close()

    with alone(connection, 7, pytest.fail):
        thread = threading.Thread(target=second)
        thread.start()
        assert said.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_another_lock_is_not_waited_for():
    with alone(connection, 7, pytest.fail), alone(connection, 8, pytest.fail):
        pass
    with alone(connection, 7, pytest.fail):
        pass


def test_migrations_wait_for_migrations():
    finished = threading.Event()

    def migrate():
        call_command("migrate", verbosity=0)
        connection.close()
        finished.set()

    with alone(connection, MIGRATE, pytest.fail):
        thread = threading.Thread(target=migrate)
        thread.start()
        assert not finished.wait(1)
    assert finished.wait(20)
    thread.join()
