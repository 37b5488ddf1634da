"""What a search must answer, said a second time: plain Python over plain rows, no code of the search.

Nothing here imports from ``offerings`` except the query, which is only read. Words are a small table written
by hand: which typed word meets which written word, and where.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from offerings.search.query import SearchQuery

CLOCKS = {"FI": ZoneInfo("Europe/Helsinki"), "SE": ZoneInfo("Europe/Stockholm")}


@dataclass(frozen=True)
class Place:
    key: str
    country: str
    region: str
    point: tuple[float, float] | None
    merged_into: str = ""


@dataclass(frozen=True)
class SiteRow:
    id: int
    place: str = ""  # key
    point: tuple[float, float] | None = None


@dataclass(frozen=True)
class Host:
    id: int
    country: str
    place: str = ""  # where a municipality itself is the host
    words: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Source:
    """Places of one source: open (``key`` empty) or reserved for a municipality."""

    seats: int
    given: int
    key: str = ""


@dataclass(frozen=True)
class Course:
    id: int
    status: str
    title: tuple[str, ...]  # words, of any language
    host: Host
    form: str
    field: str
    mode: str
    contact_days: int | None
    languages: frozenset[str]
    sites: tuple[SiteRow, ...]
    starts_on: dt.date
    opens_at: dt.datetime
    closes_at: dt.datetime | None
    release_at: dt.datetime | None
    open_to: str
    open_to_regions: frozenset[str]
    open_to_places: frozenset[str]
    open_to_groups: frozenset[str]
    open_to_parties: str  # code of an agreement
    co_hosts: frozenset[int]
    fee: int
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Member:
    """Of a pilot group from its first to its last day."""

    group: str
    places: frozenset[str]
    hosts: frozenset[int]
    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class Pact:
    """An agreement, with the days of each of its parties."""

    code: str
    tier: str
    is_free: bool
    asks: bool
    first: dt.date
    last: dt.date
    forms: frozenset[str]
    fields: tuple[str, ...]
    parties: tuple[tuple[str, dt.date, dt.date], ...]  # keys


@dataclass(frozen=True)
class World:
    places: dict[str, Place]
    courses: tuple[Course, ...]
    # typed word → {written word: worth}; a title's word is worth 8, a part of it 4, a field's 2, a name's 1
    meets: dict[str, dict[str, int]]
    beginnings: dict[str, dict[str, int]]  # for the last word typed
    without_accents: dict[str, dict[str, int]]
    plain_beginnings: dict[str, dict[str, int]]  # both at once
    mistyped: dict[str, dict[str, int]]
    field_words: dict[str, frozenset[str]]
    place_words: dict[str, frozenset[str]]
    mode_words: dict[str, frozenset[str]]
    members: tuple[Member, ...]
    pacts: tuple[Pact, ...]

    def today(self, key: str) -> Place:
        place = self.places[key]
        while place.merged_into:
            place = self.places[place.merged_into]
        return place


@dataclass
class Answer:
    total: int
    free_places: int
    ids: list[int]
    facets: dict[str, dict[str, int]]
    free: dict[int, int] = field(default_factory=dict)
    distances: dict[int, float | None] = field(default_factory=dict)
    payers: dict[int, set[str]] = field(default_factory=dict)
    for_home: dict[int, bool | None] = field(default_factory=dict)
    loosenings: dict[tuple[str, ...], int] = field(default_factory=dict)


FACETS = ("form", "field", "mode", "language", "region", "payer")
DROPPABLE = (
    "q", "free", "open", "for_me", "reachable", "within_km", "form", "field", "mode", "language",
    "municipality", "region", "provider", "pilot", "payer", "starts_after",
)  # fmt: skip
NOTHING = SearchQuery()
VOCATIONAL = ("01", "04", "06", "07", "08", "09", "10")  # broad fields


class Oracle:
    def __init__(self, world: World, query: SearchQuery, now: dt.datetime) -> None:
        self.world, self.query, self.now = world, query, now
        self.home = world.today(query.home) if query.home else None
        self.base = [course for course in world.courses if self.can_be_found(course)]
        telling = [word for word in query.q.split() if word not in {"ja", "och"}]
        self.words = [self.understood(word, is_last=word == telling[-1]) for word in telling]

    # The base set

    def can_be_found(self, course: Course) -> bool:
        if course.status != "published":
            return False
        today = self.now.astimezone(CLOCKS[course.host.country]).date()
        if course.starts_on <= today:
            return False
        # 15.00.00 is in time until 15.00.01.
        return course.closes_at is None or self.now < course.closes_at + dt.timedelta(seconds=1)

    # What one offering is for this viewer

    def free(self, course: Course) -> int:
        released = course.release_at is not None and self.now >= course.release_at
        free = 0
        for source in course.sources:
            mine = self.home is not None and source.key and self.world.today(source.key) == self.home
            if released or not source.key or mine:
                free += source.seats - source.given
        return free

    def distance(self, course: Course) -> float | None:
        if self.home is None or self.home.point is None:
            return None
        points = [site.point for site in course.sites if site.point is not None]
        return min((kilometres(self.home.point, point) for point in points), default=None)

    def payers(self, course: Course) -> set[str]:
        paying = {"learner_fee"} if course.fee else set()
        if self.home is None:
            return paying | {"depends"}
        if course.host.place and self.world.today(course.host.place) == self.home:
            return paying | {"own_municipality"}
        pacts = [pact for pact in self.world.pacts if self.binds(pact, course)]
        countries = course.host.country + self.home.country
        is_vocational = course.form == "komvux" and course.field.startswith(VOCATIONAL)
        if any(pact.is_free for pact in pacts) or (
            countries == "SESE" and is_vocational and any(pact.tier == "primary" for pact in pacts)
        ):
            return paying | {"agreement"}
        state = {"general_upper_secondary", "vocational", "liberal_adult", "higher"}
        if countries == "FIFI" and course.form in state and not any(pact.asks for pact in pacts):
            return paying | {"state"}
        if countries in {"FISE", "SEFI"} and not pacts:
            return paying | {"no_agreement"}
        return paying | {"home_decides"}

    def parties(self, pact: Pact, day: dt.date) -> set[Place]:
        if not pact.first <= day <= pact.last:
            return set()
        return {self.world.today(key) for key, first, last in pact.parties if first <= day <= last}

    def binds(self, pact: Pact, course: Course) -> bool:
        """In force today by the host's clock between home and host, for such a course."""
        day = self.now.astimezone(CLOCKS[course.host.country]).date()
        parties = self.parties(pact, day)
        return (
            self.home in parties
            and course.host.place != ""
            and self.world.today(course.host.place) in parties
            and course.form in pact.forms
            and (not pact.fields or course.field.startswith(pact.fields))
        )

    def for_home(self, course: Course) -> bool | None:
        if self.home is None:
            return None
        if course.open_to == "regions":
            return self.home.region in course.open_to_regions
        if course.open_to == "municipalities":
            return any(self.world.today(key) == self.home for key in course.open_to_places)
        if course.open_to == "pilot_groups":
            members = self.members_of(course.open_to_groups)
            return any(self.world.today(key) == self.home for one in members for key in one.places)
        if course.open_to == "agreement_parties":
            day = self.now.astimezone(CLOCKS["FI"]).date()
            return any(
                pact.code == course.open_to_parties and self.home in self.parties(pact, day)
                for pact in self.world.pacts
            )
        return True

    def members_of(self, groups: Iterable[str]) -> list[Member]:
        """Those of today, by Finland's clock."""
        day = self.now.astimezone(CLOCKS["FI"]).date()
        return [m for m in self.world.members if m.group in groups and m.first <= day <= m.last]

    # Words

    def written(self, course: Course) -> Iterator[tuple[str, str]]:
        """Every written word and where it stands."""
        yield from ((word, "title") for word in course.title)
        yield from ((word, "field") for word in self.world.field_words[course.field])
        yield from ((word, "name") for word in self.world.mode_words[course.mode])
        yield from ((word, "name") for word in course.host.words)
        for site in course.sites:
            if site.place:
                yield from ((word, "name") for word in self.world.place_words[site.place])

    def worth(self, course: Course, meets: dict[str, int]) -> int:
        worths = [0]
        for word, where in self.written(course):
            if word in meets:
                worths.append({"title": meets[word], "field": 2, "name": 1}[where])
        return max(worths)

    def understood(self, typed: str, *, is_last: bool) -> dict[str, int]:
        """The first reading that meets anything that can be found."""
        world = self.world
        readings = [world.meets, world.without_accents, world.mistyped]
        if is_last:
            readings[1:1] = [world.beginnings]
            readings[3:3] = [world.plain_beginnings]
        for reading in readings:
            meets = reading.get(typed, {})
            if any(self.worth(course, meets) for course in self.base):
                return meets
        return {}

    def relevance(self, course: Course) -> int:
        """Where a word was found counts most; among equals that the very word stands there."""
        written = {word for word, _ in self.written(course)}
        worths = [2 * self.worth(course, meets) for meets in self.words]
        return sum(worths) + sum(word in written for word in self.query.q.split())

    # Filters

    def passes(self, course: Course, name: str) -> bool:  # noqa: C901, PLR0911
        query = self.query
        values = self.facet_values(course)
        if name in values:
            return not getattr(query, name) or bool(values[name] & set(getattr(query, name)))
        if name == "q":
            return not query.q or (
                bool(self.words) and all(self.worth(course, meets) for meets in self.words)
            )
        if name == "free":
            return not query.free or self.free(course) > 0
        if name == "open":
            return query.open is None or self.window(course, query.open.value)
        if name == "for_me":
            return not query.for_me or bool(self.for_home(course))
        if name == "reachable":
            return not query.reachable or self.reachable(course)
        if name == "within_km":
            return query.within_km is None or query.reachable or self.near(course, query.within_km)
        if name == "municipality":
            wanted = {self.world.today(key).key for key in query.municipality}
            return not wanted or bool(
                wanted & {self.world.today(s.place).key for s in course.sites if s.place}
            )
        if name == "provider":
            return not query.provider or course.host.id in query.provider
        if name == "pilot":
            return not query.pilot or self.is_of_groups(course, query.pilot)
        assert name == "starts_after"
        return query.starts_after is None or course.starts_on >= query.starts_after

    def is_of_groups(self, course: Course, groups: Iterable[str]) -> bool:
        hosts = {host for member in self.members_of(groups) for host in member.hosts}
        return bool(hosts & {course.host.id, *course.co_hosts})

    def window(self, course: Course, value: str) -> bool:
        if value == "1":
            return course.opens_at <= self.now
        return self.now < course.opens_at <= self.now + dt.timedelta(days=30)

    def near(self, course: Course, km: int) -> bool:
        distance = self.distance(course)
        return distance is not None and distance <= km

    def reachable(self, course: Course) -> bool:
        if course.contact_days == 0 or (course.mode == "distance" and course.contact_days is None):
            return True
        return self.near(course, 50 if self.query.within_km is None else self.query.within_km)

    def facet_values(self, course: Course) -> dict[str, set[str]]:
        return {
            "form": {course.form},
            "field": {course.field, course.field[:2]},
            "mode": {course.mode},
            "language": set(course.languages),
            "region": {self.world.today(site.place).region for site in course.sites if site.place},
            "payer": self.payers(course),
        }

    def found(self, *, but: str = "") -> list[Course]:
        return [c for c in self.base if all(self.passes(c, name) for name in DROPPABLE if name != but)]

    # The answer

    def answer(self) -> Answer:
        found = sorted(self.found(), key=self.order)
        first = (self.query.page - 1) * self.query.page_size
        page = found[first : first + self.query.page_size]
        return Answer(
            total=len(found),
            free_places=sum(self.free(course) for course in found),
            ids=[course.id for course in page],
            facets={facet: self.facet(facet) for facet in FACETS},
            free={course.id: self.free(course) for course in page},
            distances={course.id: self.distance(course) for course in page},
            payers={course.id: self.payers(course) for course in page},
            for_home={course.id: self.for_home(course) for course in page},
            loosenings={} if found else self.loosenings(),
        )

    def order(self, course: Course) -> tuple[object, ...]:
        query = self.query
        sort = query.sort.value if query.sort else ""
        if not sort:
            sort = "relevance" if query.q else "distance" if query.home else "deadline"
        distance = self.distance(course)
        never = dt.datetime.max.replace(tzinfo=dt.UTC)
        key = {
            "relevance": -self.relevance(course),
            "distance": math.inf if distance is None else distance,
            "deadline": course.closes_at or never,
            "start": 0,
            "places": -self.free(course),
        }[sort]
        return (self.free(course) == 0, key, course.starts_on, course.id)

    def facet(self, name: str) -> dict[str, int]:
        counts = {str(value): 0 for value in getattr(self.query, name)}
        if name == "field":
            counts |= {value[:2]: 0 for value in counts}
        for course in self.found(but=name):
            for value in self.facet_values(course)[name]:
                counts[value] = counts.get(value, 0) + 1
        return counts

    def loosenings(self) -> dict[tuple[str, ...], int]:
        used = [name for name in DROPPABLE if getattr(self.query, name) != getattr(NOTHING, name)]
        for size in (1, 2):
            ways = {way: self.total_without(way) for way in itertools.combinations(used, size)}
            if any(ways.values()):
                return {way: total for way, total in ways.items() if total}
        return {}

    def total_without(self, names: Iterable[str]) -> int:
        loosened = replace(self.query, **{name: getattr(NOTHING, name) for name in names})
        return len(Oracle(self.world, loosened, self.now).found())


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Along the great circle, by the angle between two vectors from the centre of the earth."""
    u, v = vector(a), vector(b)
    cross = math.hypot(
        u[1] * v[2] - u[2] * v[1],
        u[2] * v[0] - u[0] * v[2],
        u[0] * v[1] - u[1] * v[0],
    )
    return 6371.0088 * math.atan2(cross, sum(x * y for x, y in zip(u, v, strict=True)))


def vector(point: tuple[float, float]) -> tuple[float, float, float]:
    latitude, longitude = (math.radians(degrees) for degrees in point)
    across = math.cos(latitude)
    return (across * math.cos(longitude), across * math.sin(longitude), math.sin(latitude))
