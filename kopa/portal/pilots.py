"""Pages of pilot groups and co-operation areas: who belongs to them, how counts come about, what they offer.

They stand in the portal because they show courses, which the app ``pilots`` knows nothing of.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from kopa.base.forms import explained
from kopa.base.lists import list_page
from kopa.base.names import Text
from kopa.base.parameters import EMPTY_IS_TODAY, AsOfForm
from kopa.base.spreadsheets import download
from kopa.base.writing import day, names
from kopa.codes.models import DataSource
from kopa.portal import maps
from kopa.portal.register import moved, offered
from municipalities.cache import Gazetteer, gazetteer
from municipalities.models import Municipality
from offerings.search.query import SearchQuery
from pilots.filters import PilotGroupFilter
from pilots.models import Goal, GroupKind, MembershipKind, PilotGroup, PilotMembership
from pilots.rules import may_edit_groups
from pilots.titles import code_of
from pilots.totals import Totals, pilot_totals, stated_beside_computed, totals_of
from providers.models import Organisation

MEASURE_NAMES: Final[dict[str, str | Promise]] = {
    "groups": _("Pilot groups"),
    "municipalities": _("Municipalities"),
    "joint_authorities": _("Joint authorities for education"),
    "companies": _("Limited companies"),
    "universities_of_applied_sciences": _("Universities of applied sciences"),
    "municipal_enterprises": _("Municipal enterprises"),
}
Heading = str | Promise | tuple[str | Promise, str]
# Headings of the files, in the reader's language; (language) follows what is written in one.
GROUP_COLUMNS: Final[tuple[Heading, ...]] = (
    _("Key"), _("Type"), _("Number"), _("Country"), (_("Name"), "fi"), (_("Name"), "sv"),
    (_("Name"), "en"), (_("Area"), "fi"), (_("Area"), "sv"), _("First day"), _("Last day"),
    _("Municipalities"), _("Municipalities named"), _("Municipalities only via a joint authority"),
    _("Joint authorities for education"), _("Joint authorities without a name in the source"),
    _("Institutions"), _("Limited companies"), _("Universities of applied sciences"),
    _("Municipal enterprises"), _("Sources"),
)  # fmt: skip
MEMBER_COLUMNS: Final[tuple[Heading, ...]] = (
    _("Key of the group"), _("Position"), _("Takes part"), _("Type"), (_("Name"), "fi"), (_("Name"), "sv"),
    _("Key of the municipality"), _("Number of the provider"), _("Institution number"),
    _("Number of the joint authority that brings it in"), _("First day"), _("Last day"), _("Sources"),
)  # fmt: skip
MORE_THAN_ALL_GROUPS: Final = 200


@dataclass(frozen=True, slots=True)
class Listed:
    """One group as a row of the list."""

    group: PilotGroup
    members: str
    totals: Totals
    period: str


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a group as a row of its page."""

    membership: PilotMembership
    name: Text
    other_name: Text | None
    href: str
    owner: Organisation | None  # of an institution
    via: Organisation | None
    today: Municipality | None  # the municipality that stands in its place
    implied_by: list[Text]  # the municipalities that take part via a joint authority which nobody names


@require_safe
def pilot_list(request: HttpRequest) -> HttpResponse:
    filters = _groups(request)
    page = list_page(request, filters.qs, size=MORE_THAN_ALL_GROUPS, form=filters.form)
    rows = [_listed(group, filters.day) for group in page.rows]
    totals = pilot_totals()
    place = filters.form.cleaned_data.get("municipality")
    context = {
        "filters": filters,
        "page": page,
        "pilots": [one for one in rows if one.group.kind == GroupKind.PILOT_GROUP],
        "mapped": maps.of_groups(page.rows, filters.day, now=timezone.now()),
        "areas": [one for one in rows if one.group.kind == GroupKind.CO_OPERATION_AREA],
        "totals": totals,
        "lines": [(MEASURE_NAMES[line.measure], line) for line in stated_beside_computed(totals)],
        "named_and_institutions": totals.joint_authorities_named + totals.institutions,
        "municipality": place and gazetteer().label(place),
        "goals": Goal.objects.all(),
        "sources": _sources(one.group.source for one in rows),
    }
    return render(request, "pilots/list.html", context)


@require_safe
def pilot_detail(request: HttpRequest, code: str) -> HttpResponse:
    group = get_object_or_404(PilotGroup.objects.with_members(), code=code_of(code))
    if code != group.code:
        return moved(request, group.get_absolute_url())
    form = AsOfForm(request.GET)
    asked: dt.date | None = form.cleaned_data.get("as_of") if form.is_valid() else None
    today = timezone.localdate()
    day_shown = asked or today
    listed = _listed(group, day_shown)
    members = members_told(group, day_shown)
    context = {
        "group": group,
        "listed": listed,
        "asked": asked,
        "phase": group.phase(day_shown),
        "page": list_page(request, members, size=MORE_THAN_ALL_GROUPS, form=form),
        "members": members,
        "mapped": maps.of_group(group, day_shown, now=timezone.now()),
        "goals": Goal.objects.all() if group.kind == GroupKind.PILOT_GROUP else (),
        "offered": offered(request, SearchQuery(pilot=frozenset({group.code}))),
        "may_edit": may_edit_groups(request.user, on=today),
        "sources": _sources([group.source]),
    }
    return render(request, "pilots/detail.html", context)


@require_safe
def groups_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The groups that the list shows, with their members of its day counted."""
    filters = _groups(request)
    cells = [_group_cells(one, filters.day) for one in filters.qs]
    return download("kopa-groups", _headings(GROUP_COLUMNS), cells)


@require_safe
def members_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The members that the list shows: of its groups, on its day."""
    filters = _groups(request)
    members = [_member_cells(group, one) for group in filters.qs for one in group.members_on(filters.day)]
    return download("kopa-members", _headings(MEMBER_COLUMNS), members)


def _headings(columns: Iterable[Heading]) -> list[str]:
    return [f"{one[0]} ({one[1]})" if isinstance(one, tuple) else str(one) for one in columns]


def _groups(request: HttpRequest) -> PilotGroupFilter:
    """For the page and its files alike; a wrong parameter counts as not given."""
    filters = PilotGroupFilter(request.GET, queryset=PilotGroup.objects.with_members(), request=request)
    name = _("Words of a group's name or a member's in any language, or the number of a pilot group.")
    explained(filters.form, {"q": name, "as_of": EMPTY_IS_TODAY})
    filters.form.is_valid()
    return filters


def member_line(members: Sequence[PilotMembership]) -> str:
    """The named members as a sentence has them, in the reader's language: “Loppi, Hausjärvi ja Riihimäki”."""
    return names(one.name() for one in members if one.kind != MembershipKind.IMPLIED)


def period(group: PilotGroup) -> str:
    """From when to when; years alone where the source has whole years. Empty where it has none."""
    first, last = group.valid_from, group.valid_to
    if first and last and (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        return str(first.year) if first.year == last.year else f"{first.year}–{last.year}"
    if not first and not last:
        return ""
    return "–".join(day(one, country=group.country) if one else "" for one in (first, last))


def _listed(group: PilotGroup, on: dt.date) -> Listed:
    members = group.members_on(on)
    return Listed(group, member_line(members), totals_of(members), period(group))


def members_told(group: PilotGroup, on: dt.date) -> list[Member]:
    """Its members of the day as the page tells them, in the source's order."""
    places, rows = gazetteer(), group.members_on(on)
    return [_member(one, rows, on, places) for one in rows]


def _member(
    membership: PilotMembership, rows: Sequence[PilotMembership], on: dt.date, places: Gazetteer
) -> Member:
    name = membership.name()
    other = membership.name("fi" if name.language == "sv" else "sv")
    place, owner, href = membership.municipality, None, ""
    if place is not None:
        href = place.get_absolute_url()
    elif membership.institution is not None:
        owner = membership.institution.organisation
    elif membership.organisation is not None:
        href = membership.organisation.get_absolute_url()
    now = places.on_day(place, on) if place else None
    return Member(
        membership=membership,
        name=name,
        other_name=other if other.text and other.text != name.text else None,
        href=href,
        owner=owner,
        via=membership.via_organisation,
        today=now if now != place else None,
        implied_by=[one.name() for one in rows if one.implies(membership)],
    )


def _sources(texts: Iterable[str]) -> QuerySet[DataSource]:
    return DataSource.objects.filter(pk__in={code for text in texts for code in text.split()})


def _group_cells(group: PilotGroup, on: dt.date) -> list[Any]:
    totals = totals_of(group.members_on(on))
    return [
        group.code, group.kind, group.number, group.country, group.name_fi, group.name_sv, group.name_en,
        group.called_fi, group.called_sv, group.valid_from, group.valid_to, totals.distinct_all,
        totals.distinct_direct, totals.only_via, totals.joint_authorities_named,
        totals.joint_authorities_implied, totals.institutions, totals.companies,
        totals.universities_of_applied_sciences, totals.municipal_enterprises, group.source,
    ]  # fmt: skip


def _member_cells(group: PilotGroup, one: PilotMembership) -> list[Any]:
    owner = one.institution.organisation_id if one.institution else one.organisation_id
    return [
        group.code, one.position, one.kind, one.member_kind, one.name_fi, one.name_sv,
        one.municipality.key if one.municipality else "", owner,
        one.institution.code if one.institution else "", one.via_organisation_id, one.valid_from,
        one.valid_to, one.source,
    ]  # fmt: skip
