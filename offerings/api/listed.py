"""The rows of a search as the API gives them, read in one statement and written without serializers.

``OfferingInListSerializer`` describes the same answer, and gives it along the changes and for one offering;
a test holds the two together. A search is asked often and answers twenty rows at a time: here they cost a
fifth of what the serializer takes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from kopa.base.api.texts import ALL, text_in
from kopa.base.binary import binary_cursor
from kopa.base.names import pick
from offerings import places, presenting, seen, windows
from offerings.models import ZONES
from offerings.payers import Host, Residents, payers_of
from offerings.search.query import Found, FoundRow

READ: Final = """
select o.id, o.status, o.title_fi, o.title_sv, o.title_en, o.form_id, o.field_id, o.level, o.mode_id,
  o.contact_days, o.credits::float8, o.credit_unit_id, o.starts_on, o.ends_on, o.applications_open_at,
  o.applications_close_at, o.quota_release_at, o.capacity, o.learner_fee_cents, o.currency, o.updated_at,
  o.places_confirmed_at, o.is_demonstration,
  p.id, p.country, p.name_fi, p.name_sv, p.name_en,
  case when p.kind = 'municipal_enterprise' then u.municipality_id else p.municipality_id end,
  (select array_agg(l.teachinglanguage_id order by l.teachinglanguage_id)
    from offerings_offering_languages l where l.offering_id = o.id),
  (select json_agg(json_build_array(s.municipality_id, s.latitude, s.longitude) order by s.id)
    from offerings_offering_sites os join providers_site s on s.id = os.site_id where os.offering_id = o.id),
  (select json_agg(json_build_array(q.municipality_id,
      c.seats - c.held - c.taken - c.used - c.taken_elsewhere) order by c.id)
    from offerings_placecounter c left join offerings_quota q on q.id = c.quota_id
    where c.offering_id = o.id)
from offerings_offering o
join providers_organisation p on p.id = o.provider_id
left join providers_organisation u on u.id = p.parent_id
where o.id = any(%s)
"""


class SitePoint(NamedTuple):
    municipality_id: int | None
    latitude: float | None
    longitude: float | None


class Listed(NamedTuple):
    """One row of ``READ``."""

    id: int
    status: str
    title_fi: str
    title_sv: str
    title_en: str
    form: str
    field: str
    level: str
    mode: str
    contact_days: int | None
    credits: float | None
    credit_unit: str | None
    starts_on: dt.date
    ends_on: dt.date | None
    applications_open_at: dt.datetime
    applications_close_at: dt.datetime | None
    quota_release_at: dt.datetime | None
    capacity: int
    learner_fee_cents: int
    currency: str
    updated_at: dt.datetime
    places_confirmed_at: dt.datetime | None
    is_demonstration: bool
    provider_id: int
    country: str
    name_fi: str
    name_sv: str
    name_en: str
    host_municipality_id: int | None
    languages: list[str] | None
    site_list: list[list[Any]] | None
    source_list: list[list[Any]] | None

    @property
    def zone(self) -> ZoneInfo:
        return ZONES[self.country]

    @property
    def sites(self) -> list[SitePoint]:
        return [SitePoint(*site) for site in self.site_list or ()]

    @property
    def sources(self) -> list[tuple[int | None, int]]:
        return [(municipality_id, free) for municipality_id, free in self.source_list or ()]


class Writer:
    """Writes what a search has found, in ``language`` (or ``all``), as it is at ``now``.

    ``absolute`` makes a full address of a path.
    """

    def __init__(
        self, found: Found, *, language: str, now: dt.datetime, absolute: Callable[[str], str]
    ) -> None:
        self.found, self.language, self.now = found, language, now
        self.home, self.places = found.home, found.places
        self.residents = Residents.applying_at(found.home, now) if found.home else None
        self.root = absolute("/")[:-1]

    def write(self) -> list[dict[str, Any]]:
        """The rows in the order of the search, without those deleted since. One statement."""
        if not self.found.rows:
            return []
        with binary_cursor() as cursor:
            cursor.execute(READ, [[row.offering_id for row in self.found.rows]])
            rows = {row[0]: Listed(*row) for row in cursor.fetchall()}
        return [self._row(rows[one.offering_id], one) for one in self.found.rows if one.offering_id in rows]

    def _row(self, row: Listed, found: FoundRow) -> dict[str, Any]:
        site = seen.nearest(row.sites, self.home)
        return {
            "id": row.id,
            "status": row.status,
            "title": text_in(self.language, row, "title"),
            "other_language": self._other_language(row),
            "provider": {
                "id": row.provider_id,
                "name": text_in(self.language, row, "name"),
                "country": row.country,
            },
            "municipality": self._municipality(site.municipality_id if site else None),
            "distance_km": None if found.distance_km is None else round(found.distance_km, 1),
            "places": self._places(row),
            "form": row.form,
            "field": row.field,
            "level": row.level or None,
            "mode": row.mode,
            "contact_days": row.contact_days,
            "languages": row.languages or [],
            "credits": row.credits,
            "credit_unit": row.credit_unit,
            "starts_on": row.starts_on.isoformat(),
            "ends_on": row.ends_on.isoformat() if row.ends_on else None,
            "applications_open_at": _local(row.applications_open_at, row.zone),
            "applications_close_at": _local(row.applications_close_at, row.zone),
            "continuous": row.applications_close_at is None,
            "application_state": windows.state(row, self.now),
            "payers": self._payers(row),
            "open_to_home": found.is_open if self.home else None,
            "learner_fee": {"cents": row.learner_fee_cents, "currency": row.currency},
            "url": self.root + presenting.address_of(row.id, str(pick(row, "title"))),
            "updated_at": _utc(row.updated_at),
            "confirmed_at": _utc(row.places_confirmed_at),
            "is_confirmed_lately": windows.is_confirmed_lately(row, self.now),
            "is_demonstration": row.is_demonstration,
        }

    def _other_language(self, row: Listed) -> dict[str, str]:
        if self.language == ALL:
            return {}
        title = pick(row, "title", self.language)
        return {"title": title.language} if title.is_fallback else {}

    def _municipality(self, municipality_id: int | None) -> dict[str, Any] | None:
        known = self.places.by_id.get(municipality_id) if municipality_id else None
        return {"key": known.key, "name": text_in(self.language, known, "name")} if known else None

    def _places(self, row: Listed) -> dict[str, Any]:
        released = places.is_released(row.quota_release_at, self.now)
        free, _free_open = places.count(row.sources, home=self.home, released=released)
        reserved = [
            {
                "municipality": self._municipality(municipality_id),
                "free": seats,
                "until": _local(row.quota_release_at, row.zone),
            }
            for municipality_id, seats in row.sources
            if municipality_id and seats and not released
        ]
        return {"capacity": row.capacity, "free": free, "reserved": reserved}

    def _payers(self, row: Listed) -> list[str]:
        rule = None
        if self.residents is not None:
            rule = self.residents.rule(
                Host(row.country, row.host_municipality_id),
                form=row.form,
                field=row.field,
                starts_on=row.starts_on,
            )
        return [payer.value for payer in payers_of(rule, has_fee=row.learner_fee_cents > 0)]


def _local(moment: dt.datetime | None, zone: ZoneInfo) -> str | None:
    return moment.astimezone(zone).isoformat() if moment else None


def _utc(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z") if moment else None
