"""How many take part in the pilots: as a source states it, and as the members it names add up.

Everything is computed from the memberships; a stated figure is data with a source (``StatedFigure``). The two
differ, and the page says why: DOMAIN.md §0, traps 1 and 2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pilots.models import GroupKind, MemberKind, MembershipKind, PilotMembership, StatedFigure

# What a source may state a figure of.
MEASURES: Final = (
    "groups",
    "municipalities",
    "joint_authorities",
    "companies",
    "universities_of_applied_sciences",
    "municipal_enterprises",
)


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts over memberships. One municipality in two groups is one municipality, two memberships."""

    groups: int = 0
    mentions: int = 0  # of municipalities, direct and via a joint authority
    direct_memberships: int = 0
    via_memberships: int = 0
    distinct_direct: int = 0
    distinct_all: int = 0
    only_via: int = 0
    in_several_groups: int = 0
    joint_authorities_named: int = 0
    joint_authorities_implied: int = 0
    institutions: int = 0
    companies: int = 0
    universities_of_applied_sciences: int = 0
    municipal_enterprises: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One row of "stated beside computed"; ``stated`` is None where no source states the figure."""

    measure: str
    stated: int | None
    computed: int
    parts: Mapping[str, int] = field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        return self.stated is None or self.stated == self.computed


def totals_of(memberships: Iterable[PilotMembership]) -> Totals:
    """Counts distinct members by kind, whatever the number of groups they are in."""
    rows = list(memberships)
    places = [one for one in rows if one.municipality_id is not None]
    direct = [one.municipality_id for one in places if one.kind == MembershipKind.DIRECT]
    via = [one.municipality_id for one in places if one.kind == MembershipKind.VIA_JOINT_AUTHORITY]
    implied = _distinct(rows, MemberKind.JOINT_AUTHORITY, implied=True)
    return Totals(
        groups=len({one.group_id for one in rows}),
        mentions=len(places),
        direct_memberships=len(direct),
        via_memberships=len(via),
        distinct_direct=len(set(direct)),
        distinct_all=len({one.municipality_id for one in places}),
        only_via=len(set(via) - set(direct)),
        in_several_groups=sum(count > 1 for count in Counter(direct).values()),
        joint_authorities_named=len(_distinct(rows, MemberKind.JOINT_AUTHORITY)),
        joint_authorities_implied=len(implied),
        institutions=len(_distinct(rows, MemberKind.INSTITUTION)),
        companies=len(_distinct(rows, MemberKind.COMPANY)),
        universities_of_applied_sciences=len(_distinct(rows, MemberKind.UAS)),
        municipal_enterprises=len(_distinct(rows, MemberKind.MUNICIPAL_ENTERPRISE)),
    )


def pilot_totals() -> Totals:
    """Of all pilot groups; co-operation areas are apart."""
    return totals_of(PilotMembership.objects.filter(group__kind=GroupKind.PILOT_GROUP))


def stated_beside_computed(totals: Totals) -> list[Line]:
    """Each stated figure with what the rows give for it."""
    stated = dict(StatedFigure.objects.values_list("measure", "value"))
    joint = totals.joint_authorities_named
    computed = {
        "groups": totals.groups,
        "municipalities": totals.distinct_direct,
        "joint_authorities": joint + totals.joint_authorities_implied,
        "companies": totals.companies,
        "universities_of_applied_sciences": totals.universities_of_applied_sciences,
        "municipal_enterprises": totals.municipal_enterprises,
    }
    return [Line(measure, stated.get(measure), computed[measure]) for measure in MEASURES]


def _distinct(rows: list[PilotMembership], kind: MemberKind, *, implied: bool = False) -> set[int | None]:
    """Ids of the organisations or institutions of the kind; those only implied are counted apart."""
    return {
        one.institution_id or one.organisation_id
        for one in rows
        if one.member_kind == kind and (one.kind == MembershipKind.IMPLIED) == implied
    }
