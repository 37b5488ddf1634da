"""Logs as lines of JSON on standard error, with a request id and without personal data.

No address of a caller, no user, no query string, no browser name; e-mail and IP addresses that an error
message carries are blotted out. Who did what stands in the journal of acts (``kopa.audit``), not here.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponseBase
from structlog.typing import EventDict, Processor, WrappedLogger

# The look behind keeps it from trying every tail of a long word again.
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
IPV4 = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
# Perhaps an IPv6 address: times and names with colons look alike until they are parsed.
MAYBE_IPV6 = re.compile(r"(?<!\w)[0-9a-f]*:[0-9a-f:.]+", re.IGNORECASE)
# PostgreSQL repeats the values of a refused row there.
DETAIL = re.compile(r"(DETAIL: ).*")
# A link that lets somebody in carries a key: a name, a full stop, a long word.
KEY = re.compile(r"/[\w=-]{1,40}\.[\w-]{20,200}(?=/)")
# A draft is whoever's who has its key; an application's says who has applied.
MATTER = re.compile(r"/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=/|\b)")
QUERY = re.compile(r"\?[^\s\"']+")

logger = structlog.get_logger("kopa.requests")


def blot(value: Any) -> Any:
    """``value`` without what could name a person; texts within lists and mappings too."""
    if isinstance(value, str):
        for pattern, instead in (
            (DETAIL, r"\1(left out)"),
            (EMAIL, "(e-mail)"),
            (MAYBE_IPV6, _without_ipv6),
            (IPV4, "(address)"),
            (KEY, "/(key)"),
            (MATTER, "/(key)"),
            (QUERY, "?…"),
        ):
            value = pattern.sub(instead, value)
        return value
    if isinstance(value, dict):
        return {key: blot(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [blot(part) for part in value]
    return value if isinstance(value, int | float | None) else blot(str(value))


def _without_ipv6(found: re.Match[str]) -> str:
    """The address goes; a port or a full stop behind it stays, and so does whatever is none."""
    text = found[0]
    stripped = text.rstrip(".:")
    for candidate in (text, stripped, stripped.rpartition(":")[0]):
        try:
            address = ipaddress.IPv6Address(candidate)
        except ValueError:
            continue
        return text if address.is_unspecified else "(address)" + text.removeprefix(candidate)
    return text


def without_personal_data(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: value if key == "timestamp" else blot(value) for key, value in event.items()}


def configuration(level: str) -> dict[str, Any]:
    """Django's ``LOGGING``; also sets structlog up, so that both ways of logging end in the same lines."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(allow=["status_code"]),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            without_personal_data,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": formatter},
        "filters": {"exceptions": {"()": OnlyExceptions}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.request": {"filters": ["exceptions"]},
            "django.server": {"handlers": [], "propagate": False},
            # axes writes the name and address of whoever signs in.
            "axes": {"handlers": [], "propagate": False},
            # fido2 names the keys of whoever signs in.
            "fido2": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
        },
    }


class OnlyExceptions(logging.Filter):
    """Django's own lines about requests only where they carry a traceback: the rest is said by RequestLog."""

    def filter(self, record: logging.LogRecord) -> bool:
        return bool(record.exc_info) and record.levelno >= logging.ERROR


class RequestLog:
    """Middleware: a line for each request, whose id the answer's ``X-Request-ID`` repeats for reports."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        request_id = uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response.headers["X-Request-ID"] = request_id
        logger.log(
            _level(response.status_code, request.path),
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            milliseconds=round((time.perf_counter() - started) * 1000, 1),
        )
        return response


def _level(status: int, path: str) -> int:
    if path.startswith("/health/") or path == "/metrics":
        return logging.DEBUG
    return logging.ERROR if status >= 500 else logging.INFO
