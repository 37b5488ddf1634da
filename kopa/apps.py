"""The project itself as an application.

Its Celery app and its system checks are there as soon as Django is.
"""

from __future__ import annotations

from django.apps import AppConfig


class KopaConfig(AppConfig):
    name = "kopa"
    label = "kopa"

    def ready(self) -> None:
        from kopa import celery, checks  # noqa: PLC0415  (both need the settings, complete only now)

        celery.app.set_current()
        checks.register_all()
