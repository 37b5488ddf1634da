"""What a report is about: a thing of the register or a course, found by type and key.

The key is what the register calls the thing: ``FI-854``, ``FI-R19``, an institution's number, a pilot
group's code; the id of a provider or a course.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from corrections.models import ErrorReport, SubjectType
from kopa.base.parameters import whole_number
from municipalities.cache import gazetteer
from municipalities.models import Region
from offerings.models import Offering
from offerings.presenting import address
from pilots.models import PilotGroup
from providers.models import Institution, Organisation


@dataclass(frozen=True, slots=True)
class Subject:
    """The thing, its name as the reader reads it, its page, and the organisation that answers for it."""

    type: str
    key: str
    label: str
    path: str
    organisation_id: int | None = None

    @property
    def about(self) -> str:
        """As the form's address names it: ``municipality:FI-854``; empty for a page that is no thing's."""
        return f"{self.type}:{self.key}" if self.key else ""

    @property
    def type_name(self) -> str:
        """What kind of thing it is; empty where the label begins with it: “Pilot group 4”."""
        name = str(SubjectType(self.type).label)
        return "" if self.label.casefold().startswith(name.casefold()) else name


Found = dict[str, Subject]


def find(about: str) -> Subject | None:
    """The public thing that ``municipality:FI-854`` names; None for anything else."""
    subject_type, _, key = about.partition(":")
    look = LOOK.get(subject_type)
    return look([key]).get(key) if look and key and "\x00" not in key else None


def named(reports: Iterable[ErrorReport]) -> Mapping[tuple[str, str], Subject]:
    """The things that the reports are about, by type and key; one query for each type among them."""
    keys: dict[str, set[str]] = {}
    for report in reports:
        keys.setdefault(report.subject_type, set()).add(report.subject_key)
    return {
        (subject_type, key): subject
        for subject_type, wanted in keys.items()
        if subject_type in LOOK
        for key, subject in LOOK[subject_type](wanted).items()
    }


def _municipalities(keys: Iterable[str]) -> Found:
    places = gazetteer()
    found = [places.by_key[key] for key in keys if key in places.by_key]
    own = dict(
        Organisation.objects.filter(municipality__in=[place.pk for place in found]).values_list(
            "municipality", "pk"
        )
    )
    return {
        place.key: Subject(
            SubjectType.MUNICIPALITY,
            place.key,
            places.label(place),
            place.get_absolute_url(),
            own.get(place.pk),
        )
        for place in found
    }


def _regions(keys: Iterable[str]) -> Found:
    return {
        region.key: Subject(
            SubjectType.REGION,
            region.key,
            str(region.name()),
            region.get_absolute_url(),
        )
        for region in Region.objects.filter(key__in=list(keys))
    }


def _providers(keys: Iterable[str]) -> Found:
    return {
        str(one.pk): Subject(
            SubjectType.PROVIDER, str(one.pk), str(one.label()), one.get_absolute_url(), one.pk
        )
        for one in Organisation.objects.filter(pk__in=_ids(keys))
    }


def _institutions(keys: Iterable[str]) -> Found:
    rows = Institution.objects.filter(code__in=list(keys)).select_related("organisation", "municipality")
    own = dict(rows.values_list("code", "municipality__organisation"))
    return {
        one.code: Subject(
            SubjectType.INSTITUTION,
            one.code,
            str(one.name()),
            _page_of(one),
            one.organisation_id or own.get(one.code),
        )
        for one in rows
    }


def _page_of(institution: Institution) -> str:
    """An institution has no page of its own: it stands on its provider's, else on its municipality's."""
    stands_on = institution.organisation or institution.municipality
    return stands_on.get_absolute_url() if stands_on else reverse("providers:list")


def _pilot_groups(keys: Iterable[str]) -> Found:
    return {
        group.code: Subject(SubjectType.PILOT_GROUP, group.code, str(group), group.get_absolute_url())
        for group in PilotGroup.objects.filter(code__in=list(keys))
    }


def _offerings(keys: Iterable[str]) -> Found:
    rows = Offering.objects.public().filter(pk__in=_ids(keys)).select_related("provider")
    return {
        str(one.pk): Subject(
            SubjectType.OFFERING, str(one.pk), str(one.title()), address(one), one.provider_id
        )
        for one in rows
    }


def _ids(keys: Iterable[str]) -> list[int]:
    numbers = map(whole_number, keys)
    return [one for one in numbers if one is not None]


LOOK: Final[Mapping[str, Callable[[Iterable[str]], Found]]] = {
    SubjectType.MUNICIPALITY: _municipalities,
    SubjectType.REGION: _regions,
    SubjectType.PROVIDER: _providers,
    SubjectType.INSTITUTION: _institutions,
    SubjectType.PILOT_GROUP: _pilot_groups,
    SubjectType.OFFERING: _offerings,
}
