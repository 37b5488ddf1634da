"""The Celery app: tasks are found in each app's ``tasks`` module; settings begin with ``CELERY_``."""

from __future__ import annotations

import os

from celery import Celery
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kopa.settings")
app = Celery("kopa")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


@app.task(name="kopa.alive", ignore_result=False, expires=60)  # type: ignore[untyped-decorator]
def alive() -> str:
    """Answer that a worker is there; ``manage.py up`` asks before it says that KOPA is ready."""
    return "alive"
