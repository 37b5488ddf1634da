"""What is done about error reports without anybody asking."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from corrections import services

log = structlog.get_logger(__name__)


@shared_task(name="corrections.forget_handled")  # type: ignore[untyped-decorator]
def forget_handled() -> None:
    """Every night: what was answered a year ago is removed. Twice does nothing more."""
    log.info("answered error reports forgotten", reports=services.forget_handled(now=timezone.now()))
