"""The register's pages of one municipality and one provider, with what they offer now.

They stand in the portal because they show what apps above municipalities and providers know.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kopa.base.forms import explained
from kopa.base.lists import list_page
from kopa.base.names import Text
from kopa.base.parameters import EMPTY_IS_TODAY, whole_number
from kopa.codes.models import DataSource, TeachingLanguage
from kopa.portal.population import MunicipalityForm, inhabitants
from municipalities import divisions
from municipalities.cache import Gazetteer, gazetteer
from municipalities.distances import great_circle_km
from municipalities.maps.register import label_abroad
from municipalities.models import Municipality
from municipalities.models.divisions import Membership
from municipalities.population import People, last_of, of_municipalities
from offerings import presenting
from offerings.homes import Home, find_home
from offerings.remembered import remembered_home
from offerings.search.addresses import query_string
from offerings.search.engine import search
from offerings.search.query import REACHABLE_KM, Hit, SearchQuery, SearchResult
from pilots.membership import memberships_of_municipality, memberships_of_organisation
from providers.models import Institution, Licence, Organisation, Site

INSTITUTIONS_SHOWN: Final = 20
OFFERINGS_SHOWN: Final = 5
OFFERINGS_IN_REACH: Final = 3
NEIGHBOURS_SHOWN: Final = 8
SOURCES_OF_MUNICIPALITIES: Final = {
    "FI": ("municipalities-fi", "centres-fi", "population-fi"),
    "SE": ("municipalities-se", "geonames", "population-se"),
}


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A municipality and how far its centre is from another's, along the great circle."""

    municipality: Municipality
    label: str  # with the country, where it is another one or the name alone does not tell
    km: float


@dataclass(frozen=True, slots=True)
class LicenceTold:
    """A licence as the provider's page tells it."""

    licence: Licence
    languages: list[Text]
    has_ended: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """What a municipality or provider offers now: the first few, and where the rest is."""

    result: SearchResult
    cards: tuple[presenting.Card, ...]
    all_query: str


@require_safe
def municipality_detail(request: HttpRequest, slug: str) -> HttpResponse:
    places = gazetteer()
    municipality = places.by_slug(slug)
    if municipality is None:
        raise Http404
    if slug != municipality.slug:
        return moved(request, municipality.get_absolute_url())
    merged = places.merged.get(municipality.pk, ())
    rows = Institution.objects.filter(municipality__in=[municipality, *merged]).for_list().by_name()
    successor = places.today(municipality) if municipality.is_dissolved else None
    form, label = MunicipalityForm(request.GET), places.label(municipality)
    explained(form, {"as_of": EMPTY_IS_TODAY})
    form.is_valid()  # a wrong parameter counts as not given
    people = inhabitants(municipality, label, form.cleaned_data.get("age_year"))
    asked = form.cleaned_data.get("as_of")
    page = list_page(request, rows, size=INSTITUTIONS_SHOWN, form=form)
    sources = {*SOURCES_OF_MUNICIPALITIES[municipality.country], *_alias_sources(municipality)}
    context = {
        **_of_the_day(places, municipality, asked),
        "form": form,
        "municipality": municipality,
        "label": label,
        "people": people,
        "whose": places.whose(municipality),
        "other_names": other_names(municipality),
        "namesakes": _namesakes(places, municipality),
        "absorbed": [str(one.name()) for one in places.absorbed(municipality)],
        "successor": successor and (successor, places.label(successor)),
        "neighbours": nearest(places, municipality, asked or timezone.localdate()),
        **_courses(request, municipality),
        "memberships": memberships_of_municipality(municipality, timezone.localdate()),
        "page": page,
        "has_marked": any(one.may_have_closed for one in page.rows),
        "organisation": Organisation.objects.filter(municipality=municipality).first(),
        "at_home": Organisation.objects.providers().filter(home_municipality=municipality).count(),
        "sources": _sources(sources | people.sources),
    }
    return render(request, "municipalities/detail.html", context)


def _courses(request: HttpRequest, municipality: Municipality) -> dict[str, Any]:
    """What is given in the municipality and within reach of it; of a merged one only where to search."""
    query = SearchQuery(municipality=frozenset({municipality.key}))
    return {
        "offered": None if municipality.is_dissolved else offered(request, query),
        "reach": None if municipality.is_dissolved else within_reach(municipality.key),
        "reach_km": REACHABLE_KM,
        "around_query": query_string(SearchQuery(home=municipality.key)),
    }


def _of_the_day(places: Gazetteer, municipality: Municipality, asked: dt.date | None) -> dict[str, Any]:
    """What the page tells of the day asked for; of today also what was before."""
    today = timezone.localdate()
    day = asked or today
    regions = divisions.history_of(municipality)[::-1]
    authorities = divisions.authority_history_of(municipality)[::-1]
    if day != today:
        regions, authorities = _holding(regions, day), _holding(authorities, day)
    return {
        "day": day,
        "asked": asked,
        "is_today": day == today,
        "known_from": None if divisions.is_known(day) else divisions.known_from(),
        "region": divisions.region_or_last(municipality, day),
        "regions": regions,
        "authorities": authorities,
        "merged": places.merged_before(municipality, day),
        "counted": _counted(municipality, day),
    }


def _holding(rows: Sequence[Membership], day: dt.date) -> tuple[Any, ...]:
    """Those of the day; all where there is none, before what is known and after the municipality's end."""
    return tuple(row for row in rows if row.holds_on(day)) or tuple(rows)


def _counted(municipality: Municipality, day: dt.date) -> People | None:
    """Its newest count before the day, with those merged by then; of one that was no more, its last."""
    if day != timezone.localdate() and municipality.exists_on(day):
        return of_municipalities(day).get(municipality.pk)
    if municipality.population is None or municipality.population_year is None:
        return last_of(municipality)
    return People(municipality.population, municipality.population_year)


@require_safe
def provider_detail(request: HttpRequest, slug: str) -> HttpResponse:
    number = whole_number(slug.partition("-")[0])
    if number is None:
        raise Http404
    rows = Organisation.objects.select_related(
        "home_municipality", "municipality", "parent"
    ).prefetch_related(
        "enterprises", "member_municipalities__municipality", "licences__form", "licences__municipalities"
    )
    organisation = get_object_or_404(rows, pk=number)
    if slug != organisation.slug:
        return moved(request, organisation.get_absolute_url())
    institutions = list_page(request, organisation.institutions.for_list().by_name(), size=INSTITUTIONS_SHOWN)
    context = {
        "organisation": organisation,
        "namesakes": organisation.namesakes() if organisation.shares_its_name else (),
        "enterprises": organisation.enterprises.all(),
        "members": organisation.member_municipalities.all(),
        "licences": _licences(organisation),
        "memberships": memberships_of_organisation(organisation, timezone.localdate()),
        "offered": offered(request, SearchQuery(provider=frozenset({organisation.pk}))),
        "page": institutions,
        "has_marked": any(one.may_have_closed for one in institutions.rows),
        "sites": _other_sites(organisation),
        "sources": _sources(
            {
                *organisation.source.split(),
                *(code for one in organisation.licences.all() for code in one.source.split()),
            }
        ),
    }
    return render(request, "providers/detail.html", context)


def _licences(organisation: Organisation) -> list[LicenceTold]:
    """By their first day, the ended ones last. One query where any names a language."""
    licences = organisation.licences.all()
    spoken = {code for one in licences for code in one.languages}
    names = {one.code: one.name() for one in TeachingLanguage.objects.filter(pk__in=spoken)} if spoken else {}
    today = timezone.localdate()
    told = [
        LicenceTold(
            one,
            [names[code] for code in one.languages if code in names],
            one.valid_to is not None and one.valid_to < today,
        )
        for one in licences
    ]
    return sorted(told, key=lambda one: (one.has_ended, one.licence.valid_from, one.licence.pk))


def offered(request: HttpRequest, query: SearchQuery) -> Offered:
    """The first offerings of the search, as seen from the home municipality that the reader has chosen."""
    now = timezone.now()
    key = remembered_home(request)
    found = find_home(key) if key else None
    home = key if found else ""
    seen = replace(query, home=home, page_size=OFFERINGS_SHOWN)
    result = search(seen, now=now)
    cards = _cards(result, found, home, now) if result.hits else ()
    return Offered(result, cards, query_string(seen))


def within_reach(key: str) -> Offered:
    """The nearest offerings within ``REACHABLE_KM`` of the municipality's centre, or without days on site.

    Those given in the municipality itself are counted, but not shown again.
    """
    now = timezone.now()
    asked = SearchQuery(home=key, reachable=True)
    result = search(asked, now=now)
    elsewhere = [hit for hit in result.hits if not _is_given_in(key, hit)][:OFFERINGS_IN_REACH]
    cards = _cards(replace(result, hits=tuple(elsewhere)), find_home(key), key, now) if elsewhere else ()
    return Offered(result, cards, query_string(asked))


def _is_given_in(key: str, hit: Hit) -> bool:
    """Whether the site nearest to the home municipality ``key`` is in it."""
    return hit.site is not None and hit.site.municipality is not None and hit.site.municipality.key == key


def _cards(
    result: SearchResult, found: Home | None, home: str, now: dt.datetime
) -> tuple[presenting.Card, ...]:
    places, family = gazetteer(), found.family if found else ()
    return tuple(
        presenting.card(hit, now=now, places=places, home=home, family=family) for hit in result.hits
    )


def nearest(places: Gazetteer, municipality: Municipality, day: dt.date) -> list[Neighbour]:
    """The nearest municipalities of the day that its map shows, in both countries, by their centres; none
    without a point.
    """
    shown = municipality.last_day_by(day)
    latitude, longitude = municipality.latitude, municipality.longitude
    if latitude is None or longitude is None:
        return []
    found = [
        (great_circle_km(latitude, longitude, other.latitude, other.longitude), other.key, other)
        for other in places.municipalities
        if other.latitude is not None
        and other.longitude is not None
        and other.pk != municipality.pk
        and other.exists_on(shown)
    ]
    return [
        Neighbour(other, label_abroad(places, other, municipality.country), km)
        for km, _key, other in sorted(found)[:NEIGHBOURS_SHOWN]
    ]


def other_names(municipality: Municipality) -> list[tuple[str, str]]:
    """Every other name than the one shown, with its language: (``Borgå``, ``sv``)."""
    shown = str(municipality.name())
    names = {municipality.name_fi: "fi", municipality.name_sv: "sv"}
    if municipality.country == "SE":
        names = {municipality.name_sv: "sv"}
    names |= {alias.name: alias.language for alias in municipality.aliases.all() if alias.name not in names}
    return [(name, language) for name, language in names.items() if name != shown]


def _namesakes(places: Gazetteer, municipality: Municipality) -> list[tuple[Municipality, str]]:
    """Other municipalities of today with one of its names: nobody shall end up in the wrong country."""
    own = {name.plain for name in places.names if name.municipality.pk == municipality.pk}
    others = {
        name.municipality.key: name.municipality
        for name in places.names
        if name.plain in own
        and name.municipality.pk != municipality.pk
        and not name.municipality.is_dissolved
    }
    return [(one, places.label(one)) for _key, one in sorted(others.items())]


def _other_sites(organisation: Organisation) -> QuerySet[Site]:
    return organisation.sites.filter(institution__isnull=True).select_related("municipality")


def _alias_sources(municipality: Municipality) -> set[str]:
    return {code for alias in municipality.aliases.all() for code in alias.source.split()}


def _sources(codes: Iterable[str]) -> QuerySet[DataSource]:
    return DataSource.objects.filter(pk__in=list(codes))


def moved(request: HttpRequest, address: str) -> HttpResponse:
    """To the page's own address, with the question that was asked."""
    query = request.META.get("QUERY_STRING", "")
    return redirect(f"{address}?{query}" if query else address, permanent=True)
