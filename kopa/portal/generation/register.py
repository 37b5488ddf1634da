"""The real organisations, sites and municipalities that invented offerings stand over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any, Final

from django.core.management.base import CommandError

from kopa.portal.generation.wording import Choice
from municipalities.cache import gazetteer
from municipalities.distances import great_circle_km
from municipalities.models import Municipality
from providers.models import Site
from providers.states import OrganisationStatus

# Which forms institutions of Finland give, by their type.
FORMS_OF_TYPE: Final[Mapping[str, tuple[str, ...]]] = {
    "15": ("general_upper_secondary",),
    "19": ("general_upper_secondary",),
    "21": ("vocational", "preparatory", "non_regulated", "integration"),
    "22": ("vocational", "preparatory"),
    "23": ("vocational", "non_regulated"),
    "24": ("vocational", "non_regulated", "integration", "adult_basic"),
    "41": ("higher",),
    "42": ("higher",),
    "61": ("arts_basic",),
    "62": ("liberal_adult", "vocational"),
    "63": ("liberal_adult", "integration", "adult_basic"),
    "64": ("liberal_adult", "integration"),
    "65": ("liberal_adult",),
    "66": ("liberal_adult", "higher"),
    "67": ("arts_basic",),
    "93": ("non_regulated",),
}
# What municipalities of Sweden give themselves.
FORMS_IN_SWEDEN: Final = (
    "komvux", "integration", "general_upper_secondary", "adult_basic", "vocational", "non_regulated",
)  # fmt: skip
# How many of a hundred offerings are of a form, by the host's country.
SHARES: Final[Mapping[tuple[str, str], float]] = {
    ("vocational", "FI"): 26,
    ("general_upper_secondary", "FI"): 13,
    ("liberal_adult", "FI"): 17,
    ("non_regulated", "FI"): 6,
    ("higher", "FI"): 7,
    ("integration", "FI"): 2.5,
    ("adult_basic", "FI"): 1.5,
    ("preparatory", "FI"): 2.5,
    ("arts_basic", "FI"): 2,
    ("komvux", "SE"): 13,
    ("integration", "SE"): 3,
    ("general_upper_secondary", "SE"): 3,
    ("adult_basic", "SE"): 1.5,
    ("vocational", "SE"): 1.5,
    ("non_regulated", "SE"): 0.5,
}
NEAREST: Final = 24


@dataclass(frozen=True, slots=True)
class Host:
    """A site of an organisation, as the place that an offering belongs to."""

    key: str  # of the register, the same in every database
    organisation_id: int
    country: str
    site_id: int
    municipality: Municipality  # of today
    languages: tuple[str, ...]


@dataclass(frozen=True)
class Register:
    """Who can give what, and what lies near."""

    forms: Choice[tuple[str, str]]  # (form, host's country)
    hosts: Mapping[tuple[str, str], Choice[Host]]
    sites: Mapping[int, Sequence[int]]  # of an organisation
    municipalities: Sequence[Municipality]  # those of today that have a point
    _near: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def near(self, place: Municipality) -> tuple[int, ...]:
        """Ids of the municipality and of the nearest others of both countries, the nearest first."""
        if place.pk not in self._near:
            by_distance = sorted(self.municipalities, key=lambda other: (_km(place, other), other.key))
            self._near[place.pk] = tuple(one.pk for one in by_distance[:NEAREST])
        return self._near[place.pk]


def _km(one: Municipality, other: Municipality) -> float:
    if one.latitude is None or one.longitude is None or other.latitude is None or other.longitude is None:
        return 0.0 if one.pk == other.pk else float("inf")
    return great_circle_km(one.latitude, one.longitude, other.latitude, other.longitude)


def read() -> Register:
    """What the reference data holds, always in the same order. Raises CommandError where there is too little.

    Sites that people have added are left out: the same catalogue comes out whatever else there is.
    """
    places = gazetteer()
    hosts: dict[tuple[str, str], list[tuple[Host, float]]] = defaultdict(list)
    sites: dict[int, list[int]] = defaultdict(list)
    for row in _sites():
        place = places.today(places.by_id[row["municipality_id"]])
        host = Host(
            row["register_key"], row["organisation_id"], row["organisation__country"], row["pk"], place,
            tuple(row["institution__teaching_languages"] or ()),
        )  # fmt: skip
        sites[host.organisation_id].append(host.site_id)
        weight = sqrt(place.population or 1000)
        for form in _forms(row):
            hosts[form, host.country].append((host, weight))
    possible = [(key, share) for key, share in SHARES.items() if hosts.get(key)]
    if not possible:
        raise CommandError("The register has no organisations that could give courses: run load_reference.")
    return Register(
        forms=Choice(possible),
        hosts={key: Choice(found) for key, found in hosts.items()},
        sites=sites,
        municipalities=[one for one in places.current if one.latitude is not None],
    )


def _forms(row: Mapping[str, Any]) -> tuple[str, ...]:
    if row["organisation__country"] == "SE":
        return FORMS_IN_SWEDEN
    return FORMS_OF_TYPE.get(row["institution__type_id"] or "", ())


def _sites() -> Iterable[Mapping[str, Any]]:
    found = Site.objects.filter(
        register_key__isnull=False,
        municipality__isnull=False,
        organisation__status=OrganisationStatus.VERIFIED,
    )
    return found.order_by("register_key").values(
        "pk", "register_key", "organisation_id", "organisation__country", "municipality_id",
        "institution__type_id", "institution__teaching_languages",
    )  # fmt: skip
