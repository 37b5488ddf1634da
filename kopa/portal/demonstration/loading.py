"""Putting the plan into the portal through the same services that people's acts go through."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

from django.core.management.base import CommandError
from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from agreements.models import Agreement
from kopa.accounts.models import User
from kopa.audit import journal
from kopa.portal.demonstration import agreements, applications, presence, reminders, reports, statements
from kopa.portal.demonstration.catalogue import Spot, courses
from kopa.portal.demonstration.people import CLERK, make_people
from kopa.portal.demonstration.plan import Planned, plan
from kopa.portal.demonstration.statements import HUDDINGE
from kopa.portal.generation.plan import MARK
from municipalities.models import Municipality
from offerings import services
from offerings.models import CoHost, Offering, OpenTo
from offerings.querysets import OfferingQuerySet
from offerings.services import NewOffering, OfferingInput
from providers.models import Institution, Organisation, Site

FRESH_DAYS: Final = 7
BATCH: Final = 100


def loaded_on() -> dt.date | None:
    """The day on which the demonstration's offerings were made; None without any."""
    made = _loaded().aggregate(first=Min("created_at"))["first"]
    return timezone.localtime(made).date() if made else None


def _loaded() -> OfferingQuerySet:
    """The demonstration's offerings; a generated catalogue beside them stays as it is."""
    return Offering.objects.filter(is_demonstration=True).exclude(own_reference__startswith=f"{MARK} ")


def is_fresh(today: dt.date) -> bool:
    """Loaded at most ``FRESH_DAYS`` days ago: its dates still lie ahead."""
    day = loaded_on()
    return day is not None and (today - day).days <= FRESH_DAYS


@transaction.atomic
def load(today: dt.date, *, say: Callable[[str], None]) -> int:
    """The demonstration as of ``today``: all of it, or nothing. Earlier demonstration offerings are replaced,
    other offerings are not touched. Returns how many offerings there are.

    Raises CommandError where the register lacks an organisation or a place.
    """
    people = make_people()
    gone = _remove()
    if gone:
        say(f"removed {gone} earlier demonstration offerings")
    agreements.load(today)
    register = Register.read()
    news = [_new(planned, register, people) for planned in plan(today)]
    made: list[int] = []
    for batch in (news[start : start + BATCH] for start in range(0, len(news), BATCH)):
        made += [offering.pk for offering in services.publish_many(batch)]
        say(f"published {len(made)} of {len(news)} demonstration offerings")
    Offering.objects.filter(pk__in=made).update(is_demonstration=True)
    statements.load(made, people)
    applications.load(made, people, by=people["Bengt"])
    reports.load(people)
    reminders.load(made, people)
    presence.forget()
    return len(made)


def _remove() -> int:
    ids = list(_loaded().values_list("pk", flat=True))
    applications.remove(ids)
    journal.erase("offerings.offering", ids)
    Offering.objects.filter(pk__in=ids).delete()
    return len(ids)


@dataclass(frozen=True, slots=True)
class Register:
    """What the plan names, as the register knows it."""

    municipalities: dict[str, Municipality]
    organisations: dict[str, Organisation]  # of municipalities, by key
    institutions: dict[str, Institution]
    sites: dict[str, int]  # of an institution by code, of a municipality by key
    free_application: int  # the agreement of Södertörn

    @classmethod
    def read(cls) -> Register:
        codes = {spot.host for course in courses() for spot in course.spots if spot.host.isdecimal()}
        institutions = Institution.objects.filter(code__in=codes, organisation__isnull=False).select_related(
            "organisation__home_municipality", "municipality__region"
        )
        organisations = Organisation.objects.filter(municipality__isnull=False).select_related("municipality")
        by_institution = Site.objects.filter(institution__code__in=codes).values_list(
            "institution__code", "pk"
        )
        by_place = Site.objects.filter(
            institution=None, organisation__municipality__isnull=False, register_key__isnull=False
        ).values_list("organisation__municipality__key", "pk")
        return cls(
            municipalities={
                place.key: place for place in Municipality.objects.current().select_related("region")
            },
            organisations={thing.municipality.key: thing for thing in organisations if thing.municipality},
            institutions={institution.code: institution for institution in institutions},
            sites=dict(by_institution) | dict(by_place),
            free_application=Agreement.objects.get(code=agreements.FREE).pk,
        )

    def host(self, spot: Spot) -> Organisation:
        institution = self.institutions.get(spot.host)
        found = self.organisations.get(spot.host) if institution is None else institution.organisation
        if found is None:
            raise CommandError(
                f"The register has no organisation behind {spot.host}: run load_reference first."
            )
        return found

    def home(self, spot: Spot) -> Municipality | None:
        institution = self.institutions.get(spot.host)
        return self.municipalities[spot.host] if institution is None else institution.municipality

    def languages(self, spot: Spot) -> list[str]:
        if spot.languages:
            return list(spot.languages)
        if spot.country == "SE":
            return ["sv"]
        taught = self.institutions[spot.host].teaching_languages if spot.host in self.institutions else ["fi"]
        return ["fi"] if "fi" in taught else list(taught)[:1]


def _new(planned: Planned, register: Register, people: dict[str, User]) -> NewOffering:
    host = register.host(planned.spot)
    own = {
        register.institutions["10069"].organisation_id: "Bengt",
        register.organisations["FI-854"].pk: "Aino",
        register.organisations[HUDDINGE].pk: "Hillevi",
    }
    taken = {
        None if key == "open" else register.municipalities[key].pk: number
        for key, number in planned.taken.items()
    }
    return NewOffering(
        provider_id=host.pk,
        given=_given(planned, host, register),
        by=people[own.get(host.pk, CLERK.name)],
        taken=taken,
    )


def _given(planned: Planned, host: Organisation, register: Register) -> OfferingInput:
    spot, places = planned.spot, register.municipalities
    given: dict[str, Any] = dict(planned.given)
    given["own_reference"] = planned.reference
    given["languages"] = register.languages(spot)
    given["quotas"] = {places[key].pk: seats for key, seats in planned.quotas.items()}
    # Lappia and Huddinge have switched to KOPA, with what is not in the national joint application.
    switched = {register.institutions["10069"].organisation_id, register.organisations[HUDDINGE].pk}
    given["takes_applications"] = host.pk in switched and not given["is_national_joint_application"]
    given |= dict(_where(spot, host, register)) | dict(_for_whom(planned, register))
    return cast("OfferingInput", given)


def _where(spot: Spot, host: Organisation, register: Register) -> Iterator[tuple[str, Any]]:
    if spot.mode == "distance":
        yield "sites", []
        return
    site = register.sites.get(spot.place or spot.host)
    if site is None:
        raise CommandError(f"The register has no site for {spot.word}: run load_reference first.")
    yield "sites", [site]
    lender = register.organisations.get(spot.place)
    if lender is not None and lender.pk != host.pk:
        yield "co_hosts", [(lender.pk, CoHost.Part.LENDS_SITE.value)]


def _for_whom(planned: Planned, register: Register) -> Iterator[tuple[str, Any]]:
    home = register.home(planned.spot)
    if planned.open_to_municipalities and planned.spot.host in agreements.SODERTORN:
        yield "open_to", OpenTo.AGREEMENT_PARTIES.value
        yield "agreement_id", register.free_application
    elif planned.open_to_municipalities and home is not None:
        keys = {*planned.open_to_municipalities, home.key}
        yield "open_to", OpenTo.MUNICIPALITIES.value
        yield "open_to_municipalities", [register.municipalities[key].pk for key in sorted(keys)]
    elif planned.opens_host_region and home is not None:
        yield "open_to", OpenTo.REGIONS.value
        yield "open_to_regions", [home.region_id]
