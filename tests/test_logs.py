"""Logs are lines of JSON with a request id, and tell nothing about persons."""

from __future__ import annotations

import copy
import json
import logging
import logging.config

import pytest
import structlog
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import RequestFactory

from kopa import logs

pytestmark = pytest.mark.unit


@pytest.fixture
def lines(settings):
    """What the handlers of settings.LOGGING write, as parsed lines."""
    configuration = copy.deepcopy(settings.LOGGING["formatters"]["json"])  # configuring eats it
    formatter = logging.config.DictConfigurator({}).configure_formatter(configuration)
    written = []

    class Keeping(logging.Handler):
        def emit(self, record):
            written.append(json.loads(formatter.format(record)))

    handler = Keeping()
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)
    structlog.contextvars.clear_contextvars()


def handled(path, status=200, **headers):
    request = RequestFactory(headers=headers).get(path)
    return logs.RequestLog(lambda _request: HttpResponse(status=status))(request)


def test_request_is_one_line_with_its_id_and_without_its_query(lines):
    answer = handled("/fi/paikat/?q=aino@lappia.example", user_agent="Nosy/7")
    [line] = lines
    assert line.pop("timestamp").endswith("Z")
    assert isinstance(line.pop("milliseconds"), float)
    assert line == {
        "event": "request",
        "method": "GET",
        "path": "/fi/paikat/",
        "status": 200,
        "request_id": answer.headers["X-Request-ID"],
        "logger": "kopa.requests",
        "level": "info",
    }


def test_each_request_has_an_id_of_its_own_and_a_callers_id_is_not_believed(lines):
    first, second = (handled("/", x_request_id="mine").headers["X-Request-ID"] for _ in range(2))
    assert len({first, second, "mine"}) == 3


@pytest.mark.parametrize(
    ("path", "status", "level"),
    [
        ("/fi/", 404, "info"),
        ("/fi/", 500, "error"),
        ("/health/ready", 503, "debug"),
        ("/metrics", 200, "debug"),
    ],
)
def test_level_says_whether_somebody_must_look(lines, path, status, level):
    handled(path, status)
    assert [line["level"] for line in lines] == [level]


def test_error_within_a_request_carries_its_id(lines):
    def view(_request):
        logging.getLogger("django.request").error(
            "Internal Server Error: %s", "/fi/", exc_info=IntegrityError("no")
        )
        return HttpResponse(status=500)

    answer = logs.RequestLog(view)(RequestFactory().get("/fi/"))
    assert [line["request_id"] for line in lines] == [answer.headers["X-Request-ID"]] * 2
    assert "IntegrityError: no" in lines[0]["exception"]


def test_what_a_refused_row_held_is_left_out(lines):
    reason = IntegrityError(
        "duplicate key value violates unique constraint\nDETAIL:  Key (email)=(aino virtanen) already exists."
    )
    logging.getLogger("kopa").error("failed", exc_info=reason)
    assert "DETAIL: (left out)" in lines[0]["exception"]
    assert "virtanen" not in json.dumps(lines)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("letter to aino.virtanen+x@lappia.example failed", "letter to (e-mail) failed"),
        ("from 192.0.2.17 and 2001:db8:0:0:0:0:0:1", "from (address) and (address)"),
        ("connected to ::1", "connected to (address)"),
        ("from 2001:db8::1 and 2a00:1450:400f:80d::200e.", "from (address) and (address)."),
        ("[2001:db8::1]:443, fe80::1%eth0 refused", "[(address)]:443, (address)%eth0 refused"),
        ("peer:2001:DB8:0:0:0:0:0:1:443: reset", "peer:(address):443: reset"),
        ("mapped ::ffff:192.0.2.17, open on 192.0.2.17:443", "mapped (address), open on (address):443"),
        ("at 12:30:15, 2027-01-11T22:59:59.000", "at 12:30:15, 2027-01-11T22:59:59.000"),
        ("tests/test_logs.py::test_x, std::cout, [::]:80", "tests/test_logs.py::test_x, std::cout, [::]:80"),
        ("GET /fi/paikat/?q=Aino&home=FI-854 failed", "GET /fi/paikat/?… failed"),
        (
            "/fi/paikat/7/hae/3f2bd1a8-0c41-4c0e-9d59-0f3b1f1e7a10/tausta/",
            "/fi/paikat/7/hae/(key)/tausta/",
        ),
        ("took 12:30:01, version 5.2.19", "took 12:30:01, version 5.2.19"),
        ({"to": ["a@b.example", 7]}, {"to": ["(e-mail)", 7]}),
        (ValueError("for a@b.example"), "for (e-mail)"),
        (None, None),
    ],
)
def test_names_and_addresses_are_blotted_out(said, written):
    assert logs.blot(said) == written


def test_djangos_own_lines_about_requests_are_kept_only_with_a_traceback():
    only = logs.OnlyExceptions()
    assert not only.filter(logging.makeLogRecord({"msg": "Not Found: /x"}))
    failure = {"msg": "x", "exc_info": (ValueError, ValueError(), None)}
    assert only.filter(logging.makeLogRecord(failure | {"levelno": logging.ERROR}))
    assert not only.filter(logging.makeLogRecord(failure | {"levelno": logging.WARNING}))


def test_who_signs_in_is_not_logged(settings):
    assert settings.LOGGING["loggers"]["axes"] == {"handlers": [], "propagate": False}
