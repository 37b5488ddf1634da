"""Offerings as the API gives them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from offerings.models import Offering
from tests.api.conftest import FOUND, ids
from tests.factories import CoHostFactory, OfferingFactory, in_days, municipality, organisation_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_a_course_in_a_list_says(read, courses, lappia):
    answer = read("offerings/?q=hitsaus&home=FI-854&lang=sv")

    assert {name: answer[name] for name in ("count", "next", "previous", "free_places")} == {
        "count": 1, "next": None, "previous": None, "free_places": 7,
    }  # fmt: skip
    [course] = answer["results"]
    assert course == {
        "id": courses["welding"].pk,
        "status": "published",
        "title": "Grundkurs i svetsning",
        "other_language": {},
        "provider": {
            "id": lappia.pk, "name": "Kemi-Tornionlaakson koulutuskuntayhtymä Lappia", "country": "FI",
        },
        "municipality": {"key": "FI-851", "name": "Torneå"},
        "distance_km": 103.3,
        "places": {
            "capacity": 16,
            "free": 7,
            "reserved": [
                {
                    "municipality": {"key": "FI-854", "name": "Pello"},
                    "free": 2,
                    "until": "2026-12-24T15:00:00+02:00",
                }
            ],
        },
        "form": "vocational",
        "field": "071",
        "level": "upper_secondary",
        "mode": "contact",
        "contact_days": None,
        "languages": ["fi"],
        "credits": None,
        "credit_unit": None,
        "starts_on": "2027-01-23",
        "ends_on": "2027-07-22",
        "applications_open_at": "2026-11-14T08:00:00+02:00",
        "applications_close_at": "2026-12-14T15:00:00+02:00",
        "continuous": False,
        "application_state": "open",
        "payers": ["state"],
        "open_to_home": True,
        "learner_fee": {"cents": 0, "currency": "EUR"},
        "url": course["url"],
        "updated_at": "2026-11-12T08:00:00Z",
        "confirmed_at": None,
        "is_confirmed_lately": False,
        "is_demonstration": False,
    }  # fmt: skip
    assert course["url"].startswith("http://testserver/sv/")


def test_one_course_says_everything_that_is_published(read, courses, lappia):
    CoHostFactory(offering=courses["welding"], organisation=organisation_of("FI-854"), part="lends_site")
    in_the_list = read("offerings/?q=hitsaus&home=FI-854&lang=en")["results"][0]

    course = read(f"offerings/{courses['welding'].pk}/?home=FI-854&lang=en")

    more = {name: value for name, value in course.items() if name not in in_the_list}
    assert course == in_the_list | more
    [site] = more.pop("sites")
    assert site == {
        "id": site["id"],
        "name": "Ammattiopisto Lappia",
        "municipality": {"key": "FI-851", "name": "Tornio"},
        "address": None,
        "latitude": 65.848287,
        "longitude": 24.144806,
        "point_basis": "municipality_centre",
        "step_free": None,
    }
    assert more == {
        "description": "You learn to weld and to read drawings.",
        "course_codes": [],
        "study_form": None,
        "pace_percent": None,
        "contact_share": None,
        "is_apprenticeship": False,
        "co_hosts": [
            {
                "provider": {"id": organisation_of("FI-854").pk, "name": "Pello", "country": "FI"},
                "part": "lends_site",
            }
        ],
        "accessibility_note": None,
        "quota_release_at": "2026-12-24T15:00:00+02:00",
        "start_decision_at": None,
        "open_to": "all",
        "open_to_regions": [],
        "open_to_municipalities": [],
        "open_to_pilot_groups": [],
        "statement": {"need": "not_required", "reason": "state_funded", "agreement": None},
        "agreement": None,
        "prior_education": [],
        "entry_requirements": None,
        "selection_rule": "registration_order",
        "precedence": "reserved_first",
        "takes_applications": False,
        "apply_url": "https://hakeminen.example.org/hitsaus",
        "apply_contact": None,
        "is_national_joint_application": False,
        "contact": {"email": "opintotoimisto@example.org", "phone": None},
        "min_group": None,
        "max_group": None,
        "quotas": [{"municipality": {"key": "FI-854", "name": "Pello"}, "seats": 2}],
        "home_share": {"basis": "none", "cents": None, "currency": "EUR"},
        "published_at": "2026-11-12T08:00:00Z",
        "cancelled_at": None,
        "cancel_reason": None,
    }


def test_a_search_finds_what_the_page_finds(read, courses):
    assert sorted(read.ids("offerings/")) == sorted(ids(courses, *FOUND))
    assert read("offerings/")["free_places"] == 5 + 20 + 5


def test_full_courses_come_last_in_every_order(read, courses):
    for sort in ("relevance", "deadline", "start", "places"):
        assert read.ids(f"offerings/?sort={sort}")[-1] == courses["full"].pk
    assert read.ids("offerings/?sort=distance&home=FI-854")[-1] == courses["full"].pk


def test_words_read_as_others_are_told(read, courses):
    assert read("offerings/?q=hitsuas%20tornioo")["read_as"] == [
        {"typed": "hitsuas", "word": "hitsaus"},
        {"typed": "tornioo", "word": "tornio"},
    ]
    assert "read_as" not in read("offerings/?q=hitsaus")


@pytest.mark.parametrize(
    ("home", "free"),
    [("", 5), ("FI-854", 7), ("FI-091", 5), ("SE-2518", 5)],
)
def test_free_places_are_those_of_the_reader_s_home(read, courses, home, free):
    course = read(f"offerings/{courses['welding'].pk}/?home={home}")

    assert (course["places"]["free"], course["places"]["capacity"]) == (free, 16)
    assert [(one["municipality"]["key"], one["free"]) for one in course["places"]["reserved"]] == [
        ("FI-854", 2)
    ]
    assert read(f"offerings/?q=hitsaus&home={home}")["results"][0]["places"] == course["places"]


def test_reserved_places_become_everybody_s_at_their_moment(read, courses, clock):
    clock.move_to(courses["welding"].quota_release_at - dt.timedelta(seconds=1))
    assert read(f"offerings/{courses['welding'].pk}/")["places"]["free"] == 5

    clock.move_to(courses["welding"].quota_release_at)

    assert read(f"offerings/{courses['welding'].pk}/")["places"] == {
        "capacity": 16,
        "free": 7,
        "reserved": [],
    }


def test_texts_come_in_all_languages_or_in_one(read, courses):
    welding, nursing = courses["welding"].pk, courses["nursing"].pk

    assert read(f"offerings/{welding}/")["title"] == {
        "fi": "Hitsauksen perusteet", "sv": "Grundkurs i svetsning", "en": "Welding",
    }  # fmt: skip
    assert read(f"offerings/{welding}/?lang=all") == read(f"offerings/{welding}/")
    assert read(f"offerings/{nursing}/")["title"] == {"fi": None, "sv": "Undersköterska", "en": None}
    assert read(f"offerings/{welding}/?lang=fi")["title"] == "Hitsauksen perusteet"


def test_a_text_of_another_language_is_said_to_be_one(read, courses):
    nursing = courses["nursing"].pk

    assert read("offerings/?form=komvux&lang=fi")["results"][0]["other_language"] == {"title": "sv"}
    assert read(f"offerings/{nursing}/?lang=fi")["other_language"] == {"title": "sv"}
    assert read(f"offerings/{nursing}/?lang=sv")["other_language"] == {}
    assert read(f"offerings/{nursing}/")["other_language"] == {}


def test_deadlines_are_given_by_the_host_s_clock(read, courses):
    closes = read(f"offerings/{courses['nursing'].pk}/")["applications_close_at"]

    assert closes == "2026-12-19T15:00:00+01:00"
    assert dt.datetime.fromisoformat(closes) == courses["nursing"].applications_close_at


@pytest.mark.parametrize(
    ("name", "state", "continuous"),
    [
        ("welding", "open", False), ("online", "opening", False), ("closed", "closed", False),
        ("started", "closed", True), ("cancelled", "closed", False),
    ],
)  # fmt: skip
def test_where_the_application_window_stands(read, courses, name, state, continuous):
    course = read(f"offerings/{courses[name].pk}/")
    assert (course["application_state"], course["continuous"]) == (state, continuous)


def test_a_distance_course_has_no_place_of_its_own(read, courses):
    course = read(f"offerings/{courses['online'].pk}/?home=FI-854")
    assert (course["municipality"], course["distance_km"], course["sites"]) == (None, None, [])


def test_who_may_apply_and_who_pays_depends_on_home(read, courses):
    online = courses["online"].pk
    seen = {home: read(f"offerings/{online}/?home={home}") for home in ("", "FI-854", "SE-2518")}

    assert {home: one["open_to_home"] for home, one in seen.items()} == {
        "": None, "FI-854": False, "SE-2518": True,
    }  # fmt: skip
    assert {home: one["payers"] for home, one in seen.items()} == {
        "": ["depends"], "FI-854": ["state"], "SE-2518": ["no_agreement"],
    }  # fmt: skip
    assert seen[""]["open_to_regions"] == [
        {
            "key": "SE-R25",
            "name": {"fi": "Norrbottenin lääni", "sv": "Norrbottens län", "en": "Norrbotten County"},
        }
    ]


def test_a_fee_stands_beside_who_pays(read, courses):
    course = read(f"offerings/{courses['nursing'].pk}/?home=SE-2518")
    assert course["payers"] == ["own_municipality", "learner_fee"]
    assert course["learner_fee"] == {"cents": 25_000, "currency": "SEK"}


def test_a_cancelled_course_says_so(read, courses):
    course = read(f"offerings/{courses['cancelled'].pk}/")

    reason = {"fi": "Hakijoita oli liian vähän.", "sv": None, "en": None}
    assert (course["status"], course["cancel_reason"]) == ("cancelled", reason)
    in_swedish = read(f"offerings/{courses['cancelled'].pk}/?lang=sv")
    assert in_swedish["cancel_reason"] == reason["fi"]
    assert in_swedish["other_language"]["cancel_reason"] == "fi"
    assert course["cancelled_at"] == "2026-11-23T08:00:00Z"
    assert courses["cancelled"].pk not in read.ids("offerings/")


def test_drafts_are_nobody_s_business(read, courses, client, bengt):
    never_published = Offering.objects.get(pk=courses["draft"].pk)
    Offering.objects.filter(pk=never_published.pk).update(
        status="cancelled", cancelled_at=timezone.now(), cancel_reason_fi="Ei"
    )
    draft = OfferingFactory(provider=bengt.role_assignments.get().organisation, status="draft")
    client.force_login(bengt)  # the API knows nobody

    for hidden in (never_published.pk, draft.pk, 999_999, 10**17):
        assert read(f"offerings/{hidden}/", status=404)["code"] == "not_found"
    everything = read.ids("offerings/?updated_since=2000-01-01T00:00:00Z&page_size=200")
    assert set(everything) == {one.pk for name, one in courses.items() if name != "draft"}


@pytest.mark.parametrize("name", ["0x1", "-1", "1.0", "abc", "%00", "1%00", "9" * 19, "١", "1;drop"])
def test_what_is_no_number_is_no_course(read, courses, name):
    read(f"offerings/{name}/", status=404)


def test_answers_hold_nothing_internal(read, courses, client, bengt):
    Offering.objects.update(
        contact_name="Matti Salainen",
        own_reference="",
        licence_reason="Sisäinen peruste",
        places_confirmed_by=bengt,
        places_confirmed_at=timezone.now(),
    )
    Offering.objects.filter(pk=courses["welding"].pk).update(own_reference="SALAINEN-17")

    answers = [
        client.get(f"/api/v1/offerings/{tail}").content.decode()
        for tail in (f"{courses['welding'].pk}/", "", "?updated_since=2020-01-01T00:00:00Z", "?facets=1")
    ]

    for secret in ("Salainen", "SALAINEN-17", "Sisäinen", bengt.email, bengt.name, "places_confirmed_by"):
        assert [secret in answer for answer in answers] == [False] * 4


def test_facets_count_with_names(read, courses):
    facets = read("offerings/?facets=1&form=komvux&lang=sv")["facets"]

    assert list(facets) == ["form", "field", "mode", "language", "region", "payer"]
    assert facets["form"] == [
        {"value": "vocational", "label": "Yrkesutbildning", "count": 2, "chosen": False, "parent": None},
        {
            "value": "general_upper_secondary", "label": "Gymnasieutbildning",
            "count": 1, "chosen": False, "parent": None,
        },
        {"value": "komvux", "label": "Komvux", "count": 1, "chosen": True, "parent": None},
    ]  # fmt: skip
    assert facets["field"] == [
        {"value": "09", "label": "Hälsovård och välfärd", "count": 1, "chosen": False, "parent": None},
        {"value": "091", "label": "Hälsovård", "count": 1, "chosen": False, "parent": "09"},
    ]
    assert facets["region"] == [
        {"value": "SE-R25", "label": "Norrbottens län", "count": 1, "chosen": False, "parent": None}
    ]
    assert [(one["value"], one["count"]) for one in facets["payer"]] == [("depends", 1), ("learner_fee", 1)]


def test_facets_have_names_in_every_language(read, courses):
    modes = read("offerings/?facets=1")["facets"]["mode"]
    assert {one["value"]: one["label"] for one in modes}["blended"] == {
        "fi": "Monimuoto-opetus", "sv": "Flerformsundervisning", "en": "Blended teaching",
    }  # fmt: skip


def test_facets_come_only_when_asked(read, courses):
    assert "facets" not in read("offerings/")
    assert "facets" not in read("offerings/?facets=0")


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("offerings/?within_km=50", [("within_km", "needs_home")]),
        ("offerings/?reachable=1", [("reachable", "needs_home")]),
        ("offerings/?for_me=1", [("for_me", "needs_home")]),
        ("offerings/?sort=distance", [("sort", "needs_home")]),
        ("offerings/?home=FI-999", [("home", "unknown_municipality")]),
        ("offerings/?home=Atlantis", [("home", "unknown_municipality")]),
        ("offerings/?form=vocational&form=sorcery", [("form", "unknown_value")]),
        ("offerings/?field=999", [("field", "unknown_value")]),
        ("offerings/?provider=999999", [("provider", "unknown_value")]),
        ("offerings/?provider=1e3", [("provider", "invalid")]),
        ("offerings/?sort=price", [("sort", "invalid_choice")]),
        ("offerings/?free=yes", [("free", "invalid")]),
        ("offerings/?page_size=201", [("page_size", "max_value")]),
        ("offerings/?page=0", [("page", "min_value")]),
        ("offerings/?page=1000000000000", [("page", "max_value")]),
        (
            "offerings/?cursor=abc&q=x&page=2",
            [("page", "not_along_the_changes"), ("q", "not_along_the_changes")],
        ),
        ("offerings/?updated_since=2026-01-01T00:00:00Z&facets=1", [("facets", "not_along_the_changes")]),
        ("offerings/?cursor=abc", [("cursor", "invalid")]),
        ("offerings/1/?free=1", [("free", "unknown_parameter")]),
        ("offerings/1/?home=FI-999", [("home", "unknown_municipality")]),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_said(read, courses, address, refused):
    assert read.refused(address) == refused


def test_empty_parameters_count_as_absent(read, courses):
    empty = read(
        "offerings/?q=&home=&within_km=&free=&open=&for_me=&reachable=&form=&field=&mode=&language=&municipality="
        "&region=&provider=&starts_after=&sort=&page=&page_size=&facets=&lang=&payer=&updated_since=&cursor="
    )
    assert empty == read("offerings/")


# Harvesting


def test_along_the_changes_comes_all_that_was_ever_published(read, courses):
    answer = read("offerings/?updated_since=2020-01-01T00:00:00Z&page_size=200")

    by_id = {one["id"]: one for one in answer["results"]}
    assert set(by_id) == {one.pk for name, one in courses.items() if name != "draft"}
    assert answer["count"] == 7
    assert by_id[courses["cancelled"].pk]["status"] == "cancelled"
    assert by_id[courses["closed"].pk]["application_state"] == "closed"
    assert "free_places" not in answer


def test_only_what_changed_at_the_moment_or_later(read, courses):
    moment = timezone.now()
    Offering.objects.filter(pk=courses["started"].pk).update(updated_at=moment)
    Offering.objects.filter(pk=courses["closed"].pk).update(updated_at=moment - dt.timedelta(microseconds=1))

    assert read.ids("offerings/?updated_since=2026-11-24T08:00:00Z") == ids(courses, "started")
    assert read.ids("offerings/?updated_since=2026-11-24T10:00:00%2B02:00") == ids(courses, "started")
    assert read.ids("offerings/?updated_since=2026-11-24T08:00:00.000001Z") == []


def test_the_walk_misses_nothing_that_changes_meanwhile(read, courses):
    order = ["welding", "nursing", "online", "full", "cancelled", "closed", "started"]
    for number, name in enumerate(order):
        Offering.objects.filter(pk=courses[name].pk).update(updated_at=in_days(-9, hour=8 + number))
    first = read("offerings/?updated_since=2020-01-01T00:00:00Z&page_size=3&lang=fi")
    assert [one["id"] for one in first["results"]] == ids(courses, "welding", "nursing", "online")

    # Two of the first page change: with page numbers "full" and "cancelled" would slip to that page, unseen.
    for name in ("welding", "nursing"):
        Offering.objects.filter(pk=courses[name].pk).update(updated_at=timezone.now())
    walked, answer = [], first
    while answer["next"]:
        answer = read(answer["next"].partition("/api/v1/")[2])
        walked += [one["id"] for one in answer["results"]]

    assert walked == ids(courses, "full", "cancelled", "closed", "started", "welding", "nursing")
    assert answer["previous"] is None
    assert isinstance(answer["results"][0]["title"], str)  # the links keep lang


def test_the_walk_tells_apart_what_changed_at_the_same_moment(read, courses):
    Offering.objects.update(updated_at=timezone.now())
    walked, address = [], "offerings/?updated_since=2026-11-24T08:00:00Z&page_size=2"
    while address:
        answer = read(address)
        walked += [one["id"] for one in answer["results"]]
        address = (answer["next"] or "").partition("/api/v1/")[2]

    assert walked == sorted(one.pk for name, one in courses.items() if name != "draft")


def test_the_walk_shows_home_s_places_too(read, courses):
    answer = read("offerings/?updated_since=2020-01-01T00:00:00Z&home=FI-854&page_size=200")
    welding = next(one for one in answer["results"] if one["id"] == courses["welding"].pk)
    assert welding == read("offerings/?q=hitsaus&home=FI-854")["results"][0]


@pytest.mark.parametrize(
    "cursor",
    ["x", "%00", "MjAyNg", "MjAyNi0xMS0yNFQwODowMDowMCswMDowMHwx=", "🦊", "a" * 201, "'%20or%201=1--",
     "MjAyNi0xMS0yNFQwODowMDowMCswMDowMHxhYmM", "MjAyNi0xMS0yNFQwODowMDowMC0xNzozMnwx",
     "MDAwMS0wMS0wMVQwMDowMDowMCsyMzowMHwx",
     "MjAyNi0xMS0yNFQwODowMDowMHwx",
     "MjAyNi0xMS0yNFQwODowMDowMCswMDowMHwxMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMA"],
)  # fmt: skip
def test_a_cursor_of_somebody_else_s_making_is_refused(read, courses, cursor):
    [(name, _code)] = read.refused(f"offerings/?cursor={cursor}")
    assert name == "cursor"


# Pages


def test_pages_hold_together(read, courses):
    pages, address = [], "offerings/?page_size=1&sort=start&utm_source=letter&q="
    while address:
        answer = read(address)
        pages.append(answer)
        address = (answer["next"] or "").partition("/api/v1/")[2]

    assert [one["id"] for page in pages for one in page["results"]] == read.ids("offerings/?sort=start")
    assert [page["count"] for page in pages] == [4] * 4
    assert pages[0]["next"] == "http://testserver/api/v1/offerings/?page_size=1&sort=start&page=2"
    assert [page["previous"] for page in pages[:3]] == [
        None,
        "http://testserver/api/v1/offerings/?page_size=1&sort=start",
        "http://testserver/api/v1/offerings/?page_size=1&sort=start&page=2",
    ]


def test_a_page_beyond_the_last_one_is_not_there(read, courses):
    assert read("offerings/?page=2", status=404)["code"] == "not_found"
    assert read("offerings/?page=100000&page_size=200", status=404)["code"] == "not_found"
    assert read("offerings/?q=qwertyuiop&page=1")["results"] == []
    read("offerings/?q=qwertyuiop&page=2", status=404)


# How much it costs


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("address", "queries"),
    [
        ("offerings/", 6),
        ("offerings/?home=FI-854&free=1", 6),
        ("offerings/?home=FI-854&free=1&facets=1", 7),
        ("offerings/?updated_since=2020-01-01T00:00:00Z", 5),
        ("offerings/?updated_since=2020-01-01T00:00:00Z&home=FI-854", 9),
    ],
)
def test_a_list_costs_the_same_however_long(
    read, lappia, django_assert_num_queries, *, rows, address, queries
):
    # Without a load of the reference data the municipalities are read anew each time: two of the queries.
    for number in range(rows):
        OfferingFactory(
            provider=lappia,
            quotas={"FI-854": 1, "FI-240": 1},
            sites=["FI-851", "FI-240"],
            capacity=9 + number,
        )
    municipality("FI-854")

    with django_assert_num_queries(queries):
        assert len(read(address)["results"]) == rows


def test_one_course_costs(read, courses, django_assert_num_queries):
    with django_assert_num_queries(15):
        read(f"offerings/{courses['welding'].pk}/?home=FI-854")


def test_places_given_elsewhere_count_at_once(read, courses):
    counter = courses["welding"].counters.get(quota=None)
    counter.taken_elsewhere = counter.seats
    counter.save(update_fields=["taken_elsewhere"])

    assert read(f"offerings/{courses['welding'].pk}/")["places"]["free"] == 0
    assert read("offerings/?q=hitsaus&free=1")["count"] == 0
    assert read("offerings/?q=hitsaus&free=1&home=FI-854")["count"] == 1
