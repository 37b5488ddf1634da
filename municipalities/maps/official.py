"""Official boundaries out of a GeoJSON file: all of it goes into the database, or nothing."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import shapely
from django.db import connection, transaction
from pyproj.exceptions import ProjError
from shapely.geometry.base import BaseGeometry

from kopa.codes.models import ReferenceLoad
from kopa.codes.reference import one_load_at_a_time
from municipalities.maps import shapes
from municipalities.maps.projections import Projection, degrees, project
from municipalities.models import Boundary, Municipality

Say = Callable[[str], None]

# What Statistics Finland, the National Land Survey, Statistics Sweden and others call the code.
CODE_PROPERTIES: Final = (
    "key", "kunta", "natcode", "NATCODE", "kuntakoodi", "KnKod", "kommunkod", "KOMMUNKOD", "code", "id",
)  # fmt: skip
NAME_PROPERTIES: Final = ("nimi", "namefin", "NAMEFIN", "KnNamn", "kommunnamn", "name", "name_fi", "name_sv")
DIGITS: Final = {"FI": 3, "SE": 4}
# Degrees within which both countries lie, territorial sea and all.
WEST, SOUTH, EAST, NORTH = 9.0, 54.0, 33.0, 71.0


class BoundaryFileError(Exception):
    """The file cannot be used; the message names the feature and what is wrong with it."""


@dataclass(slots=True)
class Loaded:
    """What a load did, by municipality key."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    without: list[Municipality] = field(default_factory=list)  # exist that day, and have no area


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the file is to be read, and what is said of it."""

    valid_from: dt.date
    source: str
    licence: str
    country: str = ""  # of codes with fewer digits than the country's
    code_property: str = ""


def load(path: Path, wanted: Wanted, *, now: dt.datetime, say: Say) -> Loaded:
    """The areas of the file hold from ``valid_from`` until the next ones that are loaded.

    Raises BoundaryFileError, and writes nothing, for a file with anything wrong in it.
    """
    with transaction.atomic():
        one_load_at_a_time()
        say(f"Reading {path.name}")
        found = _read(path, wanted)
        say(f"Simplifying {len(found)} areas")
        plane = dict(zip(found, project(list(found.values()), Projection.BOTH), strict=True))
        _refuse_overlaps(plane)
        fewer = dict(zip(plane, shapes.simplified(list(plane.values())), strict=True))
        packed = shapes.packed(fewer)
        say("Writing")
        loaded = _store(packed, wanted, now)
        if loaded.added or loaded.changed:
            _tell_all_processes(now)
    return loaded


def _read(path: Path, wanted: Wanted) -> dict[Municipality, BaseGeometry]:
    try:
        collection = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError as reason:
        raise BoundaryFileError(f"{path.name} is nested too deeply to be GeoJSON.") from reason
    except (OSError, ValueError) as reason:
        raise BoundaryFileError(f"{path.name} cannot be read as GeoJSON: {reason}") from reason
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or not features:
        raise BoundaryFileError(f"{path.name} is not a GeoJSON FeatureCollection with features.")
    known = {one.key: one for one in Municipality.objects.all()}
    found: dict[Municipality, BaseGeometry] = {}
    for number, feature in enumerate(features, start=1):
        name = _name(feature, number)
        municipality = _municipality(feature, name, known, wanted)
        if municipality in found:
            raise BoundaryFileError(f"{name} is of {municipality.key}, which an earlier feature is of.")
        found[municipality] = _shape(feature, name)
    return _in_degrees(found, collection)


def _name(feature: Any, number: int) -> str:
    """As it stands in a sentence: ``Feature 12 (Pello)``."""
    if not isinstance(feature, dict) or not isinstance(feature.get("properties") or {}, dict):
        raise BoundaryFileError(f"Feature {number} is not a GeoJSON feature.")
    properties = feature.get("properties") or {}
    name = next((properties[one] for one in NAME_PROPERTIES if properties.get(one)), "")
    return f"Feature {number} ({name})" if name else f"Feature {number}"


def _municipality(
    feature: dict[str, Any], name: str, known: Mapping[str, Municipality], wanted: Wanted
) -> Municipality:
    properties = feature.get("properties") or {}
    names = (wanted.code_property,) if wanted.code_property else CODE_PROPERTIES
    given = next((properties[one] for one in names if properties.get(one) not in (None, "")), None)
    given = feature.get("id") if given is None and not wanted.code_property else given
    if given is None:
        raise BoundaryFileError(
            f"{name} has no municipality code in {', '.join(names)}: name its property with --code-property."
        )
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise BoundaryFileError(f"{name} has {json.dumps(given)} where its municipality code should be.")
    key = _key(str(given).strip(), wanted.country)
    municipality = known.get(key)
    if municipality is None:
        raise BoundaryFileError(f"{name} has the code {given!r}, which no municipality in the register has.")
    if not municipality.exists_on(wanted.valid_from):
        ended = municipality.valid_to
        raise BoundaryFileError(
            f"{name} is of {municipality.key}, which does not exist on {wanted.valid_from}"
            + (f": its last day was {ended}." if ended else ".")
        )
    return municipality


def _key(code: str, country: str) -> str:
    """``FI-005`` of ``FI-005``, ``005`` or, where the country is said, ``5``."""
    if "-" in code or not code.isdecimal():
        return code.upper()
    if country:
        return f"{country}-{code.zfill(DIGITS[country])}"
    by_length = {digits: one for one, digits in DIGITS.items()}
    return f"{by_length.get(len(code), '')}-{code}"


def _shape(feature: dict[str, Any], name: str) -> BaseGeometry:
    geometry = feature.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in {"Polygon", "MultiPolygon"}:
        raise BoundaryFileError(f"{name} has no area: its geometry is {kind or 'empty'}.")
    try:
        shape = shapely.force_2d(shapely.from_geojson(json.dumps(geometry)))
    except (shapely.errors.ShapelyError, ValueError, TypeError, RecursionError) as reason:
        raise BoundaryFileError(f"{name} has a broken geometry: {reason}") from reason
    if shape.is_empty or not shape.is_valid:
        what = "it is empty" if shape.is_empty else shapely.is_valid_reason(shape)
        raise BoundaryFileError(f"{name} has a broken geometry: {what}.")
    return shape


def _in_degrees(
    found: dict[Municipality, BaseGeometry], collection: dict[str, Any]
) -> dict[Municipality, Any]:
    """GeoJSON is in degrees; older files name another coordinate system in the member ``crs``."""
    crs = _crs(collection)
    turned = list(found.values())
    if crs and not crs.endswith(("CRS84", "EPSG::4326", "EPSG:4326")):
        try:
            turned = degrees(turned, crs)
        except ProjError as reason:
            raise BoundaryFileError(f"The coordinate system {crs!r} of the file is not known.") from reason
    for municipality, shape in zip(found, turned, strict=True):
        west, south, east, north = shape.bounds
        if not (west >= WEST and east <= EAST and south >= SOUTH and north <= NORTH):
            raise BoundaryFileError(
                f"The area of {municipality.key} reaches outside of Finland and Sweden"
                f" ({west:.5g}–{east:.5g}, {south:.5g}–{north:.5g}): coordinates must be longitude and"
                " latitude in degrees, or the file must name its coordinate system."
            )
    return dict(zip(found, turned, strict=True))


def _crs(collection: dict[str, Any]) -> str:
    """The name of the coordinate system; empty where the file names none."""
    given = collection.get("crs")
    if given is None:
        return ""
    properties = given.get("properties") if isinstance(given, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str) or not name:
        raise BoundaryFileError(
            'The member "crs" of the file does not name a coordinate system as'
            ' {"type": "name", "properties": {"name": "EPSG:3067"}} does.'
        )
    return name


def _refuse_overlaps(plane: Mapping[Municipality, Any]) -> None:
    """Nobody's ground is somebody else's. Strips as narrow as simplifying makes of a border are let pass."""
    areas = list(plane.values())
    if shapely.coverage_is_valid(areas):
        return
    owners = list(plane)
    for one, other in shapely.STRtree(areas).query(areas, predicate="intersects").T.tolist():
        if one >= other:
            continue
        shared = shapely.intersection(areas[one], areas[other])
        if not shapely.buffer(shared, -shapes.TOLERANCE).is_empty:
            raise BoundaryFileError(
                f"The areas of {owners[one].key} and {owners[other].key} overlap: {shared.area / 1e6:.3g} km²"
                " belong to both."
            )


def _store(packed: dict[Municipality, bytes], wanted: Wanted, now: dt.datetime) -> Loaded:
    loaded = Loaded()
    kept: dict[int, list[Boundary]] = {}
    for known_row in Boundary.objects.filter(is_schematic=False).order_by("valid_from"):
        kept.setdefault(known_row.municipality_id, []).append(known_row)
    for municipality, shape in packed.items():
        rows = kept.setdefault(municipality.pk, [])
        known = {one.valid_from: one for one in rows}
        row = known.get(wanted.valid_from)
        told = loaded.added
        if row is None:
            row = Boundary(municipality=municipality, valid_from=wanted.valid_from)
        elif (bytes(row.shape), row.source, row.licence) == (shape, wanted.source, wanted.licence):
            told = loaded.unchanged
        else:
            told = loaded.changed
        told.append(municipality.key)
        if told is not loaded.unchanged:
            row.shape, row.source, row.licence, row.updated_at = shape, wanted.source, wanted.licence, now
            known[wanted.valid_from] = row
            _write_in_order(municipality, list(known.values()))
    countries = {one.country for one in packed}
    current = Municipality.objects.filter(country__in=countries).by_name()
    with_area = {one.pk for one in packed}
    loaded.without = [
        one for one in current if one.pk not in with_area and one.exists_on(wanted.valid_from)
    ]
    return loaded


def _write_in_order(municipality: Municipality, rows: list[Boundary]) -> None:
    """Each holds until the day before the next, the last one as long as the municipality."""
    rows.sort(key=lambda row: row.valid_from or dt.date.min)
    following = [row.valid_from - dt.timedelta(days=1) for row in rows[1:] if row.valid_from]
    for row, last in zip(rows, [*following, municipality.valid_to], strict=True):
        row.valid_to = last
        row.save()


def _tell_all_processes(now: dt.datetime) -> None:
    """What processes keep of the reference data is read anew: a load of the same files, as of now.

    Before the first load they keep nothing.
    """
    newest = ReferenceLoad.objects.first()
    if newest is not None:
        ReferenceLoad.objects.create(fingerprint=newest.fingerprint, loaded_at=now, kept=newest.kept)
    with connection.cursor() as cursor:
        cursor.execute(f"analyze {connection.ops.quote_name(Boundary._meta.db_table)}")
