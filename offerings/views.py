"""The public pages of study places: the search, one offering, its calendar file."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from kopa.base import icalendar
from kopa.base.addresses import public_address
from kopa.base.parameters import is_tracking
from municipalities.cache import gazetteer
from offerings import calendar, schema_org, windows
from offerings.filters import OfferingFilter
from offerings.homes import find_home
from offerings.models import Offering
from offerings.offering_page import OfferingPage
from offerings.presenting import address
from offerings.remembered import remember, remembered_home
from offerings.search.addresses import query_string
from offerings.search.engine import search as find
from offerings.search.query import PAGE_SIZE, SearchQuery
from offerings.search_filters import names_for
from offerings.search_page import SearchPage, history
from offerings.states import OfferingStatus
from providers.models import Site


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    home = _home_to_fill_in(request)
    if home:
        given = request.GET.copy()
        given["home"] = home
        return _personal(redirect(f"{request.path}?{given.urlencode()}"))
    reading = OfferingFilter(request.GET, now=timezone.now())
    query = _for_page(reading.query)
    if not request.htmx and not reading.left_out and _has_empty_parts(request):  # type: ignore[attr-defined]
        response: HttpResponse = redirect(request.path + query_string(query))
    else:
        response = _searched(request, reading, query)
    remember(request, response, query.home)
    return _personal(response)


def _home_to_fill_in(request: HttpRequest) -> str:
    """The remembered home municipality where the address names none and there still is such a one."""
    if "home" in request.GET:
        return ""
    home = remembered_home(request)
    return home if home in gazetteer().by_key else ""


def _for_page(query: SearchQuery) -> SearchQuery:
    """A merged home municipality is the one of today, so that the page's own field can show it."""
    home = ""
    if query.home:
        places = gazetteer()
        home = places.today(places.by_key[query.home]).key if query.home in places.by_key else ""
    return replace(query, home=home, page_size=PAGE_SIZE)


def _has_empty_parts(request: HttpRequest) -> bool:
    """A form sends every field; the address that is shared has only those that say something."""
    return any(value == "" for name, value in request.GET.items() if not is_tracking(name))


def _searched(request: HttpRequest, reading: OfferingFilter, query: SearchQuery) -> HttpResponse:
    result = find(query, now=reading.now)
    page = SearchPage(
        path=request.path,
        result=result,
        refused=reading.left_out,
        home_choices=tuple(reading.home_choices),
        now=reading.now,
        names=names_for(result),
        home_given=request.GET.get("home", ""),
    )
    context = {"page": page, "canonical_url": public_address(request, page.canonical)}
    if not request.htmx:  # type: ignore[attr-defined]
        return render(request, "offerings/search.html", context)
    response = render(request, "offerings/_refresh.html", context)
    response[history(request.headers.get("HX-Current-URL", ""), query)] = page.canonical
    return response


def _personal(response: HttpResponse) -> HttpResponse:
    """The reader's own home municipality and menu, and places as they are now: for no shared cache."""
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ["Cookie", "HX-Request"])
    return response


@require_safe
def detail(request: HttpRequest, pk: int, words: str = "") -> HttpResponse:  # noqa: ARG001
    now = timezone.now()
    offering = _visible(request, pk)
    if request.path != address(offering):
        rest = request.META["QUERY_STRING"]
        return HttpResponseRedirect(address(offering) + (f"?{rest}" if rest else ""))
    query = OfferingFilter(request.GET, now=now).query
    if "home" not in request.GET:
        query = replace(query, home=remembered_home(request))
    query = _for_page(query)
    page = OfferingPage(
        offering=offering,
        query=query,
        home=find_home(query.home) if query.home else None,
        now=now,
        search_path=reverse("offerings:search"),
    )
    context = {
        "page": page,
        "canonical_url": public_address(request, request.path),
        "calendar_url": reverse("offerings:calendar", args=[offering.pk]),
        "course": _course(request, page),
    }
    response = render(request, "offerings/detail.html", context)
    remember(request, response, page.query.home)
    return _personal(response)


def _visible(request: HttpRequest, pk: int) -> Offering:
    """Loaded for its page; 404 for a draft of somebody else's organisation."""
    today = timezone.localdate()
    rows = Offering.objects.visible_to(request.user, on=today).for_list()
    return get_object_or_404(rows, pk=pk)


def _course(request: HttpRequest, page: OfferingPage) -> SafeString | None:
    """What search engines read; nothing of a draft."""
    offering = page.offering
    if offering.status == OfferingStatus.DRAFT:
        return None
    return schema_org.course(
        offering,
        free=page.hit.free_open,
        sites=[where.site for where in page.places],
        address=public_address(request, request.path),
        is_open=windows.is_open(offering, page.now),
    )


def _place(site: Site) -> str:
    where = gazetteer().label(site.municipality) if site.municipality else ""
    return ", ".join(part for part in (str(site), where) if part)


@require_safe
def calendar_file(request: HttpRequest, pk: int) -> HttpResponse:
    offering = get_object_or_404(Offering.objects.public().for_list(), pk=pk)
    site = next(iter(offering.sites.all()), None)
    page = public_address(request, address(offering))
    file = calendar.calendar_file(
        offering,
        address=page,
        place=_place(site) if site else "",
        host=urlsplit(page).netloc,
    )
    response = HttpResponse(file, content_type=icalendar.CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="kopa-{offering.pk}.ics"'
    return response
