"""A file is judged once, however often a worker is told of it."""

from __future__ import annotations

import pytest

from offerings.imports import checking
from offerings.models import ImportRun
from tests.factories import ImportRunFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.mark.parametrize("state", ["checked", "refused"])
def test_a_run_that_does_not_wait_is_left_alone(state):
    run = ImportRunFactory(state=state)
    before = ImportRun.objects.filter(pk=run.pk).values().get()

    checking.check(run.pk)
    checking._give_up(run.pk)

    assert ImportRun.objects.filter(pk=run.pk).values().get() == before


def test_one_that_is_gone_is_nothing():
    checking.check(0)
    checking._give_up(0)

    assert not ImportRun.objects.exists()
