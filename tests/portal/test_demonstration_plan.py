"""What the demonstration will be, without a database: whole, believable, and the same every time."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter

import pytest

from kopa.portal.demonstration.catalogue import courses, reserves, spot
from kopa.portal.demonstration.plan import WINDOWS, plan
from offerings.models import ZONES

pytestmark = pytest.mark.unit
DAY = dt.date(2026, 11, 24)


@pytest.fixture(scope="module")
def planned():
    return list(plan(DAY))


@pytest.mark.parametrize(
    ("word", "host", "place", "mode", "languages"),
    [
        ("10069", "10069", "", "contact", ()),
        ("SE-2518/distance", "SE-2518", "", "distance", ()),
        ("10069@FI-854/blended+fi+sv", "10069", "FI-854", "blended", ("fi", "sv")),
        ("00432+sv", "00432", "", "contact", ("sv",)),
    ],
)
def test_a_word_says_who_where_how_and_in_which_language(word, host, place, mode, languages):
    read = spot(word)

    assert (read.host, read.place, read.mode, read.languages) == (host, place, mode, languages)


@pytest.mark.parametrize("word", ["", "1006", "FI-854@", "10069+sv/blended", "10069 /blended", "10069@10063"])
def test_a_word_that_is_none_is_refused(word):
    with pytest.raises(ValueError, match="is no HOST"):
        spot(word)


def test_there_are_some_four_hundred_and_each_is_named_once(planned):
    references = [offering.reference for offering in planned]

    assert 380 <= len(references) <= 450
    assert len(set(references)) == len(references)
    assert max(map(len, references)) <= 60


def test_the_same_day_gives_the_same_plan(planned):
    assert list(plan(DAY)) == planned


def test_another_day_moves_dates_and_nothing_else(planned):
    dates = {"applications_open_at", "applications_close_at", "starts_on", "ends_on"}
    later = list(plan(DAY + dt.timedelta(days=30)))

    for now, then in zip(planned, later, strict=True):
        assert {k: v for k, v in now.given.items() if k not in dates} == {
            k: v for k, v in then.given.items() if k not in dates
        }
        assert (now.quotas, now.taken, now.window) == (then.quotas, then.taken, then.window)


@pytest.mark.parametrize(
    "day",
    [dt.date(2026, 11, 24) + dt.timedelta(days=step) for step in range(0, 730, 13)],
    ids=lambda day: day.isoformat(),
)
def test_on_every_day_of_the_year_dates_are_in_order_and_ahead(day):
    for offering in plan(day):
        given, zone = offering.given, ZONES[offering.spot.country]
        starts, opens = given["starts_on"], given["applications_open_at"]
        closes = given["applications_close_at"]
        assert starts > day
        assert given["ends_on"] > starts
        assert opens.astimezone(zone).date() < starts
        if closes is not None:
            # Reserved places are released ten days after the close, and before the start.
            assert opens < closes
            assert day < closes.astimezone(zone).date() < starts - dt.timedelta(days=10)


def test_courses_start_on_mondays_outside_holidays(planned):
    starts = [offering.given["starts_on"] for offering in planned]

    assert {start.weekday() for start in starts} == {0}
    assert not [start for start in starts if (6, 1) <= (start.month, start.day) < (8, 8)]
    assert not [start for start in starts if start.month == 12 and start.day >= 14]


def test_every_window_is_as_its_name_says(planned):
    now = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
    for offering in planned:
        opens, closes = offering.given["applications_open_at"], offering.given["applications_close_at"]
        is_open = opens <= now and (closes is None or closes > now)
        soon = closes is not None and closes - now < dt.timedelta(days=11)
        assert {
            "open": is_open and closes is not None,
            "closing": is_open and soon,
            "later": opens > now,
            "continuous": is_open and closes is None,
        }[offering.window]
    assert {offering.window for offering in planned} == set(WINDOWS)


def test_places_add_up(planned):
    for offering in planned:
        capacity, reserved = offering.given["capacity"], sum(offering.quotas.values())
        assert capacity >= 1
        assert 0 <= reserved < capacity
        assert 0 <= offering.taken["open"] <= capacity - reserved
        assert all(offering.taken.get(key, 0) <= seats for key, seats in offering.quotas.items())
        assert set(offering.taken) <= {"open", *offering.quotas}
        assert (offering.given["min_group"] or 1) <= capacity


def shares(values) -> dict[object, float]:
    counts = Counter(values)
    return {value: count / counts.total() for value, count in counts.items()}


def test_the_spread_is_believable(planned):
    windows_ = shares(offering.window for offering in planned)
    modes = shares(offering.spot.mode for offering in planned)
    countries = shares(offering.spot.country for offering in planned)
    fullness = shares(
        "full" if taken == capacity else "few" if capacity - taken <= 3 else "some"
        for taken, capacity in ((sum(o.taken.values()), o.given["capacity"]) for o in planned)
    )

    assert 0.5 < windows_["open"] < 0.75
    assert all(windows_[name] > 0.05 for name in ("closing", "later", "continuous"))
    assert 0.4 < modes["contact"] < 0.7
    assert modes["blended"] > 0.15
    assert modes["distance"] > 0.08
    assert 0.2 < countries["SE"] < 0.4
    assert 0.08 < fullness["full"] < 0.25
    assert fullness["few"] > 0.1
    assert len([o for o in planned if o.quotas]) > 50
    assert len([o for o in planned if o.open_to_municipalities]) > 5
    assert len([o for o in planned if o.opens_host_region]) > 3
    assert {o.given["form_id"] for o in planned} >= {
        "vocational", "general_upper_secondary", "komvux", "liberal_adult", "higher", "adult_basic",
        "integration", "arts_basic", "preparatory", "basic", "non_regulated",
    }  # fmt: skip
    assert len({o.given["field_id"] for o in planned}) >= 15


def test_contact_distance_and_days_agree(planned):
    for offering in planned:
        share, days = offering.given["contact_share"], offering.given["contact_days"]
        match offering.spot.mode:
            case "distance":
                assert (share, days) == (0, 0)
            case "blended":
                assert 0 < share < 1
                assert days >= 2
            case _:
                assert (share, days) == (1, None)


def test_texts_have_no_gaps(planned):
    """A language has all texts of an offering, or none; nothing is left unfilled."""
    for offering in planned:
        given = offering.given
        for language in ("fi", "sv", "en"):
            assert bool(given[f"title_{language}"]) == bool(given[f"description_{language}"])
            if not given[f"title_{language}"]:
                assert not given[f"entry_requirements_{language}"]
                assert not given[f"accessibility_note_{language}"]
        assert not [text for text in given.values() if isinstance(text, str) and re.search(r"[{}]|  ", text)]


def test_titles_are_in_both_languages_of_the_border_and_many_in_english(planned):
    count = {
        language: len([o for o in planned if o.given[f"title_{language}"]]) for language in ("fi", "sv", "en")
    }

    assert count["fi"] > 0.95 * len(planned)
    assert count["sv"] > 0.95 * len(planned)
    assert count["en"] > 0.3 * len(planned)


def test_a_course_in_sweden_is_called_as_sweden_calls_it(planned):
    swedish = " ".join(
        o.given["title_sv"] + o.given["description_sv"] for o in planned if o.spot.country == "SE"
    )

    assert all(word in swedish for word in ("Undersköterska", "Svetsare", "halvdistans", "yrkespaket"))
    assert not re.search(r"närvårdare|läroavtal|yrkesläroanstalt|flerform|vitsord", swedish, re.IGNORECASE)


def test_nothing_leads_to_a_real_person_or_place(planned):
    for offering in planned:
        given = offering.given
        assert given["contact_email"].endswith("@example.org")
        assert given["contact_name"] in {
            "Opintotoimisto", "Studiebyrån", "Vuxenutbildningens expedition", "Gymnasieskolans expedition",
        }  # fmt: skip
        assert re.match(r"^(https://(haku|ansokan)\.example\.org/|$)", given["apply_url"])
        assert given["apply_url"] or given["apply_contact"]
        assert "contact_phone" not in given


def test_continuous_admission_is_by_registration_and_reserves_nothing(planned):
    continuous = [offering for offering in planned if offering.window == "continuous"]

    assert {offering.given["selection_rule"] for offering in continuous} == {"registration_order"}
    assert not [offering for offering in continuous if offering.quotas]


def test_what_the_files_fix_is_taken(planned):
    by_reference = {offering.reference: offering for offering in planned}
    welder = by_reference["welder 10069"]

    assert (welder.given["capacity"], welder.quotas) == (16, {"FI-854": 2, "FI-976": 2})
    assert (welder.taken, welder.window) == ({"open": 7, "FI-976": 1}, "open")
    fixed = {f"{course.key} {word}" for course in courses() for word in course.facts.get("set", {})}
    assert fixed <= set(by_reference)


def test_hosts_that_reserve_places_have_courses():
    hosts = {word.host for course in courses() for word in course.spots}

    assert set(reserves()) <= hosts
