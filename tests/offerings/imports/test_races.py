"""TESTPLAN C8 and R1: a file is saved while others write, twice at once, and by a worker that is killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest
from django.db import connection
from django.urls import reverse

from kopa.accounts.models import User
from kopa.audit.models import AuditEvent
from kopa.base.errors import ChangedMeanwhile
from offerings import services as of_one
from offerings import tasks
from offerings.imports import services
from offerings.imports.services import saving
from offerings.models import ImportRow, ImportRun, ImportState, Offering, SearchRow
from offerings.search import projection, words
from tests.factories import (
    OrganisationFactory,
    RoleAssignmentFactory,
    UserFactory,
    in_days,
    municipality,
)
from tests.offerings.imports.files import a_row, accepted, as_csv, checked
from tests.together import Meeting, impatient, run_together, without_locks

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("english"),
]


@pytest.fixture(autouse=True)
def _dictionaries_are_loaded() -> None:
    words.warm_up()


@pytest.fixture
def bengt():
    return UserFactory(name="Bengt")


@pytest.fixture
def host(bengt):
    municipality("FI-854")
    found = OrganisationFactory(home_municipality=municipality("FI-851"))
    RoleAssignmentFactory(person=bengt, organisation=found)
    return found


def changing(host, bengt) -> ImportRun:
    """A file that is to change two saved courses, waiting to be saved."""
    accepted(checked(as_csv([a_row("A1"), a_row("A2")]), host, bengt), bengt)
    run = checked(as_csv([a_row("A1", Paikkoja="18"), a_row("A2", Paikkoja="19")]), host, bengt)
    assert run.changed == 2
    services.order_saving(run_id=run.pk, by=bengt)
    return run


def saved_by_both(run: ImportRun, bengt) -> tuple[list[object], list[int | None]]:
    edited = Offering.objects.get(own_reference="A1")
    meeting = Meeting(2)

    def act(which: int) -> object:
        with meeting.before_writing():
            if which == 0:
                return services.accept(run_id=run.pk)
            return of_one.save_offering(
                offering_id=edited.pk, version=edited.version, given={"capacity": 7}, by=bengt
            )

    outcomes = run_together(2, act)
    run.refresh_from_db()
    return outcomes, [one.capacity for one in Offering.objects.order_by("own_reference")]


def test_of_a_file_and_an_edit_at_the_same_moment_one_is_told(host, bengt):
    """C8."""
    run = changing(host, bengt)

    outcomes, capacities = saved_by_both(run, bengt)

    if run.state == ImportState.ACCEPTED:
        assert isinstance(outcomes[1], ChangedMeanwhile)
        assert capacities == [18, 19]
    else:
        assert (outcomes[0], run.state) == (None, ImportState.CHECKED)
        assert capacities == [7, 16]
        assert list(run.rows.get(verdict="wrong").errors) == ["own_reference"]


def test_without_the_locks_one_of_them_would_be_lost_in_silence(host, bengt, monkeypatch):
    run = changing(host, bengt)
    without_locks(monkeypatch)

    outcomes, capacities = saved_by_both(run, bengt)

    assert not any(isinstance(outcome, Exception) for outcome in outcomes)
    assert run.state == ImportState.ACCEPTED
    assert capacities in ([7, 19], [18, 19])  # both believe that theirs is saved


def saved_twice(run: ImportRun) -> tuple[int, int]:
    """How often the file was saved, and how many entries the journal has of its first course."""
    meeting = Meeting(2)

    def act(_which: int) -> None:
        with meeting.before_writing():
            services.accept(run_id=run.pk)

    outcomes = run_together(2, act)
    assert outcomes == [None, None]
    course = Offering.objects.get(own_reference="A1")
    saves = AuditEvent.objects.filter(verb="offering.save", target_id=course.pk)
    return AuditEvent.objects.filter(verb="import.accept", target_id=run.pk).count(), saves.count()


def test_a_file_whose_saving_comes_twice_at_once_is_saved_once(host, bengt):
    assert saved_twice(changing(host, bengt)) == (1, 1)


def test_without_the_locks_it_would_be_saved_twice(host, bengt, monkeypatch):
    run = changing(host, bengt)
    without_locks(monkeypatch)
    # Writing down how the courses stood locks the file's rows, by chance where it stands now.
    monkeypatch.setattr(saving, "STOOD", "select %s")

    assert saved_twice(run) == (2, 2)


def test_a_course_made_meanwhile_under_the_same_identifier_is_reported(host, bengt):
    run = checked(as_csv([a_row("A1"), a_row("A2")]), host, bengt)
    of_one.create_draft(
        provider_id=host.pk, given={"title_fi": "Hitsaaja", "own_reference": "A1"}, by=bengt
    )

    accepted(run, bengt)

    assert (run.state, Offering.objects.count()) == (ImportState.CHECKED, 1)
    assert [row.own_reference for row in run.rows.filter(verdict="wrong")] == ["A1"]


def test_while_somebody_holds_a_course_nothing_is_saved_and_it_is_said(host, bengt):
    run = changing(host, bengt)
    offering = Offering.objects.get(own_reference="A1")
    holding = connection.copy()
    try:
        holding.set_autocommit(False)
        with holding.cursor() as cursor:
            cursor.execute("select 1 from offerings_offering where id = %s for update", [offering.pk])

        with impatient(100):
            services.accept(run_id=run.pk)
    finally:
        holding.close()
        connection.close()

    run.refresh_from_db()
    assert run.state == ImportState.CHECKED
    assert run.refusal.startswith("Somebody else is just changing this")
    assert run.wrong == 0


def test_while_somebody_holds_a_course_nothing_is_undone_and_it_is_tried_again(at_once, host, bengt):
    run = accepted(checked(as_csv([a_row("A1")]), host, bengt), bengt)
    services.order_undoing(run_id=run.pk, by=bengt)
    offering = Offering.objects.get()
    holding = connection.copy()
    try:
        holding.set_autocommit(False)
        with holding.cursor() as cursor:
            cursor.execute("select 1 from offerings_offering where id = %s for update", [offering.pk])
        with impatient(100):
            services.undo(run_id=run.pk)
    finally:
        holding.close()
        connection.close()
    run.refresh_from_db()
    assert (run.state, Offering.objects.count()) == (ImportState.UNDOING, 1)

    tasks.take_up_imports()

    run.refresh_from_db()
    assert (run.state, Offering.objects.count()) == (ImportState.UNDONE, 0)


def test_what_is_typed_into_a_row_stays_while_somebody_holds_the_file(client, host, bengt):
    client.force_login(bengt)
    run = checked(as_csv([a_row("A1", Paikkoja="paljon")]), host, bengt)
    before = run.rows.get().cells
    holding = connection.copy()
    try:
        holding.set_autocommit(False)
        with holding.cursor() as cursor:
            cursor.execute("select 1 from offerings_importrun where id = %s for update", [run.pk])
        answer = client.post(reverse("offerings:import_row", args=(run.pk, 2)), {"capacity": "14"})
    finally:
        holding.close()

    assert answer.status_code == 200
    assert "This file is not waiting to be saved" in answer.text
    assert 'value="14"' in answer.text
    assert run.rows.get().cells == before


SAVE = """
import sys, django
django.setup()
from offerings.imports import checking, services
print("begins", flush=True)
if sys.argv[1] == "check":
    checking.check(int(sys.argv[2]))
elif sys.argv[1] == "save":
    services.accept(run_id=int(sys.argv[2]))
else:
    services.undo(run_id=int(sys.argv[2]))
"""


def worker(act: str, run: ImportRun) -> subprocess.Popen[str]:
    settings = connection.settings_dict
    address = f"postgresql://{settings['USER']}@/{settings['NAME']}?host={settings['HOST']}"
    return subprocess.Popen(
        [sys.executable, "-c", SAVE, act, str(run.pk)], stdout=subprocess.PIPE, text=True,
        env=os.environ | {"DATABASE_URL": address},
    )  # fmt: skip


def killed_in_the_middle(act: str, run: ImportRun, chance: random.Random, *, lasts: float) -> bool:
    """Whether it was still at work."""
    with worker(act, run) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begins\n"
        time.sleep(chance.uniform(0, lasts))
        process.send_signal(signal.SIGKILL)
    return process.returncode == -signal.SIGKILL


def test_a_worker_that_is_killed_leaves_all_or_nothing_and_the_work_is_taken_up(at_once, host, bengt):
    """R1: checking, saving and undoing, each killed at random moments; then done by the next worker."""
    number, chance = 40, random.Random(5)
    rows = [a_row(f"A{n}") for n in range(number)]
    run = services.bring(provider=host, by=bengt, file_name="a.csv", content=as_csv(rows), language="en")
    orders = {
        "check": lambda: None,
        "save": lambda: services.order_saving(run_id=run.pk, by=bengt),
        "undo": lambda: order_undoing_in_time(run, bengt),
    }
    done = {"check": ImportState.CHECKED, "save": ImportState.ACCEPTED, "undo": ImportState.UNDONE}
    killed = 0
    for act, order in orders.items():
        order()
        run.refresh_from_db()
        waiting, before = run.state, standing()
        for lasts in (0.05, 0.4, 1.5):  # early first: a fast machine is done soon
            killed += killed_in_the_middle(act, run, chance, lasts=lasts)
            run.refresh_from_db()
            if run.state == done[act]:
                break
            assert (run.state, standing()) == (waiting, before)
        tasks.take_up_imports()
        run.refresh_from_db()
        assert run.state == done[act]
        expected = {"check": (0, 0, number), "save": (number,) * 3, "undo": (0, 0, number)}[act]
        assert standing() == expected
        assert projection.compare(now=in_days(0)) == []
    assert killed >= 1


def order_undoing_in_time(run: ImportRun, by: User) -> None:
    """A worker of its own that was not killed in time has saved by the clock on the wall, not the test's."""
    ImportRun.objects.filter(pk=run.pk).update(accepted_at=in_days(0))
    services.order_undoing(run_id=run.pk, by=by)


def standing() -> tuple[int, int, int]:
    return Offering.objects.count(), SearchRow.objects.count(), ImportRow.objects.count()
