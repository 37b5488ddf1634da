"""Parts are killed and restarted under those who send: nothing is lost, nothing is done twice, and the user
is told. Real servers and programs of these tests' own (tests/stack/stage.py), a minute in all.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg
import pytest

from applications.services.recounting import MISCOUNTED
from bench.allotting import FOUND, _path
from bench.client import Connection, Failed
from bench.driving import ByPage
from bench.servers import HEADERS, Server
from tests.stack.stage import HOST, PATIENCE, Stage, stage

pytestmark = [
    pytest.mark.race,
    pytest.mark.skipif(sys.platform != "linux", reason="ends whole groups of processes"),
    pytest.mark.xdist_group("faults"),
]
PAGE = _path(Server("page", "", "", "", {}))
MAKE = """
import json
from dataclasses import asdict
from bench.applicants import Scenario, make_attempts, make_world
scenario = Scenario("faults", {number}, 1, {places})
print(json.dumps([asdict(one) for one in make_attempts(make_world(), scenario, seed=1, with_pages=True)]))
"""
Attempts = Sequence[Mapping[str, Any]]


@pytest.fixture(autouse=True)
def clock() -> None:
    """Time runs: the programs are processes of their own."""


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("stage")) as made:
        made.start_web()
        yield made


@pytest.fixture
def letters(parts: Stage) -> list[Any]:
    """What has arrived, emptied before."""
    parts.mail.letters.clear()
    parts.mail.hangs_at = ""
    return parts.mail.letters


def attempts(parts: Stage, number: int, places: int) -> Attempts:
    """People with everything filled in and a session each, for one course with so many places."""
    made: Attempts = json.loads(parts.run(MAKE.format(number=number, places=places)))
    return made


class Sending:
    """Several browsers, each of which sends until it is led on to its receipt."""

    def __init__(self, parts: Stage, made: Attempts, *, browsers: int = 6) -> None:
        self.parts, self.made = parts, made
        self.ready = ByPage({"port": parts.port, "path": PAGE}, made).ready
        self.acknowledged: list[str] = []
        self.refused: list[str] = []
        self.slowest = 0.0
        self.threads = [
            threading.Thread(target=self._send_all, args=(made[n::browsers],)) for n in range(browsers)
        ]

    def __enter__(self) -> Sending:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self.threads:
            thread.join()

    def _send_all(self, mine: Attempts) -> None:
        for one in mine:
            end = time.monotonic() + PATIENCE
            while not self._send(one["key"]) and time.monotonic() < end:
                time.sleep(0.1)

    def _send(self, key: str) -> bool:
        browser, began = Connection(HOST, self.parts.port, status=b"302"), time.monotonic()
        try:
            browser.send(self.ready[key])
        except (Failed, OSError) as reason:
            self.refused.append(str(reason))
            return False
        else:
            self.acknowledged.append(key)
            self.slowest = max(self.slowest, time.monotonic() - began)
            return True
        finally:
            browser.close()

    def send_again(self) -> None:
        """All of them once more: the answer never arrived."""
        for one in self.made:
            assert self._send(one["key"])


def found(parts: Stage, made: Attempts) -> dict[str, int]:
    given = {"courses": [made[0]["offering"]], "people": [one["person"] for one in made]}
    with psycopg.connect(parts.postgres.url()) as connection:
        cursor = connection.execute(FOUND, given)
        assert cursor.description is not None
        row = cursor.fetchone()
        assert row is not None
        return {column.name: int(value) for column, value in zip(cursor.description, row, strict=True)}


def whole(number: int, places: int) -> dict[str, int]:
    """What is found where everybody has sent once: each with all rows, the rest in the queue in its order."""
    right = dict.fromkeys(("oversold", "undersold", "miscounted", "passed", "drafts"), 0)
    right |= dict.fromkeys(("applications", "learners", "entries", "cases", "letters"), number)
    return right | {"placed": places, "waiting": number - places}


def test_postgresql_restarted_in_the_middle_loses_nothing_and_doubles_nothing(parts: Stage) -> None:
    """R-CAP-1, R3: errors while it is away, each of which says so; nobody restarts anything else. Whoever was
    not answered sends again, and whoever was sends once more.
    """
    made = attempts(parts, 120, 30)

    with Sending(parts, made) as sending:
        parts.wait_until(lambda: len(sending.acknowledged) > 30)
        parts.restart_postgres()
        before = len(sending.acknowledged)

    assert before < 120 == len(sending.acknowledged)
    assert sending.refused
    assert {one[:12] for one in sending.refused if "HTTP" in one} <= {"HTTP/1.1 503"}
    sending.send_again()
    assert found(parts, made) == whole(120, 30)
    assert parts.ask(MISCOUNTED) == []


def test_a_web_server_killed_before_it_answers_has_taken_each_application_once(parts: Stage) -> None:
    """R2, C5: what was written and not answered is sent again, to the server that comes after, and is the
    same application.
    """
    made = attempts(parts, 60, 15)
    (web,) = [one for one in parts.parts if one.name == "web"]

    with Sending(parts, made) as sending:
        parts.wait_until(lambda: len(sending.acknowledged) > 15)
        parts.kill(web)
        before = len(sending.acknowledged)
        parts.start_web()

    assert before < 60 == len(sending.acknowledged)
    assert sending.refused
    sending.send_again()
    assert found(parts, made) == whole(60, 15)
    assert parts.ask(MISCOUNTED) == []


def test_without_valkey_one_applies_and_is_told_and_letters_leave_later(
    parts: Stage, letters: list[Any]
) -> None:
    """R-APP-2, R4: the receipt is a page, and a row that waits for a worker."""
    made = attempts(parts, 13, 3)
    with parts.worker():
        with parts.without_valkey():
            with Sending(parts, made[:-1]) as sending:
                pass
            assert (len(sending.acknowledged), sending.refused) == (12, [])
            assert sending.slowest < 10
            assert "K-" in receipt(parts, made[0])
            assert letters == []
        # One letter that a worker is told of takes along all that wait; without one the timetable does.
        with Sending(parts, made[-1:]):
            pass
        parts.wait_until(lambda: not arrived(parts, made)[0])
    assert arrived(parts, made) == {1: 13}
    assert found(parts, made) == whole(13, 3)


def receipt(parts: Stage, attempt: Mapping[str, Any]) -> str:
    cookie = f"Cookie: kopa_session={attempt['session']}\r\n"
    browser = Connection(HOST, parts.port, HEADERS + cookie)
    try:
        return browser.get(f"/fi/oma/hakemukset/{attempt['key']}/kuitti/").decode()
    finally:
        browser.close()


def arrived(parts: Stage, made: Attempts) -> Counter[int]:
    """How many letters how many of those who sent have got."""
    people = [one["person"] for one in made]
    rows = parts.ask("select email from accounts_user where id = any(%s)", [people])
    got = Counter(str(letter["To"]) for letter in parts.mail.letters)
    return Counter(got[address] for (address,) in rows)


def test_a_worker_killed_while_it_gives_places_gave_none_and_the_next_one_gives_all(parts: Stage) -> None:
    """R-CAP-8, R1: a job that dies in the middle leaves nothing half; run again, and several times, each of
    those who wait has one place.
    """
    made = attempts(parts, 25, 5)
    with Sending(parts, made):
        pass
    course = made[0]["offering"]
    parts.ask(
        "with places as (update offerings_offering set capacity = 25 where id = %s returning id, capacity)"
        " update offerings_placecounter set seats = capacity from places where offering_id = places.id",
        [course],
    )
    tenth = "select id from applications_application where offering_id = %s and status = 'waiting'"
    with parts.worker() as worker, psycopg.connect(parts.postgres.url()) as somebody:
        somebody.execute(f"{tenth} order by id limit 1 offset 9 for update", [course])
        parts.tell_worker("applications.follow_all")
        # Nine have got a place by now, in a transaction that is not over.
        parts.wait_until(lambda: bool(parts.ask(WAITS_FOR_A_ROW)))
        parts.kill(worker)
    assert parts.ask(HELD, [course]) == [(5, 5)]

    with parts.worker():
        for _ in range(5):
            parts.tell_worker("applications.follow_all")
        parts.wait_until(lambda: parts.ask(HELD, [course]) == [(25, 25)])
        parts.tell_worker("applications.follow", course)
        parts.wait_until(lambda: not parts.ask(WORKS))
    assert parts.ask(MISCOUNTED) == []
    given = "select count(*), count(distinct target_id) from audit_auditevent where verb = %s"
    assert parts.ask(given, ["application.hold_place"]) == [(20, 20)]


WAITS_FOR_A_ROW = """
select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%applications_application%'
"""
WORKS = """
select 1 from pg_stat_activity
where state <> 'idle' and pid <> pg_backend_pid() and datname = current_database()
"""
HELD = """
select held, (select count(*) from applications_seat where counter_id = c.id and state = 'held')
from offerings_placecounter c where offering_id = %s
"""

LOOK = "from kopa.letters.tasks import deliver_what_waits; deliver_what_waits.delay()"
UNDER_WAY = "select count(*) from letters_letter where state = 'sending'"


def test_a_worker_killed_while_it_hands_over_a_letter_sends_none_twice(
    parts: Stage, letters: list[Any]
) -> None:
    """R1: the mail server has the letter and has not said so; nobody sends it again, the others leave."""
    made = attempts(parts, 5, 1)
    ((of_others,),) = parts.ask(UNDER_WAY)
    parts.mail.hangs_at = "letter"
    with parts.worker() as worker:
        with Sending(parts, made[:1]):
            pass
        # Killed at once: after some seconds the worker would itself give the letter up as uncertain.
        parts.wait_until(lambda: bool(letters))
        parts.kill(worker)
    assert parts.ask(UNDER_WAY) == [(of_others + 1,)]
    parts.mail.hangs_at = ""

    with parts.worker():
        with Sending(parts, made[1:]):
            pass
        # The bell that the dead one has heard is not rung anew for some seconds: the minute's job looks.
        parts.run(LOOK)
        parts.wait_until(lambda: not arrived(parts, made)[0])
    assert arrived(parts, made) == {1: 5}
    # What has just arrived is written down a moment later.
    parts.wait_until(lambda: parts.ask(UNDER_WAY) == [(of_others + 1,)])
