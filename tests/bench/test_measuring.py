"""What measures: the client, the servers, the refusals, the report."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from bench import client, report, search, servers
from bench.asking import Request
from bench.servers import HOST, KOPA, YARDSTICK, Running, Server

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def clock() -> None:
    """Time runs: servers and load last by the real clock."""


@contextmanager
def answering(*bodies: bytes, status: int = 200) -> Iterator[ThreadingHTTPServer]:
    """A server on loopback that gives these bodies in turn, on kept connections."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        asked = 0
        connections: set[tuple[str, int]] = set()

        def do_GET(self) -> None:
            body = bodies[Handler.asked % len(bodies)]
            Handler.asked += 1
            Handler.connections.add(self.client_address)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def kopa_says(ids: list[int], total: int) -> bytes:
    rows = [{"id": pk, "places": {"capacity": 9, "free": 3}} for pk in ids]
    facets = {name: [{"value": "x", "count": total}] for name in ("form", "field", "mode", "language")}
    facets |= {"region": [{"value": "y", "count": 0}], "payer": []}
    return orjson.dumps({"count": total, "free_places": 7, "results": rows, "facets": facets})


def yardstick_says(ids: list[int], total: int) -> bytes:
    rows = [{"id": pk, "places": {"capacity": 9, "free": 3}} for pk in ids]
    facets = {name: {"x": total} if total else {} for name in ("form", "field", "mode", "language")}
    facets |= {"region": {}, "payer": {}}
    return orjson.dumps({"count": total, "free_places": 7, "results": rows, "facets": facets})


def compared(kopa: bytes, yardstick: bytes) -> dict[str, dict[str, float]]:
    one = search.Asked(Request("landing", (("home", "FI-854"),)), {KOPA.name: "/k", YARDSTICK.name: "/y"})
    with answering(kopa) as first, answering(yardstick) as second:
        up = {
            KOPA.name: Running(KOPA, first.server_address[1], 0),
            YARDSTICK.name: Running(YARDSTICK, second.server_address[1], 0),
        }
        return search.compare({"landing": [one, one]}, up, 2)


def test_equal_answers_are_counted():
    hits = compared(kopa_says([4, 2], 2), yardstick_says([4, 2], 2))

    assert hits == {"landing": {"mean": 2, "without": 0}}


def test_another_order_is_refused():
    with pytest.raises(CommandError, match=r"answer 2 requests differently:\nhome=FI-854\n    ids"):
        compared(kopa_says([4, 2], 2), yardstick_says([2, 4], 2))


def test_answers_that_are_all_empty_are_refused():
    with pytest.raises(CommandError, match="class landing find nothing"):
        compared(kopa_says([], 0), yardstick_says([], 0))


def test_the_client_keeps_its_connection_and_reads_long_answers():
    with answering(b"a" * 700_000, b"b") as server:
        one = client.Connection(HOST, server.server_address[1])
        assert [len(one.get("/x")), one.get("/y")] == [700_000, b"b"]
        assert len(server.RequestHandlerClass.connections) == 1
        one.close()


def test_the_client_fails_on_any_other_status():
    with answering(b"gone", status=404) as server:
        one = client.Connection(HOST, server.server_address[1])
        with pytest.raises(client.Failed, match=r"/lost: HTTP/1\.1 404 .*: gone"):
            one.get("/lost")
        one.close()


def test_several_connections_ask_together():
    with answering(b"{}") as server:
        done = client.load(HOST, server.server_address[1], ["/a", "/b"], connections=3, seconds=0.3)
        assert len(server.RequestHandlerClass.connections) == 3

    assert done.failures == []
    assert done.per_second > 3
    assert len(done.taken) == round(done.per_second * done.seconds)


def test_a_failure_under_load_is_told():
    with answering(b"no", status=500) as server:
        done = client.load(HOST, server.server_address[1], ["/a"], connections=2, seconds=0.2)

    assert len(done.failures) == 2
    assert done.taken == []


@pytest.mark.unit
def test_percentiles_are_values_that_happened():
    values = [float(n) for n in range(1, 41)]

    assert client.nearest_rank(values, 50) == 20
    assert client.nearest_rank(values, 95) == 38
    assert client.nearest_rank([3.5], 95) == 3.5


def test_a_server_comes_up_and_goes_away(db):
    with servers.running(YARDSTICK) as up:
        one = up.connection()
        assert one.get("/empty") == b"{}"
        one.close()
    gone = up.connection()
    with pytest.raises(OSError, match="refused"):
        gone.get("/empty")


def test_a_server_that_does_not_start_says_why(db):
    broken = Server("broken", "bench.nowhere:application", "/", "/", {})
    said = pytest.raises(client.Failed, match=r"(?s)broken did not start: .*bench\.nowhere")
    with said, servers.running(broken):
        pass


def test_the_bench_refuses_an_empty_search(db):
    with pytest.raises(CommandError, match="The search holds nothing"):
        search.prepare()


@pytest.mark.unit
def test_a_database_is_named_by_an_address():
    one = "postgresql://kopa:p%2Fw@db.example:5433/kopa?sslmode=require"
    other = "postgresql://kopa@/kopa"

    assert servers.database_url(one, "my db") == "postgresql://kopa:p%2Fw@db.example:5433/my%20db?sslmode=require"
    assert servers.database_url(other, "test") == "postgresql://kopa@/test"


def figures(kopa: float, per_second: float) -> dict[str, object]:
    def one(p50: float) -> dict[str, float]:
        return {"p50": p50, "p95": 2 * p50, "requests": 5}

    return {
        "environment": {"at": "now", "cpus": 2, "load": 0.1, "python": "3", "postgresql": "18"},
        "options": {"seed": 1, "requests": 5, "connections": 8, "compared": 2},
        "catalogue": {"offerings": 100, "in_search": 24},
        "classes": {
            kind: {"hits": {"mean": 3}, "yardstick": one(4), "KOPA": one(kopa), "plain": one(300)}
            for kind in ("landing", "near")
        },
        "together": {
            "yardstick": one(4) | {"per_second": 200},
            "KOPA": one(4) | {"per_second": per_second},
            "plain": one(4) | {"per_second": 5},
        },
        "ceiling": 9000.0,
    }


@pytest.mark.unit
@pytest.mark.parametrize(
    ("kopa", "per_second", "met"),
    [(8.0, 100.0, [True, True, True]), (8.1, 99.0, [False, False, True]), (4.0, 74.0, [True, False, False])],
)
def test_goals_are_met_or_missed(kopa, per_second, met):
    assert [goal.met for goal in report.goals(figures(kopa, per_second))] == met


@pytest.mark.unit
def test_the_table_holds_every_class_server_and_goal():
    table = report.table(figures(6.0, 150.0))

    assert "100 offerings, 24 in the search; seed 1" in table
    assert "landing         3     4.00 /   8.00     6.00 /  12.00   300.00 / 600.00            1.50" in table
    assert "met     8 connections: requests/s, at least 15 × plain: 30.00" in table
    assert "yardstick       200.0" in table


@pytest.mark.django_db(transaction=True)
def test_the_whole_measurement_runs_and_reports(tmp_path, capsys):
    call_command("load_reference", stdout=io.StringIO())
    few = ["--requests=2", "--compared=2", "--plain-requests=1", "--seconds=0.5", "--connections=2"]
    file = tmp_path / "figures.json"

    what = ["--offerings", "500", "--classes", "landing", "text1", "--json", str(file)]
    call_command("bench", "search", *what, *few)

    (measured,) = json.loads(file.read_text())
    assert measured["catalogue"]["offerings"] == 500
    assert 80 < measured["catalogue"]["in_search"] < 160
    assert set(measured["classes"]) == {"landing", "text1"}
    assert set(measured["together"]) == {"yardstick", "KOPA", "plain"}
    assert all(one["per_second"] > 0 for one in measured["together"].values())
    assert measured["options"]["requests"] == 2
    assert "500 offerings" in capsys.readouterr().out
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_namespace where nspname = 'bench_yardstick'")
        assert cursor.fetchone() == (0,)
