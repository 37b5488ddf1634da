"""What is done about accounts without anybody asking."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from kopa.accounts import factors, links, passwords, services, wishes
from kopa.accounts.models import LinkRequest, PasswordRequest

log = structlog.get_logger(__name__)


@shared_task(name="accounts.forget_what_has_expired")  # type: ignore[untyped-decorator]
def forget_what_has_expired() -> None:
    """Every night; running it twice does nothing more."""
    sessions, attempts = services.forget_what_has_expired(now=timezone.now())
    requests = wishes.forget_old(PasswordRequest)
    wishes.forget_old(LinkRequest)
    links.forget_over()
    factors.forget_wrong_codes(now=timezone.now())
    log.info("expired data forgotten", sessions=sessions, attempts=attempts, password_requests=requests)


@shared_task(name="accounts.answer_password_request")  # type: ignore[untyped-decorator]
def answer_password_request(wish_id: int) -> None:
    passwords.answer(wish_id)


@shared_task(name="accounts.answer_password_requests")  # type: ignore[untyped-decorator]
def answer_password_requests() -> None:
    """Every minute: wishes that no worker was told of."""
    passwords.answer_what_waits()


@shared_task(name="accounts.answer_link_request")  # type: ignore[untyped-decorator]
def answer_link_request(wish_id: int) -> None:
    links.answer(wish_id)


@shared_task(name="accounts.answer_link_requests")  # type: ignore[untyped-decorator]
def answer_link_requests() -> None:
    """Every minute: wishes that no worker was told of."""
    links.answer_what_waits()
