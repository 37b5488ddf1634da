"""One search over the register: municipalities, regions, organisations, institutions, sites, pilot groups.

By any name in any language, former names and other spellings too, and by code.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from kopa.base.lists import list_page
from kopa.base.names import LANGUAGES, Text
from kopa.base.parameters import refused
from municipalities import lookup
from municipalities.cache import gazetteer
from municipalities.models import Municipality, Region
from municipalities.spelling import bare
from pilots.models import PilotGroup, PilotMembership
from pilots.titles import code_of, title
from providers.models import Institution, Organisation, Site

SHOWN: Final = 10
LIST_SIZE: Final = 50
SHORTEST: Final = 2


# All that a word finds of them is listed by the search itself.
KINDS_WITHOUT_A_LIST: Final = ("regions", "organisations", "institutions", "sites")


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found: what it is called, where its page is (empty: it has none), what it is."""

    name: str | Text
    href: str
    detail: str


@dataclass(frozen=True)
class Group:
    """What was found of one kind: the first few, how many there are, and where all of them are.

    ``rows`` are all that was found, ``hit`` tells of one of them. Rows are loaded where they are shown.
    """

    code: str
    title: str
    rows: Any
    hit: Callable[[Any], Hit]
    all_href: str

    @cached_property
    def total(self) -> int:
        return len(self.rows) if isinstance(self.rows, list) else self.rows.count()

    @cached_property
    def hits(self) -> list[Hit]:
        return self.told(self.rows[:SHOWN])

    def told(self, rows: Iterable[Any]) -> list[Hit]:
        return [self.hit(one) for one in rows]

    @property
    def is_cut(self) -> bool:
        return self.total > len(self.hits)


class RegisterSearchForm(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("Name or code"),
        required=False,
        max_length=lookup.LONGEST,
        help_text=gettext_lazy(
            "A municipality, region, provider, institution, site or pilot group; a name in any language,"
            " or a code."
        ),
    )
    kind = forms.ChoiceField(required=False, choices=[(kind, kind) for kind in KINDS_WITHOUT_A_LIST])


@require_safe
def register_search(request: HttpRequest) -> HttpResponse:
    form = RegisterSearchForm(request.GET)
    form.is_valid()  # a wrong parameter counts as not given
    text = " ".join(form.cleaned_data.get("q", "").split())
    kind = form.cleaned_data.get("kind", "")
    is_enough = len(text) >= SHORTEST or text.isdecimal()  # a pilot group is named by its number too
    groups = find(text, today=timezone.localdate()) if is_enough else []
    whole = next((group for group in groups if group.code == kind), None)
    page = list_page(request, whole.rows, size=LIST_SIZE, form=form) if whole else None
    context = {
        "form": form,
        "text": text,
        "too_short": bool(text) and not is_enough,
        "groups": groups,
        "total": sum(group.total for group in groups),
        "whole": whole,
        "whole_hits": whole.told(page.rows) if whole and page else [],
        "page": page or {"ignored": refused(request.GET, [form])},
    }
    return render(request, "portal/register_search.html", context)


def find(text: str, *, today: dt.date) -> list[Group]:
    """What of each kind ``text`` may mean; kinds without a hit are left out."""
    stated = _stated(text)
    found = [
        _municipalities(text),
        _regions(text),
        _organisations(text, stated),
        _institutions(text, stated),
        _sites(text),
        _pilots(text, stated, today),
    ]
    return [group for group in found if group.total]


def _municipalities(text: str) -> Group:
    found = lookup.suggest(text, limit=1000)
    return Group(
        "municipalities",
        _("Municipalities"),
        found,
        lambda one: Hit(one.label, one.municipality.get_absolute_url(), one.detail),
        _list("municipalities:list", text),
    )


def _regions(text: str) -> Group:
    wanted = bare(text)
    found = [
        one
        for one in Region.objects.all()
        if one.key == text.upper()
        or any(f" {wanted}" in f" {bare(getattr(one, f'name_{language}'))}" for language in LANGUAGES)
    ]
    return Group(
        "regions",
        _("Regions"),
        found,
        lambda one: Hit(one.name(), one.get_absolute_url(), one.get_country_display()),
        _all_of("regions", text),
    )


def _organisations(text: str, stated: Iterable[PilotMembership]) -> Group:
    """Those that wait for verification are left out."""
    known = Organisation.objects.exclude(status="draft")
    codes = Q(business_id=text) | Q(oid=text)
    named = Q(pk__in=known.named(text).values("pk"))
    as_stated = Q(pk__in=[one.organisation_id for one in stated if one.organisation_id])
    rows = known.filter(codes | named | as_stated).select_related("home_municipality").by_name()
    return Group(
        "organisations",
        _("Providers and other organisations"),
        rows,
        lambda one: Hit(
            one.label(), one.get_absolute_url(), _told(one.get_kind_display(), _where(one.home_municipality))
        ),
        _all_of("organisations", text),
    )


def _institutions(text: str, stated: Iterable[PilotMembership]) -> Group:
    """They have no page of their own: the provider's page, or the municipality's, lists them."""
    named = Q(pk__in=Institution.objects.named(text).values("pk"))
    as_stated = Q(pk__in=[one.institution_id for one in stated if one.institution_id])
    rows = Institution.objects.filter(Q(code=text) | Q(oid=text) | named | as_stated).for_list().by_name()
    return Group(
        "institutions",
        _("Institutions"),
        rows,
        lambda one: Hit(one.name(), _page_of_institution(one), _about(one)),
        _all_of("institutions", text),
    )


def _page_of_institution(institution: Institution) -> str:
    place = institution.organisation or institution.municipality
    return f"{place.get_absolute_url()}#institutions" if place else ""


def _about(institution: Institution) -> str:
    place, owner = institution.municipality, institution.organisation
    closed = _("may have closed") if institution.may_have_closed else ""
    return _told(institution.code, _where(place), owner and owner.label(), closed)


def _sites(text: str) -> Group:
    """They have no page of their own either. One with its institution's name is found as the institution."""
    other_name = Q(institution__isnull=True) | ~Q(name_fi=F("institution__name_fi"))
    named = Site.objects.named(text).filter(other_name).exclude(organisation__status="draft")
    named = named.order_by("name_fi", "pk")
    rows = named.select_related("organisation__home_municipality", "institution", "municipality")
    return Group(
        "sites",
        _("Sites"),
        rows,
        lambda one: Hit(one.name(), _page_of_site(one), _about_site(one)),
        _all_of("sites", text),
    )


def _page_of_site(site: Site) -> str:
    place = site.organisation or site.municipality
    of_own = site.organisation and site.institution is None
    return f"{place.get_absolute_url()}{'#sites' if of_own else ''}" if place else ""


def _about_site(site: Site) -> str:
    owner, place = site.organisation, site.municipality
    return _told(site.address, _where(place), owner and owner.label())


def _pilots(text: str, stated: Iterable[PilotMembership], today: dt.date) -> Group:
    """Groups that have begun; a group is found by its members too."""
    codes = Q(code__iexact=code_of(text))
    by_member = Q(pk__in=[one.group_id for one in stated])
    named = Q(pk__in=PilotGroup.objects.named(text).values("pk"))
    rows = PilotGroup.objects.begun(today).filter(codes | by_member | named)
    found = list(rows.prefetch_related("memberships"))
    return Group(
        "pilots",
        _("Pilot groups"),
        found,
        lambda one: Hit(title(one), one.get_absolute_url(), one.get_kind_display()),
        _list("pilots:list", text),
    )


def _stated(text: str) -> list[PilotMembership]:
    """Members of pilot groups whose name, as the source writes it, has every word of the text."""
    words = bare(text).split()
    return [
        one
        for one in PilotMembership.objects.all()
        if words and any(_has(words, name) for name in (one.name_fi, one.name_sv))
    ]


def _has(words: Sequence[str], name: str) -> bool:
    """Whether each of the words begins a word of the name."""
    written = f" {bare(name)}"
    return all(f" {word}" in written for word in words)


def _where(place: Municipality | None) -> str:
    """The municipality, with the country where its name alone does not tell which."""
    return gazetteer().label(place) if place else ""


def _told(*parts: Any) -> str:
    return ", ".join(str(part) for part in parts if part)


def _list(address: str, text: str) -> str:
    """Where all that the text finds are listed."""
    return f"{reverse(address)}?{urlencode({'q': text})}"


def _all_of(kind: str, text: str) -> str:
    """Where the search lists all of one kind."""
    return f"{reverse('portal:register_search')}?{urlencode({'q': text, 'kind': kind})}"
