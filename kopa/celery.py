"""The Celery app: tasks are found in each app's ``tasks`` module; settings begin with ``CELERY_``."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, signals
from django.core.exceptions import ImproperlyConfigured
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kopa.settings")
app = Celery("kopa")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


# The one signal that worker and beat both send before they reach for a server.
@signals.import_modules.connect  # type: ignore[untyped-decorator]
def refuse_unsafe_start(**_kwargs: Any) -> None:
    """Worker and beat keep to the same conditions as the web server."""
    from kopa import checks  # noqa: PLC0415  (needs Django to be set up, which these programs do themselves)

    try:
        checks.refuse_unsafe_start()
    except ImproperlyConfigured as reason:
        raise SystemExit(str(reason)) from reason  # Celery swallows any other exception here


@app.task(name="kopa.alive", ignore_result=False, expires=60)  # type: ignore[untyped-decorator]
def alive() -> str:
    """Answer that a worker is there; ``manage.py up`` asks before it says that KOPA is ready."""
    return "alive"
