"""A generated catalogue: invented, labelled, the same for the same seed and day, never beside real data."""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from kopa.accounts.models import User
from kopa.portal.demonstration import loading as demonstration
from kopa.portal.generation import loading, register, wording
from kopa.portal.generation.plan import plan
from offerings import services
from offerings.models import Offering
from offerings.readiness import facts_of, reasons_against
from offerings.search import projection
from offerings.search.engine import search
from offerings.search.query import SearchQuery
from offerings.states import OfferingStatus
from tests.conftest import TUESDAY
from tests.factories import OfferingFactory, UserFactory

pytestmark = pytest.mark.integration
TODAY = dt.date(2026, 11, 24)
COUNT = 600


def generate(*words: str) -> list[str]:
    out = io.StringIO()
    call_command("generate_catalogue", *words, stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture(scope="module")
def reference_data(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), time_machine.travel(TUESDAY, tick=False), transaction.atomic():
        call_command("load_reference", stdout=io.StringIO())
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def generated(reference_data):
    with time_machine.travel(TUESDAY, tick=False), transaction.atomic():
        said = generate(f"--offerings={COUNT}", "--seed=7")
        yield said
        transaction.set_rollback(True)


@pytest.fixture
def catalogue(generated, db):
    return Offering.objects.all()


def as_written() -> list[tuple[object, ...]]:
    """Every generated offering without the numbers that the database gave it."""
    hidden = {"id", "places_confirmed_by_id"}
    columns = [field.attname for field in Offering._meta.concrete_fields if field.attname not in hidden]
    rows = loading.generated().order_by("own_reference").prefetch_related("sites", "languages", "counters")
    return [
        (
            *(str(getattr(row, column)) for column in columns),
            sorted(site.register_key for site in row.sites.all()),
            sorted(language.pk for language in row.languages.all()),
            [(counter.seats, counter.taken_elsewhere) for counter in row.counters.all()],
        )
        for row in rows
    ]


def test_all_are_labelled_and_the_command_says_what_it_did(generated, catalogue):
    found = catalogue.in_search(timezone.now()).count()

    assert catalogue.count() == COUNT
    assert not catalogue.filter(is_demonstration=False).exists()
    made = f"{COUNT} generated offerings of seed 7 as of 2026-11-24"
    assert f"{made}; the search holds {found}." in generated[-1]


def test_about_a_quarter_is_in_the_base_set_and_each_kind_is_there(catalogue):
    now = timezone.now()
    found = catalogue.in_search(now)

    assert 0.20 < found.count() / COUNT < 0.28
    assert found.filter(applications_open_at__gt=now).exists()
    assert found.filter(applications_close_at__isnull=True).exists()
    assert found.filter(applications_close_at__lt=now + dt.timedelta(days=10)).exists()
    assert set(catalogue.values_list("status", flat=True)) == set(OfferingStatus.values)
    assert set(found.values_list("mode", flat=True)) == {"contact", "blended", "distance"}
    assert set(found.values_list("open_to", flat=True)) == {"all", "regions", "municipalities"}
    assert set(found.values_list("provider__country", flat=True)) == {"FI", "SE"}
    assert 0.15 < catalogue.filter(quotas__isnull=False).distinct().count() / COUNT < 0.35
    assert 0.02 < catalogue.filter(sites__isnull=True).count() / COUNT < 0.10
    sites = Counter(catalogue.filter(sites__isnull=False).values_list("pk", flat=True))
    assert 0.02 < sum(number > 1 for number in sites.values()) / COUNT < 0.10


def test_published_ones_satisfy_what_publishing_asks(catalogue):
    rows = catalogue.filter(status="published").select_related("provider")
    for offering in rows.prefetch_related("languages", "sites", "quotas"):
        offering.clean_fields()
        assert reasons_against(facts_of(offering), anew=True) == []


def test_the_days_have_been_followed(catalogue):
    """Started ones run and ended ones are completed: nothing is left to the job."""
    assert services.follow_the_days(now=timezone.now()) == {"started": 0, "resumed": 0, "completed": 0}


def test_counters_and_search_rows_agree(catalogue):
    now = timezone.now()

    assert services.places_that_disagree() == []
    assert projection.compare(now=now) == []
    assert search(SearchQuery(), now=now).total == catalogue.in_search(now).count()
    assert 0 < search(SearchQuery(free=True), now=now).total < search(SearchQuery(), now=now).total


def test_the_same_seed_and_day_make_the_same_and_replace_what_was_there(catalogue):
    before = as_written()

    said = generate(f"--offerings={COUNT}", "--seed=7", "--today=2026-11-24")

    assert f"removed {COUNT} offerings that were generated earlier" in said[0]
    assert as_written() == before


def test_another_seed_makes_another_catalogue(catalogue):
    before = as_written()

    generate("--offerings=20", "--seed=8")

    assert loading.generated().count() == 20
    assert {row[3:7] for row in as_written()}.isdisjoint(row[3:7] for row in before)


def test_a_bigger_catalogue_begins_with_the_smaller_one(generated, db):
    read = register.read()
    small = list(plan(read, offerings=5, seed=3, today=TODAY))
    big = list(plan(read, offerings=10, seed=3, today=TODAY))

    assert big[:5] == small


def test_dates_count_from_the_given_day(catalogue, clock):
    generate("--offerings=200", "--today=2027-03-01")
    clock.move_to(dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC))

    assert 0.14 < loading.generated().in_search(timezone.now()).count() / 200 < 0.34


@pytest.mark.parametrize("make", [OfferingFactory, UserFactory], ids=["an offering", "an account"])
def test_it_refuses_a_portal_with_anything_real(catalogue, make):
    make()

    with pytest.raises(CommandError, match="nothing but generated or demonstration data"):
        generate("--offerings=10")
    assert loading.generated().count() == COUNT


def test_the_demonstration_and_a_generated_catalogue_leave_each_other_alone(catalogue):
    said: list[str] = []
    count = demonstration.load(TODAY, say=said.append)
    assert loading.generated().count() == COUNT
    assert demonstration.loaded_on() == TODAY

    generate("--offerings=10")

    assert Offering.objects.count() == count + 10
    assert demonstration.load(TODAY, say=said.append) == count
    assert Offering.objects.count() == count + 10


def test_nobody_can_sign_in_who_came_with_it(catalogue):
    assert [(user.is_demonstration, user.is_active) for user in User.objects.all()] == [(True, False)]


@pytest.mark.unit
def test_every_frame_has_every_word_it_names():
    made = [
        frame.title(topic, language)
        for choice in wording.frames().values()
        for frame in choice.things
        for topic in frame.topics
        for language in ("fi", "sv", "en")
    ]

    assert len(made) > 4000
    assert not [title for title in made if title.startswith((",", " ")) or ", ," in title]
    assert max(map(len, made)) < 120
