"""What is done about offerings without anybody asking."""

from __future__ import annotations

from typing import Final

import structlog
from celery import shared_task
from django.utils import timezone

from offerings.imports import checking
from offerings.imports import services as imports
from offerings.models import ImportRun, ImportState
from offerings.search import projection
from offerings.services import asking, running
from offerings.services.autosaving import end_idle_sittings as end_sittings

log = structlog.get_logger(__name__)


@shared_task(name="offerings.end_idle_sittings")  # type: ignore[untyped-decorator]
def end_idle_sittings() -> None:
    """Every quarter of an hour: the journal tells of drafts that saved themselves and were left so."""
    log.info("sittings ended", drafts=end_sittings())


@shared_task(name="offerings.sweep_search")  # type: ignore[untyped-decorator]
def sweep_search() -> None:
    """Every hour: what no search finds any more leaves the search's tables. Twice does nothing more."""
    log.info("search swept", rows=projection.sweep(now=timezone.now()))


@shared_task(name="offerings.follow_the_days")  # type: ignore[untyped-decorator]
def follow_the_days() -> None:
    """Every hour: what starts today runs, what ends today is completed. Twice does nothing more."""
    log.info("days followed", **running.follow_the_days(now=timezone.now()))


@shared_task(name="offerings.check_import")  # type: ignore[untyped-decorator]
def check_import(run_id: int) -> None:
    """Reads and judges a file that was brought; a second time nothing happens."""
    checking.check(run_id)
    log.info("import checked", run=run_id)


@shared_task(name="offerings.save_import")  # type: ignore[untyped-decorator]
def save_import(run_id: int) -> None:
    """Saves the good rows of a file where that was ordered; a second time nothing happens."""
    imports.accept(run_id=run_id)
    log.info("import saved", run=run_id)


@shared_task(name="offerings.undo_import")  # type: ignore[untyped-decorator]
def undo_import(run_id: int) -> None:
    """Undoes what a file wrote where that was ordered; a second time nothing happens."""
    imports.undo(run_id=run_id)
    log.info("import undone", run=run_id)


@shared_task(name="offerings.forget_old_imports")  # type: ignore[untyped-decorator]
def forget_old_imports() -> None:
    """Every night: files with which nothing has been done for 30 days. Twice does nothing more."""
    log.info("imports forgotten", files=imports.forget_old())


@shared_task(name="offerings.ask_for_confirmation")  # type: ignore[untyped-decorator]
def ask_for_confirmation() -> None:
    """Every morning: a letter to those whose courses have old numbers. Twice sends no second one."""
    log.info("confirmation asked", letters=asking.ask_for_confirmation())
    log.info("confirmation letters forgotten", requests=asking.forget_old_requests())


TASK_OF: Final = {
    ImportState.WAITING: check_import,
    ImportState.ACCEPTING: save_import,
    ImportState.UNDOING: undo_import,
}


@shared_task(name="offerings.take_up_imports")  # type: ignore[untyped-decorator]
def take_up_imports() -> None:
    """Every five minutes: what was ordered and never done, because a server was away, is ordered anew."""
    for run in ImportRun.objects.filter(state__in=TASK_OF).order_by("pk"):
        TASK_OF[ImportState(run.state)].delay(run.pk)
