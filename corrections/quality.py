"""What is missing in the data or may be wrong: kinds of faults, each with why it matters and what to do.

Each kind is one word of a queryset of the app that the rows belong to; nothing is stored.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import CharField, Count, Q, QuerySet, Value
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from corrections.models import SubjectType
from kopa.base import writing
from kopa.base.names import LANGUAGES, Text, language_name, reader_language
from offerings.models import Offering
from offerings.presenting import address
from offerings.readiness import missing_texts, needed_languages
from pilots.models import PilotGroup
from providers.models import Institution, Organisation, Site
from providers.states import OrganisationStatus

HEADINGS: Final = (
    gettext_lazy("Name"),
    gettext_lazy("Municipality or provider"),
    gettext_lazy("What is missing or unsure"),
    gettext_lazy("Address"),
)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose data is looked at: one organisation's, or all; and what the reader may mend."""

    now: dt.datetime
    today: dt.date
    organisation: Organisation | None = None
    editable: frozenset[int] = field(default=frozenset())  # organisations whose courses the reader edits
    edits_groups: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: the thing, its page, what exactly is missing, and where it is mended."""

    name: Text
    href: str
    where: str
    detail: str
    action: str
    action_href: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault. ``rows`` are the things that have it, ``find`` says it of one of them."""

    code: str
    title: str | Promise
    why: str | Promise
    what_to_do: str | Promise
    rows: Callable[[Scope], QuerySet[Any]]
    find: Callable[[Any, Scope], Finding]
    is_of_all: bool = False  # of things that belong to no single organisation
    is_told: bool = True  # all that can be done in each row is to tell what is right


@dataclass(frozen=True, slots=True)
class Counted:
    kind: Kind
    number: int


def counted(scope: Scope) -> list[Counted]:
    """How many things have each fault: one statement counts them all, two read what the newest load lost."""
    kinds = [kind for kind in KINDS if scope.organisation is None or not kind.is_of_all]
    parts = [
        kind.rows(scope)
        .order_by()
        .annotate(quality_kind=Value(kind.code, output_field=CharField()))
        .values("quality_kind")
        .annotate(number=Count("pk"))
        .values_list("quality_kind", "number")
        for kind in kinds
    ]
    numbers = dict(parts[0].union(*parts[1:], all=True))
    return [Counted(kind, numbers.get(kind.code, 0)) for kind in kinds]


def findings(kind: Kind, rows: Iterable[Any], scope: Scope) -> list[Finding]:
    return [kind.find(row, scope) for row in rows]


def table(kind: Kind, scope: Scope) -> Iterator[tuple[str, ...]]:
    """The whole list, for a file under ``HEADINGS``."""
    for row in kind.rows(scope).iterator(chunk_size=500):
        found = kind.find(row, scope)
        yield (str(found.name), found.where, found.detail, found.href)


# Rows of each kind


def _organisations(scope: Scope) -> Any:
    rows = Organisation.objects.by_name().select_related("home_municipality", "municipality")
    return rows.filter(pk=scope.organisation.pk) if scope.organisation else rows


def _institutions(scope: Scope) -> Any:
    """Of an organisation its own; of a municipality also those in it that have no owner."""
    rows = Institution.objects.select_related("type", "municipality", "organisation").by_name()
    if scope.organisation is None:
        return rows
    own = Q(organisation=scope.organisation)
    if scope.organisation.municipality_id is not None:
        own |= Q(organisation=None, municipality=scope.organisation.municipality_id)
    return rows.filter(own)


def _sites(scope: Scope) -> Any:
    rows = Site.objects.select_related("institution", "organisation", "municipality").order_by("pk")
    if scope.organisation is None:
        return rows
    return rows.filter(Q(organisation=scope.organisation) | Q(institution__organisation=scope.organisation))


def _offerings(scope: Scope) -> Any:
    rows = (
        Offering.objects.select_related("provider__municipality", "provider__parent__municipality")
        .prefetch_related("languages", "provider__member_municipalities__municipality")
        .order_by("starts_on", "pk")
    )
    return rows.filter(provider=scope.organisation) if scope.organisation else rows


def _groups(scope: Scope) -> Any:
    """They belong to no single organisation."""
    return PilotGroup.objects.none() if scope.organisation else PilotGroup.objects.all()


# What is said of one row


def _of_organisation(detail: Callable[[Organisation], str]) -> Callable[[Organisation, Scope], Finding]:
    def find(one: Organisation, _scope: Scope) -> Finding:
        place = one.home_municipality
        return Finding(
            one.label(),
            one.get_absolute_url(),
            str(place.name()) if place else "",
            detail(one),
            *_report(SubjectType.PROVIDER, one.pk),
        )

    return find


def _of_institution(detail: Callable[[Institution], str]) -> Callable[[Institution, Scope], Finding]:
    def find(one: Institution, _scope: Scope) -> Finding:
        stands_on = one.organisation or one.municipality
        return Finding(
            one.name(),
            stands_on.get_absolute_url() if stands_on else "",
            ", ".join(str(part.name()) for part in (one.municipality, one.organisation) if part),
            detail(one),
            *_report(SubjectType.INSTITUTION, one.code),
        )

    return find


def _of_site(one: Site, _scope: Scope) -> Finding:
    owner = one.organisation or one.municipality
    action, href = (
        _report(SubjectType.INSTITUTION, one.institution.code)
        if one.institution
        else _report(SubjectType.PROVIDER, one.organisation_id)
    )
    return Finding(
        one.name(),
        owner.get_absolute_url() if owner else "",
        str(owner.name()) if owner else "",
        _("no municipality known") if one.municipality is None else _("no point known"),
        action,
        href,
    )


def _of_group(one: PilotGroup, scope: Scope) -> Finding:
    action, href = _report(SubjectType.PILOT_GROUP, one.code)
    if scope.edits_groups:
        action, href = _("Write the name"), reverse("pilots:edit", args=[one.code])
    name = Text(str(one), reader_language(), is_fallback=False)
    return Finding(name, one.get_absolute_url(), "", _missing_names(one), action, href)


def _texts_of_offering(one: Offering, scope: Scope) -> Finding:
    needed = needed_languages(one.provider, [language.pk for language in one.languages.all()])
    missing = [f"{TEXT_NAMES[text]} ({language_name(code)})" for text, code in missing_texts(one, needed)]
    return _of_offering(one, ", ".join(missing), "offerings:edit", _("Write the texts"), scope.editable)


def _places_of_offering(one: Offering, scope: Scope) -> Finding:
    confirmed_at = one.places_confirmed_at
    detail = _("never confirmed")
    if confirmed_at is not None:
        day = writing.day(confirmed_at.astimezone(one.zone).date())
        detail = _("confirmed last %(day)s") % {"day": day}
    return _of_offering(one, detail, "offerings:places", _("Confirm the places"), scope.editable)


def _of_offering(
    one: Offering, detail: str, page: str, action: str, editable: Collection[int]
) -> Finding:
    """Those who publish it go to the page where it is mended, others to the course and its contact."""
    is_theirs = one.provider_id in editable
    href = address(one)
    return Finding(
        one.title(),
        href,
        str(one.provider.label()),
        detail,
        action if is_theirs else _("Ask the provider"),
        reverse(page, args=[one.pk]) if is_theirs else f"{href}#contact",
    )


def _report(subject_type: str, key: object) -> tuple[str, str]:
    query = urlencode({"about": f"{subject_type}:{key}"})
    return _("Tell what is right"), f"{reverse('corrections:report')}?{query}"


def _missing_names(one: Organisation | Institution | PilotGroup) -> str:
    taught = getattr(one, "teaching_languages", ("fi", "sv"))
    missing = [
        language_name(code)
        for code in LANGUAGES
        if code in taught and code != "en" and not getattr(one, f"name_{code}")
    ]
    return _("no name: %(languages)s") % {"languages": ", ".join(missing)}


def _why_perhaps_closed(one: Institution) -> str:
    """“The municipality of Honkajoki has ended; named last in the register of 2016”."""
    place, owner = one.municipality, one.organisation
    year = {"year": one.register_year}
    if owner is not None and owner.status == OrganisationStatus.CLOSED:
        return _("%(provider)s is closed; named last in %(year)s") % {"provider": owner.label(), **year}
    name = place.name() if place else ""
    return _("the municipality %(name)s has ended; named last in %(year)s") % {"name": name, **year}


TEXT_NAMES: Final = {
    "title": gettext_lazy("title"),
    "description": gettext_lazy("description"),
    "entry_requirements": gettext_lazy("entry requirements"),
    "accessibility_note": gettext_lazy("accessibility note"),
}
IN_THE_REGISTER: Final = gettext_lazy(
    "If you know what is right, tell it with “Tell what is right”: it comes to the coordinator. The"
    " administrator then mends the register."
)
KINDS: Final = (
    Kind(
        "places",
        gettext_lazy("Free places not confirmed lately"),
        gettext_lazy("Nobody has said for 60 days that the number of free places is right."),
        gettext_lazy(
            "The provider looks at the numbers and presses “The places are right” at the desk, or writes the"
            " new ones."
        ),
        lambda scope: _offerings(scope).unconfirmed(scope.now),
        _places_of_offering,
        is_told=False,
    ),
    Kind(
        "texts",
        gettext_lazy("Texts of courses missing in a language"),
        gettext_lazy(
            "The host's language or that of the teaching asks for it: somebody cannot read it in their own."
        ),
        gettext_lazy("The provider writes the missing texts on the course's form and saves."),
        lambda scope: _offerings(scope).lacking_texts(scope.now),
        _texts_of_offering,
        is_told=False,
    ),
    Kind(
        "provider-names",
        gettext_lazy("Providers without a name in a language"),
        gettext_lazy("A public body of a bilingual area has a name in Finnish and in Swedish."),
        IN_THE_REGISTER,
        lambda scope: _organisations(scope).lacking_a_name(on=scope.today),
        _of_organisation(_missing_names),
    ),
    Kind(
        "institution-names",
        gettext_lazy("Institutions without a name in a teaching language"),
        gettext_lazy("An institution that teaches in a language is looked for by its name in that language."),
        IN_THE_REGISTER,
        lambda scope: _institutions(scope).lacking_a_name(),
        _of_institution(_missing_names),
    ),
    Kind(
        "pilot-names",
        gettext_lazy("Pilot groups without a name in a language"),
        gettext_lazy("The sources give the groups no names, so pages call them by number."),
        gettext_lazy("A coordinator writes the name in Finnish and in Swedish on the group's form."),
        lambda scope: _groups(scope).lacking_a_name(),
        _of_group,
        is_of_all=True,
        is_told=False,
    ),
    Kind(
        "closed",
        gettext_lazy("Institutions that may have closed"),
        gettext_lazy(
            "Their provider is closed or their municipality has ended, and nothing newer names them: no pilot"
            " group, no course. No source tells which institutions have closed, so others may have too."
        ),
        gettext_lazy(
            "Say whether it still works, under which name, or what it was merged into, with “Tell what is"
            " right”. The administrator then mends the register."
        ),
        lambda scope: _institutions(scope).perhaps_closed(),
        _of_institution(_why_perhaps_closed),
    ),
    Kind(
        "points",
        gettext_lazy("Sites without a point"),
        gettext_lazy("They are on no map and have no distance, so they stand last in every search."),
        gettext_lazy(
            "Give the municipality or the address with “Tell what is right”. The administrator then mends the"
            " register."
        ),
        lambda scope: _sites(scope).without_point(),
        _of_site,
    ),
    Kind(
        "municipality",
        gettext_lazy("Institutions without a municipality"),
        gettext_lazy("No municipality's page shows them."),
        IN_THE_REGISTER,
        lambda scope: _institutions(scope).without_municipality(),
        _of_institution(lambda _one: pgettext("institution", "no municipality known")),
    ),
    Kind(
        "owner",
        gettext_lazy("Institutions without a provider"),
        gettext_lazy("Nobody can publish their courses, and no provider's page shows them."),
        IN_THE_REGISTER,
        lambda scope: _institutions(scope).without_owner(),
        _of_institution(lambda _one: _("no provider known")),
    ),
    Kind(
        "register",
        gettext_lazy("Providers without a number in the national register"),
        gettext_lazy(
            "A source names them, for example as a member of a pilot group, but the register does not."
        ),
        gettext_lazy(
            "Find out under which name the register knows them, and tell it with “Tell what is right”. The"
            " administrator then adds the number."
        ),
        lambda scope: _organisations(scope).not_in_the_register(),
        _of_organisation(lambda _one: _("no number in the register")),
    ),
    Kind(
        "gone-providers",
        gettext_lazy("Providers that the newest register lacks"),
        gettext_lazy(
            "They were gone when the register was last brought up to date. They are kept because courses may"
            " need them."
        ),
        gettext_lazy(
            "The administrator finds out why: a provider that has closed is marked closed, one that was left"
            " out by mistake is put back."
        ),
        lambda scope: _organisations(scope).gone_from_the_files(),
        _of_organisation(lambda _one: _("missing in the newest register")),
    ),
    Kind(
        "gone-institutions",
        gettext_lazy("Institutions that the newest register lacks"),
        gettext_lazy(
            "They were gone when the register was last brought up to date. They are kept because courses may"
            " need them."
        ),
        gettext_lazy(
            "The administrator finds out why: one that has closed is to be marked so, one that was left out"
            " by mistake is put back."
        ),
        lambda scope: _institutions(scope).gone_from_the_files(),
        _of_institution(lambda _one: _("missing in the newest register")),
    ),
)
BY_CODE: Final = {kind.code: kind for kind in KINDS}
