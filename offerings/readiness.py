"""What a published offering needs (DOMAIN.md §3.6, R-LANG-2), and what is worth knowing although it may be
so.

Rules over several tables; those about the offering's own row are constraints of the database. The form asks
here before it saves, the services ask again under the lock: the same functions, on ``Facts`` of what is typed
or saved.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from kopa.base import writing
from municipalities.models import LanguageStatus, Municipality
from offerings import windows
from offerings.deadlines import closing_moment, day_and_time
from offerings.errors import Reason, StartPast
from offerings.models import Offering, OpenTo, SelectionRule
from offerings.payers import host_body
from offerings.querysets import TEXTS
from providers.models import JointAuthorityMember, Licence, Organisation, OrganisationKind
from providers.rules import people_publishing_for
from providers.states import OrganisationStatus

COLUMNS_OF_TEXTS: Final = {
    text: {language: f"{text}_{language}" for language in ("fi", "sv", "en")} for text in TEXTS
}
LAWFUL: Final = frozenset({"fi", "sv"})  # languages in which a text may be needed
# Without reserved places, the reasons against a new course depend on what these columns of a file say; of the
# others, only on whether anything stands there. Those of licences where the organisation has any.
WEIGHED: Final = frozenset({"languages", "mode_id", "open_to", "selection_rule", "starts_on"})
WEIGHED_BY_LICENCES: Final = frozenset({"form_id", "places"})
NEEDS_A_SITE: Final = frozenset({"contact", "blended"})


@dataclass(frozen=True, slots=True)
class Host:
    """What is asked of the organisation itself, whatever the offering: the languages that it needs, with why,
    its licences, and whether somebody handles applications.
    """

    languages: Mapping[str, str]
    licences: Sequence[Licence]
    handles_applications: bool

    @classmethod
    def of(cls, provider: Organisation) -> Host:
        handles = handles_applications(provider, on=timezone.localdate())
        return cls(_host_languages(provider), list(provider.licences.all()), handles)


@dataclass(frozen=True, slots=True)
class Facts:
    """An offering as it is saved or as it is about to be: its own columns and what stands in other tables."""

    offering: Offering
    languages: frozenset[str]
    has_site: bool
    site_municipalities: frozenset[int]
    has_quotas: bool
    has_regions: bool
    has_municipalities: bool
    has_pilot_groups: bool
    host: Host | None = None  # where many offerings of one organisation are looked at


@dataclass(frozen=True, slots=True)
class Note:
    """Worth knowing before publishing; refuses nothing."""

    code: str
    message: str


def facts_of(offering: Offering) -> Facts:
    """Of a saved offering. Six queries unless its relations are prefetched."""
    sites = list(offering.sites.all())
    return Facts(
        offering=offering,
        languages=frozenset(language.pk for language in offering.languages.all()),
        has_site=bool(sites),
        site_municipalities=frozenset(site.municipality_id for site in sites if site.municipality_id),
        has_quotas=bool(offering.quotas.all()),
        has_regions=bool(offering.open_to_regions.all()),
        has_municipalities=bool(offering.open_to_municipalities.all()),
        has_pilot_groups=bool(offering.open_to_pilot_groups.all()),
    )


def reasons_against(facts: Facts, *, anew: bool) -> list[Reason]:
    """Everything that stands against being public; empty: nothing does.

    ``anew``: it is being published now. What has been published once may be mended although its organisation
    has been suspended, or teaching has started, since.
    """
    return [
        *(_organisation(facts.offering.provider) if anew else ()),
        *(_start(facts.offering) if anew else ()),
        *_texts(facts),
        *_course(facts),
        *_dates(facts),
        *_places_and_people(facts),
        *_applying(facts),
        *_licence(facts),
    ]


def weighed(host: Host) -> frozenset[str]:
    """Columns of a file whose very texts the reasons against a new course depend on."""
    return WEIGHED | WEIGHED_BY_LICENCES if host.licences else WEIGHED


def notes_on(facts: Facts, *, now: dt.datetime) -> list[Note]:
    """What the person who publishes should know."""
    return list(_notes(facts, now))


def needed_languages(provider: Organisation, taught: Collection[str]) -> dict[str, str]:
    """fi and sv as far as the law or the teaching asks for them, each with why, in the reader's language.

    A bilingual municipality needs both, a unilingual one its own; a joint authority whose members' languages
    differ counts as bilingual; the teaching language is needed beside. Source: R-LANG-2.
    """
    return _taught_languages(taught) | _host_languages(provider)


def _taught_languages(taught: Collection[str]) -> dict[str, str]:
    why = {}
    if "fi" in taught:
        why["fi"] = _("the course is taught in Finnish")
    if "sv" in taught:
        why["sv"] = _("the course is taught in Swedish")
    return why


def missing_texts(offering: Offering, languages: Collection[str]) -> list[tuple[str, str]]:
    """(text, language) pairs: the title where it is empty, the others where another language has them."""
    missing: list[tuple[str, str]] = []
    for text, columns in COLUMNS_OF_TEXTS.items():
        empty = [language for language in languages if not getattr(offering, columns[language])]
        if empty and (text == "title" or any(getattr(offering, one) for one in columns.values())):
            missing += [(text, language) for language in sorted(empty)]
    return missing


def default_release(offering: Offering, *, has_quotas: bool) -> dt.datetime | None:
    """When reserved places are released: as given, else ``QUOTA_RELEASE_DAYS`` after the close (R-CAP-4).

    None without reserved places, and for continuous admission, where somebody has to say it.
    """
    if offering.quota_release_at is not None or not has_quotas or offering.applications_close_at is None:
        return offering.quota_release_at
    day, _time = day_and_time(offering.applications_close_at, offering.country)
    return closing_moment(day + dt.timedelta(days=settings.QUOTA_RELEASE_DAYS), None, offering.country)


def recorded_members(provider: Organisation, *, on: dt.date) -> list[JointAuthorityMember]:
    """Members of a joint authority on the day that some source names, first and last day included."""
    return [
        member
        for member in provider.member_municipalities.all()
        if (member.valid_from is None or member.valid_from <= on)
        and (member.valid_to is None or member.valid_to >= on)
    ]


def _host_languages(provider: Organisation) -> dict[str, str]:
    place = host_body(provider).municipality
    if place is not None:
        return _languages_of(place)
    if provider.kind != OrganisationKind.JOINT_AUTHORITY:
        return {}
    members = recorded_members(provider, on=timezone.localdate())
    statuses = {member.municipality.language_status for member in members}
    if not statuses:
        return {}
    if statuses == {LanguageStatus.FINNISH}:
        return {"fi": _("the members of %(who)s are Finnish-speaking") % {"who": provider}}
    if statuses == {LanguageStatus.SWEDISH}:
        return {"sv": _("the members of %(who)s are Swedish-speaking") % {"who": provider}}
    why = _("the members of %(who)s are not all of one language") % {"who": provider}
    return {"fi": why, "sv": why}


def _languages_of(place: Municipality) -> dict[str, str]:
    who = {"who": place}
    if place.is_bilingual:
        why = _("%(who)s is bilingual") % who
        return {"fi": why, "sv": why}
    if place.language_status == LanguageStatus.FINNISH:
        return {"fi": _("%(who)s is Finnish-speaking") % who}
    if place.language_status == LanguageStatus.SWEDISH:
        return {"sv": _("%(who)s is Swedish-speaking") % who}
    return {"sv": _("%(who)s is in Sweden") % who}


def _organisation(provider: Organisation) -> Iterator[Reason]:
    if provider.status == OrganisationStatus.VERIFIED:
        return
    said = {
        OrganisationStatus.DRAFT: _("The organisation has not been verified yet: it cannot publish courses."),
        OrganisationStatus.SUSPENDED: _(
            "The organisation has been suspended: it cannot publish new courses."
        ),
        OrganisationStatus.CLOSED: _("The organisation has been closed: it cannot publish new courses."),
    }
    yield Reason("", "organisation_not_verified", said[OrganisationStatus(provider.status)])


def _texts(facts: Facts) -> Iterator[Reason]:
    offering = facts.offering
    of_host = facts.host.languages if facts.host else _host_languages(offering.provider)
    needed = {*LAWFUL.intersection(facts.languages), *of_host}
    missing = missing_texts(offering, needed)
    if missing:
        why = _taught_languages(facts.languages) | dict(of_host)
        names = _names_of_texts()
        for text, language in missing:
            sentence = _("%(missing)s: %(why)s.") % {"missing": names[text, language], "why": why[language]}
            yield Reason(f"{text}_{language}", "text_missing", sentence)
    if not needed and not (offering.title_fi or offering.title_sv):
        yield Reason("title_fi", "text_missing", _("Give the title in Finnish or in Swedish."))


def _names_of_texts() -> dict[tuple[str, str], str]:
    return {
        ("title", "fi"): _("The title in Finnish is missing"),
        ("title", "sv"): _("The title in Swedish is missing"),
        ("description", "fi"): _("The description in Finnish is missing"),
        ("description", "sv"): _("The description in Swedish is missing"),
        ("entry_requirements", "fi"): _("The entry requirements in Finnish are missing"),
        ("entry_requirements", "sv"): _("The entry requirements in Swedish are missing"),
        ("accessibility_note", "fi"): _("The accessibility note in Finnish is missing"),
        ("accessibility_note", "sv"): _("The accessibility note in Swedish is missing"),
    }


def _course(facts: Facts) -> Iterator[Reason]:
    offering = facts.offering
    if offering.form_id is None:
        yield Reason("form", "form_missing", _("Choose the form of education."))
    if offering.field_id is None:
        yield Reason("field", "field_missing", _("Choose the field."))
    if not facts.languages:
        yield Reason("languages", "language_missing", _("Choose at least one teaching language."))
    if offering.mode_id is None:
        yield Reason("mode", "mode_missing", _("Choose how the teaching is given."))
    elif offering.mode_id in NEEDS_A_SITE and not facts.has_site:
        sentence = _("Choose where the teaching is given. Only distance teaching needs no site.")
        yield Reason("sites", "site_missing", sentence)


def _start(offering: Offering) -> Iterator[Reason]:
    if windows.is_past(offering, timezone.now()):
        yield Reason(StartPast.field, StartPast.code, StartPast.message)


def _dates(facts: Facts) -> Iterator[Reason]:
    offering = facts.offering
    if offering.starts_on is None:
        yield Reason("starts_on", "start_missing", _("Say when teaching starts."))
    if offering.applications_open_at is None:
        yield Reason("applications_open_at", "opening_missing", _("Say when applications open."))
    is_continuous = offering.applications_close_at is None
    if is_continuous and offering.selection_rule != SelectionRule.REGISTRATION_ORDER:
        sentence = _(
            "Without a closing day admission is continuous, in the order of registration: choose that, or say"
            " when applications close."
        )
        yield Reason("selection_rule", "continuous_needs_registration_order", sentence)
    if not facts.has_quotas or offering.quota_release_at is not None:
        return
    if is_continuous:
        sentence = _("Say when the reserved places are released, because admission is continuous.")
        yield Reason("quota_release_at", "release_missing", sentence)
    elif not _fits(offering, default_release(offering, has_quotas=True)):
        sentence = _(
            "Say when the reserved places are released: %(days)s days after applications close is too late."
        )
        yield Reason("quota_release_at", "release_missing", sentence % {"days": settings.QUOTA_RELEASE_DAYS})


def _fits(offering: Offering, release: dt.datetime | None) -> bool:
    """The release comes before the decision on the start and before the start."""
    if release is None or offering.starts_on is None:
        return True
    decided_at = offering.start_decision_at
    in_time = release.astimezone(offering.zone).date() < offering.starts_on
    return in_time and (decided_at is None or release <= decided_at)


def _places_and_people(facts: Facts) -> Iterator[Reason]:
    offering = facts.offering
    if offering.capacity is None:
        yield Reason("capacity", "places_missing", _("Say how many places there are."))
    if offering.open_to == OpenTo.REGIONS and not facts.has_regions:
        yield Reason("open_to_regions", "regions_missing", _("Choose the regions whose residents may apply."))
    if offering.open_to == OpenTo.MUNICIPALITIES and not facts.has_municipalities:
        sentence = _("Choose the municipalities whose residents may apply.")
        yield Reason("open_to_municipalities", "municipalities_missing", sentence)
    if offering.open_to == OpenTo.PILOT_GROUPS and not facts.has_pilot_groups:
        sentence = _("Choose the pilot groups whose municipalities' residents may apply.")
        yield Reason("open_to_pilot_groups", "pilot_groups_missing", sentence)
    if offering.open_to == OpenTo.AGREEMENT_PARTIES and offering.agreement_id is None:
        sentence = _("Choose the agreement whose parties' residents may apply.")
        yield Reason("agreement", "agreement_missing", sentence)
    if offering.is_national_joint_application and not offering.apply_url:
        sentence = _("Give the address of the national joint application.")
        yield Reason("apply_url", "joint_application_without_address", sentence)
    if not offering.contact_email:
        sentence = _("Give an e-mail address where applicants can ask about the course.")
        yield Reason("contact_email", "contact_missing", sentence)
    if not offering.price_basis:
        sentence = _("Choose what the home municipality's share is counted from, or that there is none.")
        yield Reason("price_basis", "price_basis_missing", sentence)


def handles_applications(provider: Organisation, *, on: dt.date) -> bool:
    """Somebody who may sign in decides on applications for the organisation; a query."""
    return people_publishing_for(provider.pk, on=on).exists()


def _applying(facts: Facts) -> Iterator[Reason]:
    offering = facts.offering
    if not offering.takes_applications:
        return
    today, host = timezone.localdate(), facts.host
    if host.handles_applications if host else handles_applications(offering.provider, on=today):
        return
    who = {"who": offering.provider}
    sentence = _("Nobody in %(who)s handles applications in KOPA: nobody would decide on them.") % who
    yield Reason("takes_applications", "nobody_handles_applications", sentence)


def _licence(facts: Facts) -> Iterator[Reason]:
    """Looked at only where licences are recorded for the organisation."""
    offering = facts.offering
    if offering.licence_reason or offering.form_id is None or offering.starts_on is None:
        return
    licences = facts.host.licences if facts.host else list(offering.provider.licences.all())
    if licences and not _is_licensed(
        licences, offering.form_id, offering.starts_on, facts.site_municipalities
    ):
        sentence = _(
            "No licence of %(who)s covers this form of education, location and day. Give the ground, for"
            " example a co-operation agreement."
        )
        yield Reason("licence_reason", "licence_missing", sentence % {"who": offering.provider})


def _is_licensed(licences: Sequence[Licence], form: str, day: dt.date, places: Collection[int]) -> bool:
    """Every place of teaching is covered on the day; a licence without municipalities is good everywhere."""
    good = [
        licence
        for licence in licences
        if licence.form_id == form
        and licence.valid_from <= day
        and (licence.valid_to is None or licence.valid_to >= day)
    ]
    covered = [{place.pk for place in licence.municipalities.all()} for licence in good]
    if any(not municipalities for municipalities in covered):
        return True
    return bool(good) and all(any(place in municipalities for municipalities in covered) for place in places)


def _notes(facts: Facts, now: dt.datetime) -> Iterator[Note]:
    offering, provider = facts.offering, facts.offering.provider
    if offering.starts_on is not None and not windows.is_ahead(offering, now):
        yield Note("has_started", _("Teaching has started: the search does not show the course."))
    elif windows.is_closed(offering, now):
        yield Note("has_closed", _("Applications have closed: the search does not show the course."))
    if not provider.licences.all() and provider.country == "FI":
        sentence = _("No licences are recorded for %(who)s, so the right to give the course is not checked.")
        yield Note("no_licences", sentence % {"who": provider})
    today = timezone.localdate(now)
    if provider.kind == OrganisationKind.JOINT_AUTHORITY and not recorded_members(provider, on=today):
        sentence = _(
            "The members of %(who)s are not recorded. If their languages differ, the texts are needed in"
            " Finnish and in Swedish."
        )
        yield Note("no_members", sentence % {"who": provider})
    if offering.quota_release_at is None:
        release = default_release(offering, has_quotas=facts.has_quotas)
        if release is not None:
            day = writing.moment(release, country=offering.country)
            yield Note("release", _("Reserved places are released %(when)s.") % {"when": day})
