"""The project itself as an application: its Celery app and its system checks are there as soon as Django is."""

from __future__ import annotations

from django.apps import AppConfig


class KopaConfig(AppConfig):
    name = "kopa"
    label = "kopa"

    def ready(self) -> None:
        from kopa import celery, checks  # both need the settings, which are complete only now

        celery.app.set_current()
        checks.register_all()
