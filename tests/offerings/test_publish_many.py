"""Many at once are as one by one: the same rows, the same rules."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext

from kopa.audit.models import AuditEvent
from kopa.codes.models import CreditUnit, PriorEducation, TeachingLanguage
from offerings import services
from offerings.errors import NotReady, QuotasExceedPlaces
from offerings.models import CoHost, Offering, SearchRow
from offerings.search import projection
from offerings.services import NewOffering
from providers.states import OrganisationStatus
from tests.factories import SiteFactory, code, in_days, municipality, organisation_of
from tests.offerings.given import a_course

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def rich(lappia, pello):
    """Everything that can be said of an offering."""
    code(CreditUnit, "competence_point")
    code(PriorEducation, "basic")
    site = SiteFactory(organisation=pello)
    return a_course(
        lappia,
        title_sv="Svetsare",
        description_fi="Opit hitsaamaan.",
        description_sv="Du lär dig svetsa.",
        credits=Decimal(180),
        credit_unit_id="competence_point",
        contact_share=Decimal("0.5"),
        contact_days=20,
        sites=[site.pk],
        co_hosts=[(pello.pk, CoHost.Part.LENDS_SITE.value)],
        elsewhere=[municipality("FI-240").pk],
        quotas={pello.municipality_id: 2, municipality("FI-976").pk: 3},
        prior_education=["basic"],
        open_to="municipalities",
        open_to_municipalities=[pello.municipality_id],
        learner_fee_cents=5000,
    )


def as_it_stands(offering: Offering) -> dict[str, object]:
    """Everything about an offering but its keys, versions and moments of writing."""
    row = {
        field.attname: getattr(offering, field.attname)
        for field in Offering._meta.concrete_fields
        if field.name not in {"id", "version", "own_reference"}
    }
    search = model_to_dict(SearchRow.objects.get(pk=offering.pk), exclude=["offering"])
    return row | {
        "lists": {
            name: sorted(getattr(offering, name).values_list("pk", flat=True))
            for name in ("languages", "sites", "open_to_regions", "open_to_municipalities", "prior_education")
        },
        "co_hosts": sorted(offering.co_hosts.values_list("organisation", "part")),
        "quotas": sorted(offering.quotas.values_list("municipality", "seats")),
        "counters": sorted(
            offering.counters.values_list("quota__municipality__key", "seats", "taken_elsewhere"), key=str
        ),
        "search": search,
    }


def test_many_are_as_one_by_one(rich, lappia, pello, bengt):
    one = services.publish_new(provider_id=lappia.pk, given=rich | {"own_reference": "a"}, by=bengt)
    counters = {counter.quota and counter.quota.municipality_id: counter.pk for counter in one.counters.all()}
    taken = {None: 4, pello.municipality_id: 1}
    services.set_taken_elsewhere(
        offering_id=one.pk, taken={counters[source]: number for source, number in taken.items()}, by=bengt
    )

    many = services.publish_many(
        [NewOffering(lappia.pk, rich | {"own_reference": reference}, bengt, taken) for reference in "bc"]
    )

    one.refresh_from_db()
    expected = as_it_stands(one)
    assert [as_it_stands(Offering.objects.get(pk=offering.pk)) for offering in many] == [expected, expected]
    assert services.places_that_disagree() == []


def test_a_course_may_name_only_municipalities_as_its_places(lappia, bengt):
    given = a_course(lappia, elsewhere=[municipality("FI-854").pk])
    del given["sites"]

    [offering] = services.publish_many([NewOffering(lappia.pk, given, bengt)])

    site = offering.sites.get()
    assert (site.organisation, site.municipality.key) == (lappia, "FI-854")


def test_each_has_its_entry_in_the_journal_and_its_row_in_the_search(lappia, bengt, clock):
    offerings = services.publish_many([NewOffering(lappia.pk, a_course(lappia), bengt) for _ in range(3)])

    entries = AuditEvent.objects.filter(verb="offering.publish").order_by("target_id")
    assert [(entry.target, entry.target_id) for entry in entries] == [
        ("offerings.offering", offering.pk) for offering in offerings
    ]
    assert AuditEvent.objects.filter(verb="offering.create_draft").count() == 3
    said = {
        (entry.verb, entry.actor, entry.role, entry.organisation_id, entry.from_state, entry.to_state)
        for entry in entries
    }
    assert said == {("offering.publish", bengt, "provider_staff", lappia.pk, "draft", "published")}
    assert projection.compare(now=in_days(0)) == []
    assert set(SearchRow.objects.values_list("pk", flat=True)) == {offering.pk for offering in offerings}


def test_organisations_of_both_countries_may_stand_in_one_batch(lappia, overtornea, bengt):
    finnish, swedish = services.publish_many(
        [
            NewOffering(lappia.pk, a_course(lappia), bengt),
            NewOffering(overtornea.pk, a_course(overtornea), bengt),
        ]
    )

    assert (finnish.currency, swedish.currency) == ("EUR", "SEK")
    in_a_foreign_one = AuditEvent.objects.filter(target_id=swedish.pk)
    assert {entry.role for entry in in_a_foreign_one} == {""}


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"title_fi": "", "title_sv": "Svetsare"}, NotReady),
        ({"languages": ["fi", "sv"]}, NotReady),  # the Swedish texts are missing
        ({"sites": []}, NotReady),
        ({"starts_on": None}, NotReady),
        ({"contact_email": ""}, NotReady),
        ({"contact_email": "opintotoimisto"}, ValidationError),
        ({"capacity": 16, "min_group": 17}, ValidationError),
        ({"ends_on": dt.date(2026, 1, 1)}, ValidationError),
        ({"form_id": "xyzzy"}, ValidationError),
        ({"languages": ["xx"]}, ValidationError),
        ({"quotas": {0: 2}}, ValidationError),
        ({"co_hosts": [(0, "teaches")]}, ValidationError),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else value.__name__,
)
def test_what_one_may_not_none_of_many_may(lappia, bengt, wrong, refusal):
    code(TeachingLanguage, "sv")
    given = a_course(lappia) | wrong
    with pytest.raises(refusal):
        services.publish_new(provider_id=lappia.pk, given=given, by=bengt)

    with pytest.raises(refusal):
        services.publish_many(
            [NewOffering(lappia.pk, a_course(lappia), bengt), NewOffering(lappia.pk, given, bengt)]
        )

    assert not Offering.objects.exists()
    assert not AuditEvent.objects.exists()


def test_more_reserved_than_there_are_places_is_refused(lappia, pello, bengt):
    given = a_course(lappia, capacity=4, quotas={pello.municipality_id: 5})

    with pytest.raises(QuotasExceedPlaces):
        services.publish_many([NewOffering(lappia.pk, given, bengt)])


@pytest.mark.parametrize("source", ["open", "quota"])
def test_more_given_than_there_are_places_is_refused(lappia, pello, bengt, source):
    given = a_course(lappia, capacity=4, quotas={pello.municipality_id: 1})
    taken = {None: 4} if source == "open" else {pello.municipality_id: 2}

    with pytest.raises(ValidationError) as refused:
        services.publish_many([NewOffering(lappia.pk, given, bengt, taken)])

    assert refused.value.code == "more_given_than_seats"
    assert not Offering.objects.exists()


def test_the_site_of_another_organisation_is_refused(lappia, bengt):
    foreign = SiteFactory()

    with pytest.raises(ValidationError) as refused:
        services.publish_many([NewOffering(lappia.pk, a_course(lappia, sites=[foreign.pk]), bengt)])

    assert refused.value.error_dict["sites"][0].code == "site_of_others"


def test_a_suspended_organisation_publishes_nothing(lappia, bengt):
    lappia.status = OrganisationStatus.SUSPENDED
    lappia.save(update_fields=["status"])

    with pytest.raises(NotReady):
        services.publish_many([NewOffering(lappia.pk, a_course(lappia), bengt)])


def test_each_further_one_costs_nothing(lappia, bengt):
    def cost(number: int) -> int:
        news = [NewOffering(lappia.pk, a_course(lappia), bengt) for _ in range(number)]
        with CaptureQueriesContext(connection) as queries:
            services.publish_many(news)
        return len(queries)

    cost(1)  # what is looked up once and remembered
    assert cost(12) == cost(2)


def test_municipalities_publish_for_themselves(pello, aino):
    (offering,) = services.publish_many([NewOffering(pello.pk, a_course(pello), aino)])

    assert AuditEvent.objects.filter(target_id=offering.pk).last().role == "officer"
    assert offering.provider == organisation_of("FI-854")
