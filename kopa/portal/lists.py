"""The register's lists: municipalities, regions and providers, each as a page and as a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, F, Func, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kopa.base.filters import AsOfFilterSet
from kopa.base.forms import explained
from kopa.base.lists import ListPage, list_page
from kopa.base.names import LANGUAGES, reader_language
from kopa.base.parameters import EMPTY_IS_TODAY
from kopa.base.spreadsheets import download
from kopa.portal.register import other_names
from municipalities import divisions
from municipalities.cache import gazetteer
from municipalities.filters import MunicipalityFilter, RegionFilter
from municipalities.models import Municipality, Region
from municipalities.population import People, of_municipalities, of_regions
from providers.filters import ProviderFilter
from providers.models import Institution, Organisation

LIST_SIZE: Final = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list of municipalities, as of its day."""

    municipality: Municipality
    label: str
    names: list[tuple[str, str]]
    region: Region | None
    merged: list[Municipality]
    is_no_more: bool
    people: People | None


@dataclass(frozen=True, slots=True)
class RegionListed:
    """One line of the list of regions, as of its day."""

    region: Region
    municipalities: int
    people: People | None
    query: str


@require_safe
def municipality_list(request: HttpRequest) -> HttpResponse:
    filters = _municipalities(request)
    page = list_page(request, filters.qs, size=LIST_SIZE, form=filters.form)
    context = {
        **_dated(filters, page, "municipalities:list_csv"),
        "listed": list(_listed(page.rows, filters.day)),
    }
    return render(request, "municipalities/list.html", context)


@require_safe
def municipality_list_csv(request: HttpRequest) -> StreamingHttpResponse:
    filters = _municipalities(request)
    headings = [
        _("Key"), _("Name"), *(f"{_('Name')} ({code})" for code in LANGUAGES), _("Other names"), _("Country"),
        _("Region"), _("Key of the region"), _("As of"), _("Population"), _("Year of the population"),
        _("Last day"), _("Merged into"), _("Latitude"), _("Longitude"),
    ]  # fmt: skip
    rows = (_municipality_cells(one, filters.day) for one in _listed(filters.qs, filters.day))
    return download(_dated_file_name(_("municipalities"), filters.day), headings, rows)


@require_safe
def region_list(request: HttpRequest) -> HttpResponse:
    filters = _regions(request)
    page = list_page(request, filters.qs, size=LIST_SIZE, form=filters.form)
    listed = _regions_listed(filters, page.rows)
    context = {
        **_dated(filters, page, "municipalities:regions_csv"),
        "listed": listed,
        "years": sorted({one.people.year for one in listed if one.people}),
    }
    return render(request, "municipalities/regions.html", context)


@require_safe
def region_list_csv(request: HttpRequest) -> StreamingHttpResponse:
    filters = _regions(request)
    headings = [
        _("Key"), _("Name"), *(f"{_('Name')} ({code})" for code in LANGUAGES), _("Country"), _("As of"),
        _("Municipalities"), _("Population"), _("Year of the population"),
    ]  # fmt: skip
    rows = (
        [
            one.region.key, one.region.name(), one.region.name_fi, one.region.name_sv, one.region.name_en,
            one.region.country, filters.day, one.municipalities, one.people and one.people.count,
            one.people and one.people.year,
        ]
        for one in _regions_listed(filters, filters.qs)
    )  # fmt: skip
    return download(_dated_file_name(_("regions"), filters.day), headings, rows)


@require_safe
def provider_list(request: HttpRequest) -> HttpResponse:
    filters = _providers(request)
    page = list_page(request, filters.qs, size=LIST_SIZE, form=filters.form)
    home = filters.form.cleaned_data.get("municipality")
    context = {
        "filters": filters,
        "page": page,
        "at_home": home,
        "without_home": _without(request, "municipality") if home else "",
        "file": _file(page, "providers:list_csv"),
    }
    return render(request, "providers/list.html", context)


@require_safe
def provider_list_csv(request: HttpRequest) -> StreamingHttpResponse:
    filters = _providers(request)
    headings = [
        _("Number"), _("Name"), *(f"{_('Name')} ({code})" for code in LANGUAGES), _("Other names"),
        _("Type"), _("Country"), _("Home municipality"), _("Key of the home municipality"),
        _("Business ID"), _("Institutions"),
    ]  # fmt: skip
    rows = (_provider_cells(one) for one in filters.qs)
    return download(_file_name(_("providers"), timezone.localdate()), headings, rows)


def _municipalities(request: HttpRequest) -> MunicipalityFilter:
    rows = Municipality.objects.by_name().prefetch_related("aliases")
    filters = MunicipalityFilter(request.GET, queryset=rows, request=request)
    name = _("A name in any language, also an earlier one; its beginning is enough.")
    explained(filters.form, {"q": name, "as_of": EMPTY_IS_TODAY})
    filters.form.is_valid()  # a wrong parameter counts as not given
    return filters


def _regions(request: HttpRequest) -> RegionFilter:
    shown = Func(F(f"name_{reader_language()}"), function="kopa_sort_key")
    filters = RegionFilter(request.GET, queryset=Region.objects.order_by("country", shown), request=request)
    explained(filters.form, {"as_of": EMPTY_IS_TODAY})
    filters.form.is_valid()
    return filters


def _providers(request: HttpRequest) -> ProviderFilter:
    rows = (
        Organisation.objects.providers()
        .by_name()
        .select_related("home_municipality")
        .annotate(institution_count=_count_of_institutions())
    )
    filters = ProviderFilter(request.GET, queryset=rows, request=request)
    name = _("Words of the provider's name, of one of its institutions, or its home municipality.")
    explained(filters.form, {"q": name})
    return filters


def _dated(filters: AsOfFilterSet, page: ListPage, file: str) -> dict[str, Any]:
    return {
        "filters": filters,
        "page": page,
        "day": filters.day,
        "is_today": filters.day == timezone.localdate(),
        "known_from": None if divisions.is_known(filters.day) else divisions.known_from(),
        "file": _file(page, file),
    }


def _file(page: ListPage, name: str) -> str:
    """The address of the same list as a file."""
    return f"{reverse(name)}?{page.query}" if page.query else reverse(name)


def _file_name(what: str, day: dt.date) -> str:
    return f"kopa-{slugify(what)}-{day:%Y-%m-%d}"


def _dated_file_name(what: str, day: dt.date) -> str:
    """A file of a day of which nothing is known has headings alone, and its name says why."""
    name = _file_name(what, day)
    return name if divisions.is_known(day) else f"{name}-{slugify(_('not known'))}"


def _listed(rows: Any, day: dt.date) -> Iterator[Listed]:
    places, people = gazetteer(), of_municipalities(day)
    for one in rows:
        region = divisions.region_or_last(one, day)
        merged = places.merged_before(one, day)
        counted, ended = people.get(one.pk), one.ended_before(day)
        yield Listed(one, places.label(one), other_names(one), region, merged, ended, counted)


def _municipality_cells(listed: Listed, day: dt.date) -> list[object]:
    one, region, people = listed.municipality, listed.region, listed.people
    names = "; ".join([name for name, _language in listed.names] + [str(old.name()) for old in listed.merged])
    successor = gazetteer().by_id[one.successor_id].key if one.successor_id else ""
    return [
        one.key, listed.label, one.name_fi, one.name_sv, one.name_en, names, one.country,
        region and region.name(), region and region.key, day, people and people.count,
        people and people.year, one.valid_to, successor, one.latitude, one.longitude,
    ]  # fmt: skip


def _regions_listed(filters: RegionFilter, rows: Any) -> list[RegionListed]:
    of_the_day = list(divisions.regions_on(filters.day).values())
    people = of_regions(filters.day)
    asked = filters.form.cleaned_data.get("as_of")
    return [
        RegionListed(
            region,
            sum(one.pk == region.pk for one in of_the_day),
            people.get(region.pk),
            f"?region={region.key}" + (f"&as_of={asked}" if asked else ""),
        )
        for region in rows
    ]


def _provider_cells(one: Any) -> list[object]:
    home = one.home_municipality
    return [
        one.pk, one.label(), one.name_fi, one.name_sv, one.name_en, "; ".join(one.other_names),
        one.get_kind_display(), one.country, home and home.name(), home and home.key, one.business_id,
        one.institution_count,
    ]  # fmt: skip


def _count_of_institutions() -> Coalesce:
    counted = Institution.objects.filter(organisation=OuterRef("pk")).order_by().values("organisation")
    return Coalesce(Subquery(counted.annotate(number=Count("pk")).values("number")), 0)


def _without(request: HttpRequest, name: str) -> str:
    """The page's address without one of its parameters; back on the first page."""
    query = request.GET.copy()
    for left_out in (name, "page"):
        query.pop(left_out, None)
    return f"{request.path}?{query.urlencode()}" if query else request.path
