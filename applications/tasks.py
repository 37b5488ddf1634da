"""What is done about applications without anybody asking."""

from __future__ import annotations

from dataclasses import asdict

import structlog
from celery import shared_task

from applications.services import answering, filling, forgetting, recounting, reminding
from applications.services.each import each_by_itself
from applications.services.transferring import lapse_transfers

log = structlog.get_logger(__name__)


@shared_task(name="applications.follow")  # type: ignore[untyped-decorator]
def follow(offering_id: int) -> None:
    """Something has happened to a course: its queue and its applications follow. Twice does nothing more."""
    placed = filling.follow(offering_id)
    log.info("applications followed", offering=offering_id, placed=len(placed))


@shared_task(name="applications.follow_all")  # type: ignore[untyped-decorator]
def follow_all() -> None:
    """Every minute: offers that nobody answered lapse, and whatever a worker was not told of is followed. One
    that fails stops no other.
    """
    lapsed = answering.lapse_unanswered() + lapse_transfers()
    followed = filling.what_to_follow()
    each_by_itself("follow", followed, filling.follow)
    log.info("applications followed", lapsed=lapsed, courses=len(followed))


@shared_task(name="applications.forget_what_is_over")  # type: ignore[untyped-decorator]
def forget_what_is_over() -> None:
    """Every night: what has been kept long enough goes (R-PRIV-7). Twice does no more."""
    log.info("applications forgotten", **forgetting.forget_what_is_over())


@shared_task(name="applications.recount_places")  # type: ignore[untyped-decorator]
def recount_places() -> None:
    """Every night: a number of places that is not what the rows say is an alarm. Nothing is mended here."""
    for wrong in recounting.recount():
        log.error("places disagree with their rows", **asdict(wrong))


@shared_task(name="applications.remind_of_statements")  # type: ignore[untyped-decorator]
def remind_of_statements() -> None:
    """Every morning: officers are reminded of last days that are near or over, and told what else awaits
    them. Twice does no more.
    """
    marked = {"soon": reminding.warn_of_last_days(), "overdue": reminding.remind_overdue()}
    reminders = reminding.write_reminders()
    log.info("statements reminded of", **marked, reminders=reminders, letters=reminding.write_digests())


@shared_task(name="applications.remind_of_applications")  # type: ignore[untyped-decorator]
def remind_of_applications() -> None:
    """Every morning: those who decide are told how many await them. Twice does no more."""
    log.info("applications reminded of", letters=reminding.write_host_digests())
