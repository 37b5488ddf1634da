"""Each way in which an installation can be wrong has an id, a sentence and a remedy here.

docs/operations.md lists them.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Advice
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connections

from kopa import environment as env

MINIMUM_POSTGRES = 17
SHORTEST_KEY = 40
SHORTEST_TOKEN = 16
LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}


def register_all() -> None:
    """Tell Django; called once when it has read the settings."""
    register(secret_key, Tags.security)
    register(database_version, Tags.database)
    for check in (collected_files, addresses, translations, map_tiles, uploads):
        register(check, Tags.compatibility, deploy=True)
    for check in (embedded_mode, metrics_token, contact):
        register(check, Tags.security, deploy=True)


def refuse_unsafe_start() -> None:
    """Raise ImproperlyConfigured, with the remedy, where the web server or a worker must not start."""
    problems = [*secret_key(), *(() if settings.EMBEDDED else addresses())]
    if problems:
        first = problems[0]
        raise ImproperlyConfigured(f"{first.msg} {first.hint} ({first.id})")


def secret_key(**_kwargs: Any) -> Sequence[CheckMessage]:
    try:
        key = str(settings.SECRET_KEY)
    except ImproperlyConfigured:  # Django's own way to say that it is empty
        key = ""
    if len(key) >= SHORTEST_KEY:
        return []
    problem = (
        "SECRET_KEY is not set." if not key else f"SECRET_KEY is shorter than {SHORTEST_KEY} characters."
    )
    remedy = (
        "Set SECRET_KEY, or SECRET_KEY_FILE to a file with it, to a long random text that stays the same; "
        "`python3 manage.py up` makes one by itself."
    )
    return [Error(problem, hint=remedy, id="kopa.E001")]


def database_version(databases: Sequence[str] | None = None, **_kwargs: Any) -> Sequence[CheckMessage]:
    problems: list[CheckMessage] = []
    for alias in databases or []:
        try:
            with connections[alias].temporary_connection() as cursor:
                cursor.execute("select current_setting('server_version_num')::int / 10000")
                (major,) = cursor.fetchone()
        except OperationalError:  # whoever asked for the database hears of that anyway
            continue
        if major < MINIMUM_POSTGRES:
            remedy = (
                f"Use PostgreSQL {MINIMUM_POSTGRES} or newer; unset DATABASE_URL to use the embedded one."
            )
            problems.append(Error(f"The database server is PostgreSQL {major}.", hint=remedy, id="kopa.E002"))
    return problems


def collected_files(**_kwargs: Any) -> Sequence[CheckMessage]:
    if (Path(settings.STATIC_ROOT) / "staticfiles.json").is_file():
        return []
    remedy = "Run `manage.py assets` and `manage.py collectstatic`; `python3 manage.py up` does both."
    return [
        Error(f"There are no collected static files in {settings.STATIC_ROOT}.", hint=remedy, id="kopa.E003")
    ]


def addresses(**_kwargs: Any) -> Sequence[CheckMessage]:
    """The address in letters and feeds must be one that this server answers to."""
    problems: list[CheckMessage] = []
    if not settings.ALLOWED_HOSTS:
        remedy = "Set ALLOWED_HOSTS to the host names of the portal, separated by commas."
        problems.append(
            Error("ALLOWED_HOSTS is empty: every request would be refused.", hint=remedy, id="kopa.E004")
        )
    address = urlsplit(settings.PUBLIC_URL)
    if not address.hostname or (address.scheme != "https" and not settings.EMBEDDED):
        remedy = "Set PUBLIC_URL to the address that people type, for example https://kopa.example"
        problems.append(
            Error(
                f"PUBLIC_URL is not an https address: {settings.PUBLIC_URL!r}.", hint=remedy, id="kopa.E005"
            )
        )
    return problems


def translations(**_kwargs: Any) -> Sequence[CheckMessage]:
    sources = [
        source for folder in settings.LOCALE_PATHS for source in Path(folder).glob("*/LC_MESSAGES/*.po")
    ]
    missing = [source for source in sources if not source.with_suffix(".mo").is_file()]
    if not missing:
        return []
    languages = ", ".join(sorted(source.parent.parent.name for source in missing))
    return [
        Error(
            f"Not compiled: the translations {languages}.",
            hint="Run `manage.py compile_texts`.",
            id="kopa.E006",
        )
    ]


def map_tiles(**_kwargs: Any) -> Sequence[CheckMessage]:
    """Tiles of a zoomable map come from one host, over https, and somebody is named for them."""
    tiles = settings.KOPA_TILES
    if not tiles:
        return []
    missing = [part for part in ("{z}", "{x}", "{y}") if part not in tiles["url"]]
    problem = ""
    if not env.origin(tiles["url"]):
        problem = f"KOPA_TILES is not an https address of one host: {tiles['url']!r}."
    elif missing:
        problem = f"KOPA_TILES has no {', '.join(missing)}: {tiles['url']!r}."
    elif not tiles["attribution"].strip():
        problem = "KOPA_TILES_ATTRIBUTION is empty: nobody is named for the map."
    remedy = (
        "Set KOPA_TILES to an address like https://tiles.example/{z}/{x}/{y}.png and KOPA_TILES_ATTRIBUTION"
        " to whom its terms want named, or unset both."
    )
    return [Error(problem, hint=remedy, id="kopa.E007")] if problem else []


def uploads(**_kwargs: Any) -> Sequence[CheckMessage]:
    """What people bring lies where no server hands it out, and the program that reaches it is there."""
    chosen = settings.STORAGES["uploads"]
    if chosen["BACKEND"].startswith("storages.") and find_spec("storages") is None:
        remedy = 'Run `pip install "django-storages[s3]~=1.14"`, or unset UPLOADS_URL.'
        problem = "UPLOADS_URL names a bucket, but django-storages is missing."
        return [Error(problem, hint=remedy, id="kopa.E008")]
    folder = chosen["OPTIONS"].get("location", "")
    served = [settings.STATIC_ROOT, settings.ASSETS_ROOT, settings.BASE_DIR / "static"]
    if chosen["BACKEND"].startswith("django.") and any(Path(folder).is_relative_to(root) for root in served):
        remedy = "Set UPLOADS_URL to a folder that no web server hands out, for example within KOPA_HOME."
        return [Error(f"UPLOADS_URL names a folder that is served: {folder}.", hint=remedy, id="kopa.E009")]
    return []


def embedded_mode(**_kwargs: Any) -> Sequence[CheckMessage]:
    if not settings.EMBEDDED:
        return []
    others = sorted(set(settings.ALLOWED_HOSTS) - LOOPBACK)
    problem = "KOPA_EMBEDDED is on: no HTTPS, no HSTS, cookies without Secure."
    if others:
        problem += f" And it answers to {', '.join(others)}."
    remedy = "Unset KOPA_EMBEDDED where others than you can reach the portal."
    return [Advice(problem, hint=remedy, id="kopa.W001")]


def metrics_token(**_kwargs: Any) -> Sequence[CheckMessage]:
    if not settings.METRICS_TOKEN or len(settings.METRICS_TOKEN) >= SHORTEST_TOKEN:
        return []
    remedy = f"Set METRICS_TOKEN to a random text of at least {SHORTEST_TOKEN} characters, or unset it."
    return [Advice("METRICS_TOKEN is easy to guess.", hint=remedy, id="kopa.W002")]


def contact(**_kwargs: Any) -> Sequence[CheckMessage]:
    if not settings.CONTACT_EMAIL.endswith("@localhost"):
        return []
    remedy = "Set CONTACT_EMAIL to the address that the accessibility and privacy pages shall name."
    return [Advice("CONTACT_EMAIL reaches nobody.", hint=remedy, id="kopa.W003")]
