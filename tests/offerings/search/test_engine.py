"""Each rule of the search by itself; the oracle tries them together (test_against_oracle)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from offerings.models import CoHost, Offering
from offerings.search import projection
from offerings.search.engine import matching, search
from offerings.search.query import (
    FacetValue,
    Loosening,
    Payer,
    SearchError,
    SearchQuery,
    Sort,
    Window,
)
from pilots.models import PilotGroup, PilotMembership
from tests.factories import (
    AgreementFactory,
    InstitutionFactory,
    OfferingFactory,
    OrganisationFactory,
    RegionFactory,
    SiteFactory,
    in_days,
    municipality,
    organisation_of,
    today,
)

pytestmark = [pytest.mark.django_db, pytest.mark.integration]


@pytest.fixture(autouse=True)
def _municipalities():
    for key in ("FI-854", "FI-851", "FI-638", "SE-2518"):
        municipality(key)


def dates(start=60, close=30):
    return {"starts_on": today() + dt.timedelta(days=start), "closes_in_days": close}


# --- the base set


def test_a_search_holds_what_is_published_ahead_and_not_closed(course, titles):
    course("open")
    course("full", taken=20)
    course("opens later", applications_open_at=in_days(3))
    course("continuous", applications_close_at=None)
    course("closed", applications_close_at=timezone.now() - dt.timedelta(seconds=1))
    course("started", applications_close_at=None, starts_on=today())
    course("draft", status="draft")
    course("cancelled", status="cancelled")

    assert sorted(titles()) == ["continuous", "full", "open", "opens later"]


def test_the_deadline_is_inclusive_to_the_second(course, titles, clock):
    course("closing")
    deadline = in_days(30)

    clock.move_to(deadline + dt.timedelta(milliseconds=999), tick=False)
    assert titles() == ["closing"]
    clock.move_to(deadline + dt.timedelta(seconds=1), tick=False)
    assert titles() == []


def test_nothing_is_found_in_an_empty_catalogue(find):
    result = find()

    assert (result.total, result.free_places, result.hits, result.pages) == (0, 0, (), 1)
    assert result.loosenings == ()
    assert all(values == () for values in result.facets.values())


# --- home


def test_home_takes_nothing_away_and_sets_distance_places_payer_and_who_may_apply(course, find):
    course("near", sites=["FI-854"], quotas={"FI-854": 2}, taken={"": 18})
    course("far", sites=["FI-638"], open_to="municipalities", open_to_municipalities=["FI-638"])
    course("nowhere", sites=[], mode="distance")

    near, far, nowhere = find(home="FI-854").hits

    assert (near.distance_km, near.free, near.free_open, near.capacity) == (0, 2, 0, 20)
    assert near.payers == (Payer.STATE,)
    assert near.open_to_home is True
    assert near.site.municipality.key == "FI-854"
    assert [(one.municipality_key, one.free) for one in near.reserved] == [("FI-854", 2)]
    assert round(far.distance_km) == 715
    assert (far.open_to_home, far.free) == (False, 20)
    assert (nowhere.distance_km, nowhere.site) == (None, None)


def test_without_a_home_open_places_count_and_nothing_is_said_of_distance_or_right_to_apply(course, find):
    course("one", quotas={"FI-854": 2})

    (hit,) = find().hits

    assert (hit.free, hit.distance_km, hit.open_to_home, hit.payers) == (18, None, None, (Payer.DEPENDS,))
    assert hit.site.municipality.key == "FI-851"
    assert find().free_places == 18
    assert find(home="FI-854").free_places == 20


def test_the_nearest_site_counts_and_sites_without_a_point_have_no_distance(course, find):
    nowhere = SiteFactory(municipality=municipality("FI-854"), latitude=None, longitude=None)
    course("several", sites=[nowhere, "FI-638", "FI-851"])
    course("pointless", sites=[nowhere])

    several, pointless = find(home="FI-854").hits

    assert several.site.municipality.key == "FI-851"
    assert round(several.distance_km) == 103
    assert pointless.site == nowhere
    assert pointless.distance_km is None


def test_a_home_without_a_point_has_no_distances(course, find):
    place = municipality("FI-999")
    place.latitude = place.longitude = None
    place.save(update_fields=["latitude", "longitude"])
    course("one")

    (hit,) = find(home="FI-999").hits

    assert hit.distance_km is None
    assert hit.site.municipality.key == "FI-851"
    assert find(home="FI-999", within_km=2000).total == 0


def test_a_merged_home_is_its_successor(course, find):
    merged = municipality("FI-999")
    merged.valid_to, merged.successor = dt.date(2020, 12, 31), municipality("FI-854")
    merged.save(update_fields=["valid_to", "successor"])
    course("one", sites=["FI-854"], quotas={"FI-854": 2, "FI-999": 1}, taken=17)

    for home in ("FI-854", "FI-999"):
        (hit,) = find(home=home).hits
        assert (hit.distance_km, hit.free) == (0, 3)
    assert find(municipality=frozenset({"FI-999"})).total == 1


@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ({"for_me": True}, "for_me", "needs_home"),
        ({"reachable": True}, "reachable", "needs_home"),
        ({"within_km": 30}, "within_km", "needs_home"),
        ({"within_km": 0}, "within_km", "needs_home"),
        ({"sort": Sort.DISTANCE}, "sort", "needs_home"),
        ({"home": "FI-998"}, "home", "unknown_municipality"),
    ],
)
def test_what_needs_a_home_is_refused_without_one(find, query, parameter, code):
    with pytest.raises(SearchError) as refusal:
        find(**query)

    assert (refusal.value.parameter, refusal.value.code) == (parameter, code)
    assert str(refusal.value.message) in {
        "Choose your home municipality first.", "There is no such municipality.",
    }  # fmt: skip


# --- filters


def test_for_me_looks_at_who_may_apply_and_never_at_the_payer(course, titles):
    course("for Pello", open_to="municipalities", open_to_municipalities=["FI-854"])
    course("for Porvoo", open_to="municipalities", open_to_municipalities=["FI-638"])
    course("for Lapland", open_to="regions", open_to_regions=[RegionFactory(code="19")])
    course("abroad", provider=organisation_of("SE-2518"))

    assert titles(home="FI-854", for_me=True, sort=Sort.START) == ["for Pello", "for Lapland", "abroad"]
    assert titles(home="SE-2518", for_me=True) == ["abroad"]


def test_a_pilot_group_s_courses_are_those_that_its_members_give_or_carry(course, titles):
    lappia, company = OrganisationFactory(name_fi="Lappia"), OrganisationFactory(name_fi="Yritys")
    school = InstitutionFactory(organisation=company)
    north, south = (
        PilotGroup.objects.create(code=code, kind="co_operation_area", country="FI")
        for code in ("north", "south")
    )
    member(north, "joint_authority", organisation=lappia)
    member(north, "municipality", municipality=municipality("FI-854"))
    member(north, "institution", institution=school)
    member(south, "joint_authority", organisation=lappia, valid_to=today() - dt.timedelta(days=1))
    course("given", provider=lappia)
    course("by the town itself", provider=organisation_of("FI-854"))
    course("by the school's owner", provider=company)
    carried = course("carried with", provider=organisation_of("FI-638"))
    CoHost.objects.create(offering=carried, organisation=lappia)
    course("else", provider=organisation_of("FI-851"))

    north_s = {"given", "by the town itself", "by the school's owner", "carried with"}
    assert set(titles(pilot=frozenset({"north"}))) == north_s
    assert titles(pilot=frozenset({"south"})) == titles(pilot=frozenset({"none-such"})) == []
    assert set(titles(pilot=frozenset({"north", "south"}))) == north_s


def member(group, kind, **who):
    position = group.memberships.count()
    return PilotMembership.objects.create(
        group=group, position=position, kind="direct", member_kind=kind, name_fi="Jäsen", **who
    )


def test_for_me_knows_the_municipalities_of_pilot_groups(course, titles):
    group = PilotGroup.objects.create(code="north", kind="co_operation_area", country="FI")
    member(group, "municipality", municipality=municipality("FI-854"))
    course("for the group", open_to="pilot_groups", open_to_pilot_groups=[group])

    assert titles(home="FI-854", for_me=True) == ["for the group"]
    assert titles(home="FI-638", for_me=True) == []
    # Nothing was written anew: who belongs to the group follows from the day.
    group.memberships.update(valid_to=today() - dt.timedelta(days=1))
    assert titles(home="FI-854", for_me=True) == []


def test_for_me_knows_the_parties_of_agreements(course, titles):
    """R-CAP-6: what is open to the parties of an agreement is not for others."""
    agreement = AgreementFactory(country="FI", parties=["FI-854"])
    course("for the parties", open_to="agreement_parties", agreement=agreement)

    assert titles(home="FI-854", for_me=True) == ["for the parties"]
    assert titles(home="FI-638", for_me=True) == []
    agreement.parties.update(valid_to=today() - dt.timedelta(days=1))
    assert titles(home="FI-854", for_me=True) == []


def test_within_km_is_inclusive_and_leaves_out_what_has_no_site(course, titles):
    course("here", sites=["FI-854"])
    course("Tornio", sites=["FI-851"])
    course("distance", sites=[], mode="distance")

    assert titles(home="FI-854", within_km=0) == ["here"]
    assert titles(home="FI-854", within_km=103) == ["here"]
    assert titles(home="FI-854", within_km=104) == ["here", "Tornio"]


def test_reachable_is_near_enough_or_without_days_on_site(course, titles):
    course("here", sites=["FI-854"])
    course("Ylitornio, 52 km", sites=["FI-976"])
    course("Porvoo", sites=["FI-638"])
    course("Porvoo without days", sites=["FI-638"], mode="blended", contact_days=0)
    course("Porvoo at a distance", sites=["FI-638"], mode="distance")
    course("Porvoo at a distance, 4 days", sites=["FI-638"], mode="distance", contact_days=4)
    course("nowhere", sites=[], mode="distance")

    always = ["Porvoo without days", "Porvoo at a distance", "nowhere"]
    assert titles(home="FI-854", reachable=True) == ["here", *always]
    assert titles(home="FI-854", reachable=True, within_km=60) == ["here", "Ylitornio, 52 km", *always]
    assert titles(home="FI-854", reachable=True, within_km=0) == ["here", *always]


def test_free_counts_what_this_viewer_can_get(course, titles):
    course("open")
    course("reserved", quotas={"FI-854": 2}, taken=18)
    course("full", taken=20)

    assert titles(free=True) == ["open"]
    assert titles(free=True, home="FI-854", sort=Sort.START) == ["open", "reserved"]
    assert titles(free=True, home="FI-638") == ["open"]


def test_reserved_places_are_free_for_all_from_the_release_on(course, find, clock):
    course("one", quotas={"FI-854": 2}, taken=18, applications_close_at=None, quota_release_at=in_days(5))

    clock.move_to(in_days(5) - dt.timedelta(seconds=1), tick=False)
    assert find(free=True).total == 0
    clock.shift(1)
    assert find(free=True).free_places == 2


def test_open_is_now_or_within_thirty_days(course, titles):
    course("now")
    course("soon", applications_open_at=in_days(29), closes_in_days=40)
    course("later", applications_open_at=in_days(31), closes_in_days=40)

    assert titles(open=Window.NOW) == ["now"]
    assert titles(open=Window.SOON) == ["soon"]


def test_the_other_filters_keep_any_of_their_values(course, titles):
    swedish = organisation_of("SE-2518")
    course("a", form="vocational", field="071", mode="contact", languages=["fi"], sites=["FI-854"])
    course("b", form="komvux", field="091", mode="blended", languages=["sv", "en"], sites=["SE-2518"],
           provider=swedish, learner_fee_cents=100, **dates(start=90))  # fmt: skip

    for kept in (
        {"form": frozenset({"komvux", "basic"})},
        {"field": frozenset({"091"})},
        {"field": frozenset({"09"})},
        {"mode": frozenset({"blended"})},
        {"language": frozenset({"en"})},
        {"municipality": frozenset({"SE-2518", "FI-638"})},
        {"region": frozenset({"SE-R25"})},
        {"provider": frozenset({swedish.pk})},
        {"payer": frozenset({Payer.LEARNER_FEE})},
        {"payer": frozenset({Payer.NO_AGREEMENT}), "home": "FI-854"},
        {"starts_after": today() + dt.timedelta(days=90)},
    ):
        assert titles(**kept) == ["b"], kept
    assert titles(field=frozenset({"07", "091"}), sort=Sort.START) == ["a", "b"]
    assert titles(form=frozenset({"komvux"}), field=frozenset({"071"})) == []
    assert titles(municipality=frozenset({"FI-998"})) == []


# --- order and pages


def test_each_sort_puts_full_ones_last_and_empty_keys_last_within(course, titles):
    course("full, near", sites=["FI-854"], taken=20)
    course("far, soon", sites=["FI-638"], **dates(close=5))
    course("near, late", sites=["FI-851"], capacity=5, **dates(close=40))
    course("continuous", sites=["FI-851"], applications_close_at=None, **dates(start=50))
    course("nowhere", sites=[], mode="distance", **dates(start=10, close=6))

    assert titles() == ["far, soon", "nowhere", "near, late", "continuous", "full, near"]
    assert titles(home="FI-854") == ["continuous", "near, late", "far, soon", "nowhere", "full, near"]
    assert titles(sort=Sort.START) == ["nowhere", "continuous", "far, soon", "near, late", "full, near"]
    assert titles(sort=Sort.PLACES) == ["nowhere", "continuous", "far, soon", "near, late", "full, near"]
    assert titles(home="FI-854", sort=Sort.DEADLINE) == titles()


def test_a_reserved_place_puts_an_offering_among_the_free_ones_of_its_residents(course, titles):
    course("for Pello", quotas={"FI-854": 2}, taken=18, **dates(close=5))
    course("open", **dates(close=6))

    assert titles() == ["open", "for Pello"]
    assert titles(home="FI-854", sort=Sort.DEADLINE) == ["for Pello", "open"]


def test_ties_go_by_start_then_by_number(course, titles):
    course("third", **dates(start=61))
    course("first")
    course("second")

    assert titles() == ["first", "second", "third"]


def test_pages_hold_the_whole_answer_once(course, find):
    for number in range(5):
        course(f"{number}")

    pages = [[hit.offering.title_fi for hit in find(page=page, page_size=2).hits] for page in (1, 2, 3, 4)]

    assert pages == [["0", "1"], ["2", "3"], ["4"], []]
    assert find(page=4, page_size=2).total == 5
    assert find(page=4, page_size=2).pages == 3
    assert find(page=10**12).hits == ()


# --- facets


def values(result, facet):
    return {value.value: value.count for value in result.facets[facet]}


def test_a_facet_ignores_its_own_choice_and_keeps_the_others(course, find):
    course("a", form="vocational", mode="contact")
    course("b", form="vocational", mode="distance", sites=[])
    course("c", form="komvux", mode="distance", sites=[])

    result = find(form=frozenset({"komvux"}), mode=frozenset({"distance"}))

    assert result.total == 1
    assert values(result, "form") == {"vocational": 1, "komvux": 1}
    assert values(result, "mode") == {"distance": 1}
    assert [(value.value, value.chosen) for value in result.facets["form"]] == [
        ("komvux", True),
        ("vocational", False),
    ]


def test_only_values_in_use_are_offered_but_chosen_ones_stay_with_none(course, find):
    course("a")

    result = find(form=frozenset({"basic"}), field=frozenset({"091"}), language=frozenset({"en"}))

    assert values(result, "form") == {"basic": 0}
    assert result.facets["field"] == (
        FacetValue("09", 0, chosen=False),
        FacetValue("091", 0, chosen=True, parent="09"),
    )
    assert values(result, "mode") == {}


def test_fields_are_counted_on_two_levels_narrow_below_broad(course, find):
    course("a", field="091")
    course("b", field="09")
    course("c", field="071")
    course("d", field="092")

    assert [(one.value, one.count, one.parent) for one in find().facets["field"]] == [
        ("09", 3, ""),
        ("091", 1, "09"),
        ("092", 1, "09"),
        ("07", 1, ""),
        ("071", 1, "07"),
    ]


def test_one_offering_counts_in_each_of_its_regions_and_languages_once(course, find):
    course("a", sites=["FI-854", "FI-851", "FI-638"], languages=["fi", "sv"])

    assert values(find(), "region") == {"FI-R19": 1, "FI-R01": 1}
    assert values(find(), "language") == {"fi": 1, "sv": 1}


def test_payers_are_counted_for_the_home_given(course, find):
    course("a", learner_fee_cents=100)
    course("b", provider=organisation_of("SE-2518"))

    assert values(find(), "payer") == {"depends": 2, "learner_fee": 1}
    assert values(find(home="FI-854"), "payer") == {"learner_fee": 1, "no_agreement": 1, "state": 1}
    assert values(find(home="SE-2518"), "payer") == {
        "learner_fee": 1,
        "no_agreement": 1,
        "own_municipality": 1,
    }


# --- ways out of an empty answer


def test_an_empty_answer_says_what_to_drop_and_what_that_gives(course, find):
    course("a", sites=["FI-854"])
    course("b", sites=["FI-854"], form="komvux", taken=20)
    course("c", sites=["FI-638"], form="komvux")

    result = find(home="FI-854", within_km=10, free=True, form=frozenset({"komvux"}))

    assert result.loosenings == (
        Loosening(("free",), 1),
        Loosening(("within_km",), 1),
        Loosening(("form",), 1),
    )
    assert find().loosenings == ()


def test_the_step_that_gives_most_comes_first(course, find):
    course("a", mode="distance", sites=[])
    course("b", mode="distance", sites=[])
    course("c")

    result = find(mode=frozenset({"distance"}), field=frozenset({"09"}), free=True)
    assert result.loosenings == (Loosening(("field",), 2),)


def test_pairs_are_offered_only_where_no_single_step_helps(course, find):
    course("a", mode="distance", sites=[], form="komvux")

    result = find(mode=frozenset({"contact"}), form=frozenset({"basic"}), free=True)
    assert result.loosenings == (Loosening(("form", "mode"), 1),)


def test_dropping_the_distance_makes_reachable_mean_its_own(course, find):
    course("Ylitornio, 52 km", sites=["FI-976"])
    course("Porvoo", sites=["FI-638"])

    result = find(home="FI-854", within_km=20, reachable=True)
    assert result.loosenings == (Loosening(("reachable", "within_km"), 2),)


def test_where_nothing_helps_nothing_is_offered(find):
    assert find(free=True, form=frozenset({"basic"})).loosenings == ()


# --- statements


def test_the_ids_of_a_search_are_a_subquery(course, find, django_assert_num_queries):
    wanted, other = course("hitsaus"), course("kokki")
    find()

    with django_assert_num_queries(4):  # the municipalities, the values of the packed key
        ids = matching(SearchQuery(free=True), now=timezone.now())
    assert set(Offering.objects.filter(pk__in=ids)) == {wanted, other}
    assert set(matching(SearchQuery(q="hitsausta"), now=timezone.now())) == {wanted.pk}


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("query", "statements"),
    [
        ({}, 7),
        ({"home": "FI-854"}, 8),
        ({"home": "FI-854", "q": "hitsaus torniossa"}, 8),
        ({"home": "FI-854", "q": "hitsaus", "for_me": True, "reachable": True, "within_km": 500, "free": True,
          "open": Window.NOW, "form": frozenset({"vocational"}), "field": frozenset({"07"}),
          "region": frozenset({"FI-R19"}), "payer": frozenset({Payer.STATE}), "sort": Sort.PLACES}, 8),
        ({"q": "hitsaus", "form": frozenset({"basic"})}, 4),
        ({"page": 9}, 3),
    ],
)  # fmt: skip
def test_a_search_takes_a_literal_number_of_statements(
    rows, query, statements, find, loaded, django_assert_num_queries
):
    for _ in range(rows):
        provider = OrganisationFactory()
        OfferingFactory(
            title_fi="Hitsaus", provider=provider, sites=["FI-851", "FI-854"], quotas={"FI-854": 1}
        )
    projection.rebuild(now=timezone.now())
    find(home="FI-854")  # brings the municipalities into memory

    with django_assert_num_queries(statements):
        search(SearchQuery(**query), now=timezone.now())
