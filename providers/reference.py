"""Loads organisations, memberships of joint authorities, institutions and sites from ``fixtures/``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from kopa.base.reference import Report, Row, Table, rows
from kopa.codes.models import InstitutionType
from municipalities.models import Municipality
from providers.models import Institution, JointAuthorityMember, Organisation, OrganisationKind, Site
from providers.states import OrganisationStatus

ORGANISATION_COLUMNS: Final = (
    "key", "kind", "status", "country", "name_fi", "name_sv", "name_en", "other_names", "business_id",
    "register_number", "municipality", "home_municipality", "parent", "register_year", "source",
)  # fmt: skip
MEMBER_COLUMNS: Final = ("organisation", "municipality", "first_day", "last_day", "source")
INSTITUTION_COLUMNS: Final = (
    "code", "type", "name_fi", "name_sv", "name_en", "organisation", "municipality", "teaching_languages",
    "register_number", "register_year", "source",
)  # fmt: skip
NAMES: Final = ("name_fi", "name_sv", "name_en")


def load(folder: Path, *, now: dt.datetime) -> list[Report]:
    """Organisations, memberships and institutions are as in the files, and each place has a site.

    What people of the portal have added is not touched: it has no ``register_key``.
    """
    places = {f"{place.country}-{place.code}": place for place in Municipality.objects.all()}
    place_ids = {key: place.pk for key, place in places.items()}
    organisations = Table(
        Organisation,
        key=["register_key"],
        now=now,
        scope=Organisation.objects.filter(register_key__isnull=False),
        name="organisations",
    )
    lines = list(rows(folder, "organisations.csv", ORGANISATION_COLUMNS))
    shared = _shared_names(lines)
    decided = {_register_key(one): one for one in organisations.known.values()}
    ids = _business_ids(lines, decided)
    organisations.put(
        [_organisation(row, place_ids, {}, shared, decided, ids=ids) for row in lines if not row["parent"]]
    )
    parents = organisations.ids(_register_key)
    organisations.put(
        [_organisation(row, place_ids, parents, shared, decided, ids=ids) for row in lines if row["parent"]]
    )
    organisation_ids = organisations.ids(_register_key)
    members = _load_members(folder, organisation_ids, place_ids, now)
    institutions = _load_institutions(folder, organisation_ids, place_ids, now)
    sites = _load_sites(list(institutions.known.values()), organisation_ids, places, now)
    return [organisations.close(), members, institutions.close(), sites]


def _load_members(
    folder: Path, organisations: dict[str, int], places: dict[str, int], now: dt.datetime
) -> Report:
    table = Table(
        JointAuthorityMember,
        key=["organisation_id", "municipality_id", "valid_from"],
        now=now,
        name="members of joint authorities",
    )
    table.put(
        [
            {
                "organisation_id": row.one_of("organisation", organisations),
                "municipality_id": row.one_of("municipality", places),
                "valid_from": row.day("first_day"),
                "valid_to": row.day("last_day"),
                "source": row["source"],
            }
            for row in rows(folder, "joint_authority_members.csv", MEMBER_COLUMNS)
        ]
    )
    return table.close()


def _load_institutions(
    folder: Path, organisations: dict[str, int], places: dict[str, int], now: dt.datetime
) -> Table[Institution]:
    table = Table(Institution, key=["code"], now=now, name="institutions")
    types = set(InstitutionType.objects.values_list("code", flat=True))
    wanted = []
    for row in rows(folder, "institutions.csv", INSTITUTION_COLUMNS):
        if row["type"] not in types:
            raise row.fault(f"there is no type of institution {row['type']!r}.")
        wanted.append(_institution(row, organisations, places))
    table.put(wanted)
    return table


def _load_sites(
    institutions: list[Institution],
    organisations: dict[str, int],
    places: dict[str, Municipality],
    now: dt.datetime,
) -> Report:
    """One site per institution and one per municipality that exists, at the municipality's centre.

    A site that somebody has given an address keeps it.
    """
    table = Table(
        Site,
        key=["register_key"],
        now=now,
        scope=Site.objects.filter(register_key__isnull=False),
        name="sites",
    )
    by_id = {place.pk: place for place in places.values()}
    wanted = [_site_of_institution(thing, by_id) for thing in institutions]
    wanted += [
        _site_of_municipality(key, place, organisations)
        for key, place in places.items()
        if not place.valid_to
    ]
    moved = {key for key, site in table.known.items() if site.point_basis == Site.PointBasis.ADDRESS}
    table.seen |= moved
    table.put([site for site in wanted if (site["register_key"],) not in moved])
    return table.close()


def _register_key(organisation: Organisation) -> str:
    return str(organisation.register_key)


def _names(row: Row) -> set[str]:
    return {row[name].casefold() for name in NAMES} - {""}


def _shared_names(lines: Iterable[Row]) -> set[str]:
    """Names that stand in both countries: nobody shall take one organisation for the other."""
    countries: dict[str, set[str]] = {}
    for row in lines:
        for name in _names(row):
            countries.setdefault(name, set()).add(row["country"])
    return {name for name, among in countries.items() if len(among) > 1}


def _status(row: Row, known: Organisation | None) -> str:
    """As the file says; what people have verified or suspended stays so until the register closes it."""
    of_file = row["status"]
    if known is None or of_file == OrganisationStatus.CLOSED:
        return of_file
    waits = of_file == OrganisationStatus.DRAFT and known.status == OrganisationStatus.VERIFIED
    return known.status if waits or known.status == OrganisationStatus.SUSPENDED else of_file


def _business_ids(lines: list[Row], decided: dict[str, Organisation]) -> dict[str, str]:
    """By register key: the file's, else what people have found out, unless the file gives that to another.

    Who has to give one up does so at once: two never have one, not even while they are being written.
    """
    of_file = {row["key"]: row["business_id"] for row in lines if row["business_id"]}
    given = {(row["country"], row["business_id"]) for row in lines if row["business_id"]}
    known = {key: one for key, one in decided.items() if one.business_id}
    lost = {
        key
        for key, one in known.items()
        if of_file.get(key) != one.business_id and (one.country, one.business_id) in given
    }
    Organisation.objects.filter(register_key__in=lost).update(business_id="")
    return {key: one.business_id for key, one in known.items() if key not in lost} | of_file


def _organisation(
    row: Row,
    places: dict[str, int],
    parents: dict[str, int],
    shared: set[str],
    decided: dict[str, Organisation],
    *,
    ids: dict[str, str],
) -> dict[str, Any]:
    """``decided``: the organisations as they are; what people have found out of them is kept."""
    known = decided.get(row["key"])
    if row["kind"] not in OrganisationKind.values:
        raise row.fault(f"there is no kind of organisation {row['kind']!r}.")
    return {
        "register_key": row["key"],
        "kind": row["kind"],
        "status": _status(row, known),
        "country": row["country"],
        **{name: row[name] for name in NAMES},
        "shares_its_name": not shared.isdisjoint(_names(row)),
        "other_names": row.list("other_names"),
        "business_id": ids.get(row["key"], ""),
        "oid": row["register_number"],
        "municipality_id": row.among("municipality", places),
        "home_municipality_id": row.among("home_municipality", places),
        "parent_id": row.among("parent", parents),
        "register_year": row.number("register_year"),
        "source": row["source"],
    }


def _institution(row: Row, organisations: dict[str, int], places: dict[str, int]) -> dict[str, Any]:
    return {
        "code": row["code"],
        "type_id": row["type"],
        **{name: row[name] for name in NAMES},
        "organisation_id": row.among("organisation", organisations),
        "municipality_id": row.among("municipality", places),
        "teaching_languages": row.list("teaching_languages"),
        "oid": row["register_number"],
        "register_year": row.number("register_year"),
        "source": row["source"],
    }


def _site_of_institution(thing: Institution, places: dict[int, Municipality]) -> dict[str, Any]:
    """At the centre of the institution's municipality, or of the successor where that has no point."""
    place = centre = places[thing.municipality_id] if thing.municipality_id else None
    if centre and centre.successor_id:
        place = places[centre.successor_id]
        centre = centre if centre.latitude is not None else place
    return {
        "register_key": f"institution:{thing.code}",
        "institution_id": thing.pk,
        "organisation_id": thing.organisation_id,
        **{name: getattr(thing, name) for name in NAMES},
        "municipality_id": place.pk if place else None,
        **_point(centre),
    }


def _site_of_municipality(key: str, place: Municipality, organisations: dict[str, int]) -> dict[str, Any]:
    return {
        "register_key": f"municipality:{key}",
        "institution_id": None,
        "organisation_id": organisations[key],
        **{name: getattr(place, name) for name in NAMES},
        "municipality_id": place.pk,
        **_point(place),
    }


def _point(place: Municipality | None) -> dict[str, Any]:
    if place is None or place.latitude is None:
        return {"latitude": None, "longitude": None, "point_basis": Site.PointBasis.NONE}
    return {
        "latitude": place.latitude,
        "longitude": place.longitude,
        "point_basis": Site.PointBasis.MUNICIPALITY_CENTRE,
    }
