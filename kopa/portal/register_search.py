"""One search over the register: municipalities, regions, organisations, institutions, sites, pilot groups.

By any name in any language, former names and other spellings too, and by code.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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

from kopa.base.names import LANGUAGES, Text
from kopa.base.parameters import Refused, refused
from municipalities import lookup
from municipalities.models import Region
from municipalities.spelling import bare
from pilots.models import PilotGroup, PilotMembership
from pilots.titles import code_of, title
from providers.models import Institution, Organisation, Site

SHOWN: Final = 10
SHORTEST: Final = 2


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found: what it is called, where its page is (empty: it has none), what it is."""

    name: str | Text
    href: str
    detail: str


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind: the first few, how many there are, and where all of them are."""

    code: str
    title: str
    hits: Sequence[Hit]
    total: int
    all_href: str = ""

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


@require_safe
def register_search(request: HttpRequest) -> HttpResponse:
    form = RegisterSearchForm(request.GET)
    wrong: list[Refused] = refused(request.GET, [form])
    text = " ".join(form.cleaned_data.get("q", "").split()) if form.is_valid() else ""
    is_enough = len(text) >= SHORTEST or text.isdecimal()  # a pilot group is named by its number too
    groups = find(text, today=timezone.localdate()) if is_enough else []
    context = {
        "form": form,
        "text": text,
        "too_short": bool(text) and not is_enough,
        "groups": groups,
        "total": sum(group.total for group in groups),
        "page": {"ignored": wrong},
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
    hits = [Hit(one.label, one.municipality.get_absolute_url(), one.detail) for one in found[:SHOWN]]
    return Group("municipalities", _("Municipalities"), hits, len(found), _list("municipalities:list", text))


def _regions(text: str) -> Group:
    wanted = bare(text)
    found = [
        one
        for one in Region.objects.all()
        if one.key == text.upper()
        or any(f" {wanted}" in f" {bare(getattr(one, f'name_{language}'))}" for language in LANGUAGES)
    ]
    hits = [Hit(one.name(), one.get_absolute_url(), one.get_country_display()) for one in found[:SHOWN]]
    return Group("regions", _("Regions"), hits, len(found))


def _organisations(text: str, stated: Iterable[PilotMembership]) -> Group:
    """Those that wait for verification are left out."""
    known = Organisation.objects.exclude(status="draft")
    codes = Q(business_id=text) | Q(oid=text)
    named = Q(pk__in=known.named(text).values("pk"))
    as_stated = Q(pk__in=[one.organisation_id for one in stated if one.organisation_id])
    rows = known.filter(codes | named | as_stated).select_related("home_municipality").by_name()
    hits = [
        Hit(
            one.label(),
            one.get_absolute_url(),
            _told(one.get_kind_display(), one.home_municipality and one.home_municipality.name()),
        )
        for one in rows[:SHOWN]
    ]
    return Group("organisations", _("Providers and other organisations"), hits, rows.count())


def _institutions(text: str, stated: Iterable[PilotMembership]) -> Group:
    """They have no page of their own: the provider's page, or the municipality's, lists them."""
    named = Q(pk__in=Institution.objects.named(text).values("pk"))
    as_stated = Q(pk__in=[one.institution_id for one in stated if one.institution_id])
    rows = Institution.objects.filter(Q(code=text) | Q(oid=text) | named | as_stated).for_list().by_name()
    hits = [Hit(one.name(), _page_of_institution(one), _about(one)) for one in rows[:SHOWN]]
    return Group("institutions", _("Institutions"), hits, rows.count())


def _page_of_institution(institution: Institution) -> str:
    place = institution.organisation or institution.municipality
    return f"{place.get_absolute_url()}#institutions" if place else ""


def _about(institution: Institution) -> str:
    place, owner = institution.municipality, institution.organisation
    closed = _("may have closed") if institution.may_have_closed else ""
    return _told(institution.code, place and place.name(), owner and owner.name(), closed)


def _sites(text: str) -> Group:
    """They have no page of their own either. One with its institution's name is found as the institution."""
    other_name = Q(institution__isnull=True) | ~Q(name_fi=F("institution__name_fi"))
    named = Site.objects.named(text).filter(other_name).exclude(organisation__status="draft")
    named = named.order_by("name_fi", "pk")
    rows = named.select_related("organisation__home_municipality", "institution", "municipality")
    hits = [Hit(one.name(), _page_of_site(one), _about_site(one)) for one in rows[:SHOWN]]
    return Group("sites", _("Sites"), hits, named.count())


def _page_of_site(site: Site) -> str:
    place = site.organisation or site.municipality
    of_own = site.organisation and site.institution is None
    return f"{place.get_absolute_url()}{'#sites' if of_own else ''}" if place else ""


def _about_site(site: Site) -> str:
    owner, place = site.organisation, site.municipality
    return _told(site.address, place and place.name(), owner and owner.name())


def _pilots(text: str, stated: Iterable[PilotMembership], today: dt.date) -> Group:
    """Groups that have begun; a group is found by its members too."""
    codes = Q(code__iexact=code_of(text))
    by_member = Q(pk__in=[one.group_id for one in stated])
    named = Q(pk__in=PilotGroup.objects.named(text).values("pk"))
    rows = PilotGroup.objects.begun(today).filter(codes | by_member | named)
    found = list(rows.prefetch_related("memberships"))
    hits = [Hit(title(one), one.get_absolute_url(), one.get_kind_display()) for one in found[:SHOWN]]
    return Group("pilots", _("Pilot groups"), hits, len(found), _list("pilots:list", text))


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


def _told(*parts: Any) -> str:
    return ", ".join(str(part) for part in parts if part)


def _list(address: str, text: str) -> str:
    """Where all that the text finds are listed."""
    return f"{reverse(address)}?{urlencode({'q': text})}"
