"""Typed readers for the environment: the only place that looks at ``os.environ`` for settings."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# Every name that settings have asked for; the documentation and docker-compose.yml are compared with it.
names_read: set[str] = set()
TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    """The value of ``name``; a secret may stand in the file that ``name_FILE`` names instead."""
    names_read.add(name)
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as reason:
            raise ImproperlyConfigured(f"{name}_FILE names a file that cannot be read: {reason}") from reason
    return os.environ.get(name, default)


def flag(name: str, *, default: bool = False) -> bool:
    names_read.add(name)
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def words(name: str, default: list[str]) -> list[str]:
    """Comma-separated values, without empty ones."""
    names_read.add(name)
    value = os.environ.get(name)
    return default if value is None else [word.strip() for word in value.split(",") if word.strip()]


def listed(name: str) -> list[str]:
    """Comma-separated secrets, which may stand in a file as those of ``text`` do."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def number(name: str, default: int) -> int:
    names_read.add(name)
    value = os.environ.get(name)
    try:
        return default if value is None else int(value)
    except ValueError as reason:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from reason


def tiles(url: str, attribution: str) -> dict[str, str] | None:
    """Whose map tiles a zoomable map shows; None: no such map. ``checks.map_tiles`` judges what is given."""
    return {"url": url, "attribution": attribution} if url else None


def origin(url: str) -> list[str]:
    """What a content security policy calls the host of an address: ``https://tiles.example``."""
    parts = urlsplit(url)
    is_plain = parts.scheme == "https" and re.fullmatch(r"[\w.-]+(:\d+)?", parts.netloc, re.ASCII)
    return [f"https://{parts.netloc}"] if is_plain else []


def database(url: str) -> dict[str, object]:
    """Django's database settings for ``postgresql://user:password@host:port/name?host=/socket/folder``."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql://")
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    host, port = query.pop("host", parts.hostname or ""), query.pop("port", str(parts.port or ""))
    # Requests give up early rather than pile up; manage.py lifts the limit for commands, which may take their
    # time.
    limits = f"-c lock_timeout=3s -c statement_timeout={number('STATEMENT_TIMEOUT_SECONDS', 30)}s"
    return {
        "ENGINE": "django_prometheus.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": port,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "pool": {"min_size": 1, "max_size": 8, "timeout": 10},
            "options": limits,
            # A statement that a connection sends for the third time (kopa.base.binary) is planned for good.
            "prepare_threshold": 2,
            **query,  # sslmode, sslrootcert and the like
        },
    }


def email(url: str) -> dict[str, object]:
    """Django's mail settings for ``smtp://user:password@host:port`` (``smtps://`` for TLS from the start)."""
    parts = urlsplit(url)
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if parts.scheme == "file":
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": parts.path,
        }
    if parts.scheme not in {"smtp", "smtps"}:
        raise ImproperlyConfigured("EMAIL_URL must begin with smtp://, smtps://, file:// or console://")
    return {
        "EMAIL_BACKEND": "kopa.letters.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 10,
    }


def uploads(url: str) -> dict[str, Any]:
    """Django's storage for ``file:///folder`` or ``s3://bucket/folder?endpoint=https://host&region=name``."""
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path.startswith("/") and not parts.netloc:
        modes = {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": unquote(parts.path), **modes},
        }
    if parts.scheme != "s3" or not parts.netloc:
        raise ImproperlyConfigured("UPLOADS_URL must be file:///folder or s3://bucket/folder")
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": parts.netloc,
            "location": unquote(parts.path.strip("/")),
            "endpoint_url": query.get("endpoint"),
            "region_name": query.get("region"),
            # No ACL of its own: buckets of today refuse them, and the bucket itself is closed.
            "file_overwrite": False,
        },
    }


def celery_url(redis_url: str) -> str:
    """``redis_url`` as Celery writes it: a Unix socket has another scheme and word for the database."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    database = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={database}"
