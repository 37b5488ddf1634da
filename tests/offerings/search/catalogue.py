"""Random catalogues: as plain rows for the oracle, and the same rows in the database."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils import timezone

from agreements.models import Agreement, AgreementParty
from kopa.codes.models import DeliveryMode, EducationForm, FieldOfEducation, TeachingLanguage
from municipalities.models import Municipality, Region
from offerings.models import CoHost, Offering, PlaceCounter, Quota
from offerings.search.query import Payer, SearchQuery, Sort, Window
from pilots.models import PilotGroup, PilotMembership
from tests.factories import (
    AgreementFactory,
    MunicipalityAliasFactory,
    OrganisationFactory,
    RegionFactory,
    SiteFactory,
    code,
)
from tests.factories import municipality as make_municipality
from tests.offerings.search.oracle import CLOCKS, Course, Host, Member, Pact, Place, SiteRow, Source, World

# What the oracle knows of words. Titles hold only these, each in the title of its language.
FINNISH = ("hitsaus", "robottihitsaus", "lähihoitaja", "kurssi", "verkkokurssi")
SWEDISH = ("svetsare", "närvårdare")
MEETS: dict[str, dict[str, int]] = {
    "hitsausta": {"hitsaus": 8, "robottihitsaus": 4},
    "robottihitsauksen": {"robottihitsaus": 8},
    "lähihoitajaksi": {"lähihoitaja": 8},
    "hoitajan": {"lähihoitaja": 4},
    "kurssille": {"kurssi": 8, "verkkokurssi": 4},
    "verkkokurssit": {"verkkokurssi": 8},
    "verkko": {"verkkokurssi": 4},
    "svetsaren": {"svetsare": 8},
    "närvårdare": {"närvårdare": 8},
    "pellossa": {"pello": 1},
    "porvoon": {"porvoo": 1},
    "borgå": {"borgå": 1},
    "vanhalassa": {"vanhala": 1},
    "vanhankylän": {"vanhakylä": 1},
    "lappia": {"lappia": 1},
    "terveyden": {"terveys": 2},
    "tekniikan": {"tekniikka": 2},
}
BEGINNINGS = {
    "hits": {"hitsaus": 8, "robottihitsaus": 4},
    "robottih": {"robottihitsaus": 8},
    "verkkok": {"verkkokurssi": 8},
    "lähih": {"lähihoitaja": 8},
    "svetsar": {"svetsare": 8},
    "pel": {"pello": 1},
    "övert": {"övertorneå": 1},
}
WITHOUT_ACCENTS = {
    "lahihoitaja": {"lähihoitaja": 8},
    "narvardare": {"närvårdare": 8},
    "borga": {"borgå": 1},
}
PLAIN_BEGINNINGS = {
    "lahih": {"lähihoitaja": 8},
    "narv": {"närvårdare": 8},
    "overt": {"övertorneå": 1},
}
# What is mistyped, and beginnings that are so long that they are near the whole word or a part of it.
MISTYPED = {
    "lahihoitja": {"lähihoitaja": 8},
    "lähihoitajjaksi": {"lähihoitaja": 8},
    "hitsuas": {"hitsaus": 8, "robottihitsaus": 4},
    "robotihitsaus": {"robottihitsaus": 8},
    "kurrssi": {"kurssi": 8, "verkkokurssi": 4},
    "svetsarre": {"svetsare": 8},
    "pelllo": {"pello": 1},
    "stokholm": {"stockholm": 1},
    "robottih": {"robottihitsaus": 4},
    "lähih": {"lähihoitaja": 4, "lähiopetus": 1},
    "lahih": {"lähihoitaja": 4, "lähiopetus": 1},
    "verkkok": {"verkkokurssi": 4},
    "svetsar": {"svetsare": 8},
}
FIELD_WORDS = {
    "07": frozenset({"tekniikka"}),
    "071": frozenset({"tekniikka"}),
    "09": frozenset({"terveys"}),
    "091": frozenset({"terveys"}),
    "092": frozenset({"terveys"}),
    "023": frozenset(),
}
MODE_WORDS = {
    "contact": frozenset({"lähiopetus"}),
    "blended": frozenset({"monimuoto-opetus"}),
    "distance": frozenset({"etäopetus"}),
}
FORMS = ("vocational", "general_upper_secondary", "komvux", "liberal_adult", "basic")
# What the portal has places for: today's, merged ones (also twice merged), and one without a point.
PLACES = ("FI-854", "FI-638", "FI-851", "SE-2518", "SE-0180")
MERGED = {"FI-999": "FI-854", "FI-998": "FI-999"}
GROUPS = ("north", "river")
NAMES = {"FI-999": "Vanhala", "FI-998": "Vanhakylä"}
PLACE_WORDS = {
    "FI-854": frozenset({"pello"}),
    "FI-638": frozenset({"porvoo", "borgå"}),
    "FI-851": frozenset({"tornio"}),
    "SE-2518": frozenset({"övertorneå"}),
    "SE-0180": frozenset({"stockholm"}),
    "FI-999": frozenset({"vanhala", "pello"}),
    "FI-998": frozenset({"vanhakylä", "pello"}),
}


@dataclass
class Setting:
    """What does not change from one random catalogue to the next."""

    places: dict[str, Place]
    hosts: list[Host]
    sites: list[SiteRow]
    ids: dict[str, int]  # of municipalities, by key
    region_ids: dict[str, int]
    groups: dict[str, int]  # ids of pilot groups, by code
    members: tuple[Member, ...]
    pacts: tuple[Pact, ...]
    agreements: dict[str, int]  # their ids, by code


def set_up() -> Setting:
    """Municipalities, hosts, sites and codes in the database."""
    made = {key: make_municipality(key) for key in PLACES}
    MunicipalityAliasFactory(municipality=made["FI-638"], name="Borgå", language="sv")
    for key, successor in MERGED.items():
        made[key] = Municipality.objects.create(
            country="FI", code=key[3:], name_fi=NAMES[key], name_sv=NAMES[key],
            region=RegionFactory(country="FI", code="99"), valid_to=dt.date(2020, 12, 31),
            successor=made[successor],
        )  # fmt: skip
        made[key].refresh_from_db()
    for value in FORMS:
        code(EducationForm, value)
    for value in FIELD_WORDS:
        code(FieldOfEducation, value)
    for value in ("contact", "blended", "distance"):
        code(DeliveryMode, value)
    DeliveryMode.objects.update(name_sv=F("name_fi"), name_en=F("name_fi"))  # the oracle knows the Finnish
    for value in ("fi", "sv", "en"):
        code(TeachingLanguage, value)
    places = {
        key: Place(
            key,
            one.country,
            one.region.key,
            None if one.latitude is None else (one.latitude, one.longitude),
            MERGED.get(key, ""),
        )
        for key, one in Municipality.objects.select_related("region").in_bulk(field_name="key").items()
    }
    ids = {key: one.pk for key, one in made.items()}
    hosts = _hosts(made)
    areas = [PilotGroup(code=one, kind="co_operation_area", country="FI") for one in GROUPS]
    groups = {area.code: area.pk for area in PilotGroup.objects.bulk_create(areas)}
    members = tuple(_members(groups, made, hosts))
    regions = dict(Region.objects.values_list("key", "pk"))
    pacts = tuple(_pacts(made))
    agreements = dict(Agreement.objects.values_list("code", "pk"))
    return Setting(places, hosts, _sites(made), ids, regions, groups, members, pacts, agreements)


def _pacts(made: dict[str, Municipality]) -> tuple[Pact, ...]:
    """Free application until New Year, then a primary area; one that asks; two across the border."""
    always = (dt.date.min, dt.date.max)
    new_year, spring = dt.date(2026, 12, 31), dt.date(2027, 3, 28)
    this_year, late = (dt.date(2026, 1, 1), new_year), (dt.date(2027, 1, 1), dt.date.max)
    twice_merged, sweden = ("FI-998", "FI-638"), ("SE-2518", "SE-0180")
    pacts = (
        _pact("free", sweden, {"komvux"}, is_free=True, days=this_year, fields=("07", "091")),
        _pact("area", sweden, {"komvux", "vocational"}, tier="primary", days=late),
        _pact("asks", twice_merged, {"vocational", "liberal_adult"}, asks=True),
        _pact("both", ("FI-851", "SE-2518"), {"komvux", "basic"}, party_days=(dt.date.min, new_year)),
        _pact("spring", ("FI-854", "SE-2518"), {"liberal_adult"}, is_free=True, days=(spring, spring)),
        _pact("old", ("FI-854", "SE-2518"), set(FORMS), days=(dt.date(2020, 1, 1), dt.date(2026, 10, 24))),
    )
    for pact in pacts:
        agreement = AgreementFactory(
            code=pact.code, tier=pact.tier, is_frisok=pact.is_free, asks_for_statement=pact.asks,
            in_force_from=pact.first, in_force_to=None if pact.last == always[1] else pact.last,
            forms=pact.forms, fields=pact.fields,
        )  # fmt: skip
        for key, first, last in pact.parties:
            AgreementParty.objects.create(
                agreement=agreement,
                municipality=made[key],
                valid_from=None if first == dt.date.min else first,
                valid_to=None if last == dt.date.max else last,
            )
    return pacts


def _pact(
    name: str,
    places: tuple[str, ...],
    forms: set[str],
    *,
    tier: str = "voluntary",
    is_free: bool = False,
    asks: bool = False,
    days: tuple[dt.date, dt.date] = (dt.date(2020, 1, 1), dt.date.max),
    party_days: tuple[dt.date, dt.date] = (dt.date.min, dt.date.max),
    fields: tuple[str, ...] = (),
) -> Pact:
    parties = tuple((key, *party_days) for key in places)
    return Pact(name, tier, is_free, asks, *days, frozenset(forms), fields, parties)


def _members(groups: dict[str, int], made: dict[str, Municipality], hosts: list[Host]) -> Iterator[Member]:
    """A municipality with its own organisation, a merged one, a joint authority, one of two months."""
    always = (dt.date.min, dt.date.max)
    rows = [
        ("north", "FI-854", hosts[0], *always),
        ("north", "FI-999", hosts[0], *always),  # that is Pello today, once more
        ("river", "SE-2518", hosts[1], *always),
        ("river", "", hosts[4], *always),
        ("river", "FI-638", None, dt.date(2026, 11, 1), dt.date(2026, 12, 31)),
    ]
    for position, (group, key, host, first, last) in enumerate(rows):
        PilotMembership.objects.create(
            group_id=groups[group],
            position=position,
            kind="direct",
            member_kind="municipality" if key else "joint_authority",
            name_fi="Jäsen",
            municipality=made[key] if key else None,
            organisation_id=None if key or host is None else host.id,
            valid_from=None if first == dt.date.min else first,
            valid_to=None if last == dt.date.max else last,
        )
        yield Member(group, frozenset({key} - {""}), frozenset({host.id} if host else ()), first, last)


def _hosts(made: dict[str, Municipality]) -> list[Host]:
    pello = OrganisationFactory(kind="municipality", municipality=made["FI-854"])
    swedish = OrganisationFactory(kind="municipality", municipality=made["SE-2518"])
    stockholm = OrganisationFactory(kind="municipality", municipality=made["SE-0180"])
    former = OrganisationFactory(kind="municipality", municipality=made["FI-999"])
    enterprise = OrganisationFactory(kind="municipal_enterprise", parent=former, name_fi="Opisto Syksy")
    lappia = OrganisationFactory(name_fi="Kuntayhtymä Lappia")
    return [
        Host(pello.pk, "FI", "FI-854", frozenset({"pello"})),
        Host(swedish.pk, "SE", "SE-2518", frozenset({"övertorneå"})),
        Host(former.pk, "FI", "FI-999", frozenset({"vanhala"})),
        Host(enterprise.pk, "FI", "FI-999", frozenset({"syksy"})),
        Host(lappia.pk, "FI", "", frozenset({"lappia"})),
        Host(stockholm.pk, "SE", "SE-0180", frozenset({"stockholm"})),
    ]


def _sites(made: dict[str, Municipality]) -> list[SiteRow]:
    """One in the middle of each municipality, a second one in one, one without a point, one without both."""
    rows = []
    for key, place in made.items():
        where = {} if place.latitude else {"latitude": 66.7, "longitude": 24.2}
        site = SiteFactory(organisation=None, municipality=place, name_fi="", **where)
        rows.append(SiteRow(site.pk, key, (site.latitude, site.longitude)))
    north = SiteFactory(organisation=None, municipality=made["FI-851"], name_fi="", latitude=66.1)
    rows.append(SiteRow(north.pk, "FI-851", (66.1, north.longitude)))
    bare = {"latitude": None, "longitude": None, "point_basis": "none", "name_fi": ""}
    pointless = SiteFactory(organisation=None, municipality=made["FI-638"], **bare)
    rows.append(SiteRow(pointless.pk, "FI-638", None))
    placeless = SiteFactory(organisation=None, municipality=None, **(bare | {"name_fi": "Talo"}))
    rows.append(SiteRow(placeless.pk, "", None))
    return rows


# Random courses


def courses(setting: Setting, dice: random.Random, now: dt.datetime, count: int) -> tuple[Course, ...]:
    """``count`` courses whose dates lie around ``now``. Ids are given when they are stored."""
    return tuple(_course(setting, dice, now) for _ in range(count))


def _course(setting: Setting, dice: random.Random, now: dt.datetime) -> Course:
    host = dice.choice(setting.hosts)
    starts_on = now.astimezone(CLOCKS[host.country]).date() + dt.timedelta(
        days=dice.choice([0, 1, 1, 2, 2, 9, 60])
    )
    opens_at, closes_at, release_at = _dates(dice, now, starts_on, host.country)
    open_to = dice.choice(["all", "all", "regions", "municipalities", "pilot_groups", "agreement_parties"])
    others = [one.id for one in setting.hosts if one.id != host.id]
    sites = tuple(dice.sample(setting.sites, dice.choice([0, 1, 1, 1, 2, 3])))
    return Course(
        id=0,
        status=dice.choice(["published"] * 8 + ["draft", "cancelled"]),
        title=(*dice.sample(FINNISH, dice.randint(1, 2)), *dice.sample(SWEDISH, dice.randint(0, 1))),
        host=host,
        form=dice.choice(FORMS),
        field=dice.choice(list(FIELD_WORDS)),
        mode=dice.choice(["contact", "blended", "distance"]),
        contact_days=dice.choice([None, None, 0, 4]),
        languages=frozenset(dice.sample(["fi", "sv", "en"], dice.randint(1, 2))),
        sites=sites,
        starts_on=starts_on,
        opens_at=opens_at,
        closes_at=closes_at,
        release_at=release_at,
        open_to=open_to,
        open_to_regions=frozenset(
            dice.sample(["FI-R19", "FI-R01", "SE-R25"], 2) if open_to == "regions" else ()
        ),
        open_to_places=frozenset(
            dice.sample(sorted(setting.places), 2) if open_to == "municipalities" else ()
        ),
        open_to_groups=frozenset(dice.sample(sorted(setting.groups), 1) if open_to == "pilot_groups" else ()),
        open_to_parties=dice.choice(sorted(setting.agreements)) if open_to == "agreement_parties" else "",
        co_hosts=frozenset(dice.sample(others, dice.choice([0, 0, 0, 1, 2]))),
        fee=dice.choice([0, 0, 4500]),
        sources=_sources(setting, dice),
    )


def _dates(
    dice: random.Random, now: dt.datetime, starts_on: dt.date, country: str
) -> tuple[dt.datetime, dt.datetime | None, dt.datetime | None]:
    """In order, and before the day of the start; often within a second of now."""
    start = dt.datetime.combine(starts_on, dt.time(), tzinfo=CLOCKS[country]).astimezone(dt.UTC)
    second = dt.timedelta(seconds=1)
    near = [now - second, now.replace(microsecond=0), now, now + second, now + dt.timedelta(hours=3)]
    closes_at = dice.choice([None, *(moment for moment in [*near, start - second] if moment < start)])
    before = closes_at or start
    opening = [now - dt.timedelta(days=20), now, now + second / 1000, now + dt.timedelta(days=30),
               now + dt.timedelta(days=30, microseconds=1), now - dt.timedelta(days=1)]  # fmt: skip
    opens_at = dice.choice(
        [moment for moment in opening if moment < before] or [before - dt.timedelta(days=3)]
    )
    after = closes_at or opens_at
    releases = [moment for moment in [*near, after + second] if after < moment < start]
    return opens_at, closes_at, dice.choice([None, *releases])


def _sources(setting: Setting, dice: random.Random) -> tuple[Source, ...]:
    keys = ["", *dice.sample(sorted(setting.places), dice.choice([0, 0, 1, 2]))]
    sources = []
    for key in keys:
        seats = dice.randint(1, 3)
        sources.append(Source(seats, dice.choice([0, seats, dice.randint(0, seats)]), key))
    return tuple(sources)


# The same in the database


def store(setting: Setting, rows: Iterable[Course]) -> tuple[Course, ...]:
    """The courses, now with ids. Seven statements, however many there are."""
    rows = list(rows)
    offerings = Offering.objects.bulk_create([_offering(setting, course) for course in rows])
    stored = tuple(
        Course(**{**vars_of(course), "id": made.pk}) for course, made in zip(rows, offerings, strict=True)
    )
    through: dict[Any, list[Any]] = {}
    for course in stored:
        for model, field, values in _links(setting, course):
            through.setdefault(model, []).extend(
                model(offering_id=course.id, **{field: value}) for value in values
            )
    for model, links in through.items():
        model.objects.bulk_create(links)
    _store_places(setting, stored)
    return stored


def vars_of(course: Course) -> dict[str, Any]:
    return {name: getattr(course, name) for name in course.__dataclass_fields__}


def _offering(setting: Setting, course: Course) -> Offering:
    now = timezone.now()
    return Offering(
        provider_id=course.host.id,
        status=course.status,
        title_fi=" ".join(word for word in course.title if word in FINNISH),
        title_sv=" ".join(word for word in course.title if word in SWEDISH),
        form_id=course.form,
        field_id=course.field,
        mode_id=course.mode,
        contact_days=course.contact_days,
        starts_on=course.starts_on,
        applications_open_at=course.opens_at,
        applications_close_at=course.closes_at,
        quota_release_at=course.release_at,
        open_to=course.open_to,
        agreement_id=setting.agreements.get(course.open_to_parties),
        learner_fee_cents=course.fee,
        capacity=sum(source.seats for source in course.sources),
        price_basis="none",
        contact_email="opintotoimisto@example.org",
        currency="SEK" if course.host.country == "SE" else "EUR",
        created_at=now,
        updated_at=now,
        published_at=None if course.status == "draft" else now,
        cancelled_at=now if course.status == "cancelled" else None,
        cancel_reason_fi="Hakijoita oli liian vähän." if course.status == "cancelled" else "",
    )


def _links(setting: Setting, course: Course) -> list[tuple[Any, str, Iterable[Any]]]:
    open_to = [setting.ids[key] for key in course.open_to_places]
    regions = [setting.region_ids[key] for key in course.open_to_regions]
    groups = [setting.groups[code] for code in course.open_to_groups]
    return [
        (Offering.languages.through, "teachinglanguage_id", sorted(course.languages)),
        (Offering.sites.through, "site_id", [site.id for site in course.sites]),
        (Offering.open_to_regions.through, "region_id", regions),
        (Offering.open_to_municipalities.through, "municipality_id", open_to),
        (Offering.open_to_pilot_groups.through, "pilotgroup_id", groups),
        (CoHost, "organisation_id", sorted(course.co_hosts)),
    ]


def _store_places(setting: Setting, stored: Iterable[Course]) -> None:
    wanted = [(course, source) for course in stored for source in course.sources]
    reserved = [(course, source) for course, source in wanted if source.key]
    quotas = Quota.objects.bulk_create(
        Quota(offering_id=course.id, municipality_id=setting.ids[source.key], seats=source.seats)
        for course, source in reserved
    )
    of = {(quota.offering_id, quota.municipality_id): quota for quota in quotas}
    PlaceCounter.objects.bulk_create(
        PlaceCounter(
            offering_id=course.id,
            quota=of[course.id, setting.ids[source.key]] if source.key else None,
            seats=source.seats,
            **_given(source.given),
        )
        for course, source in wanted
    )


def _given(number: int) -> dict[str, int]:
    """Over all four kinds of giving."""
    names = ("taken_elsewhere", "held", "taken", "used")
    return {name: number // 4 + (n < number % 4) for n, name in enumerate(names)}


def world(setting: Setting, stored: tuple[Course, ...]) -> World:
    return World(
        setting.places,
        stored,
        MEETS,
        BEGINNINGS,
        WITHOUT_ACCENTS,
        PLAIN_BEGINNINGS,
        MISTYPED,
        FIELD_WORDS,
        PLACE_WORDS,
        MODE_WORDS,
        setting.members,
        setting.pacts,
    )


# Random queries


def query(setting: Setting, dice: random.Random, now: dt.datetime) -> SearchQuery:
    """Any filter may be in use, each seldom enough that something is found."""
    home = dice.choice(["", *sorted(setting.places)])

    def some(values: Iterable[Any], *, chance: float = 0.12) -> frozenset[Any]:
        values = list(values)
        return frozenset(dice.sample(values, dice.randint(1, 2))) if dice.random() < chance else frozenset()

    def maybe(chance: float = 0.12) -> bool:
        return dice.random() < chance

    with_home = {
        "for_me": maybe(0.25),
        "reachable": maybe(0.2),
        "within_km": dice.choice([0, 10, 60, 120, 900]) if maybe(0.3) else None,
    }
    sorts = [
        None,
        None,
        Sort.RELEVANCE,
        Sort.DEADLINE,
        Sort.START,
        Sort.PLACES,
        *([Sort.DISTANCE] if home else []),
    ]
    return SearchQuery(
        q=_words(dice),
        home=home,
        free=maybe(0.2),
        open=dice.choice([None, None, None, None, Window.NOW, Window.SOON]),
        form=some(FORMS),
        field=some(["07", "071", "09", "091", "092", "10"]),
        mode=some(["contact", "blended", "distance"]),
        language=some(["fi", "sv", "en"]),
        municipality=some(sorted(setting.places)),
        region=some(["FI-R19", "FI-R01", "SE-R25", "SE-R01", "FI-R99"]),
        provider=some(host.id for host in setting.hosts),
        pilot=some([*GROUPS, "none-such"]),
        payer=some(Payer, chance=0.2),
        starts_after=now.date() + dt.timedelta(days=dice.choice([1, 2, 9])) if maybe() else None,
        sort=dice.choice(sorts),
        page=dice.choice([1, 1, 1, 2, 3, 40]),
        page_size=dice.choice([1, 3, 20, 20]),
        **(with_home if home else {}),
    )


def aimed(setting: Setting, dice: random.Random, stored: list[Course]) -> SearchQuery:
    """Every filter at once, each with what one course says of itself; deep in pages of one."""
    course = dice.choice(stored)
    places = [setting.places[site.place] for site in course.sites if site.place in setting.places]
    typed = sorted(word for word, written in MEETS.items() if not written.keys().isdisjoint(course.title))
    every = {
        "q": dice.choice(typed) if typed else "",
        "free": True,
        "open": Window.NOW,
        "for_me": True,
        "reachable": dice.random() < 0.5,
        "within_km": 900,
        "form": frozenset({course.form, dice.choice(FORMS)}),
        "field": frozenset({course.field, course.field[:2]}),
        "mode": frozenset({course.mode}),
        "language": course.languages,
        "municipality": frozenset(place.key for place in places),
        "region": frozenset(place.region for place in places),
        "provider": frozenset({course.host.id}),
        "pilot": frozenset(setting.groups),
        "payer": frozenset(Payer),
        "starts_after": course.starts_on,
    }
    left_out = dice.sample(sorted(every), dice.choice([0, 0, 1, 3, 12]))
    return SearchQuery(
        home=dice.choice(sorted(setting.places)),
        sort=dice.choice(list(Sort)),
        page=dice.randint(1, len(stored)),
        page_size=1,
        **{name: value for name, value in every.items() if name not in left_out},  # type: ignore[arg-type]
    )


def _words(dice: random.Random) -> str:
    if dice.random() < 0.5:
        return ""
    known = [*MEETS, *BEGINNINGS, *WITHOUT_ACCENTS, *PLAIN_BEGINNINGS, *MISTYPED, "xyzzy"]
    words = dice.sample(known, dice.choice([1, 1, 2, 3]))
    return dice.choice(["!!!", *[" ".join(words)] * 8, " ja ".join(words)])
