"""What is done about applications without anybody asking."""

from __future__ import annotations

import structlog
from celery import shared_task

from applications.services import answering, filling, forgetting, reminding
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
    """Every night: a counter that does not say what its seats say is an alarm. Nothing is mended here."""
    for wrong in filling.places_miscounted():
        log.error(
            "place counter disagrees with its seats",
            counter=wrong.counter_id, column=wrong.column, counted=wrong.counted, seats=wrong.seats,
        )  # fmt: skip


@shared_task(name="applications.remind_of_statements")  # type: ignore[untyped-decorator]
def remind_of_statements() -> None:
    """Every morning: what is overdue is marked, officers are told what awaits them. Twice does no more."""
    overdue = reminding.remind_overdue()
    log.info("statements reminded of", overdue=overdue, letters=reminding.write_digests())


@shared_task(name="applications.remind_of_applications")  # type: ignore[untyped-decorator]
def remind_of_applications() -> None:
    """Every morning: those who decide are told how many await them. Twice does no more."""
    log.info("applications reminded of", letters=reminding.write_host_digests())
