"""A small generated catalogue for the tests of the measurements."""

from __future__ import annotations

import io

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction

from tests.conftest import TUESDAY


@pytest.fixture(scope="module")
def generated(django_db_setup, django_db_blocker):
    """Some 240 offerings that can be found, for the tests of a module."""
    with django_db_blocker.unblock(), time_machine.travel(TUESDAY, tick=False), transaction.atomic():
        call_command("load_reference", stdout=io.StringIO())
        call_command("generate_catalogue", "--offerings=1000", "--seed=5", stdout=io.StringIO())
        yield
        transaction.set_rollback(True)


@pytest.fixture
def catalogue(generated, db, settings):
    settings.API_READS_PER_SECOND = settings.API_READ_BURST = 1_000_000
