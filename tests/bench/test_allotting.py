"""What measures sending: the same rows by every way, and a proof that places given twice are noticed."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace

import pytest
from django.core.management import CommandError
from django.db import connection

from applications.models import Application, Draft, Seat
from bench import allotting
from bench.applicants import Scenario, make_attempts, make_world
from bench.client import Failed
from bench.driving import Done
from bench.plain.applying import free_counter
from kopa.letters.models import Letter
from offerings.models import Offering
from tests.applications.given import apply, course
from tests.factories import municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def clock() -> None:
    """Time runs: those who send are processes of their own."""


OPTIONS = {
    "attempts": 40, "http_attempts": 40, "rounds": 1, "connections": 8, "seed": 1, "without_http": False,
}  # fmt: skip


def test_every_way_writes_the_same_rows_and_gives_no_place_twice() -> None:
    """R-CAP-1, through the service, its yardstick, the page and the plain page; and the counter-proof."""
    measured = json.loads(json.dumps(allotting.measure(OPTIONS)))

    hot, spread = (measured["scenarios"][name] for name in ("hot", "spread"))
    assert list(hot) == list(spread) == ["yardstick", "service", "page", "plain page"]
    assert [(one["placed"], one["waiting"]) for one in hot.values()] == [(2, 38)] * 4
    assert [(one["placed"], one["waiting"]) for one in spread.values()] == [(20, 20)] * 4
    assert all(one["processor_ms"] > 0 for one in [*hot.values(), *spread.values()])
    assert measured["counter_proof"]["oversold"] > 0
    said = "\n".join(allotting.table(measured))
    assert said.count("given twice 0") == 8
    assert said.count("at least 3 × plain") == said.count("at least 0.4 × yardstick") == 2


def test_a_round_is_compared_with_itself_and_figures_are_of_all_of_them() -> None:
    """A machine that becomes four times as slow in the second round says nothing about either way."""
    scenario = Scenario("hot", 4, 1, 1)
    found = {"placed": 1, "waiting": 3, "oversold": 0}
    fast, slow = Done(0.0, 1.0, 0.02, [0.1] * 4), Done(0.0, 4.0, 0.02, [0.5] * 4)

    one = allotting.together([allotting.Sent(scenario, done, found, 1.0) for done in (fast, slow, slow)])

    assert (one["attempts"], one["placed"], one["waiting"]) == (12, 3, 9)
    assert (one["per_second"], one["rounds"]) == (1.0, [4.0, 1.0, 1.0])
    assert (one["p50"], one["p99"], one["processor_ms"]) == (500.0, 500.0, pytest.approx(5.0))
    rounds = {"yardstick": [4.0, 1.0, 1.0], "service": [2.0, 0.5, 0.5]}
    assert list(allotting.goals("hot", rounds)) == ["met     hot: service, at least 0.4 × yardstick: 0.50"]


def test_who_cannot_be_warmed_up_is_not_measured(monkeypatch) -> None:
    """Nothing is sent by the others either, and nobody waits for ever."""
    world, scenario = make_world(), Scenario("hot", 4, 1, 1)
    monkeypatch.setattr(Scenario, "warm_up", classmethod(lambda cls, _number: cls("closed", 4, 1, 1)))
    attempts = make_attempts(world, scenario, seed=1, with_pages=False)
    nowhere = [replace(one, key=str(uuid.uuid4()), offering=-1) for one in attempts]
    monkeypatch.setattr(
        allotting, "make_attempts", lambda _world, given, **_: attempts if given is scenario else nowhere
    )
    bench = allotting.Bench(world, OPTIONS, "unix:///nowhere")

    with pytest.raises(Failed, match="did not start"):
        bench.run("service", scenario)
    assert not Application.objects.exists()


def test_a_place_given_twice_is_not_reported() -> None:
    scenario = Scenario("hot", 3, 1, 1)
    attempts = make_attempts(make_world(), scenario, seed=1, with_pages=False)

    found = allotting.what_is_found(attempts)

    assert found["applications"] == found["oversold"] == 0
    with pytest.raises(CommandError, match=r"hot, service: .*applications 0, not 3"):
        allotting.refuse_unless_right(found, Done(), scenario, "service")
    whole = found | dict.fromkeys(("applications", "learners", "entries", "cases", "letters"), 3)
    right = whole | {"placed": 1, "waiting": 2}
    allotting.refuse_unless_right(right, Done(), scenario, "service")
    for wrong in ({"oversold": 1}, {"undersold": 1}, {"miscounted": 1}, {"passed": 1}, {"letters": 2}):
        with pytest.raises(CommandError, match=next(iter(wrong))):
            allotting.refuse_unless_right(right | wrong, Done(), scenario, "service")
    with pytest.raises(CommandError, match="1 were refused: Busy"):
        allotting.refuse_unless_right(right, Done(failures=["Busy"]), scenario, "service")


def test_the_database_of_its_own_is_whole_and_gone_afterwards() -> None:
    before = connection.settings_dict["NAME"]

    with allotting.database_of_its_own():
        name = connection.settings_dict["NAME"]
        assert name.startswith("kopa_bench_")
        assert make_attempts(make_world(), Scenario("hot", 2, 1, 1), seed=1, with_pages=True)
        assert Draft.objects.count() == 2

    assert connection.settings_dict["NAME"] == before
    assert Draft.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_database where datname = %s", [name])
        assert cursor.fetchone() == (0,)


def test_the_constraint_is_back_after_the_counter_proof() -> None:
    with allotting.without_the_constraint():
        pass

    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_constraint where conname = %s", [allotting.CONSTRAINT])
        assert cursor.fetchone() == (1,)


@pytest.mark.parametrize(("precedence", "source"), [("reserved_first", True), ("open_first", False)])
def test_the_plain_version_keeps_the_order_of_places_too(precedence, source) -> None:
    """R-CAP-7; nobody passes those who wait."""
    pello, tornio = municipality("FI-854"), municipality("FI-851")
    offering = course(capacity=2, quotas={"FI-854": 1}, precedence=precedence)

    counter = free_counter(offering, (pello.pk,))

    assert counter is not None
    assert (counter.quota_id is not None) is source
    apply(offering, "FI-851")
    apply(offering, "FI-851")
    assert free_counter(offering, (tornio.pk,)) is None
    assert Application.objects.count() == Letter.objects.count() == Seat.objects.count() + 1
    assert Offering.objects.get().pk == offering.pk
