"""What a coordinator looks after: per pilot group who has no user, and whose courses need a look.

Counts and states alone (R-PRIV-4): of published courses, never of drafts, and no names of people.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q
from django.utils import timezone

from municipalities.cache import gazetteer
from offerings.models import Offering
from offerings.querysets import OfferingQuerySet
from pilots.models import PilotGroup, PilotMembership
from providers.models import Organisation, Role
from providers.querysets import OrganisationQuerySet

COORDINATES: Final = (Role.COORDINATOR, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a group. ``organisation`` is None for an institution that no organisation owns."""

    membership: PilotMembership
    organisation: Organisation | None
    has_user: bool
    unconfirmed: int
    lacking_texts: int


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group with its members of today; an organisation that takes part twice is counted once."""

    group: PilotGroup
    members: tuple[Member, ...]

    @property
    def called(self) -> str:
        """Its members by name: most groups have a number alone."""
        return ", ".join(str(one.membership) for one in self.members)

    @property
    def number(self) -> int:
        return len(self._counted)

    @property
    def without_user(self) -> int:
        return sum(not one.has_user for one in self._counted)

    @property
    def unconfirmed(self) -> int:
        return sum(one.unconfirmed for one in self._counted)

    @property
    def lacking_texts(self) -> int:
        return sum(one.lacking_texts for one in self._counted)

    @property
    def is_in_order(self) -> bool:
        return not (self.without_user or self.unconfirmed or self.lacking_texts)

    @property
    def _counted(self) -> list[Member]:
        seen: dict[object, Member] = {}
        for one in self.members:
            seen.setdefault(one.organisation.pk if one.organisation else one.membership, one)
        return list(seen.values())


def survey(groups: Collection[PilotGroup], *, now: dt.datetime) -> list[GroupRow]:
    """The groups (loaded ``with_members``) with their members of today: four statements and the gazetteer."""
    today = timezone.localdate(now)
    listed = {group: group.members_on(today) for group in groups}
    owners = _organisations([one for members in listed.values() for one in members], on=today)
    ids = {one.pk for one in owners.values()}
    rows = Organisation.objects.filter(pk__in=ids)
    alone = set(rows.without_a_user(on=today).values_list("pk", flat=True))
    theirs = Offering.objects.filter(provider__in=ids)
    unconfirmed, lacking = _by_provider(theirs.unconfirmed(now)), _by_provider(theirs.lacking_texts(now))

    def member(one: PilotMembership) -> Member:
        owner = owners.get(one.pk)
        if owner is None:
            return Member(one, None, has_user=False, unconfirmed=0, lacking_texts=0)
        has_user = owner.pk not in alone
        return Member(one, owner, has_user, unconfirmed.get(owner.pk, 0), lacking.get(owner.pk, 0))

    return [GroupRow(group, tuple(member(one) for one in members)) for group, members in listed.items()]


def _organisations(members: Collection[PilotMembership], *, on: dt.date) -> dict[int, Organisation]:
    """Membership → the organisation that it is today, its successor where it was merged. One statement."""
    places, known = gazetteer(), {one.pk: one.municipality_id for one in members if one.municipality_id}
    today = {pk: places.on_day(places.by_id[place], on).pk for pk, place in known.items()}
    others = {one.pk: one.organisation_id or _owner(one) for one in members if one.pk not in known}
    rows = Organisation.objects.filter(
        Q(municipality__in=set(today.values())) | Q(pk__in={pk for pk in others.values() if pk})
    )
    by_id = {one.pk: one for one in rows}
    by_place = {one.municipality_id: one for one in by_id.values() if one.municipality_id}
    found = {pk: by_place.get(place) for pk, place in today.items()}
    found |= {pk: by_id.get(owner) for pk, owner in others.items() if owner}
    return {pk: one for pk, one in found.items() if one is not None}


def _owner(one: PilotMembership) -> int | None:
    return one.institution.organisation_id if one.institution else None


def _by_provider(rows: OfferingQuerySet) -> dict[int, int]:
    counted = rows.order_by().values("provider").annotate(number=Count("pk"))
    return dict(counted.values_list("provider", "number"))


def waiting_for_verification() -> OrganisationQuerySet:
    """Organisations that nobody has verified yet, with what the list says of each. One statement."""
    return Organisation.objects.waiting_for_verification().select_related("home_municipality").by_name()
