"""The database has the last word: every constraint refuses a row that no service wrote."""

from __future__ import annotations

import datetime as dt
from uuid import uuid4

import pytest
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from kopa.base.db import constraint_name
from offerings.models import CoHost, Offering, PlaceCounter, Quota
from tests.factories import (
    CoHostFactory,
    OfferingFactory,
    PlaceCounterFactory,
    QuotaFactory,
    UserFactory,
    in_days,
    today,
)

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

BREAKS: dict[str, tuple[str, dict[str, object]]] = {
    # constraint: (status, what to write past all Python)
    "offering_status_is_known": ("draft", {"status": "open"}),
    "offering_has_a_title": ("draft", {"title_fi": "", "title_sv": "", "title_en": ""}),
    "offering_draft_was_never_published": ("draft", {"published_at": "now"}),
    "offering_has_a_publication_time_when_published": ("published", {"published_at": None}),
    "offering_has_a_time_and_reason_when_cancelled": ("cancelled", {"cancel_reason_fi": ""}),
    "offering_ends_after_it_starts": ("draft", {"ends_on": "yesterday"}),
    "offering_application_window_is_in_order": ("draft", {"applications_close_at": -11}),
    "offering_release_follows_the_close": ("draft", {"quota_release_at": 30}),
    "offering_release_follows_the_opening": (
        "draft",
        {"applications_close_at": None, "applications_open_at": 5, "quota_release_at": 5},
    ),
    "offering_start_decision_follows_the_release": (
        "draft",
        {"quota_release_at": 40, "start_decision_at": 39},
    ),
    "offering_start_decision_follows_the_close": ("draft", {"start_decision_at": 30}),
    "offering_applications_open_before_the_start": (
        "draft",
        {"applications_open_at": 60, "applications_close_at": None},
    ),
    "offering_applications_close_before_the_start": ("draft", {"applications_close_at": 60}),
    "offering_release_comes_before_the_start": ("draft", {"quota_release_at": 60}),
    "offering_start_decision_comes_before_the_start": ("draft", {"start_decision_at": 60}),
    "offering_group_sizes_are_in_order": ("draft", {"min_group": 21}),
    "offering_continuous_admission_is_by_registration": (
        "published",
        {"applications_close_at": None, "selection_rule": "lottery"},
    ),
    "offering_takes_applications_here_or_in_the_joint_one": (
        "draft",
        {"takes_applications": True, "is_national_joint_application": True},
    ),
    "offering_precedence_is_known": ("draft", {"precedence": "by_height"}),
    "offering_open_to_parties_names_their_agreement": ("published", {"open_to": "agreement_parties"}),
    "offering_in_the_joint_application_has_its_address": (
        "published",
        {"is_national_joint_application": True, "apply_url": ""},
    ),
    "offering_contact_share_is_a_share": ("draft", {"contact_share": "1.01"}),
    "offering_pace_is_a_per_cent": ("draft", {"pace_percent": 0}),
    "offering_credits_are_not_negative": ("draft", {"credits": -1, "credit_unit": "competence_point"}),
    "offering_credits_have_a_unit": ("draft", {"credits": 1}),
    "offering_currency_is_known": ("draft", {"currency": "NOK"}),
    "offering_level_is_known": ("draft", {"level": "doctor"}),
    "offering_study_form_is_known": ("draft", {"study_form": "weekend"}),
    "offering_open_to_is_known": ("draft", {"open_to": "nobody"}),
    "offering_price_basis_is_known": ("draft", {"price_basis": "per_hour"}),
    "offering_selection_rule_is_known": ("draft", {"selection_rule": ""}),
    "offering_places_are_confirmed_by_somebody": ("published", {"places_confirmed_at": "now"}),
}
WHOLE = (
    {"title_fi": "", "title_sv": ""},
    {"form": None},
    {"field": None},
    {"mode": None},
    {"starts_on": None, "ends_on": None},
    {"capacity": None},
    {"applications_open_at": None},
    {"price_basis": ""},
    {"contact_email": ""},
)
MOMENTS = ("applications_open_at", "applications_close_at", "quota_release_at", "start_decision_at")


def refused_by(rows: models.QuerySet, **values: object) -> str:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        rows.update(**values)
    return constraint_name(refused.value)


def written(values: dict[str, object]) -> dict[str, object]:
    words: dict[object, object] = {"now": timezone.now(), "yesterday": today() - dt.timedelta(days=1)}
    return {
        name: in_days(value) if name in MOMENTS and isinstance(value, int) else words.get(value, value)
        for name, value in values.items()
    }


@pytest.mark.parametrize("name", BREAKS)
def test_a_row_that_breaks_a_rule_is_refused_by_its_name(name):
    status, values = BREAKS[name]
    OfferingFactory(status=status, credit_unit="competence_point" if "credit_unit" in values else None)

    assert refused_by(Offering.objects.all(), **written(values)) == name


@pytest.mark.parametrize("values", WHOLE, ids=lambda values: next(iter(values)))
def test_a_published_row_is_whole(values):
    OfferingFactory()

    assert refused_by(Offering.objects.all(), **values) == "offering_is_whole_when_published"


def test_an_identifier_of_ones_own_stands_once_in_an_organisation():
    one = OfferingFactory(own_reference="H-1")
    OfferingFactory(provider=one.provider, own_reference="H-2")

    assert refused_by(Offering.objects.filter(own_reference="H-2"), own_reference="H-1") == (
        "offering_own_reference_is_unique"
    )


def test_a_blank_form_becomes_one_course():
    one = OfferingFactory(created_from=uuid4())
    other = OfferingFactory()

    assert refused_by(Offering.objects.filter(pk=other.pk), created_from=one.created_from) == (
        "offering_is_created_once"
    )


def test_a_course_is_copied_once_to_a_term_and_says_which():
    source = OfferingFactory()
    OfferingFactory(status="draft", copied_from=source, copied_to="2027-1")
    other = OfferingFactory(status="draft", copied_from=source, copied_to="2027-2")
    OfferingFactory(status="cancelled", copied_from=source, copied_to="2027-1")  # is no obstacle
    rows = Offering.objects.filter(pk=other.pk)

    assert refused_by(rows, copied_to="2027-1") == "offering_is_copied_once_to_a_term"
    assert refused_by(rows, copied_to="") == "offering_copy_says_its_term"


@pytest.mark.parametrize("counted", ["held", "taken", "used", "taken_elsewhere"])
def test_no_source_gives_more_places_than_it_has(counted):
    """R-CAP-1, and the database has the last word."""
    counter = PlaceCounterFactory(seats=3)
    rows = PlaceCounter.objects.filter(pk=counter.pk)
    rows.update(**{counted: 3})

    assert refused_by(rows, **{counted: 4}) == "places_given_are_no_more_than_the_seats"
    assert refused_by(rows, seats=2) == "places_given_are_no_more_than_the_seats"


def test_an_offering_has_one_open_source():
    counter = PlaceCounterFactory()

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        PlaceCounter.objects.create(offering=counter.offering, seats=1)

    assert constraint_name(refused.value) == "places_have_one_open_source"


def test_a_municipality_has_one_quota_of_at_least_one_place():
    quota = QuotaFactory()

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Quota.objects.create(offering=quota.offering, municipality=quota.municipality, seats=1)

    assert constraint_name(refused.value) == "quota_is_one_per_municipality"
    assert refused_by(Quota.objects.all(), seats=0) == "quota_has_a_seat"


def test_a_co_host_is_named_once_for_a_known_part():
    co_host = CoHostFactory()

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        CoHost.objects.create(offering=co_host.offering, organisation=co_host.organisation, part=co_host.part)

    assert constraint_name(refused.value) == "co_host_is_named_once"
    assert refused_by(CoHost.objects.all(), part="watches") == "co_host_part_is_known"


def test_every_constraint_of_offerings_is_broken_here():
    own = {"places_given_are_no_more_than_the_seats", "places_have_one_open_source", "quota_has_a_seat",
           "quota_is_one_per_municipality", "co_host_is_named_once", "co_host_part_is_known",
           "offering_own_reference_is_unique", "offering_is_created_once",
           "offering_is_copied_once_to_a_term", "offering_copy_says_its_term",
           "offering_is_whole_when_published"}  # fmt: skip
    there = {
        constraint.name
        for model in (Offering, Quota, PlaceCounter, CoHost)
        for constraint in model._meta.constraints
    }

    assert there == own | set(BREAKS)


def test_the_database_reads_the_day_of_the_start_by_the_hosts_clock():
    # 22:30 UTC is half past midnight in Helsinki but still half past eleven in the evening in Stockholm.
    late = dt.datetime.combine(today() + dt.timedelta(days=59), dt.time(22, 30), tzinfo=dt.UTC)
    finnish = OfferingFactory()
    swedish = OfferingFactory(currency="SEK")

    assert refused_by(Offering.objects.filter(pk=finnish.pk), applications_close_at=late) == (
        "offering_applications_close_before_the_start"
    )
    assert Offering.objects.filter(pk=swedish.pk).update(applications_close_at=late) == 1


def test_who_confirmed_stands_beside_when():
    offering = OfferingFactory()
    rows = Offering.objects.filter(pk=offering.pk)

    assert refused_by(rows, places_confirmed_by=UserFactory()) == "offering_places_are_confirmed_by_somebody"
    assert rows.update(places_confirmed_by=UserFactory(), places_confirmed_at=timezone.now()) == 1
