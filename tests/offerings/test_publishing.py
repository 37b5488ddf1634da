from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from kopa.audit.models import AuditEvent
from kopa.base.errors import ChangedMeanwhile, TransitionNotAllowed
from kopa.codes.models import EducationForm, TeachingLanguage
from offerings import services
from offerings.errors import NotReady, ReasonMissing, StartedAlready
from offerings.models import Offering, SearchRow
from offerings.states import STARTED, OfferingStatus
from tests.factories import (
    JointAuthorityMemberFactory,
    LicenceFactory,
    OfferingFactory,
    OrganisationFactory,
    SiteFactory,
    code,
    in_days,
    municipality,
    organisation_of,
    today,
)
from tests.offerings.given import a_course, a_site

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


def refused(provider, by, **given) -> dict[str, str]:
    """What stands against publishing the course, by field."""
    with pytest.raises(NotReady) as raised:
        services.publish_new(provider_id=provider.pk, given=a_course(provider, **given), by=by)
    assert not Offering.objects.exists()
    return {reason.field: str(reason.message) for reason in raised.value.reasons}


def test_publishing_makes_it_public_and_found(lappia, bengt):
    draft = services.create_draft(provider_id=lappia.pk, given=a_course(lappia), by=bengt)
    assert not Offering.objects.public().exists()

    services.publish(offering_id=draft.pk, version=1, by=bengt)

    saved = Offering.objects.public().get()
    assert (saved.status, saved.version) == ("published", 2)
    assert saved.published_at == saved.places_confirmed_at == saved.updated_at
    assert saved.places_confirmed_by == bengt
    assert SearchRow.objects.filter(pk=draft.pk).exists()
    act = AuditEvent.objects.first()
    assert act is not None
    assert (act.verb, act.from_state, act.to_state, act.actor) == (
        "offering.publish",
        "draft",
        "published",
        bengt,
    )


def test_publishing_with_input_saves_and_publishes_in_one_act(lappia, bengt):
    draft = services.create_draft(provider_id=lappia.pk, given={"title_fi": "Hitsaaja"}, by=bengt)

    services.publish(offering_id=draft.pk, version=1, by=bengt, given=a_course(lappia, title_fi="Levyseppä"))

    saved = Offering.objects.get()
    assert (saved.status, saved.title_fi) == ("published", "Levyseppä")
    assert [act.verb for act in AuditEvent.objects.order_by("id")] == [
        "offering.create_draft",
        "offering.save",
        "offering.publish",
    ]


def test_what_cannot_be_published_is_not_saved_either(lappia, bengt):
    draft = services.create_draft(provider_id=lappia.pk, given={"title_fi": "Hitsaaja"}, by=bengt)

    with pytest.raises(NotReady):
        services.publish(offering_id=draft.pk, version=1, by=bengt, given={"title_fi": "Levyseppä"})

    saved = Offering.objects.get()
    assert (saved.status, saved.title_fi, saved.version) == ("draft", "Hitsaaja", 1)


@pytest.mark.parametrize("with_input", [True, False])
def test_a_draft_that_somebody_changed_meanwhile_is_not_published(lappia, bengt, with_input):
    draft = services.create_draft(provider_id=lappia.pk, given=a_course(lappia), by=bengt)
    given = {"title_fi": "Levyseppä"} if with_input else None

    with pytest.raises(ChangedMeanwhile):
        services.publish(offering_id=draft.pk, version=0, by=bengt, given=given)

    assert Offering.objects.get().status == "draft"


@pytest.mark.parametrize("status", OfferingStatus.values)
@pytest.mark.parametrize("with_input", [True, False])
def test_only_a_draft_is_published(status, with_input, lappia, bengt):
    offering = OfferingFactory(provider=lappia, status=status)
    given = {"title_fi": "x"} if with_input else None

    if status == OfferingStatus.DRAFT:
        services.publish(offering_id=offering.pk, version=1, by=bengt, given=given)
        assert Offering.objects.get().status == "published"
    else:
        with pytest.raises(TransitionNotAllowed) as raised:
            services.publish(offering_id=offering.pk, version=1, by=bengt, given=given)
        assert (raised.value.verb, raised.value.state) == ("publish", status)
        assert Offering.objects.get().status == status


@pytest.mark.parametrize(
    ("missing", "field", "message"),
    [
        ({"form_id": None}, "form", "Choose the form of education."),
        ({"field_id": None}, "field", "Choose the field."),
        ({"languages": []}, "languages", "Choose at least one teaching language."),
        ({"mode_id": None}, "mode", "Choose how the teaching is given."),
        (
            {"sites": []},
            "sites",
            "Choose where the teaching is given. Only distance teaching needs no site.",
        ),
        ({"starts_on": None, "ends_on": None}, "starts_on", "Say when teaching starts."),
        ({"applications_open_at": None}, "applications_open_at", "Say when applications open."),
        (
            {"applications_close_at": None, "selection_rule": "score"},
            "selection_rule",
            "Without a closing day admission is continuous, in the order of registration: choose that, or say"
            " when applications close.",
        ),
        ({"capacity": None}, "capacity", "Say how many places there are."),
        ({"open_to": "regions"}, "open_to_regions", "Choose the regions whose residents may apply."),
        (
            {"open_to": "municipalities"},
            "open_to_municipalities",
            "Choose the municipalities whose residents may apply.",
        ),
        (
            {"open_to": "agreement_parties"},
            "agreement",
            "Choose the agreement whose parties' residents may apply.",
        ),
        (
            {"is_national_joint_application": True},
            "apply_url",
            "Give the address of the national joint application.",
        ),
        (
            {"contact_email": ""},
            "contact_email",
            "Give an e-mail address where applicants can ask about the course.",
        ),
        (
            {"price_basis": ""},
            "price_basis",
            "Choose what the home municipality's share is counted from, or that there is none.",
        ),
    ],
)
def test_each_thing_that_is_missing_is_told_at_its_field(pello, aino, missing, field, message):
    assert refused(pello, aino, **missing) == {field: message}


def test_everything_that_is_missing_is_told_at_once(lappia, bengt):
    with pytest.raises(NotReady) as raised:
        services.publish_new(provider_id=lappia.pk, given={"title_en": "Welder"}, by=bengt)

    assert [reason.field for reason in raised.value.reasons] == [
        "title_fi", "form", "field", "languages", "mode", "starts_on", "applications_open_at", "capacity",
        "contact_email", "price_basis",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ("draft", "The organisation has not been verified yet: it cannot publish courses."),
        ("suspended", "The organisation has been suspended: it cannot publish new courses."),
        ("closed", "The organisation has been closed: it cannot publish new courses."),
    ],
)
def test_only_a_verified_organisation_publishes(lappia, bengt, status, message):
    lappia.status = status
    lappia.save()

    assert refused(lappia, bengt) == {"": message}


def test_without_a_start_nobody_knows_whether_the_release_comes_too_late(pello, aino):
    quotas = {municipality("FI-976").pk: 2}

    assert list(refused(pello, aino, starts_on=None, ends_on=None, quotas=quotas)) == ["starts_on"]


def test_distance_teaching_needs_no_place(pello, aino):
    given = a_course(pello, mode_id="distance", sites=[])

    assert services.publish_new(provider_id=pello.pk, given=given, by=aino).status == "published"


def test_admission_may_be_continuous_in_the_order_of_registration(pello, aino):
    given = a_course(pello, applications_close_at=None)

    assert services.publish_new(provider_id=pello.pk, given=given, by=aino).applications_close_at is None


def test_continuous_admission_with_reserved_places_says_when_they_are_released(pello, aino):
    quotas = {municipality("FI-976").pk: 2}

    assert refused(pello, aino, applications_close_at=None, quotas=quotas) == {
        "quota_release_at": "Say when the reserved places are released, because admission is continuous."
    }
    given = a_course(pello, applications_close_at=None, quotas=quotas, quota_release_at=in_days(20))
    assert services.publish_new(provider_id=pello.pk, given=given, by=aino).quota_release_at == in_days(20)


@pytest.mark.parametrize(("key", "hour"), [("FI-854", {"hour": 15}), ("SE-2518", {"hour": 23, "minute": 59})])
def test_reserved_places_are_released_ten_days_after_the_close(key, hour, bengt):
    provider = organisation_of(key)
    given = a_course(provider, quotas={municipality("FI-976").pk: 2})

    offering = services.publish_new(provider_id=provider.pk, given=given, by=bengt)

    release = in_days(40, country=provider.country, **hour)
    assert offering.quota_release_at == release + dt.timedelta(seconds=59 if "minute" in hour else 0)


@pytest.mark.parametrize(
    "too_early",
    [{"starts_on": 40}, {"start_decision_at": 39}],
    ids=["the start", "the decision on the start"],
)
def test_where_ten_days_after_the_close_are_too_late_the_release_has_to_be_said(pello, aino, too_early):
    given = {"ends_on": None, "quotas": {municipality("FI-976").pk: 2}}
    if "starts_on" in too_early:
        given["starts_on"] = today() + dt.timedelta(days=40)
    else:
        given["start_decision_at"] = in_days(39)

    assert refused(pello, aino, **given) == {
        "quota_release_at": (
            "Say when the reserved places are released: 10 days after applications close is too late."
        )
    }
    last = services.publish_new(
        provider_id=pello.pk, given=a_course(pello, **given, quota_release_at=in_days(38)), by=aino
    )
    assert last.quota_release_at == in_days(38)


FI, SV = "The title in Finnish is missing: ", "The title in Swedish is missing: "


@pytest.mark.parametrize(
    ("key", "title", "language", "why"),
    [
        (
            "FI-854",
            {"title_fi": "", "title_sv": "Svetsare"},
            "sv",
            {"title_fi": FI + "Pello is Finnish-speaking."},
        ),
        ("FI-434", {"title_fi": "Hitsaaja"}, "fi", {"title_sv": SV + "Loviisa is bilingual."}),
        (
            "FI-434",
            {"title_fi": "", "title_sv": "Svetsare"},
            "sv",
            {"title_fi": FI + "Loviisa is bilingual."},
        ),
        (
            "FI-434",
            {"title_fi": "", "title_en": "Welder"},
            "en",
            {"title_fi": FI + "Loviisa is bilingual.", "title_sv": SV + "Loviisa is bilingual."},
        ),
        (
            "SE-2518",
            {"title_sv": "", "title_fi": "Hitsaaja"},
            "fi",
            {"title_sv": SV + "Övertorneå is in Sweden."},
        ),
        ("FI-854", {"title_fi": "Hitsaaja"}, "sv", {"title_sv": SV + "the course is taught in Swedish."}),
    ],
)
def test_a_municipality_gives_titles_in_its_own_and_the_teaching_language(bengt, key, title, language, why):
    code(TeachingLanguage, language)

    assert refused(organisation_of(key), bengt, **title, languages=[language]) == why


def test_a_swedish_speaking_municipality_publishes_in_swedish(bengt):
    narpes = municipality("FI-545")
    narpes.language_status = "sv"
    narpes.name_fi, narpes.name_sv = "Närpiö", "Närpes"
    narpes.save()
    provider = organisation_of("FI-545")
    code(TeachingLanguage, "sv")

    assert refused(provider, bengt, languages=["sv"]) == {
        "title_sv": "The title in Swedish is missing: Närpiö is Swedish-speaking."
    }
    given = a_course(provider, title_fi="", title_sv="Svetsare", languages=["sv"])
    assert services.publish_new(provider_id=provider.pk, given=given, by=bengt).status == "published"


def test_a_municipal_enterprise_follows_its_municipality(bengt):
    enterprise = OrganisationFactory(kind="municipal_enterprise", parent=organisation_of("FI-434"))

    assert refused(enterprise, bengt) == {"title_sv": SV + "Loviisa is bilingual."}


def test_an_enterprise_of_another_organisation_follows_the_teaching_language(bengt):
    enterprise = OrganisationFactory(kind="municipal_enterprise", parent=OrganisationFactory())

    given = a_course(enterprise)
    assert services.publish_new(provider_id=enterprise.pk, given=given, by=bengt).status == "published"


@pytest.mark.parametrize(
    ("members", "title", "missing"),
    [
        (["FI-854", "FI-851"], {"title_fi": "", "title_sv": "Svetsare"}, {"title_fi": "Finnish-speaking"}),
        (["FI-854", "FI-434"], {}, {"title_sv": "not all of one language"}),
        (["FI-434"], {}, {"title_sv": "not all of one language"}),
        (["FI-545"], {}, {"title_sv": "Swedish-speaking"}),
        (
            [],
            {"title_fi": "", "title_en": "Welder"},
            {"title_fi": "Give the title in Finnish or in Swedish."},
        ),
    ],
)
def test_a_joint_authority_follows_its_members_as_far_as_they_are_recorded(
    lappia, bengt, members, title, missing
):
    swedish = municipality("FI-545")
    swedish.language_status = "sv"
    swedish.save()
    for key in members:
        JointAuthorityMemberFactory(organisation=lappia, municipality=municipality(key))
    language = "fi" if members == ["FI-545"] or not title else "en"
    code(TeachingLanguage, language)

    found = refused(lappia, bengt, **title, languages=[language])

    assert {field: part in found[field] for field, part in missing.items()} == dict.fromkeys(missing, True)
    assert set(found) == set(missing)


def test_a_member_that_has_left_no_longer_counts(lappia, bengt):
    JointAuthorityMemberFactory(organisation=lappia, municipality=municipality("FI-854"))
    JointAuthorityMemberFactory(
        organisation=lappia, municipality=municipality("FI-434"), valid_to=dt.date(2020, 12, 31)
    )

    assert services.publish_new(provider_id=lappia.pk, given=a_course(lappia), by=bengt).status == "published"


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("description", "The description in Swedish is missing"),
        ("entry_requirements", "The entry requirements in Swedish are missing"),
        ("accessibility_note", "The accessibility note in Swedish is missing"),
    ],
)
def test_a_text_that_is_written_is_written_in_both_languages_of_a_bilingual_host(bengt, text, missing):
    loviisa = organisation_of("FI-434")
    both = {"title_sv": "Svetsare"}

    assert refused(loviisa, bengt, **both, **{f"{text}_fi": "Teksti"}) == {
        f"{text}_sv": f"{missing}: Loviisa is bilingual."
    }
    given = a_course(loviisa, **both, **{f"{text}_fi": "Teksti", f"{text}_sv": "Text"})
    assert services.publish_new(provider_id=loviisa.pk, given=given, by=bengt).status == "published"


def test_a_licence_is_asked_for_only_where_licences_are_recorded(lappia, bengt):
    LicenceFactory(organisation=lappia, form=code(EducationForm, "general_upper_secondary"))
    message = (
        "No licence of Kemi-Tornionlaakson koulutuskuntayhtymä Lappia covers this form of education, location"
        " and day. Give the ground, for example a co-operation agreement."
    )

    assert refused(lappia, bengt) == {"licence_reason": message}
    given = a_course(lappia, licence_reason="Yhteistyösopimus 12/2026")
    assert services.publish_new(provider_id=lappia.pk, given=given, by=bengt).status == "published"


@pytest.mark.parametrize(
    ("places", "valid", "is_covered"),
    [
        ([], (0, None), True),
        (["FI-851", "FI-854"], (0, None), True),
        (["FI-851"], (0, None), False),
        ([], (61, None), False),
        ([], (60, None), True),
        ([], (0, 60), True),
        ([], (0, 59), False),
    ],
)
def test_a_licence_covers_form_places_and_first_day(lappia, bengt, places, valid, is_covered):
    sites = [a_site(lappia), SiteFactory(organisation=lappia, municipality=municipality("FI-854"))]
    licence = LicenceFactory(
        organisation=lappia,
        form=code(EducationForm, "vocational"),
        valid_from=today() + dt.timedelta(days=valid[0]),
        valid_to=None if valid[1] is None else today() + dt.timedelta(days=valid[1]),
    )
    licence.municipalities.set([municipality(key) for key in places])
    given = {"sites": [site.pk for site in sites]}

    if is_covered:
        services.publish_new(provider_id=lappia.pk, given=a_course(lappia, **given), by=bengt)
        assert Offering.objects.get().status == "published"
    else:
        assert list(refused(lappia, bengt, **given)) == ["licence_reason"]


def test_without_form_or_start_there_is_nothing_to_look_up_in_licences(lappia, bengt):
    LicenceFactory(organisation=lappia, form=code(EducationForm, "vocational"))

    assert list(refused(lappia, bengt, form_id=None)) == ["form"]
    assert list(refused(lappia, bengt, starts_on=None, ends_on=None)) == ["starts_on"]


def test_cancelling_keeps_the_page_and_drops_it_from_the_search(lappia, bengt, clock):
    offering = services.publish_new(provider_id=lappia.pk, given=a_course(lappia), by=bengt)
    clock.shift(60)

    services.cancel(offering_id=offering.pk, reasons={"fi": "  Hakijoita oli liian vähän.  "}, by=bengt)

    saved = Offering.objects.public().get()
    assert (saved.status, saved.cancel_reason_fi) == ("cancelled", "Hakijoita oli liian vähän.")
    assert saved.cancelled_at == saved.updated_at > saved.published_at
    assert saved.version == offering.version + 1
    assert not SearchRow.objects.filter(pk=offering.pk).exists()
    act = AuditEvent.objects.first()
    assert act is not None
    assert (act.verb, act.from_state, act.to_state) == ("offering.cancel", "published", "cancelled")
    assert act.reason == "Hakijoita oli liian vähän."


def test_a_cancelled_draft_was_never_public(lappia, bengt):
    draft = services.create_draft(provider_id=lappia.pk, given={"title_fi": "x"}, by=bengt)

    services.cancel(offering_id=draft.pk, reasons={"fi": "Turha"}, by=bengt)

    assert Offering.objects.get().status == "cancelled"
    assert not Offering.objects.public().exists()


@pytest.mark.parametrize("reason", ["", "  \n "])
def test_cancelling_needs_a_reason(lappia, bengt, reason):
    offering = services.publish_new(provider_id=lappia.pk, given=a_course(lappia), by=bengt)

    with pytest.raises(ReasonMissing) as raised:
        services.cancel(offering_id=offering.pk, reasons={"fi": reason}, by=bengt)

    assert raised.value.field == "reason"
    assert Offering.objects.get().status == "published"


def test_cancelling_needs_its_reason_in_the_languages_of_the_course(lappia, bengt):
    code(TeachingLanguage, "sv")
    given = a_course(lappia, title_sv="Svetsare", languages={"fi", "sv"})
    offering = services.publish_new(provider_id=lappia.pk, given=given, by=bengt)

    with pytest.raises(ReasonMissing):
        services.cancel(offering_id=offering.pk, reasons={"fi": "Liian vähän", "en": "Too few"}, by=bengt)
    assert Offering.objects.get().status == "published"

    services.cancel(offering_id=offering.pk, reasons={"fi": "Liian vähän", "sv": "För få"}, by=bengt)
    assert AuditEvent.objects.first().reason == "Liian vähän\nFör få"


def test_a_reason_has_an_end(lappia, bengt):
    offering = services.publish_new(provider_id=lappia.pk, given=a_course(lappia), by=bengt)

    with pytest.raises(ValidationError) as raised:
        services.cancel(offering_id=offering.pk, reasons={"fi": "x" * 1001}, by=bengt)

    assert list(raised.value.message_dict) == ["cancel_reason_fi"]


@pytest.mark.parametrize("status", OfferingStatus.values)
def test_what_is_cancelled_is_not_cancelled_again(status, lappia, bengt):
    offering = OfferingFactory(provider=lappia, status=status)

    if status in STARTED:
        with pytest.raises(StartedAlready):
            services.cancel(offering_id=offering.pk, reasons={"fi": "Uusi syy"}, by=bengt)
        assert Offering.objects.get().status == status
    elif status == OfferingStatus.CANCELLED:
        with pytest.raises(TransitionNotAllowed) as raised:
            services.cancel(offering_id=offering.pk, reasons={"fi": "Uusi syy"}, by=bengt)
        assert (raised.value.verb, raised.value.state) == ("cancel", "cancelled")
        assert Offering.objects.get().cancel_reason_fi == "Hakijoita oli liian vähän."
    else:
        services.cancel(offering_id=offering.pk, reasons={"fi": "Uusi syy"}, by=bengt)
        assert Offering.objects.get().status == "cancelled"
