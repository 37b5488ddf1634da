"""An offering as seen from a home municipality, whether a search has found it or not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol, TypeVar

from django.utils import timezone

from municipalities.distances import great_circle_km
from offerings.homes import Home
from offerings.models import Offering
from offerings.payers import Residents, payers_of
from offerings.places import places
from offerings.search.query import Hit
from providers.models import Site


def seen_from(home: Home | None, offerings: Sequence[Offering], *, now: dt.datetime) -> list[Hit]:
    """The offerings (loaded by ``for_list``) in their order; one statement when ``home`` is given."""
    open_to_home: set[int] = set()
    residents = Residents.applying_at(home, now) if home else None
    if home:
        ids = [offering.pk for offering in offerings]
        theirs = Offering.objects.filter(pk__in=ids).open_to_residents_of(home, on=timezone.localdate(now))
        open_to_home = set(theirs.values_list("pk", flat=True))
    return [
        hit_of(
            offering,
            residents=residents,
            now=now,
            is_open=offering.pk in open_to_home,
            km=distance_km(home, nearest_site(offering, home)),
        )
        for offering in offerings
    ]


def hit_of(
    offering: Offering,
    *,
    residents: Residents | None,
    now: dt.datetime,
    is_open: bool,
    km: float | None,
    why: tuple[str, ...] = (),
) -> Hit:
    """``is_open``: the residents may apply; ``km``: from their municipality to the nearest site."""
    home = residents.home if residents else None
    rule = residents.rule_for(offering) if residents else None
    counted = places(offering, home=home, now=now)
    return Hit(
        offering=offering,
        capacity=counted.capacity,
        free=counted.free,
        free_open=counted.free_open,
        reserved=counted.reserved,
        site=nearest_site(offering, home),
        distance_km=km,
        payers=payers_of(rule, has_fee=offering.learner_fee_cents > 0),
        open_to_home=is_open if home else None,
        rule=rule,
        why=why,
    )


def nearest_site(offering: Offering, home: Home | None) -> Site | None:
    """The nearest to the home municipality's centre, else the first; None when there is none."""
    return nearest(list(offering.sites.all()), home)


class Located(Protocol):
    """Something that may have a point."""

    @property
    def latitude(self) -> float | None: ...
    @property
    def longitude(self) -> float | None: ...


L = TypeVar("L", bound=Located)


def nearest(sites: Sequence[L], home: Home | None) -> L | None:
    """As ``nearest_site``, of sites at hand."""
    if len(sites) < 2 or home is None or home.latitude is None or home.longitude is None:
        return sites[0] if sites else None

    def farness(site: L) -> tuple[bool, float]:
        km = distance_km(home, site)
        return (km is None, km or 0.0)

    return min(sites, key=farness)


def distance_km(home: Home | None, site: Located | None) -> float | None:
    """Along the great circle; None where either has no point."""
    if home is None or home.latitude is None or home.longitude is None:
        return None
    if site is None or site.latitude is None or site.longitude is None:
        return None
    return great_circle_km(home.latitude, home.longitude, site.latitude, site.longitude)
