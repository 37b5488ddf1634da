"""The page of one region or county: its municipalities on a day, and who came and went."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from kopa.base.lists import list_page
from kopa.base.names import reader_language
from kopa.base.parameters import Day
from kopa.codes.models import DataSource
from municipalities import divisions
from municipalities.cache import gazetteer
from municipalities.models import Municipality, Region, RegionMembership
from municipalities.population import of_municipalities, of_regions

LIST_SIZE = 100


class AsOfForm(forms.Form):
    as_of = Day(label=_("As of"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


@dataclass(frozen=True, slots=True)
class Move:
    """A municipality that came from another region, or went to one."""

    day: dt.date
    municipality: Municipality
    label: str
    came_from: Region | None
    went_to: Region | None


@require_safe
def region_detail(request: HttpRequest, slug: str) -> HttpResponse:
    key = "-".join(slug.upper().split("-")[:2])
    region = Region.objects.filter(key=key).first()
    if region is None:
        raise Http404
    if slug != region.slug:
        query = request.META.get("QUERY_STRING", "")
        address = region.get_absolute_url()
        return redirect(f"{address}?{query}" if query else address, permanent=True)
    form = AsOfForm(request.GET)
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
        "sources": DataSource.objects.filter(pk__in=_sources(region)),
    }
    return render(request, "municipalities/region.html", context)


def moves(region: Region) -> list[Move]:
    """Who came to the region from another one and who went, the latest first."""
    places = gazetteer()
    found = []
    for pk, rows in divisions.divisions().of_regions.items():
        for before, after in pairwise(rows):
            if before.region_id != after.region_id and region.pk in {before.region_id, after.region_id}:
                found.append(_move(region, places.by_id[pk], places.label(places.by_id[pk]), before, after))
    return sorted(found, key=lambda move: (-move.day.toordinal(), move.municipality.key))


def _move(
    region: Region, municipality: Municipality, label: str, before: RegionMembership, after: RegionMembership
) -> Move:
    came = after.region_id == region.pk
    return Move(
        after.first_day,
        municipality,
        label,
        came_from=before.region if came else None,
        went_to=None if came else after.region,
    )


def _sorted(municipality: Municipality) -> tuple[str, str]:
    return getattr(municipality, f"sort_{reader_language()}") or municipality.sort_fi, municipality.key


def _sources(region: Region) -> set[str]:
    """Those of the region's name, of its memberships and of their populations."""
    rows = (row for mine in divisions.divisions().of_regions.values() for row in mine)
    told = {code for row in rows if row.region_id == region.pk for code in row.source.split()}
    return told | set(region.source.split()) | {f"population-{region.country.lower()}"}
