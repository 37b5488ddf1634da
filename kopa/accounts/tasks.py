"""What is done about accounts without anybody asking."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from kopa.accounts import services

log = structlog.get_logger(__name__)


@shared_task(name="accounts.forget_what_has_expired")  # type: ignore[untyped-decorator]
def forget_what_has_expired() -> None:
    """Every night; running it twice does nothing more."""
    sessions, attempts = services.forget_what_has_expired(now=timezone.now())
    log.info("expired data forgotten", sessions=sessions, attempts=attempts)
