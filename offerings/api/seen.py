"""An offering as seen from a home municipality, also when no search has found it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from municipalities.distances import great_circle_km
from offerings.homes import Home
from offerings.models import Offering
from offerings.payers import payers
from offerings.places import places
from offerings.search.engine import nearest_site
from offerings.search.query import Hit
from providers.models import Site


def seen_from(home: Home | None, offerings: Sequence[Offering], *, now: dt.datetime) -> list[Hit]:
    """The offerings (loaded by ``for_list``) in their order; one statement when ``home`` is given."""
    open_to_home: set[int] = set()
    if home:
        ids = [offering.pk for offering in offerings]
        open_to_home = set(
            Offering.objects.filter(pk__in=ids).open_to_residents_of(home).values_list("pk", flat=True)
        )
    return [_hit(offering, home, now, is_open=offering.pk in open_to_home) for offering in offerings]


def _hit(offering: Offering, home: Home | None, now: dt.datetime, *, is_open: bool) -> Hit:
    counted = places(offering, home=home, now=now)
    site = nearest_site(offering, home)
    return Hit(
        offering=offering,
        capacity=counted.capacity,
        free=counted.free,
        free_open=counted.free_open,
        reserved=counted.reserved,
        site=site,
        distance_km=distance_km(home, site),
        payers=payers(offering, home=home),
        open_to_home=is_open if home else None,
    )


def distance_km(home: Home | None, site: Site | None) -> float | None:
    """Along the great circle; None where either has no point."""
    if home is None or home.latitude is None or home.longitude is None:
        return None
    if site is None or site.latitude is None or site.longitude is None:
        return None
    return great_circle_km(home.latitude, home.longitude, site.latitude, site.longitude)
