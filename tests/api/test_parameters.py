"""Query parameters are read strictly, by pages and by the API."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.http import QueryDict

from kopa.base import parameters
from kopa.base.parameters import Day, Instant, Refused, WholeNumber, YesNo, is_tracking, refused

pytestmark = pytest.mark.unit


class Example(forms.Form):
    free = YesNo(required=False)
    page = WholeNumber(required=False, validators=[MaxValueValidator(9)])
    since = Instant(required=False)
    starts = Day(required=False)
    form = forms.MultipleChoiceField(required=False, choices=[("a", "A"), ("b", "B")])
    q = forms.CharField(required=False, max_length=5)


def read(query: str) -> tuple[dict[str, object], list[Refused]]:
    data = QueryDict(query)
    form = Example(data)
    wrong = refused(data, [form])
    return (form.cleaned_data, wrong)


def codes(query: str) -> list[tuple[str, str]]:
    return [(one.parameter, one.code) for one in read(query)[1]]


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (YesNo, "1", True), (YesNo, "true", True), (YesNo, "0", False),
        (YesNo, "false", False), (YesNo, "", None),
        (WholeNumber, "0", 0), (WholeNumber, "110", 110), (WholeNumber, "", None),
        (Day, "2027-01-31", dt.date(2027, 1, 31)), (Day, "2028-02-29", dt.date(2028, 2, 29)), (Day, "", None),
        (Instant, "2027-01-31T12:00:00Z", dt.datetime(2027, 1, 31, 12, tzinfo=dt.UTC)),
        (Instant, "2027-01-31T12:00:00.25+02:00", dt.datetime(2027, 1, 31, 10, 0, 0, 250000, tzinfo=dt.UTC)),
        (Instant, "2027-01-31T12:00:00-17:32", dt.datetime(2027, 2, 1, 5, 32, tzinfo=dt.UTC)),
        (Instant, "2027-01-31T12:00:00 02:00", dt.datetime(2027, 1, 31, 10, tzinfo=dt.UTC)),
        (Instant, "", None),
    ],
)  # fmt: skip
def test_a_field_reads(field, text, value):
    assert field(required=False).clean(text) == value


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (YesNo, "yes"), (YesNo, "True"), (YesNo, "on"), (YesNo, "2"), (YesNo, " 1"), (YesNo, "\x00"),
        (WholeNumber, "1.0"), (WholeNumber, "-1"), (WholeNumber, "+1"), (WholeNumber, " 1"),
        (WholeNumber, "01"),
        (WholeNumber, "1e9"), (WholeNumber, "NaN"), (WholeNumber, "١"), (WholeNumber, "9" * 20),
        (WholeNumber, "9" * 100_000), (WholeNumber, "1\n"), (WholeNumber, "null"),
        (Day, "2027-02-29"), (Day, "2027-1-31"), (Day, "31.1.2027"), (Day, "20270131"), (Day, "0000-01-01"),
        (Day, "9999-12-31"), (Day, "2027-01-31\n"), (Day, "2027-W04-7"), (Day, "٢٠٢٧-٠١-٠١"),
        (Instant, "2027-01-31"), (Instant, "2027-01-31T12:00:00"), (Instant, "2027-01-31T12:00Z"),
        (Instant, "2027-02-30T12:00:00Z"), (Instant, "2027-01-31T25:00:00Z"),
        (Instant, "9999-12-31T23:59:59Z"),
        (Instant, "2027-01-31T12:00:00+99:00"), (Instant, "1769860800"),
        (Instant, "2027-01-31T12:00:00Z\x00"),
    ],
)  # fmt: skip
def test_a_field_refuses(field, text):
    with pytest.raises(ValidationError) as caught:
        field(required=False).clean(text)
    assert caught.value.code == "invalid"


def test_what_is_understood_is_not_refused():
    values, wrong = read("free=1&page=2&form=a&form=b&q=hits&starts=&utm_source=x&fbclid=y&_ga=z")

    assert wrong == []
    assert values == {"free": True, "page": 2, "since": None, "starts": None, "form": ["a", "b"], "q": "hits"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("nothing=1", [("nothing", "unknown_parameter")]),
        ("Free=1", [("Free", "unknown_parameter")]),
        ("free[]=1", [("free[]", "unknown_parameter")]),
        ("=1", [("", "unknown_parameter")]),
        ("utm_source[x]=1", []),
        ("page=1&page=1", [("page", "repeated")]),
        ("page=&page=", [("page", "repeated")]),
        ("page=10", [("page", "max_value")]),
        ("form=c", [("form", "invalid_choice")]),
        ("form=a&form=a", []),
        ("q=123456", [("q", "max_length")]),
        ("q=%00", [("q", "null_characters_not_allowed")]),
        ("since=now&x=1&free=maybe", [("since", "invalid"), ("x", "unknown_parameter"), ("free", "invalid")]),
    ],
)
def test_what_is_refused_is_named(query, found):
    assert codes(query) == found


def test_a_required_parameter_that_is_missing_is_named_too():
    class Needs(forms.Form):
        home = forms.CharField()

    data = QueryDict("")
    assert [(one.parameter, one.code) for one in refused(data, [Needs(data)])] == [("home", "required")]


def test_a_long_unknown_name_is_not_given_back_whole():
    [one] = read("x" * 10_000 + "=1")[1]
    assert one.parameter == "x" * 80


@pytest.mark.parametrize("name", ["utm_campaign", "mtm_x", "gclid", "msclkid", "_gl", "pk_campaign"])
def test_tracking_parameters_are_known(name):
    assert is_tracking(name)


@pytest.mark.parametrize("name", ["utm", "home", "q", "gclidx", "pk", "pk__in"])
def test_other_parameters_are_not_tracking(name):
    assert not is_tracking(name)


def test_the_list_of_tracking_parameters_hides_no_parameter_of_ours():
    names = sorted({*Example.base_fields, "lang", "page_size", "cursor", "updated_since", "facets"})
    assert [name for name in names if is_tracking(name)] == []
    assert all(earlier != later for earlier, later in pairwise(sorted(parameters.TRACKING)))
