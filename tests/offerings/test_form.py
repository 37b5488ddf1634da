from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone, translation

from kopa.audit.models import AuditEvent
from kopa.codes.models import CreditUnit, DeliveryMode, FieldOfEducation, PriorEducation
from municipalities.cache import gazetteer
from municipalities.models import Municipality
from offerings import services
from offerings.forms import OfferingForm, differences
from offerings.forms.choices import MOMENTS
from offerings.forms.fields import CoHostsField
from offerings.forms.offering import ORDER
from offerings.models import CoHost
from offerings.services.writing import blank_offering
from pilots.models import PilotGroup
from tests.factories import (
    AgreementFactory,
    MunicipalityFactory,
    OfferingFactory,
    OrganisationFactory,
    RegionFactory,
    SiteFactory,
    code,
    municipality,
    organisation_of,
    today,
)
from tests.offerings.filled_in import typed_course
from tests.offerings.given import a_course

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


def query(typed: dict) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in typed.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def form_of(provider, **other) -> OfferingForm:
    """Filled in with a whole course of the organisation, and ``other``."""
    offering = blank_offering(provider, now=timezone.now())
    form = OfferingForm(query(typed_course(provider, **other)), offering=offering)
    form.is_valid()
    return form


def test_what_is_typed_is_given_to_the_services(lappia):
    code(CreditUnit, "competence_point")
    code(PriorEducation, "basic")
    region = RegionFactory()
    form = form_of(
        lappia, credits="12,5", credit_unit="competence_point", contact_share="60",
        learner_fee_cents="1 250,50", price_cents="", course_codes="HIT-1, HIT-2",
        is_apprenticeship="on", contact_days="1 0",
        prior_education=["basic"], open_to="regions", open_to_regions=[str(region.pk)],
    )  # fmt: skip

    assert form.errors == {}
    given = form.given()
    expected = {
        "title_fi": "Hitsaaja",
        "form_id": "vocational",
        "credit_unit_id": "competence_point",
        "credits": Decimal("12.5"),
        "contact_share": Decimal("0.6"),
        "contact_days": 10,
        "learner_fee_cents": 125050,
        "price_cents": None,
        "course_codes": ["HIT-1", "HIT-2"],
        "is_apprenticeship": True,
        "prior_education": ["basic"],
        "open_to": "regions",
        "open_to_regions": [region.pk],
        "starts_on": dt.date(2027, 1, 25),
        "level": "",
        "capacity": 16,
    }
    assert {name: given[name] for name in expected} == expected
    assert form.reasons(anew=True) == []


def test_days_become_moments_by_the_hosts_clock(lappia, overtornea):
    finnish, swedish = form_of(lappia).given(), form_of(overtornea, languages=["sv"]).given()

    assert finnish["applications_open_at"] == dt.datetime(2026, 11, 15, 22, tzinfo=dt.UTC)
    assert finnish["applications_close_at"] == dt.datetime(2026, 12, 31, 13, tzinfo=dt.UTC)
    assert swedish["applications_open_at"] == dt.datetime(2026, 11, 15, 23, tzinfo=dt.UTC)
    assert swedish["applications_close_at"] == dt.datetime(2026, 12, 31, 22, 59, 59, tzinfo=dt.UTC)


def test_a_time_of_day_may_be_typed(lappia):
    given = form_of(lappia, applications_close_time="12:15", applications_open_time="08:00").given()

    assert given["applications_open_at"] == dt.datetime(2026, 11, 16, 6, tzinfo=dt.UTC)
    assert given["applications_close_at"] == dt.datetime(2026, 12, 31, 10, 15, tzinfo=dt.UTC)


def test_a_time_without_a_day_and_a_time_that_does_not_exist_are_said_at_their_fields(lappia):
    form = form_of(
        lappia, starts_on="2027-05-03", applications_close_at="2027-03-28", applications_close_time="03:30",
        start_decision_time="12:00",
    )  # fmt: skip

    assert form.errors == {
        "applications_close_time": [
            "There is no such time on 28\u00a0March\u00a02027: clocks are put forward. Choose 04:00 or later."
        ],
        "start_decision_at": ["Give the day as well as the time."],
    }


def test_a_day_that_is_none_is_said_and_leaves_the_others_alone(lappia):
    form = form_of(lappia, applications_close_at="huomenna", applications_open_time="aamulla")

    assert form.errors == {
        "applications_close_at": ["Enter a valid date."],
        "applications_open_time": ["Enter a valid time."],
    }
    assert "applications_close_at" not in form.given()


@pytest.mark.parametrize("day", ["0202-01-25", "0001-01-01", "1989-12-31", "2101-01-01", "9999-12-31"])
def test_a_year_that_nobody_means_is_said_at_its_field(lappia, day):
    names = ("starts_on", "ends_on", *MOMENTS)

    form = form_of(lappia, **dict.fromkeys(names, day))

    assert form.errors == {name: ["Write a year from 1990 to 2100."] for name in names}
    assert not {*names} & form.given().keys()


def test_a_moment_that_nobody_touched_stays_to_the_second(lappia):
    # The first of the two times that the clock shows 03:30: read anew it would be the second.
    first = dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)
    offering = OfferingFactory(
        provider=lappia, status="draft", applications_open_at=None, applications_close_at=first
    )
    shown = OfferingForm(offering=offering)
    data = {name: shown[name].value() for name in ("applications_close_at", "applications_close_time")}
    data = {name: shown.fields[name].widget.format_value(value) for name, value in data.items()}

    form = OfferingForm(query({"title_fi": "x", **data}), offering=offering)

    assert form.is_valid(), form.errors
    assert form.given()["applications_close_at"] == first


def test_everything_wrong_is_said_at_once(lappia):
    form = form_of(
        lappia, title_fi="", title_sv="", capacity="kymmenen", credits="paljon",
        contact_email="opintotoimisto@lappia",
        ends_on="2027-01-24", applications_close_at="2027-01-26", apply_url="javascript:alert(1)",
        contact_share="101", contact_days="-1", min_group="99999",
    )  # fmt: skip
    form.add_reasons(form.reasons(anew=True))

    assert form.errors == {
        "title_fi": ["Give the course a title in at least one language."],
        "capacity": ["Write a number in figures, for example 12."],
        "credits": ["Write a number in figures, for example 12.5."],
        "contact_email": ["Enter a valid email address."],
        "ends_on": ["Teaching ends before it starts."],
        "applications_close_at": ["Applications must close before the day teaching starts."],
        "apply_url": [
            "Write the whole web address, for example https://www.example.fi/apply. An e-mail address or"
            " other instructions go into the next field."
        ],
        "contact_share": ["Ensure this value is less than or equal to 100."],
        "contact_days": ["Ensure this value is greater than or equal to 0."],
        "min_group": ["Ensure this value is less than or equal to 32767."],
    }


def test_a_share_has_one_of_the_known_bases(lappia):
    """R-COMP-1."""
    choices = OfferingForm(offering=blank_offering(lappia, now=timezone.now())).fields["price_basis"].choices

    assert {str(value) for value, _ in choices} - {""} == {
        "per_place", "per_credit", "per_year", "per_student_day", "actual_cost", "kotikuntakorvaus", "none",
    }  # fmt: skip


def test_the_errors_stand_in_the_order_of_the_page(lappia):
    form = OfferingForm(query({}), offering=blank_offering(lappia, now=timezone.now()))
    form.is_valid()
    form.add_reasons(form.reasons(anew=True))

    assert [field.name for field in form if field.errors] == [
        "title_fi", "form", "field", "languages", "mode", "starts_on", "applications_open_at", "capacity",
        "contact_email", "price_basis",
    ]  # fmt: skip


def test_every_field_has_its_place_in_the_order(lappia):
    form = OfferingForm(offering=blank_offering(lappia, now=timezone.now()))

    assert list(form.fields) == list(ORDER)


def test_reserved_places_are_typed_by_name_in_any_language(lappia):
    for key in ("FI-854", "FI-976", "SE-2518"):
        municipality(key)
    names, seats = ["Pello", "Övertorneå (SE)", "", "ylitornio"], ["2", "3", "", "1"]

    form = form_of(lappia, quotas_municipality=names, quotas_seats=seats)

    assert form.errors == {}
    assert form.given()["quotas"] == {
        municipality("FI-854").pk: 2,
        municipality("SE-2518").pk: 3,
        municipality("FI-976").pk: 1,
    }


@pytest.mark.parametrize(
    ("name", "seats", "message"),
    [
        ("Pelkosenniemi", "2", "No municipality is called “Pelkosenniemi”."),
        (
            "Övertorneå",
            "2",
            "“Övertorneå” may mean several municipalities: Övertorneå (SE), Ylitornio (FI)."
            " Write one of these.",
        ),
        ("Pello", "pari", "Write in figures how many places are reserved for Pello."),
        ("Pello", "", "Write in figures how many places are reserved for Pello."),
        ("", "2", "Name the municipality that the places are reserved for."),
    ],
)
def test_a_row_that_is_not_understood_is_said(lappia, name, seats, message):
    for key in ("FI-854", "FI-976", "SE-2518"):
        municipality(key)

    form = form_of(lappia, quotas_municipality=[name], quotas_seats=[seats])

    assert form.errors == {"quotas": [message]}
    assert form["quotas"].value() == [(name, seats)]


def test_the_same_municipality_twice_is_refused(lappia):
    municipality("FI-854")

    form = form_of(lappia, quotas_municipality=["Pello", "pello"], quotas_seats=["2", "1"])

    assert form.errors == {"quotas": ["The same municipality stands twice."]}


@pytest.fixture
def many_places() -> list[str]:
    """The labels of 61 municipalities."""
    made = [MunicipalityFactory(code=str(code), name_fi=f"Kunta {code}") for code in range(500, 561)]
    return [gazetteer().label(place) for place in made]


def test_too_many_rows_are_refused_and_all_of_them_stay(lappia, many_places):
    form = form_of(lappia, open_to="municipalities", open_to_municipalities_municipality=many_places)
    most = form_of(lappia, open_to="municipalities", open_to_municipalities_municipality=many_places[:60])

    assert form.errors == {"open_to_municipalities": ["At most 60 rows can be given here."]}
    assert form["open_to_municipalities"].value() == [(label,) for label in many_places]
    assert most.errors == {}


def test_a_course_that_has_more_rows_keeps_all_of_them(lappia, many_places):
    offering = OfferingFactory(provider=lappia, status="draft", open_to="municipalities")
    places = Municipality.objects.filter(name_fi__startswith="Kunta")
    offering.open_to_municipalities.set(places)
    typed = {"title_fi": "x", "open_to": "municipalities"}

    form = OfferingForm(
        query(typed | {"open_to_municipalities_municipality": many_places}), offering=offering
    )

    assert form.is_valid(), form.errors
    assert set(form.given()["open_to_municipalities"]) == {place.pk for place in places}


def test_a_page_pasted_into_a_box_is_not_looked_up(lappia, django_assert_num_queries):
    field = CoHostsField()

    with django_assert_num_queries(0), pytest.raises(ValidationError) as refused:
        field.clean([("sana " * 1000, "teaches")])

    assert refused.value.messages == ["Write at most 300 characters in one box."]


def test_a_municipality_that_has_merged_since_keeps_its_quota(lappia, bengt):
    former, today = municipality("FI-099"), municipality("FI-976")
    quotas = {former.pk: 2}
    offering = services.create_draft(
        provider_id=lappia.pk, given={"title_fi": "x", "capacity": 5, "quotas": quotas}, by=bengt
    )
    former.valid_to, former.successor = dt.date(2026, 12, 31), today
    former.save()

    form = OfferingForm(
        query(
            {"title_fi": "x", "capacity": "5", "quotas_municipality": [former.name_fi], "quotas_seats": ["1"]}
        ),
        offering=offering,
    )

    assert form.is_valid(), form.errors
    assert form.given()["quotas"] == {former.pk: 1}


def test_co_hosts_are_named_with_their_part(lappia):
    company = OrganisationFactory(kind="company", name_fi="Provincia Oy", name_sv="Provincia Ab")
    OrganisationFactory(kind="company", name_fi="Sama Nimi")
    OrganisationFactory(kind="company", name_fi="Sama Nimi")

    good = form_of(
        lappia, co_hosts_organisation=["provincia ab", ""], co_hosts_part=["lends_site", "teaches"]
    )
    bad = form_of(
        lappia,
        co_hosts_organisation=["Sama Nimi", "Ei sellaista", "Provincia Oy"],
        co_hosts_part=["teaches", "teaches", "watches"],
    )

    assert good.errors == {}
    assert good.given()["co_hosts"] == [(company.pk, "lends_site")]
    assert bad.errors == {
        "co_hosts": [
            "Several organisations fit “Sama Nimi”: choose one from the list.",
            "No organisation is called “Ei sellaista”: choose one from the list.",
            "Choose what Provincia Oy does.",
        ]
    }


def test_a_co_host_of_an_ambiguous_name_stays_what_it_is(lappia, bengt):
    one = OrganisationFactory(kind="company", name_fi="Sama Nimi")
    OrganisationFactory(kind="company", name_fi="Sama Nimi")
    offering = OfferingFactory(provider=lappia, status="draft")
    CoHost.objects.create(offering=offering, organisation=one, part="teaches")

    form = OfferingForm(
        query({"title_fi": "x", "co_hosts_organisation": ["Sama Nimi"], "co_hosts_part": ["markets"]}),
        offering=offering,
    )

    assert form.is_valid(), form.errors
    assert form.given()["co_hosts"] == [(one.pk, "markets")]


def test_what_only_the_database_refuses_is_said_at_its_field(lappia):
    form = form_of(lappia)

    form.add_refusal(ValidationError("Another has it.", code="own_reference_taken"))
    form.add_refusal(ValidationError("Something else.", code="unheard_of"))

    assert form.errors == {"own_reference": ["Another has it."], "__all__": ["Something else."]}


def test_a_host_without_sites_is_asked_for_a_municipality():
    code(DeliveryMode, "contact")
    offering = blank_offering(OrganisationFactory(kind="company"), now=timezone.now())
    form = OfferingForm(query({"title_fi": "x", "mode": "contact"}), offering=offering)
    form.is_valid()
    form.add_reasons(form.reasons(anew=True))

    assert form.errors["elsewhere"] == [
        "Choose where the teaching is given. Only distance teaching needs no site."
    ]


def test_a_municipality_elsewhere_is_place_enough(lappia):
    municipality("FI-854")

    form = form_of(lappia, sites=None, elsewhere_municipality=["Pello"])

    assert form.reasons(anew=True) == []
    assert form.given()["elsewhere"] == [municipality("FI-854").pk]


@pytest.mark.parametrize(
    ("language", "written"),
    [("fi", ["12,5", "1250,5", "60"]), ("sv", ["12,5", "1250,5", "60"]), ("en", ["12.5", "1250.5", "60"])],
)
def test_numbers_are_shown_as_the_reader_writes_them_and_read_back(lappia, language, written):
    offering = OfferingFactory(
        provider=lappia, status="draft", credits=Decimal("12.5"), credit_unit="competence_point",
        learner_fee_cents=125050, contact_share=Decimal("0.60"),
    )  # fmt: skip

    with translation.override(language):
        form = OfferingForm(offering=offering)
        shown = [form[name].value() for name in ("credits", "learner_fee_cents", "contact_share")]
        data = dict(zip(("credits", "learner_fee_cents", "contact_share"), shown, strict=True))
        again = OfferingForm(
            query({"title_fi": "x", "credit_unit": "competence_point", **data}), offering=offering
        )
        again.is_valid()

    assert shown == written
    given = again.given()
    assert (given["credits"], given["learner_fee_cents"], given["contact_share"]) == (
        Decimal("12.5"), 125050, Decimal("0.6"),
    )  # fmt: skip


def test_what_is_shown_of_a_saved_course_can_be_sent_back_unchanged(lappia, bengt):
    """The round trip: the form of a course, sent as it is, changes nothing."""
    pello, company = municipality("FI-854"), OrganisationFactory(kind="company", name_fi="Provincia Oy")
    code(CreditUnit, "competence_point")
    offering = services.publish_new(
        provider_id=lappia.pk,
        given=a_course(
            lappia, quotas={pello.pk: 2}, co_hosts=[(company.pk, "teaches")], credits=Decimal("15.0"),
            credit_unit_id="competence_point", open_to="municipalities", open_to_municipalities=[pello.pk],
            contact_share=Decimal("0.25"), course_codes=["A", "B"],
        ),
        by=bengt,
    )  # fmt: skip
    shown = OfferingForm(offering=offering)
    data = QueryDict(mutable=True)
    for field in shown:
        widget, value = field.field.widget, field.value()
        if field.name in {"quotas", "open_to_municipalities", "co_hosts", "elsewhere"}:
            for row in value or ():
                for column, cell in zip(widget.columns, row, strict=True):
                    data.appendlist(f"{field.name}_{column.name}", cell)
        elif isinstance(value, list) and hasattr(widget, "choices"):
            data.setlist(field.name, [str(one) for one in value])
        elif value not in (None, "", False):
            data[field.name] = str(widget.format_value(value) if not hasattr(widget, "choices") else value)

    form = OfferingForm(data, offering=offering)

    assert form.is_valid(), form.errors
    before = offering.version
    services.save_offering(offering_id=offering.pk, version=before, given=form.given(), by=bengt)
    act = AuditEvent.objects.first()
    assert act is not None
    assert act.changes == {}
    assert differences(form, OfferingForm(offering=offering)) == []


def test_differences_are_told_in_words(lappia):
    municipality("FI-854")
    SiteFactory(organisation=lappia)
    offering = OfferingFactory(provider=lappia, status="draft", title_fi="Hitsaaja", sites=[], capacity=None)
    typed = typed_course(
        lappia, title_fi="Levyseppä", languages=["fi", "sv"], capacity="12", quotas_municipality=["Pello"],
        quotas_seats=["2"], is_apprenticeship="on",
    )  # fmt: skip

    found = {
        one.field.name: (one.saved, one.typed)
        for one in differences(OfferingForm(query(typed), offering=offering), OfferingForm(offering=offering))
    }

    assert found["title_fi"] == ("Hitsaaja", "Levyseppä")
    assert found["languages"] == ("Finnish", "Finnish, Swedish")
    assert found["capacity"] == ("", "12")
    assert found["quotas"] == ("", "Pello, 2")
    assert found["is_apprenticeship"] == ("No", "Yes")
    assert "mode" not in found
    assert "field" not in found


def test_many_sites_of_a_municipality_and_fields_in_groups(pello):
    SiteFactory(organisation=pello, name_fi="Pellon lukio")
    SiteFactory(organisation=pello, name_fi="Turtolan koulu")
    for value in ("07", "071"):
        code(FieldOfEducation, value)

    form = OfferingForm(offering=blank_offering(pello, now=timezone.now()))

    assert [label for _pk, label in form.fields["sites"].choices] == [
        "Pellon lukio",
        "Turtolan koulu, Pello",
    ]
    assert form.fields["field"].choices == [
        ("", "Not chosen"),
        (
            "Engineering, manufacturing and construction",
            [("07", "Engineering, manufacturing and construction"), ("071", "Engineering")],
        ),
    ]


def test_texts_that_the_host_needs_stand_open_and_the_others_are_folded():
    loviisa = OfferingForm(offering=blank_offering(organisation_of("FI-434"), now=timezone.now()))
    swedish = OfferingForm(
        offering=OfferingFactory(
            provider=organisation_of("SE-2518"), status="draft", title_fi="", title_en=""
        )
    )

    assert [field.name for field in loviisa.titles.needed] == ["title_fi", "title_sv"]
    assert [field.name for field in swedish.titles.needed] == ["title_sv"]
    assert not loviisa.descriptions.others_stand_open
    assert not swedish.titles.others_stand_open
    assert swedish.descriptions.others_stand_open  # what is written there is not hidden


def test_typed_values_come_back_without_being_judged(lappia):
    municipality("FI-854")
    typed = query(typed_course(lappia, capacity="kymmenen", quotas_municipality=["Pelo"], quotas_seats=["2"]))

    form = OfferingForm(offering=blank_offering(lappia, now=timezone.now()), typed=typed)

    assert not form.is_bound
    assert form["capacity"].value() == "kymmenen"
    assert form["quotas"].value() == [("Pelo", "2")]
    assert form["languages"].value() == ["fi"]
    assert form.errors == {}


def test_an_agreement_is_chosen_among_those_of_the_country_that_are_not_over(lappia):
    agreement = AgreementFactory(country="FI", title_en="Northern agreement")
    both = AgreementFactory(country="both", title_en="Across the border", in_force_to=None)
    AgreementFactory(country="SE")
    over = AgreementFactory(country="FI", title_en="Over", in_force_to=today() - dt.timedelta(days=1))

    form = form_of(lappia, open_to="agreement_parties", agreement=str(agreement.pk))
    without = form_of(lappia, open_to="agreement_parties")

    assert form.fields["agreement"].choices == [
        ("", "Not chosen"), (agreement.pk, "Northern agreement"), (both.pk, "Across the border"),
    ]  # fmt: skip
    assert form.given()["agreement_id"] == agreement.pk
    assert form.reasons(anew=True) == []
    assert without.given()["agreement_id"] is None
    assert [one.code for one in without.reasons(anew=True)] == ["agreement_missing"]
    assert "agreement" in form_of(lappia, agreement=str(over.pk)).errors
    kept = OfferingForm(offering=OfferingFactory(provider=lappia, status="draft", agreement=over))
    assert (over.pk, "Over") in kept.fields["agreement"].choices


def test_pilot_groups_are_chosen_by_their_titles(lappia):
    group = PilotGroup.objects.create(
        code="kopa-4", kind="pilot_group", number=4, country="FI", name_fi="Tornionlaakso"
    )

    form = form_of(lappia, open_to="pilot_groups", open_to_pilot_groups=[str(group.pk)])
    without = form_of(lappia, open_to="pilot_groups")

    assert form.fields["open_to_pilot_groups"].choices == [(group.pk, "Pilot group 4: Tornionlaakso")]
    assert form.given()["open_to_pilot_groups"] == [group.pk]
    assert form.reasons(anew=True) == []
    assert [one.code for one in without.reasons(anew=True)] == ["pilot_groups_missing"]
