"""What the workers do about letters; each may run twice."""

from __future__ import annotations

import structlog
from celery import shared_task

from kopa.letters import services

log = structlog.get_logger(__name__)


@shared_task(name="letters.deliver")  # type: ignore[untyped-decorator]
def deliver(letter_id: int) -> None:
    services.deliver(letter_id)


@shared_task(name="letters.deliver_what_waits")  # type: ignore[untyped-decorator]
def deliver_what_waits() -> None:
    """Every minute."""
    count = services.deliver_what_waits()
    if count:
        log.info("letters sent", letters=count)


@shared_task(name="letters.forget_old_letters")  # type: ignore[untyped-decorator]
def forget_old_letters() -> None:
    """Every night."""
    log.info("old letters forgotten", letters=services.forget_old_letters())
