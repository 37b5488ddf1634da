"""What a group is called where it stands by itself: in a list to choose from, among a search's filters."""

from __future__ import annotations

import threading
from typing import Final

from django.utils.translation import gettext as _

from kopa.base.writing import names
from kopa.codes import cache
from pilots.models import GroupKind, MembershipKind, PilotGroup
from pilots.numbers import number_in

# Grows with every edit by a coordinator; what a load changes has the load's stamp.
STAMP: Final = "pilot groups"
cache.STAMPS[STAMP] = "select sum(version)::bigint from pilots_pilotgroup"


class _Kept:
    stamps: tuple[int | None, int | None] = (None, None)
    groups: tuple[PilotGroup, ...] = ()
    lock = threading.Lock()


def groups() -> tuple[PilotGroup, ...]:
    """All groups in their order with their memberships. From memory; two statements after a change."""
    stamps = cache.stamp(cache.LOAD), cache.stamp(STAMP)
    with _Kept.lock:  # of several threads one reads, the others find it done
        if stamps != _Kept.stamps or stamps[0] is None:
            _Kept.groups = tuple(PilotGroup.objects.prefetch_related("memberships"))
            _Kept.stamps = stamps
        return _Kept.groups


def code_of(text: str) -> str:
    """The code of the group that ``text`` names by its number, or by its code; the text itself if none is."""
    number = number_in(text)
    if number is None:
        return text.casefold()
    return next((one.code for one in groups() if one.number == number), text.casefold())


def no_such_group(text: str) -> str:
    """What to tell who asked for one that is not: “There is no group 99. There are 1–13 and …”."""
    numbers = [one.number for one in groups() if one.number is not None]
    is_a_row = len(numbers) > 2 and max(numbers) - min(numbers) == len(numbers) - 1
    told = [f"{min(numbers)}–{max(numbers)}"] if is_a_row else numbers
    there_are = names([*told, *(one.code for one in groups() if one.number is None)])
    if not there_are:
        return _("There is no group “%(text)s”.") % {"text": text}
    return _("There is no group “%(text)s”. There are %(these)s.") % {"text": text, "these": there_are}


def title(group: PilotGroup) -> str:
    """“Pilot group 4: Tornionlaakso” where a coordinator has entered a name, else the number and
    the members that are named.

    Reads the group's memberships: those of ``groups`` have them.
    """
    name = str(group.name())
    if group.kind == GroupKind.CO_OPERATION_AREA:
        return name
    named = (one for one in group.memberships.all() if one.kind != MembershipKind.IMPLIED)
    called = name or names(one.name() for one in named)
    return _("Pilot group %(number)s: %(called)s") % {"number": group.number, "called": called}
