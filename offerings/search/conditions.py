"""What each filter of a search keeps, as conditions on ``SearchRow``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from django.db.models import Case, F, FloatField, Func, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from municipalities.cache import Gazetteer, gazetteer
from offerings import windows
from offerings.homes import Home, home_among
from offerings.models import Offering, SearchRow
from offerings.payers import paid_by
from offerings.places import free_places
from offerings.search import phrases
from offerings.search.base import base
from offerings.search.phrases import Phrase
from offerings.search.query import REACHABLE_KM, SearchError, SearchQuery, Sort, Window
from providers.models import Site

NEEDS_HOME: Final = _("Choose your home municipality first.")


@dataclass(frozen=True, slots=True)
class Asked:
    """A query with what had to be looked up for it."""

    query: SearchQuery
    now: dt.datetime
    home: Home | None
    places: Gazetteer | None  # loaded where a municipality or a word is asked for
    municipalities: list[str]  # keys of today's
    phrases: tuple[Phrase, ...]

    def without(self, names: tuple[str, ...]) -> Asked:
        """The same question without these filters."""
        unused = SearchQuery()
        return replace(self, query=replace(self.query, **{name: getattr(unused, name) for name in names}))


def wrong_with(query: SearchQuery) -> list[SearchError]:
    """What cannot be asked without a home municipality. Looks nothing up."""
    if query.home:
        return []
    wrong = [name for name in ("for_me", "reachable", "within_km") if getattr(query, name)]
    if query.within_km == 0:
        wrong.append("within_km")
    if query.sort == Sort.DISTANCE:
        wrong.append("sort")
    return [SearchError(name, "needs_home", NEEDS_HOME) for name in wrong]


def ask(query: SearchQuery, *, now: dt.datetime) -> Asked:
    """Looks up the municipalities and the words. Raises SearchError; at most four statements."""
    for error in wrong_with(query):
        raise error
    places = gazetteer() if query.home or query.municipality or query.q else None
    home = home_among(places, query.home) if places and query.home else None
    if query.home and home is None:
        raise SearchError("home", "unknown_municipality", _("There is no such municipality."))
    words = phrases.understand(query.q, now=now)
    return Asked(query, now, home, places, _todays(places, query.municipality), words)


def _todays(places: Gazetteer | None, keys: Iterable[str]) -> list[str]:
    """Unknown keys are left out."""
    if places is None:
        return []
    return sorted({places.today(places.by_key[key]).key for key in keys if key in places.by_key})


def rows(asked: Asked) -> QuerySet[SearchRow]:
    """The base set with ``free`` (for this viewer) and ``km`` (empty without home or point) to build on."""
    return base(asked.now).alias(free=free_places(home=asked.home, now=asked.now), km=_km(asked.home))


def _km(home: Home | None) -> Subquery | Cast:
    """Great-circle kilometres from the home municipality's centre to the nearest site with a point."""
    if home is None or home.latitude is None or home.longitude is None:
        return Cast(Value(None), FloatField())
    km = Func(
        F("latitude"), F("longitude"), Value(home.latitude), Value(home.longitude),
        function="kopa_great_circle_km", output_field=FloatField(),
    )  # fmt: skip
    sites = Site.objects.filter(offerings=OuterRef("pk"), latitude__isnull=False).annotate(km=km)
    return Subquery(sites.order_by("km").values("km")[:1])


def conditions(asked: Asked) -> dict[str, Q]:
    """What the query's filters keep, by filter; all must hold.

    Beside ``reachable``, ``within_km`` takes nothing away of its own.
    """
    query = asked.query
    kept = {name: CONDITIONS[name](asked) for name in query.filters}
    if query.reachable:
        kept.pop("within_km", None)
    return kept


def open_to_home(asked: Asked) -> Q:
    """The host lets residents of the home municipality apply; everything without one."""
    if asked.home is None:
        return Q(pk__isnull=False)
    return Q(pk__in=Offering.objects.open_to_residents_of(asked.home).values("pk"))


def _open(asked: Asked) -> Q:
    if asked.query.open == Window.SOON:
        return windows.opening_soon(asked.now)
    return windows.opened(asked.now)


def _reachable(asked: Asked) -> Q:
    """Near enough, or nothing that one has to come to."""
    km = REACHABLE_KM if asked.query.within_km is None else asked.query.within_km
    return Q(km__lte=km) | Q(contact_days=0) | Q(mode="distance", contact_days__isnull=True)


def _paid_by_any(asked: Asked) -> Q:
    return Q(*(paid_by(payer, home=asked.home) for payer in sorted(asked.query.payer)), _connector=Q.OR)


CONDITIONS: Final[dict[str, Callable[[Asked], Q]]] = {
    "q": lambda asked: phrases.all_found(asked.phrases),
    "free": lambda _: Q(free__gt=0),
    "open": _open,
    "for_me": open_to_home,
    "reachable": _reachable,
    "within_km": lambda asked: Q(km__lte=asked.query.within_km),
    "form": lambda asked: Q(form__in=asked.query.form),
    "field": lambda asked: Q(broad_field__in=asked.query.field) | Q(narrow_field__in=asked.query.field),
    "mode": lambda asked: Q(mode__in=asked.query.mode),
    "language": lambda asked: Q(languages__overlap=sorted(asked.query.language)),
    "municipality": lambda asked: Q(municipalities__overlap=asked.municipalities),
    "region": lambda asked: Q(regions__overlap=sorted(asked.query.region)),
    "provider": lambda asked: Q(provider_id__in=asked.query.provider),
    "payer": _paid_by_any,
    "starts_after": lambda asked: Q(starts_on__gte=asked.query.starts_after),
}


def flag(condition: Q) -> Case:
    """The condition as a column that is never empty."""
    return Case(When(condition, then=Value(True)), default=Value(False))  # noqa: FBT003 - Django's own signature
