"""What is saved of a course, in the words of a read cell; and what is read, as the services take it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, cast

from django.db import connection
from django.db.models import Prefetch

from offerings.imports.cells import from_json
from offerings.models import Offering, PlaceCounter
from offerings.services import OfferingInput
from offerings.services.inputs import PLAIN
from providers.models import Organisation, Site

Json = dict[str, Any]
# Chosen from lists.
CHOSEN: Final = (
    "languages", "open_to_regions", "open_to_municipalities", "open_to_pilot_groups", "prior_education",
)  # fmt: skip


@dataclass
class Places:
    """An organisation's own sites, by municipality."""

    sites: dict[int | None, list[int]]

    def __init__(self, provider: Organisation) -> None:
        own = Site.objects.filter(organisation=provider) | Site.objects.filter(
            institution__organisation=provider
        )
        self.sites = {}
        for pk, municipality in own.distinct().values_list("pk", "municipality"):
            self.sites.setdefault(municipality, []).append(pk)

    def given(self, municipalities: list[int], saved: Mapping[int | None, list[int]]) -> Json:
        """Municipalities become the sites there: those of the course (``saved``), the only one of the
        organisation's own, or the municipality's centre.
        """
        sites: list[int] = []
        elsewhere: list[int] = []
        for municipality in municipalities:
            own = self.sites.get(municipality, [])
            if municipality in saved:
                sites += saved[municipality]
            elif len(own) == 1:
                sites += own
            else:
                elsewhere.append(municipality)
        return {"sites": sites, "elsewhere": elsewhere}


def as_input(
    given: Mapping[str, Any], places: Places, saved: Mapping[int | None, list[int]]
) -> OfferingInput:
    """What the services take; ``saved`` are the sites of the course by municipality."""
    found: Json = {name: from_json(name, value) for name, value in given.items() if name in PLAIN}
    found |= {name: given[name] for name in CHOSEN if name in given}
    if "co_hosts" in given:
        found["co_hosts"] = [(organisation, part) for organisation, part in given["co_hosts"]]
    if "quotas" in given:
        found["quotas"] = {int(key): seats for key, seats in given["quotas"].items()}
    if "sites" in given:
        found["sites"] = given["sites"]
    elif "places" in given:
        found |= places.given(given["places"], saved)
    return cast("OfferingInput", found)


def sites_of(offering_ids: Iterable[int | None]) -> dict[int | None, dict[int | None, list[int]]]:
    """The sites of these courses, by course and municipality."""
    found: dict[int | None, dict[int | None, list[int]]] = {}
    wanted = [pk for pk in offering_ids if pk is not None]
    rows = Site.objects.filter(offerings__in=wanted).values_list("offerings", "municipality", "pk")
    for offering, municipality, pk in rows if wanted else ():
        found.setdefault(offering, {}).setdefault(municipality, []).append(pk)
    return found


def saved_values(offering: Offering, names: Iterable[str]) -> Json:
    """What stands in the offering under these names, in the words of a read cell."""
    return {name: _saved(offering, name) for name in names}


RELATED: Final[dict[str, Callable[[Offering], Any]]] = {
    "places": lambda one: sorted({site.municipality_id for site in one.sites.all() if site.municipality_id}),
    "quotas": lambda one: {str(quota.municipality_id): quota.seats for quota in one.quotas.all()},
    "co_hosts": lambda one: sorted([host.organisation_id, host.part] for host in one.co_hosts.all()),
}


def _saved(offering: Offering, name: str) -> Any:
    if name in CHOSEN:
        return sorted(one.pk for one in getattr(offering, name).all())
    if name in RELATED:
        return RELATED[name](offering)
    value = getattr(offering, name)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


CALLED: Final = """
select id from offerings_offering where provider_id = %s and own_reference = any (%s) and own_reference <> ''
union select id from offerings_offering where provider_id = %s and id = any (%s)
"""


def offerings_called(
    provider: Organisation, references: Iterable[str], numbers: Iterable[int]
) -> list[Offering]:
    """The organisation's own courses that have one of these identifiers, or of KOPA's numbers."""
    with connection.cursor() as cursor:
        cursor.execute(CALLED, [provider.pk, list(references), provider.pk, list(numbers)])
        ids = [pk for (pk,) in cursor.fetchall()]
    if not ids:
        return []
    found = Offering.objects.prefetch_related(
        Prefetch("sites", Site.objects.select_related("organisation", "institution")),
        Prefetch("counters", PlaceCounter.objects.select_related("quota__municipality")),
        "quotas",
        "co_hosts",
        *CHOSEN,
    ).in_bulk(ids)
    for offering in found.values():
        offering.provider = provider
    return list(found.values())
