"""What is done about offerings without anybody asking."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from offerings.search import projection

log = structlog.get_logger(__name__)


@shared_task(name="offerings.sweep_search")  # type: ignore[untyped-decorator]
def sweep_search() -> None:
    """Every hour: what no search finds any more leaves the search's tables. Twice does nothing more."""
    log.info("search swept", rows=projection.sweep(now=timezone.now()))
