"""Why a queue does not move, in sentences for those who look after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Application
from applications.services.filling import takes_more
from kopa.base import writing
from municipalities.cache import gazetteer
from offerings.models import Offering, PlaceCounter
from offerings.states import TAKING, OfferingStatus


def reasons(offering: Offering, numbers: Mapping[str, int], *, now: dt.datetime) -> list[str]:
    """Nothing where nobody waits. ``numbers`` are the course's own of ``numbers_by_course``."""
    return list(_reasons(offering, numbers, now)) if numbers.get("queue") else []


def _reasons(offering: Offering, numbers: Mapping[str, int], now: dt.datetime) -> Iterator[str]:
    if offering.status == OfferingStatus.COMPLETED:
        yield _("Teaching has ended: no place is offered any more.")
        return
    if offering.status not in TAKING:
        yield _("The course is not public: its queue stands still.")
        return
    if not takes_more(offering, now):
        yield _("Teaching began more than two weeks ago: no place is offered any more.")
        return
    counters = list(
        PlaceCounter.objects.filter(offering=offering).select_related("quota__municipality").order_by("pk")
    )
    if any(counter.free > 0 for counter in counters):
        yield from _reserved_for_others(offering, counters)
    else:
        yield _("Every place is given.")
    yield from _held(counters, numbers)


def _reserved_for_others(offering: Offering, counters: list[PlaceCounter]) -> Iterator[str]:
    queue = Application.objects.queue(offering.pk)
    homes = set(queue.values_list("home_municipality", flat=True))
    places = gazetteer()
    for counter in counters:
        if counter.free <= 0:
            continue
        if counter.quota is None:
            yield _("A place is free: KOPA gives it to the next in the queue within a minute.")
            continue
        today = places.today(places.by_id[counter.quota.municipality_id])
        if homes.isdisjoint(places.families[today.pk]):
            yield _reserved(offering, counter)


def _reserved(offering: Offering, counter: PlaceCounter) -> str:
    assert counter.quota is not None  # noqa: S101 - the caller has looked
    whose = {"n": writing.number(counter.free), "whose": counter.quota.municipality.whose()}
    said = ngettext(
        "%(n)s free place is reserved for residents of %(whose)s; nobody of them waits.",
        "%(n)s free places are reserved for residents of %(whose)s; nobody of them waits.",
        counter.free,
    ) % whose
    release = offering.quota_release_at
    if release is None:
        return said
    until = _("They are open to everybody from %(moment)s.") % {
        "moment": writing.moment(release, country=offering.country)
    }
    return f"{said} {until}"


def _held(counters: list[PlaceCounter], numbers: Mapping[str, int]) -> Iterator[str]:
    offered = numbers.get("offered", 0)
    if offered:
        yield ngettext(
            "%(n)s place waits for the applicant's answer.",
            "%(n)s places wait for the applicants' answers.",
            offered,
        ) % {"n": writing.number(offered)}
    held = sum(counter.held for counter in counters) - offered
    if held > 0:
        yield ngettext(
            "%(n)s place is held for somebody who is not decided on yet.",
            "%(n)s places are held for people who are not decided on yet.",
            held,
        ) % {"n": writing.number(held)}
    elsewhere = sum(counter.taken_elsewhere for counter in counters)
    if elsewhere:
        yield ngettext(
            "%(n)s place is given outside KOPA.", "%(n)s places are given outside KOPA.", elsewhere
        ) % {"n": writing.number(elsewhere)}
