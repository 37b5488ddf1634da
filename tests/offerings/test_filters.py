"""The parameters of the search: what an address means, and what of it is refused."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.utils import timezone

from offerings.filters import MAX_KM, MAX_VALUES, OfferingFilter
from offerings.models import Offering
from offerings.search.addresses import parameters, query_string
from offerings.search.phrases import MAX_WORDS
from offerings.search.query import MAX_Q, Payer, SearchQuery, Sort, Window
from tests.factories import EducationForm as Form
from tests.factories import (
    MunicipalityAliasFactory,
    OfferingFactory,
    OrganisationFactory,
    RegionFactory,
    code,
    municipality,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.integration,
    pytest.mark.usefixtures("english"),
]


@pytest.fixture(autouse=True)
def _places():
    for key in ("FI-854", "FI-976", "SE-2518"):
        municipality(key)
    for value in ("vocational", "komvux"):
        code(Form, value)


def read(address):
    return OfferingFilter(QueryDict(address))


def refused(address):
    return [(one.parameter, one.code) for one in read(address).refused]


# --- what is understood


def test_every_parameter_is_read():
    offering = OfferingFactory(languages=["fi", "sv"])
    provider = offering.provider_id
    asked = read(
        "q=hitsaus&home=FI-854&within_km=30&free=1&open=soon&for_me=1&reachable=true&form=vocational&field=07"
        "&mode=contact&language=fi,sv&municipality=FI-854&municipality=SE-2518&region=FI-R19"
        f"&provider={provider}&payer=state&payer=learner_fee&starts_after=2027-01-31&sort=places&page=3"
        "&page_size=50&facets=1&lang=sv"
    )

    assert asked.refused == ()
    assert asked.query == SearchQuery(
        q="hitsaus",
        home="FI-854",
        within_km=30,
        free=True,
        open=Window.SOON,
        for_me=True,
        reachable=True,
        form=frozenset({"vocational"}),
        field=frozenset({"07"}),
        mode=frozenset({"contact"}),
        language=frozenset({"fi", "sv"}),
        municipality=frozenset({"FI-854", "SE-2518"}),
        region=frozenset({"FI-R19"}),
        provider=frozenset({provider}),
        payer=frozenset({Payer.STATE, Payer.LEARNER_FEE}),
        starts_after=dt.date(2027, 1, 31),
        sort=Sort.PLACES,
        page=3,
        page_size=50,
    )
    assert asked.asks_facets is True


@pytest.mark.parametrize(
    "address",
    [
        "",
        "q=&home=&within_km=&free=&open=&form=&form=&field=,&payer=&starts_after=&sort=&page=&lang=",
        "free=0&for_me=false&reachable=0&facets=0",
        "page=1",
        "q=%20%20",
    ],
)
def test_empty_values_and_defaults_ask_nothing(address):
    assert read(address).query == SearchQuery()
    assert read(address).refused == ()
    assert read(address).asks_facets is False


def test_plain_mappings_are_read_too():
    assert OfferingFilter({"form": ["vocational", "komvux"], "page": 2}).query == SearchQuery(
        form=frozenset({"vocational", "komvux"}), page=2
    )
    assert OfferingFilter().query == SearchQuery()


def test_tracking_parameters_are_dropped_without_a_word():
    assert refused("utm_source=x&fbclid=1&gclid=2&mtm_campaign=y&q=a") == []


def test_repeated_and_comma_values_are_the_same():
    both = frozenset({"vocational", "komvux"})

    for address in (
        "form=vocational&form=komvux",
        "form=vocational,komvux",
        "form=komvux, vocational&form=komvux",
    ):
        assert read(address).query.form == both


def test_a_long_text_is_cut_and_not_refused():
    asked = read("q=" + "a" * 100_000)

    assert (asked.query.q, asked.refused) == ("a" * MAX_Q, ())
    assert [(one.parameter, one.code) for one in asked.left_out] == [("q", "shortened")]


@pytest.mark.parametrize(
    ("q", "is_shortened"),
    [
        ("a" * MAX_Q, False),
        (" " * 9 + "a" * MAX_Q + " " * 9, False),
        ("a" * (MAX_Q + 1), True),
        (" ".join(f"w{n}" for n in range(MAX_WORDS)), False),
        (" ".join(f"w{n}" for n in range(MAX_WORDS + 1)), True),
        (" and ".join(f"w{n}" for n in range(MAX_WORDS)), False),
        ("kurssi " * 20, False),
    ],
)
def test_a_text_of_which_not_all_counts_is_said_to_be_shortened(q, is_shortened):
    assert bool(read(urlencode({"q": q})).shortened) is is_shortened


def test_zero_kilometres_is_a_distance():
    assert read("home=FI-854&within_km=0").query.within_km == 0


# --- what is refused: left out on the page, a 400 in the API


@pytest.mark.parametrize(
    ("address", "reasons"),
    [
        ("foo=1", [("foo", "unknown_parameter")]),
        ("free=yes", [("free", "invalid")]),
        ("free=1&free=1", [("free", "repeated")]),
        ("q=a&q=b", [("q", "repeated")]),
        ("q=%00", [("q", "null_characters_not_allowed")]),
        ("open=0", [("open", "invalid_choice")]),
        ("sort=price", [("sort", "invalid_choice")]),
        ("payer=me", [("payer", "invalid_choice")]),
        ("lang=de", [("lang", "invalid_choice")]),
        ("form=a-b", [("form", "invalid")]),
        ("form=lukio", [("form", "unknown_value")]),
        ("form=vocational,lukio", [("form", "unknown_value")]),
        ("field=7", [("field", "invalid")]),
        ("field=99", [("field", "unknown_value")]),
        ("mode=online", [("mode", "unknown_value")]),
        ("language=xx", [("language", "unknown_value")]),
        ("municipality=Pello", [("municipality", "invalid")]),
        ("municipality=FI-998", [("municipality", "unknown_value")]),
        ("region=FI-R98", [("region", "unknown_value")]),
        ("provider=0", [("provider", "invalid")]),
        ("provider=123456789", [("provider", "unknown_value")]),
        ("provider=" + "9" * 30, [("provider", "invalid")]),
        ("starts_after=31.1.2027", [("starts_after", "invalid")]),
        ("starts_after=9999-12-31", [("starts_after", "invalid")]),
        ("starts_after=2027-02-30", [("starts_after", "invalid")]),
        ("home=FI-854&within_km=-1", [("within_km", "invalid")]),
        ("home=FI-854&within_km=1e400", [("within_km", "invalid")]),
        (f"home=FI-854&within_km={MAX_KM + 1}", [("within_km", "max_value")]),
        ("page=0", [("page", "min_value")]),
        ("page=" + "9" * 5000, [("page", "invalid")]),
        ("page=1000000000000", [("page", "max_value")]),
        ("page_size=201", [("page_size", "max_value")]),
        ("page_size=0", [("page_size", "min_value")]),
        ("home=FI-998", [("home", "unknown_municipality")]),
        ("home=Atlantis", [("home", "unknown_municipality")]),
        ("for_me=1", [("for_me", "needs_home")]),
        ("reachable=1&within_km=30", [("reachable", "needs_home"), ("within_km", "needs_home")]),
        ("sort=distance", [("sort", "needs_home")]),
        ("home=FI-998&sort=distance", [("home", "unknown_municipality"), ("sort", "needs_home")]),
        ("form=" + ",".join(f"f{'x' * n}" for n in range(MAX_VALUES + 1)), [("form", "too_many")]),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_what_is_not_understood_is_named_and_left_out(address, reasons):
    assert refused(address) == reasons
    assert read(address + "&q=hitsaus" if "q=" not in address else address).query == SearchQuery(
        q="" if "q=" in address else "hitsaus",
        home="FI-854" if "home=FI-854" in address else "",
    )


def test_a_refusal_says_what_is_wrong():
    assert [one.detail for one in read("form=lukio&free=2&within_km=30").refused] == [
        "“lukio” is not a value of this parameter.",
        "Give 1 or 0.",
        "Choose your home municipality first.",
    ]


# --- home as a name


def test_a_home_typed_by_name_becomes_its_key():
    MunicipalityAliasFactory(municipality=municipality("FI-854"), name="Pellon pitäjä")

    for name in ("Pello", "pello", "PELLON PITÄJÄ", "ylitornio"):
        asked = read(f"home={name}&sort=distance")
        assert asked.refused == ()
        assert asked.query.home == ("FI-976" if name == "ylitornio" else "FI-854")


def test_a_name_that_two_municipalities_bear_has_to_be_chosen():
    asked = read("home=Övertorneå&sort=distance")

    assert [(one.parameter, one.code) for one in asked.refused] == [
        ("home", "ambiguous"),
        ("sort", "needs_home"),
    ]
    assert {place.key for place in asked.home_choices} == {"FI-976", "SE-2518"}
    assert asked.query == SearchQuery()
    assert read("home=Pello").home_choices == ()


# --- addresses


@pytest.mark.parametrize(
    "query",
    [
        SearchQuery(),
        SearchQuery(q="hitsaus & kokki", home="FI-854", within_km=0, sort=Sort.START),
        SearchQuery(form=frozenset({"vocational", "komvux"}), payer=frozenset({Payer.STATE}), page=2),
        SearchQuery(home="FI-854", open=Window.NOW, free=True, starts_after=dt.date(2027, 1, 31)),
    ],
)
def test_the_canonical_address_means_the_same_search(query):
    assert read(query_string(query).removeprefix("?")).query == query
    assert parameters(query) == sorted(parameters(query))


# --- as a filter of offerings


def test_the_filter_finds_what_the_search_finds():
    wanted = OfferingFactory(form="komvux")
    OfferingFactory()
    OfferingFactory(form="komvux", applications_close_at=timezone.now() - dt.timedelta(days=1))

    asked = OfferingFilter(QueryDict("form=komvux"), Offering.objects.order_by("pk"), now=timezone.now())
    assert list(asked.qs) == [wanted]
    assert set(OfferingFilter(QueryDict("")).qs) == set(Offering.objects.all()[:2])


@pytest.mark.parametrize(
    ("address", "statements"),
    [("q=a&home=Pello", 2), ("q=a&free=1", 0), ("form=vocational&home=FI-854&region=FI-R19&field=07", 4)],
)
def test_checking_takes_a_literal_number_of_statements(
    address, statements, loaded, django_assert_num_queries
):
    OfferingFactory(provider=OrganisationFactory(), sites=["FI-854"])
    RegionFactory(code="19")
    read("home=Pello&form=vocational").query  # noqa: B018 - brings municipalities and codes into memory

    # Outside of a request each look asks whether the reference data are new.

    with django_assert_num_queries(statements):
        assert read(address).refused == ()
