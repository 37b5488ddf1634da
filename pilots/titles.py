"""What a group is called where it stands by itself: in a list to choose from, among a search's filters."""

from __future__ import annotations

import threading
from typing import Final

from django.utils.translation import gettext as _

from kopa.codes import cache
from pilots.models import GroupKind, PilotGroup

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


def title(group: PilotGroup) -> str:
    """“Pilot group 4: Tornionlaakso” where a coordinator has entered a name, else the number and all members.

    Reads the group's memberships: those of ``groups`` have them.
    """
    name = str(group.name())
    if group.kind == GroupKind.CO_OPERATION_AREA:
        return name
    called = name or ", ".join(str(one) for one in group.memberships.all())
    return _("Pilot group %(number)s: %(called)s") % {"number": group.number, "called": called}
