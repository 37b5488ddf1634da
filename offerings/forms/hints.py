"""The rules for numbers of places (R-CAP-2), said where they are typed and after they have changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from municipalities.cache import gazetteer
from offerings.models import Offering, PlaceCounter, Quota


def capacity_hint(offering: Offering, counters: Sequence[PlaceCounter]) -> str:
    """How low the number of places can go now, and why."""
    said = [_("The reserved ones included.")]
    given = sum(counter.given for counter in counters if counter.quota is None)
    reserved = sum(counter.seats for counter in counters if counter.quota is not None)
    lowest = max(given + reserved, offering.min_group or 0)
    if lowest and lowest == offering.min_group:
        said.append(_("At least %(lowest)s: the smallest group.") % {"lowest": lowest})
    elif given or reserved:
        sentence = _(
            "At least %(lowest)s now: %(given)s open places have been given and %(reserved)s are reserved."
        )
        said.append(sentence % {"lowest": lowest, "given": given, "reserved": reserved})
    return " ".join(said)


def quotas_hint(counters: Sequence[PlaceCounter]) -> str:
    """How low the reserved places can go now, and that they stay as they are when the number of all rises."""
    said = [_("For residents of these municipalities only, until the places are released.")]
    for one in counters:
        if one.quota is not None and one.quota.released_at is not None:
            said.append(_released_said(one.quota))
        elif one.quota is not None and one.given:
            said.append(_quota_said(one.quota, one.given))
    if any(counter.quota is not None for counter in counters):
        said.append(_("When there are more places in all, these stay as they are; the new ones are open."))
    return " ".join(said)


def _released_said(quota: Quota) -> str:
    sentence = ngettext(
        "%(reserved)s place reserved for %(municipality)s is released: its number stays as it was.",
        "%(reserved)s places reserved for %(municipality)s are released: their number stays as it was.",
        quota.seats,
    )
    return sentence % {"reserved": quota.seats, "municipality": gazetteer().whose(quota.municipality)}


def _quota_said(quota: Quota, given: int) -> str:
    sentence = ngettext(
        "%(given)s place reserved for %(municipality)s has been given: at least that many stay reserved.",
        "%(given)s places reserved for %(municipality)s have been given: at least that many stay reserved.",
        given,
    )
    return sentence % {"given": given, "municipality": gazetteer().whose(quota.municipality)}


def capacity_said(counters: Iterable[PlaceCounter]) -> str:
    """After the number of places has changed: how they are shared out now."""
    counters = list(counters)
    places = sum(counter.seats for counter in counters)
    free = sum(counter.free for counter in counters)
    reserved = sum(counter.seats for counter in counters if counter.quota is not None)
    sentence = _(
        "There are %(places)s places in all now: %(open)s open to everybody, %(reserved)s reserved. Free:"
        " %(free)s."
    )
    return sentence % {"places": places, "open": places - reserved, "reserved": reserved, "free": free}


def numbers_said(counters: Iterable[PlaceCounter]) -> str:
    """How many places have been given elsewhere and how many are free, of all sources together."""
    counters = list(counters)
    return _("%(taken)s of %(seats)s places are given elsewhere, %(free)s are free.") % {
        "taken": sum(counter.taken_elsewhere for counter in counters),
        "seats": sum(counter.seats for counter in counters),
        "free": sum(counter.free for counter in counters),
    }
