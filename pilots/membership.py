"""Who belongs to a pilot group on a day, and which groups a municipality or an organisation belongs to.

Sources name the municipalities of their time. On a day after one was merged into another, the other stands in
its place: Honkajoki counts in 2020, Kankaanpää for it from 2021.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Final

from django.db.models import QuerySet

from municipalities.cache import gazetteer
from municipalities.models import Municipality
from pilots.models import PilotMembership
from providers.models import Organisation

# Ids of the groups to which one of the municipalities ``family`` belongs on the day ``today``: what
# ``PilotMembershipQuerySet.on`` says, for the search's own SQL. A family holds the merged ones too.
GROUPS_OF_FAMILY_SQL: Final = """select m.group_id from pilots_pilotmembership m
  join pilots_pilotgroup g on g.id = m.group_id
  where m.municipality_id = any(%(family)s::bigint[])
  and coalesce(m.valid_from, g.valid_from, '-infinity') <= %(today)s::date
  and coalesce(m.valid_to, 'infinity') >= %(today)s::date"""


def organisations_of_groups(codes: Collection[str], on: dt.date) -> frozenset[int]:
    """Ids of the organisations that take part in one of the groups on the day.

    Two statements, none without codes.
    They are the members themselves, the owners of institutions that are members, and the municipalities that
    are members, as organisations.
    """
    if not codes:
        return frozenset()
    rows = PilotMembership.objects.on(on).filter(group__code__in=list(codes))
    members = list(rows.select_related("institution"))
    found = {one.organisation_id for one in members}
    found |= {one.institution.organisation_id for one in members if one.institution}
    places = {one.municipality_id for one in members if one.municipality_id is not None}
    ids = municipalities_on(places, on)
    found |= set(Organisation.objects.filter(municipality__in=ids).values_list("pk", flat=True))
    return frozenset(pk for pk in found if pk is not None)


def groups_of(municipalities: Collection[int], on: dt.date) -> QuerySet[PilotMembership, int]:
    """Ids of the groups to which one of the municipalities belongs on the day, as a subquery."""
    rows = PilotMembership.objects.on(on).filter(municipality__in=municipalities)
    return rows.values_list("group", flat=True)


def municipalities_on(ids: Iterable[int], on: dt.date) -> frozenset[int]:
    """The municipalities as they are on the day: the successor of one that was merged before."""
    places = gazetteer()
    return frozenset(places.on_day(places.by_id[pk], on).pk for pk in ids)


def memberships_of_municipality(municipality: Municipality, on: dt.date) -> list[PilotMembership]:
    """How the municipality takes part in groups on the day, also through those that were merged into it.

    One that is no more on the day is asked for by its own name: the groups whose sources name it.
    """
    places = gazetteer()
    ids = [municipality.pk]
    if not municipality.is_dissolved:
        family = places.families[municipality.pk]
        ids = [pk for pk in family if places.on_day(places.by_id[pk], on).pk == municipality.pk]
    return _listed(PilotMembership.objects.on(on).filter(municipality__in=ids))


def memberships_of_organisation(organisation: Organisation, on: dt.date) -> list[PilotMembership]:
    """How the organisation takes part in groups on the day: itself, as a municipality, by an institution."""
    if organisation.municipality is not None:
        return memberships_of_municipality(organisation.municipality, on)
    own = PilotMembership.objects.on(on).filter(organisation=organisation)
    by_institution = PilotMembership.objects.on(on).filter(institution__organisation=organisation)
    return _listed(own | by_institution)


def _listed(rows: QuerySet[PilotMembership]) -> list[PilotMembership]:
    """With their groups, in the groups' order. One statement."""
    found = rows.select_related("group", "municipality", "via_organisation", "institution")
    return sorted(found, key=lambda one: (one.group.number is None, one.group.number or 0, one.position))
