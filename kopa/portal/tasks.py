"""What is done about the register without anybody asking."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from kopa.portal import reference
from municipalities import divisions

log = structlog.get_logger(__name__)


@shared_task(name="portal.follow_divisions")  # type: ignore[untyped-decorator]
def follow_divisions() -> None:
    """Every hour: when a membership has begun with the day, the register is loaded again. Twice does no more.

    The region that each municipality carries, and with it the search, is that of the day of the load.
    """
    day = timezone.localdate()
    if divisions.is_written(day):
        return
    reports = reference.load(lambda step: log.info("divisions followed", step=step))
    log.info("divisions followed", day=day.isoformat(), changed=sum(len(one.changed) for one in reports))
