from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from kopa.audit.models import AuditEvent
from kopa.base.errors import ChangedMeanwhile, TransitionNotAllowed
from kopa.codes.models import TeachingLanguage
from offerings import services
from offerings.errors import NotReady, QuotasExceedPlaces, QuotasWithoutPlaces
from offerings.models import CoHost, Offering, SearchRow
from offerings.services.places import places_that_disagree
from offerings.states import OfferingStatus
from tests.factories import (
    InstitutionFactory,
    OfferingFactory,
    OrganisationFactory,
    SiteFactory,
    UserFactory,
    code,
    in_days,
    municipality,
    organisation_of,
    today,
)
from tests.offerings.given import a_course, a_site

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


def problems(raised: ValidationError) -> dict[str, list[str]]:
    return raised.message_dict


def last_act() -> AuditEvent:
    act = AuditEvent.objects.first()
    assert act is not None
    return act


def test_a_title_is_enough_for_a_draft(lappia, bengt):
    offering = services.create_draft(provider_id=lappia.pk, given={"title_fi": "Hitsaaja"}, by=bengt)

    saved = Offering.objects.get()
    assert saved == offering
    assert (saved.status, saved.version, saved.currency, saved.provider) == ("draft", 1, "EUR", lappia)
    assert [(c.quota, c.seats) for c in saved.counters.all()] == [(None, 0)]
    assert saved.created_at == saved.updated_at
    assert saved.places_confirmed_at is None


def test_a_draft_without_a_title_is_refused_at_the_title(lappia, bengt):
    with pytest.raises(ValidationError) as refused:
        services.create_draft(provider_id=lappia.pk, given={"title_fi": ""}, by=bengt)

    assert problems(refused.value) == {"title_fi": ["Give the course a title in at least one language."]}
    assert not Offering.objects.exists()


def test_a_swedish_draft_counts_in_kronor(overtornea):
    offering = services.create_draft(
        provider_id=overtornea.pk, given={"title_sv": "Svetsare"}, by=UserFactory()
    )

    assert offering.currency == "SEK"


def test_a_whole_course_is_written_with_its_lists_places_and_co_hosts(lappia, bengt):
    partner = organisation_of("FI-854")
    given = a_course(
        lappia,
        credits=Decimal("15.5"),
        credit_unit_id=None,
        quotas={municipality("FI-854").pk: 2, municipality("SE-2518").pk: 3},
        co_hosts=[(partner.pk, CoHost.Part.LENDS_SITE)],
        open_to="municipalities",
        open_to_municipalities=[municipality("FI-854").pk],
    )
    given["credit_unit_id"] = None
    given["credits"] = None

    offering = services.create_draft(provider_id=lappia.pk, given=given, by=bengt)

    assert [(q.municipality.key, q.seats) for q in offering.quotas.order_by("seats")] == [
        ("FI-854", 2),
        ("SE-2518", 3),
    ]
    assert {c.quota and c.quota.municipality.key: c.seats for c in offering.counters.all()} == {
        None: 11,
        "FI-854": 2,
        "SE-2518": 3,
    }
    assert [(c.organisation, c.part) for c in offering.co_hosts.all()] == [(partner, "lends_site")]
    assert [place.key for place in offering.open_to_municipalities.all()] == ["FI-854"]
    assert places_that_disagree() == []


def test_a_draft_is_told_to_the_journal_with_role_and_organisation(lappia, bengt):
    offering = services.create_draft(
        provider_id=lappia.pk, given={"title_fi": "Hitsaaja", "capacity": 12}, by=bengt
    )

    act = last_act()
    assert (act.verb, act.target, act.target_id) == (
        "offering.create_draft",
        "offerings.offering",
        offering.pk,
    )
    assert (act.actor, act.role, act.organisation_id) == (bengt, "provider_staff", lappia.pk)
    assert (act.from_state, act.to_state) == ("", "draft")
    assert act.changes == {"title_fi": ["", "Hitsaaja"], "capacity": [None, 12]}


def test_who_has_no_role_there_leaves_it_empty_in_the_journal(lappia):
    services.create_draft(provider_id=lappia.pk, given={"title_fi": "Hitsaaja"}, by=UserFactory())

    assert last_act().role == ""


def test_what_nobody_may_write_is_no_input(lappia, bengt):
    for name in ("status", "version", "places_confirmed_at", "provider_id", "currency", "published_at", "id"):
        with pytest.raises(TypeError, match=name):
            services.create_draft(
                provider_id=lappia.pk,
                given={"title_fi": "Hitsaaja", name: 1},
                by=bengt,  # type: ignore[misc]
            )


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        (
            {"starts_on": dt.date(2027, 1, 11), "ends_on": dt.date(2027, 1, 10)},
            "ends_on",
            "Teaching ends before it starts.",
        ),
        ({"min_group": 12, "capacity": 10}, "capacity", None),
        ({"capacity": 10, "max_group": 9}, "capacity", None),
        ({"credits": Decimal(10)}, "credit_unit", "Choose what the credits are counted in."),
        ({"contact_email": "opintotoimisto@lappia"}, "contact_email", None),
        ({"apply_url": "javascript:alert(1)"}, "apply_url", None),
        ({"level": "doctor"}, "level", None),
        ({"contact_share": Decimal("1.01")}, "contact_share", None),
        ({"pace_percent": 101}, "pace_percent", None),
        ({"form_id": "unheard_of"}, "form", None),
        ({"languages": ["xx"]}, "languages", "Choose from the list."),
        ({"sites": [10**9]}, "sites", "Choose from the list."),
        ({"co_hosts": [(10**9, "teaches")]}, "co_hosts", "Choose from the list."),
        ({"capacity": 5, "quotas": {10**9: 2}}, "quotas", "Choose a municipality of today."),
    ],
)
def test_what_contradicts_itself_is_refused_at_its_field(lappia, bengt, given, field, message):
    with pytest.raises(ValidationError) as refused:
        services.create_draft(provider_id=lappia.pk, given={"title_fi": "Hitsaaja"} | given, by=bengt)

    assert set(problems(refused.value)) == {field}
    if message:
        assert problems(refused.value)[field] == [message]
    assert not Offering.objects.exists()


@pytest.mark.parametrize(
    ("moments", "field"),
    [
        ({"applications_open_at": 30, "applications_close_at": 20}, "applications_close_at"),
        ({"applications_close_at": 20, "quota_release_at": 10}, "quota_release_at"),
        ({"applications_open_at": 5, "quota_release_at": 4}, "quota_release_at"),
        ({"quota_release_at": 25, "start_decision_at": 20}, "start_decision_at"),
        ({"applications_close_at": 20, "start_decision_at": 20}, "start_decision_at"),
        ({"applications_open_at": 60}, "applications_open_at"),
        ({"applications_close_at": 60}, "applications_close_at"),
        ({"quota_release_at": 61}, "quota_release_at"),
        ({"start_decision_at": 60}, "start_decision_at"),
    ],
)
def test_dates_stand_in_order(lappia, bengt, moments, field):
    given = {"title_fi": "Hitsaaja", "starts_on": today() + dt.timedelta(days=60)}
    given |= {name: in_days(days) for name, days in moments.items()}

    with pytest.raises(ValidationError) as refused:
        services.create_draft(provider_id=lappia.pk, given=given, by=bengt)

    assert set(problems(refused.value)) == {field}


@pytest.mark.parametrize("country", ["FI", "SE"])
def test_the_last_second_before_the_first_day_is_early_enough_by_the_hosts_clock(country):
    provider = organisation_of("FI-851" if country == "FI" else "SE-2518")
    last = in_days(59, country=country, hour=23, minute=59) + dt.timedelta(seconds=59)
    given = {"title_sv": "Svetsare", "starts_on": today() + dt.timedelta(days=60)}

    services.create_draft(
        provider_id=provider.pk, given=given | {"applications_close_at": last}, by=UserFactory()
    )
    with pytest.raises(ValidationError):
        services.create_draft(
            provider_id=provider.pk,
            given=given | {"applications_close_at": last + dt.timedelta(seconds=1)},
            by=UserFactory(),
        )


def test_places_are_not_reserved_before_there_are_any(lappia, bengt):
    quotas = {municipality("FI-854").pk: 2}

    with pytest.raises(QuotasWithoutPlaces) as refused:
        services.create_draft(provider_id=lappia.pk, given={"title_fi": "x", "quotas": quotas}, by=bengt)

    assert refused.value.field == "capacity"


def test_no_more_places_are_reserved_than_there_are(lappia, bengt):
    quotas = {municipality("FI-854").pk: 2, municipality("FI-976").pk: 4}

    with pytest.raises(QuotasExceedPlaces) as refused:
        services.create_draft(
            provider_id=lappia.pk, given={"title_fi": "x", "capacity": 5, "quotas": quotas}, by=bengt
        )

    assert str(refused.value) == "There are 5 places in all, but 6 are reserved."


def test_all_places_may_be_reserved(lappia, bengt):
    quotas = {municipality("FI-854").pk: 2, municipality("FI-976").pk: 4}

    offering = services.create_draft(
        provider_id=lappia.pk, given={"title_fi": "x", "capacity": 6, "quotas": quotas}, by=bengt
    )

    assert offering.counters.get(quota=None).seats == 0


def test_the_host_is_no_co_host_of_its_own(lappia, bengt):
    with pytest.raises(ValidationError) as refused:
        services.create_draft(
            provider_id=lappia.pk, given={"title_fi": "x", "co_hosts": [(lappia.pk, "teaches")]}, by=bengt
        )

    assert list(problems(refused.value)) == ["co_hosts"]


def test_co_hosts_that_stay_the_same_are_no_change(lappia, bengt):
    given = {"title_fi": "x", "co_hosts": [(organisation_of("FI-854").pk, "teaches")]}
    offering = services.create_draft(provider_id=lappia.pk, given=given, by=bengt)

    services.save_offering(offering_id=offering.pk, version=1, given=given, by=bengt)

    assert last_act().changes == {}
    assert offering.co_hosts.count() == 1


def test_teaching_is_given_at_own_sites_a_municipalitys_or_a_co_hosts(lappia, bengt):
    company = OrganisationFactory(kind="company")
    institution = InstitutionFactory(organisation=lappia)
    own = [
        a_site(lappia),
        SiteFactory(organisation=None, institution=institution, municipality=municipality("FI-240")),
    ]
    of_a_municipality = SiteFactory(organisation=organisation_of("FI-854"))
    of_the_company = SiteFactory(organisation=company)

    offering = services.create_draft(
        provider_id=lappia.pk,
        given={"title_fi": "x", "sites": [site.pk for site in (*own, of_a_municipality)]},
        by=bengt,
    )
    with pytest.raises(ValidationError) as refused:
        services.save_offering(
            offering_id=offering.pk, version=1, given={"sites": [of_the_company.pk]}, by=bengt
        )
    services.save_offering(
        offering_id=offering.pk,
        version=1,
        given={"sites": [of_the_company.pk], "co_hosts": [(company.pk, "lends_site")]},
        by=bengt,
    )
    with pytest.raises(ValidationError):
        services.save_offering(offering_id=offering.pk, version=2, given={"co_hosts": []}, by=bengt)

    assert list(problems(refused.value)) == ["sites"]
    assert [site.pk for site in offering.sites.all()] == [of_the_company.pk]


def test_a_municipality_without_known_premises_becomes_a_site_at_its_centre(lappia, bengt):
    pello = municipality("FI-854")

    offerings = [
        services.create_draft(
            provider_id=lappia.pk, given={"title_fi": "x", "sites": [], "elsewhere": [pello.pk]}, by=bengt
        )
        for _ in range(2)
    ]

    sites = {offering.sites.get() for offering in offerings}
    assert len(sites) == 1
    (site,) = sites
    assert (site.organisation, site.municipality, site.institution) == (lappia, pello, None)
    assert (site.latitude, site.longitude, site.point_basis) == (
        pello.latitude,
        pello.longitude,
        "municipality_centre",
    )
    assert str(site.name("sv")) == "Pello"


def test_a_municipality_that_has_a_site_at_its_centre_lends_it(lappia, pello, bengt):
    centre = SiteFactory(organisation=pello, name_fi="Pello")

    offering = services.create_draft(
        provider_id=lappia.pk,
        given={"title_fi": "x", "elsewhere": [pello.municipality_id], "sites": [a_site(lappia).pk]},
        by=bengt,
    )

    assert set(offering.sites.all()) == {centre, a_site(lappia)}


def test_a_municipality_is_added_to_the_sites_that_are_saved(lappia, pello, bengt):
    centre = SiteFactory(organisation=pello, name_fi="Pello")
    offering = services.create_draft(provider_id=lappia.pk, given=a_course(lappia), by=bengt)

    services.save_offering(
        offering_id=offering.pk, version=1, given={"elsewhere": [pello.municipality_id]}, by=bengt
    )

    assert set(offering.sites.all()) == {centre, a_site(lappia)}


def test_saving_writes_what_is_given_and_leaves_the_rest(lappia, bengt, clock):
    offering = services.create_draft(provider_id=lappia.pk, given=a_course(lappia), by=bengt)
    clock.shift(60)

    services.save_offering(
        offering_id=offering.pk, version=1, given={"title_fi": "Levyseppähitsaaja", "capacity": 18}, by=bengt
    )

    saved = Offering.objects.get()
    assert (saved.title_fi, saved.capacity, saved.version) == ("Levyseppähitsaaja", 18, 2)
    assert saved.contact_email == "opintotoimisto@example.org"
    assert saved.sites.count() == 1
    assert saved.updated_at == saved.created_at + dt.timedelta(seconds=60)
    assert saved.counters.get().seats == 18
    assert last_act().verb == "offering.save"
    assert last_act().changes == {"title_fi": ["Hitsaaja", "Levyseppähitsaaja"], "capacity": [16, 18]}


def test_lists_and_reserved_places_are_replaced(lappia, bengt):
    pello, ylitornio = municipality("FI-854"), municipality("FI-976")
    code(TeachingLanguage, "sv")
    offering = services.create_draft(
        provider_id=lappia.pk, given=a_course(lappia, quotas={pello.pk: 2, ylitornio.pk: 3}), by=bengt
    )

    services.save_offering(
        offering_id=offering.pk,
        version=1,
        given={"languages": ["sv"], "quotas": {pello.pk: 4, ylitornio.pk: 0}},
        by=bengt,
    )

    assert [language.pk for language in offering.languages.all()] == ["sv"]
    assert [(q.municipality, q.seats) for q in offering.quotas.all()] == [(pello, 4)]
    assert {c.quota and c.quota.municipality.key: c.seats for c in offering.counters.all()} == {
        None: 12,
        "FI-854": 4,
    }
    assert places_that_disagree() == []
    assert last_act().changes == {
        "languages": [["fi"], ["sv"]],
        "quotas": [{"FI-854": 2, "FI-976": 3}, {"FI-854": 4}],
    }


def test_what_is_not_given_keeps_its_quotas(lappia, bengt):
    quotas = {municipality("FI-854").pk: 2}
    offering = services.create_draft(provider_id=lappia.pk, given=a_course(lappia, quotas=quotas), by=bengt)

    services.save_offering(offering_id=offering.pk, version=1, given={"capacity": 10}, by=bengt)

    assert [(c.quota is None, c.seats) for c in offering.counters.order_by("pk")] == [(True, 8), (False, 2)]


def test_of_two_who_save_the_second_is_told(lappia, bengt, aino):
    offering = services.create_draft(provider_id=lappia.pk, given=a_course(lappia), by=bengt)
    services.save_offering(offering_id=offering.pk, version=1, given={"title_fi": "Bengtin"}, by=bengt)

    with pytest.raises(ChangedMeanwhile):
        services.save_offering(offering_id=offering.pk, version=1, given={"title_fi": "Ainon"}, by=aino)

    assert Offering.objects.get().title_fi == "Bengtin"


def test_saving_a_published_one_must_leave_it_ready(lappia, bengt):
    offering = services.publish_new(provider_id=lappia.pk, given=a_course(lappia), by=bengt)

    with pytest.raises(NotReady) as refused:
        services.save_offering(
            offering_id=offering.pk, version=offering.version, given={"languages": [], "sites": []}, by=bengt
        )

    assert {reason.field for reason in refused.value.reasons} == {"languages", "sites"}
    assert Offering.objects.get().languages.count() == 1


def test_saving_a_published_one_cannot_take_away_what_the_row_needs(lappia, bengt):
    offering = services.publish_new(provider_id=lappia.pk, given=a_course(lappia), by=bengt)

    with pytest.raises(ValidationError) as refused:
        services.save_offering(
            offering_id=offering.pk, version=offering.version, given={"contact_email": ""}, by=bengt
        )

    assert problems(refused.value) == {"__all__": ["Something that a published course needs is missing."]}


def test_changed_numbers_of_a_published_one_are_confirmed_by_who_changed_them(lappia, bengt, aino, clock):
    offering = services.publish_new(provider_id=lappia.pk, given=a_course(lappia), by=bengt)
    clock.shift(60)
    services.save_offering(
        offering_id=offering.pk, version=offering.version, given={"title_fi": "x"}, by=aino
    )
    assert Offering.objects.get().places_confirmed_by == bengt

    services.save_offering(
        offering_id=offering.pk, version=offering.version + 1, given={"capacity": 17}, by=aino
    )

    saved = Offering.objects.get()
    assert saved.places_confirmed_by == aino
    assert saved.places_confirmed_at == saved.updated_at
    assert saved.updated_at > saved.published_at


def test_reserving_places_of_a_published_one_sets_their_release(lappia, bengt):
    offering = services.publish_new(provider_id=lappia.pk, given=a_course(lappia), by=bengt)
    assert offering.quota_release_at is None

    services.save_offering(
        offering_id=offering.pk,
        version=offering.version,
        given={"quotas": {municipality("FI-854").pk: 2}},
        by=bengt,
    )

    assert Offering.objects.get().quota_release_at == in_days(40)


def test_a_suspended_organisation_may_still_mend_what_it_published(lappia, bengt):
    offering = services.publish_new(provider_id=lappia.pk, given=a_course(lappia), by=bengt)
    lappia.status = "suspended"
    lappia.save()

    services.save_offering(
        offering_id=offering.pk, version=offering.version, given={"contact_phone": "040 1"}, by=bengt
    )

    assert Offering.objects.get().contact_phone == "040 1"


@pytest.mark.parametrize("status", OfferingStatus.values)
def test_only_what_is_not_cancelled_is_saved(status, lappia, bengt):
    offering = OfferingFactory(provider=lappia, status=status)

    if status == OfferingStatus.CANCELLED:
        with pytest.raises(TransitionNotAllowed) as refused:
            services.save_offering(offering_id=offering.pk, version=1, given={"title_fi": "x"}, by=bengt)
        assert (refused.value.verb, refused.value.state) == ("save", "cancelled")
    else:
        services.save_offering(offering_id=offering.pk, version=1, given={"title_fi": "x"}, by=bengt)
        assert Offering.objects.get().status == status


def test_an_identifier_of_ones_own_is_used_once_in_an_organisation(lappia, bengt):
    services.create_draft(provider_id=lappia.pk, given={"title_fi": "x", "own_reference": "H-1"}, by=bengt)
    services.create_draft(
        provider_id=organisation_of("FI-854").pk, given={"title_fi": "x", "own_reference": "H-1"}, by=bengt
    )

    with pytest.raises(ValidationError) as refused:
        services.create_draft(
            provider_id=lappia.pk, given={"title_fi": "y", "own_reference": "H-1"}, by=bengt
        )

    assert problems(refused.value) == {"own_reference": ["Another of your courses has this identifier."]}


def test_the_search_follows_what_is_saved(lappia, bengt):
    offering = services.publish_new(provider_id=lappia.pk, given=a_course(lappia), by=bengt)
    before = SearchRow.objects.get(pk=offering.pk)

    starts_on = today() + dt.timedelta(days=90)
    services.save_offering(
        offering_id=offering.pk, version=offering.version, given={"starts_on": starts_on}, by=bengt
    )

    assert before.starts_on != starts_on
    assert SearchRow.objects.get(pk=offering.pk).starts_on == starts_on
