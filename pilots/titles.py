"""What a group is called where it stands by itself: in a list to choose from, among a search's filters."""

from __future__ import annotations

from django.db.models import QuerySet

from pilots.models import GroupKind, PilotGroup


def titled(groups: QuerySet[PilotGroup]) -> list[tuple[PilotGroup, str]]:
    """The groups in their order, each with its title. Two statements."""
    return [(group, title(group)) for group in groups.prefetch_related("memberships")]


def title(group: PilotGroup) -> str:
    """“4 Tornionlaakso” where a coordinator has entered a name, else the number and all that are named.

    Reads the group's memberships: prefetch them for many.
    """
    name = str(group.name())
    if group.kind == GroupKind.CO_OPERATION_AREA:
        return name
    called = name or ", ".join(str(one) for one in group.memberships.all())
    return f"{group.number} {called}"
