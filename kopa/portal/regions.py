"""The page of one region or county: its municipalities on a day, and who came and went."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kopa.base.forms import explained
from kopa.base.lists import list_page
from kopa.base.names import reader_language
from kopa.base.parameters import EMPTY_IS_TODAY, AsOfForm
from kopa.codes.models import DataSource
from kopa.portal.register import moved
from municipalities import divisions
from municipalities.cache import gazetteer
from municipalities.models import Municipality, Region
from municipalities.population import of_municipalities, of_regions

LIST_SIZE = 100


@dataclass(frozen=True, slots=True)
class Move:
    """A municipality that came from another region, went to one, or was merged into another municipality."""

    day: dt.date
    municipality: Municipality
    label: str
    came_from: Region | None = None
    went_to: Region | None = None
    merged_into: Municipality | None = None


@require_safe
def region_detail(request: HttpRequest, slug: str) -> HttpResponse:
    key = "-".join(slug.upper().split("-")[:2])
    region = Region.objects.filter(key=key).first()
    if region is None:
        raise Http404
    if slug != region.slug:
        return moved(request, region.get_absolute_url())
    form = AsOfForm(request.GET)
    explained(form, {"as_of": EMPTY_IS_TODAY})
    asked = form.cleaned_data.get("as_of") if form.is_valid() else None
    day = asked or timezone.localdate()
    places, of_the_day = gazetteer(), divisions.regions_on(day)
    members = [places.by_id[pk] for pk, one in of_the_day.items() if one == region]
    people = of_municipalities(day)
    listed = [(places.label(one), one, people.get(one.pk)) for one in sorted(members, key=_sorted)]
    context = {
        "region": region,
        "form": form,
        "day": day,
        "asked": asked,
        "is_today": day == timezone.localdate(),
        "known_from": None if divisions.is_known(day) else divisions.known_from(),
        "page": list_page(request, listed, size=LIST_SIZE, form=form),
        "people": of_regions(day).get(region.pk),
        "moves": moves(region),
        "tells_of_changes": tells_of_changes(region.country),
        "since": divisions.known_from(),
        "sources": DataSource.objects.filter(pk__in=_sources(region)),
    }
    return render(request, "municipalities/region.html", context)


def moves(region: Region) -> list[Move]:
    """Who came to the region from another one, who went and who merged, the latest first."""
    places = gazetteer()
    found = []
    for pk, rows in divisions.divisions().of_regions.items():
        one = places.by_id[pk]
        for before, after in pairwise(rows):
            if before.region_id == after.region_id:
                continue
            if after.region_id == region.pk:
                found.append(Move(after.first_day, one, places.label(one), came_from=before.region))
            elif before.region_id == region.pk:
                found.append(Move(after.first_day, one, places.label(one), went_to=after.region))
        if rows[-1].region_id == region.pk and one.valid_to and one.successor_id:
            day, successor = one.valid_to + dt.timedelta(days=1), places.by_id[one.successor_id]
            found.append(Move(day, one, places.label(one), merged_into=successor))
    return sorted(found, key=lambda move: (-move.day.toordinal(), move.municipality.key))


def tells_of_changes(country: str) -> bool:
    """Whether a source of the country's divisions has any beginning: else it shows one division alone."""
    places = gazetteer()
    return any(
        row.is_beginning
        for pk, rows in divisions.divisions().of_regions.items()
        if places.by_id[pk].country == country
        for row in rows
    )


def _sorted(municipality: Municipality) -> tuple[str, str]:
    return getattr(municipality, f"sort_{reader_language()}") or municipality.sort_fi, municipality.key


def _sources(region: Region) -> set[str]:
    """Those of the region's name, of its memberships and of their populations."""
    rows = (row for mine in divisions.divisions().of_regions.values() for row in mine)
    told = {code for row in rows if row.region_id == region.pk for code in row.source.split()}
    return told | set(region.source.split()) | {f"population-{region.country.lower()}"}
