"""Saved by the batch is as saved one by one: rows, lists, places, journal, search, and what is refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext

from applications.services import filling
from kopa.audit.models import AuditEvent
from kopa.base.errors import ChangedMeanwhile, RuleBroken
from kopa.codes.models import CreditUnit, PriorEducation, TeachingLanguage
from offerings import services
from offerings.models import CoHost, Offering, Quota, SearchRow
from offerings.search import projection
from offerings.services import Saved, Wanted, bulk
from offerings.services.inputs import LISTS
from pilots.models import PilotGroup
from providers.states import OrganisationStatus
from tests.factories import AgreementFactory, PilotGroupFactory, SiteFactory, code, in_days, municipality
from tests.offerings.given import a_course

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def everything(lappia, pello) -> dict[str, Any]:
    """Whatever can be said of an offering, otherwise than ``a_course`` says it."""
    code(CreditUnit, "competence_point")
    code(PriorEducation, "basic")
    code(TeachingLanguage, "sv")
    return {
        "title_sv": "Svetsare", "description_fi": "Opit hitsaamaan.", "description_sv": "Du lär dig svetsa.",
        "level": "upper_secondary", "course_codes": ["H1", "H2"], "credits": Decimal(180),
        "credit_unit_id": "competence_point", "contact_share": Decimal("0.5"), "contact_days": 20,
        "languages": ["fi", "sv"], "sites": [SiteFactory(organisation=pello).pk],
        "elsewhere": [municipality("FI-240").pk], "co_hosts": [(pello.pk, CoHost.Part.LENDS_SITE.value)],
        "quotas": {pello.municipality_id: 2, municipality("FI-976").pk: 3},
        "prior_education": ["basic"], "open_to": "municipalities",
        "open_to_municipalities": [pello.municipality_id], "start_decision_at": in_days(50), "capacity": 18,
        "learner_fee_cents": 5000, "price_basis": "per_place", "price_cents": 12000,
    }  # fmt: skip


def as_it_stands(offering: Offering) -> dict[str, object]:
    """Everything about an offering but its own keys."""
    row = {
        field.attname: getattr(offering, field.attname)
        for field in Offering._meta.concrete_fields
        if field.name not in {"id", "own_reference"}
    }
    search = SearchRow.objects.filter(pk=offering.pk).first()
    sources = ("quota__municipality__key", "seats", "taken_elsewhere", "held", "taken", "used")
    return row | {
        "lists": {name: sorted(getattr(offering, name).values_list("pk", flat=True)) for name in LISTS},
        "co_hosts": sorted(offering.co_hosts.values_list("organisation", "part")),
        "quotas": sorted(offering.quotas.values_list("municipality", "seats")),
        "counters": sorted(offering.counters.values_list(*sources), key=str),
        "search": search and model_to_dict(search, exclude=["offering"]),
        "journal": [
            {**model_to_dict(entry, exclude=["id", "target_id"]), "changes": said(entry)}
            for entry in AuditEvent.objects.filter(target_id=offering.pk).order_by("pk")
        ],
    }


def said(entry: AuditEvent) -> dict[str, Any]:
    return {name: change for name, change in entry.changes.items() if name != "own_reference"}


def one(provider, by, given, *, offering=None, publishes=False) -> Wanted:
    version = 0 if offering is None else offering.version
    return Wanted(provider.pk, given, by, offering and offering.pk, version, publishes)


def alone(wanted: Wanted) -> Offering:
    return bulk._act(wanted)


def counted(provider, given, by, *, is_public=True) -> Offering:
    """A saved course of which some places are given outside KOPA."""
    make = services.publish_new if is_public else services.create_draft
    offering = make(provider_id=provider.pk, given=given, by=by)
    counters = {counter.pk: 1 for counter in offering.counters.all()}
    return services.set_taken_elsewhere(offering_id=offering.pk, taken=counters, by=by)


def assert_alike(first: Offering, second: Offering) -> None:
    one_by_one, many = (as_it_stands(Offering.objects.get(pk=offering.pk)) for offering in (first, second))
    assert many == one_by_one
    assert services.places_that_disagree() == []
    assert projection.compare(now=in_days(0)) == []


@pytest.mark.parametrize("publishes", [False, True])
@pytest.mark.parametrize("is_rich", [False, True])
def test_new_ones(publishes, is_rich, everything, lappia, bengt):
    given = a_course(lappia) | (everything if is_rich else {})

    first = alone(one(lappia, bengt, given | {"own_reference": "a"}, publishes=publishes))
    outcomes = services.save_many(
        one(lappia, bengt, given | {"own_reference": reference}, publishes=publishes) for reference in "bc"
    )

    assert [type(outcome) for outcome in outcomes] == [Saved, Saved]
    for outcome in outcomes:
        second = Offering.objects.get(pk=outcome.offering_id)
        assert second.version == outcome.version
        assert_alike(first, second)


CHANGES = {
    "nothing": {},
    "a number": {"capacity": 20},
    "fewer reserved": {"quotas": {"FI-854": 1, "FI-976": 2}},
    "none reserved for some": {"quotas": {"FI-240": 4}},
    "the same list": {"languages": ["fi"]},
    "a day": {"ends_on": dt.date(2027, 12, 31)},
    "places by municipality": {"elsewhere": ["FI-240"]},
}


@pytest.mark.parametrize("name", [*CHANGES, "everything"])
@pytest.mark.parametrize("state", ["draft", "to be published", "public"])
def test_saved_ones(name, state, everything, lappia, pello, bengt):
    given = everything if name == "everything" else CHANGES[name]
    given = given | {key: by_id(value) for key, value in given.items() if key in {"quotas", "elsewhere"}}
    quotas = {pello.municipality_id: 3, municipality("FI-976").pk: 1}
    wanted = []
    for _ in range(2):
        saved = counted(lappia, a_course(lappia, quotas=quotas), bengt, is_public=state == "public")
        if name == "none reserved for some":
            sources = {counter.pk: 0 for counter in saved.counters.all()}
            saved = services.set_taken_elsewhere(offering_id=saved.pk, taken=sources, by=bengt)
        wanted.append(one(lappia, bengt, given, offering=saved, publishes=state == "to be published"))

    first = alone(wanted[0])
    [outcome] = services.save_many(wanted[1:])

    assert isinstance(outcome, Saved), outcome
    assert_alike(first, Offering.objects.get(pk=outcome.offering_id))


def test_released_places_stay_told_of(lappia, pello, bengt):
    """What was reserved once, and is free for all now, is kept by whatever does not speak of it."""
    kept = []
    wanted = []
    for _ in range(2):
        given = a_course(lappia, quotas={pello.municipality_id: 3})
        saved = services.publish_new(provider_id=lappia.pk, given=given, by=bengt)
        with transaction.atomic():
            filling.release(saved, now=saved.quota_release_at)
        kept.append(saved.quotas.get().pk)
        wanted.append(one(lappia, bengt, {"capacity": 20}, offering=Offering.objects.get(pk=saved.pk)))

    first = alone(wanted[0])
    [outcome] = services.save_many(wanted[1:])

    assert isinstance(outcome, Saved), outcome
    assert_alike(first, Offering.objects.get(pk=outcome.offering_id))
    assert list(Quota.objects.order_by("pk").values_list("pk", "seats", "counter__seats")) == [
        (pk, 3, 0) for pk in kept
    ]


def by_id(value: Any) -> Any:
    """Municipalities' keys become their ids."""
    if isinstance(value, dict):
        return {municipality(key).pk if isinstance(key, str) else key: seats for key, seats in value.items()}
    return [municipality(key).pk if isinstance(key, str) else key for key in value]


def test_what_was_chosen_from_lists_is_replaced(everything, lappia, bengt):
    less = {name: [] for name in (*LISTS, "co_hosts")} | {"open_to": "all", "mode_id": "distance"}
    less |= {"languages": ["fi"]}
    rich = a_course(lappia) | everything
    wanted = [one(lappia, bengt, less, offering=counted(lappia, rich, bengt)) for _ in range(2)]

    first = alone(wanted[0])
    [outcome] = services.save_many(wanted[1:])

    assert_alike(first, Offering.objects.get(pk=outcome.offering_id))


WRONG: dict[str, dict[str, Any]] = {
    "no Finnish title": {"title_fi": "", "title_sv": "Svetsare"},
    "no title at all": {"title_fi": ""},
    "texts missing": {"languages": ["fi", "sv"]},
    "no site": {"sites": []},
    "no start": {"starts_on": None},
    "no such mail": {"contact_email": "opintotoimisto"},
    "smallest group too large": {"capacity": 16, "min_group": 17},
    "ends first": {"ends_on": dt.date(2026, 1, 1)},
    "no such form": {"form_id": "xyzzy"},
    "no such language": {"languages": ["xx"]},
    "no such municipality": {"quotas": {0: 2}},
    "no such organisation": {"co_hosts": [(0, "teaches")]},
    "more reserved than places": {"quotas": {"FI-854": 30}},
    "reserved without places": {"capacity": None, "quotas": {"FI-854": 3}},
    "identifier taken": {"own_reference": "taken"},
    "foreign site": {"sites": "foreign"},
    "itself as a co-host": {"co_hosts": "itself"},
    "fewer places than given": {"capacity": 1},
    "fewer reserved than given": {"capacity": 16, "quotas": {"FI-854": 1}},
}
# Against these stands a rule of ours and one of PostgreSQL: of many, ours is asked first.
AGAINST_TWO = {"no title at all", "no start", "reserved without places"}
OF_SAVED = {"fewer places than given", "fewer reserved than given"}


@pytest.mark.parametrize("is_saved", [False, True])
@pytest.mark.parametrize("name", WRONG)
def test_what_one_may_not_one_of_many_may_not_either_and_the_others_may(name, is_saved, lappia, pello, bengt):
    if name in OF_SAVED and not is_saved:
        pytest.skip("of a new course nothing is given yet")
    code(TeachingLanguage, "sv")
    services.create_draft(provider_id=lappia.pk, given=a_course(lappia, own_reference="taken"), by=bengt)
    given = dict(WRONG[name])
    if "quotas" in given:
        given["quotas"] = by_id(given["quotas"])
    if given.get("sites") == "foreign":
        given["sites"] = [SiteFactory().pk]
    if given.get("co_hosts") == "itself":
        given["co_hosts"] = [(lappia.pk, "teaches")]
    offering = None
    if is_saved:
        offering = counted(lappia, a_course(lappia, quotas={pello.municipality_id: 3}), bengt)
        counters = {counter.pk: 2 for counter in offering.counters.all()}
        services.set_taken_elsewhere(offering_id=offering.pk, taken=counters, by=bengt)
    given = given if is_saved else a_course(lappia) | given
    wrong = one(lappia, bengt, given, offering=offering, publishes=not is_saved)
    with pytest.raises((RuleBroken, ValidationError)) as refused:
        alone(wrong)
    before = [as_it_stands(offering) for offering in Offering.objects.order_by("pk")]

    good = one(lappia, bengt, a_course(lappia), publishes=True)
    outcomes = services.save_many([good, wrong, good])

    assert [isinstance(outcome, Saved) for outcome in outcomes] == [True, False, True]
    if name not in AGAINST_TWO:
        assert type(outcomes[1]) is type(refused.value)
        assert fields_of(outcomes[1]) == fields_of(refused.value)
    stand = [as_it_stands(offering) for offering in Offering.objects.order_by("pk")]
    assert stand[: len(before)] == before
    assert len(stand) == len(before) + 2


def fields_of(refused: RuleBroken | ValidationError) -> object:
    if isinstance(refused, ValidationError):
        return sorted(refused.error_dict) if hasattr(refused, "error_dict") else refused.code
    reasons = getattr(refused, "reasons", [])
    return str(refused), [(reason.field, reason.code) for reason in reasons]


def test_one_that_somebody_has_changed_removed_or_named_twice_is_refused(lappia, bengt):
    changed, gone, twice = (counted(lappia, a_course(lappia), bengt) for _ in range(3))
    wanted = [one(lappia, bengt, {"capacity": 20}, offering=each) for each in (changed, gone, twice, twice)]
    services.save_offering(offering_id=changed.pk, version=changed.version, given={"capacity": 9}, by=bengt)
    gone.delete()

    outcomes = services.save_many(wanted)

    kinds = [type(outcome) for outcome in outcomes]
    assert kinds == [ChangedMeanwhile, ChangedMeanwhile, Saved, ChangedMeanwhile]
    assert sorted(Offering.objects.values_list("capacity", flat=True)) == [9, 20]


def test_what_is_cancelled_or_public_already_is_refused(lappia, bengt):
    public, cancelled = (counted(lappia, a_course(lappia), bengt) for _ in range(2))
    cancelled = services.cancel(offering_id=cancelled.pk, reasons={"fi": "Peruttu"}, by=bengt)

    outcomes = services.save_many([
        one(lappia, bengt, {}, offering=public, publishes=True), one(lappia, bengt, {}, offering=cancelled),
    ])  # fmt: skip

    assert [getattr(outcome, "code", outcome) for outcome in outcomes] == ["transition_not_allowed"] * 2


def test_a_suspended_organisation_publishes_nothing_but_keeps_drafts(lappia, bengt):
    lappia.status = OrganisationStatus.SUSPENDED
    lappia.save(update_fields=["status"])

    outcomes = services.save_many(
        one(lappia, bengt, a_course(lappia), publishes=publishes) for publishes in (True, False)
    )

    assert [getattr(outcome, "code", "saved") for outcome in outcomes] == ["not_ready", "saved"]


def test_the_number_of_statements_does_not_grow_with_the_offerings(lappia, pello, bengt):
    quotas = {pello.municipality_id: 3}

    def cost(number: int, *, is_saved: bool) -> int:
        given = a_course(lappia, quotas=quotas)
        saved = [counted(lappia, given, bengt) for _ in range(number if is_saved else 0)]
        change = {"capacity": 20, "quotas": {pello.municipality_id: 4}}
        wanted = [one(lappia, bengt, change, offering=each) for each in saved]
        wanted = wanted or [one(lappia, bengt, given, publishes=True) for _ in range(number)]
        with CaptureQueriesContext(connection) as queries:
            services.save_many(wanted)
        return len(queries)

    cost(1, is_saved=False)  # what is looked up once and remembered
    assert cost(9, is_saved=False) == cost(2, is_saved=False)
    assert cost(9, is_saved=True) == cost(2, is_saved=True)


def test_more_than_a_batch_is_saved_by_the_batch(monkeypatch, lappia, bengt):
    monkeypatch.setattr(bulk, "BATCH", 2)
    told: list[int] = []

    outcomes = services.save_many(
        (one(lappia, bengt, a_course(lappia), publishes=True) for _ in range(5)), say=told.append
    )

    assert len(outcomes) == Offering.objects.count() == SearchRow.objects.count() == 5
    assert told == sorted(told)


def test_pilot_groups_are_kept(lappia, bengt):
    group: PilotGroup = PilotGroupFactory()
    given = a_course(lappia, open_to="pilot_groups", open_to_pilot_groups=[group.pk])

    first = alone(one(lappia, bengt, given, publishes=True))
    [outcome] = services.save_many([one(lappia, bengt, given, publishes=True)])

    assert_alike(first, Offering.objects.get(pk=outcome.offering_id))


def test_an_agreement_is_kept(lappia, bengt):
    agreement = AgreementFactory(country="FI", parties=["FI-854"])
    given = a_course(lappia, open_to="agreement_parties", agreement_id=agreement.pk)

    first = alone(one(lappia, bengt, given, publishes=True))
    [outcome] = services.save_many([one(lappia, bengt, given, publishes=True)])

    assert Offering.objects.get(pk=outcome.offering_id).agreement == agreement
    assert_alike(first, Offering.objects.get(pk=outcome.offering_id))


@pytest.mark.parametrize("publishes", [False, True])
def test_what_a_window_has_saved_by_itself_is_told_with_it(publishes, lappia, bengt):
    wanted = []
    for _ in range(2):
        saved = services.create_draft(provider_id=lappia.pk, given=a_course(lappia), by=bengt)
        saved = services.autosave(
            offering_id=saved.pk, version=saved.version, sitting=uuid4(), given={"capacity": 9}, by=bengt
        )
        wanted.append(one(lappia, bengt, {"min_group": 4}, offering=saved, publishes=publishes))

    first = alone(wanted[0])
    [outcome] = services.save_many(wanted[1:])

    assert_alike(first, Offering.objects.get(pk=outcome.offering_id))


@pytest.mark.parametrize("publishes", [False, True])
def test_what_a_colleague_s_window_has_saved_is_told_first(publishes, lappia, bengt, aino):
    wanted = []
    for _ in range(2):
        saved = services.create_draft(provider_id=lappia.pk, given=a_course(lappia), by=bengt)
        saved = services.autosave(
            offering_id=saved.pk, version=saved.version, sitting=uuid4(), given={"capacity": 9}, by=aino
        )
        wanted.append(one(lappia, bengt, {"min_group": 4}, offering=saved, publishes=publishes))

    first = alone(wanted[0])
    [outcome] = services.save_many(wanted[1:])

    assert_alike(first, Offering.objects.get(pk=outcome.offering_id))


def test_the_search_is_told_when_all_are_written(monkeypatch, lappia, bengt):
    """Its lock for new values comes last; what windows have saved by themselves is no exception."""
    monkeypatch.setattr(bulk, "BATCH", 1)
    wanted = []
    for _ in range(2):
        saved = services.create_draft(provider_id=lappia.pk, given=a_course(lappia), by=bengt)
        saved = services.autosave(
            offering_id=saved.pk, version=saved.version, sitting=uuid4(), given={"capacity": 9}, by=bengt
        )
        wanted.append(one(lappia, bengt, {"min_group": 4}, offering=saved, publishes=True))

    with CaptureQueriesContext(connection) as queries:
        services.save_many(wanted)

    said = [query["sql"] for query in queries]
    written = [n for n, sql in enumerate(said) if sql.startswith('INSERT INTO "offerings_offering"')]
    told = [n for n, sql in enumerate(said) if "offerings_searchrow" in sql]
    assert len(written) == 2
    assert max(written) < min(told)


def test_one_that_is_refused_does_not_cost_a_saving_of_each(lappia, bengt):
    services.create_draft(provider_id=lappia.pk, given=a_course(lappia, own_reference="taken"), by=bengt)
    wanted = [one(lappia, bengt, a_course(lappia)) for _ in range(64)]
    wanted[40] = one(lappia, bengt, a_course(lappia, own_reference="taken"))

    with CaptureQueriesContext(connection) as queries:
        outcomes = services.save_many(wanted)

    assert [n for n, outcome in enumerate(outcomes) if not isinstance(outcome, Saved)] == [40]
    assert Offering.objects.count() == 64
    assert len(queries) < 64 * 8  # one by one each takes 14


def test_one_that_was_refused_may_be_saved_when_it_is_tried_again(lappia, bengt):
    """Somebody held the identifier, and has given it back before it is asked by itself."""
    outcome = bulk._alone(one(lappia, bengt, a_course(lappia, own_reference="free again")))

    assert isinstance(outcome, Saved)
    assert Offering.objects.get(pk=outcome.offering_id).own_reference == "free again"


def test_a_site_that_a_refused_batch_made_is_made_again(monkeypatch, lappia, bengt):
    """Two new sites of one batch, of which one is refused; the next batch needs the same."""
    monkeypatch.setattr(bulk, "BATCH", 2)
    services.create_draft(provider_id=lappia.pk, given=a_course(lappia, own_reference="taken"), by=bengt)
    there = {"elsewhere": [municipality("FI-240").pk]}
    given = [there | {"own_reference": "taken"}, {"own_reference": "taken"}, there, there]

    outcomes = services.save_many([one(lappia, bengt, a_course(lappia) | each) for each in given])

    assert [isinstance(outcome, Saved) for outcome in outcomes] == [False, False, True, True]
    connection.check_constraints()


@pytest.mark.parametrize("publishes", [False, True])
def test_a_guessed_date_that_is_written_is_guessed_no_more(publishes, lappia, bengt):
    wanted = []
    for _ in range(2):
        saved = services.create_draft(provider_id=lappia.pk, given=a_course(lappia), by=bengt)
        Offering.objects.filter(pk=saved.pk).update(guessed_dates=["starts_on", "ends_on"])
        given = {"ends_on": dt.date(2027, 12, 31)}
        wanted.append(one(lappia, bengt, given, offering=saved, publishes=publishes))

    first = alone(wanted[0])
    [outcome] = services.save_many(wanted[1:])

    assert_alike(first, Offering.objects.get(pk=outcome.offering_id))
