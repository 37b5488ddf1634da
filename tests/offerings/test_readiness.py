from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from offerings.readiness import facts_of, missing_texts, needed_languages, notes_on
from tests.factories import (
    JointAuthorityMemberFactory,
    LicenceFactory,
    OfferingFactory,
    OrganisationFactory,
    in_days,
    municipality,
    organisation_of,
    today,
)

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


def notes(offering) -> dict[str, str]:
    return {note.code: note.message for note in notes_on(facts_of(offering), now=timezone.now())}


def test_nothing_is_worth_a_note_where_all_is_known(pello):
    LicenceFactory(organisation=pello)

    assert notes(OfferingFactory(provider=pello)) == {}


def test_sweden_has_no_licences_to_look_for(overtornea):
    assert notes(OfferingFactory(provider=overtornea)) == {}


def test_what_is_not_recorded_of_the_organisation_is_said(lappia):
    offering = OfferingFactory(provider=lappia)

    assert notes(offering) == {
        "no_licences": (
            "No licences are recorded for Kemi-Tornionlaakson koulutuskuntayhtymä Lappia, so the right to"
            " give the course is not checked."
        ),
        "no_members": (
            "The members of Kemi-Tornionlaakson koulutuskuntayhtymä Lappia are not recorded. If their"
            " languages differ, the texts are needed in Finnish and in Swedish."
        ),
    }
    JointAuthorityMemberFactory(organisation=lappia, municipality=municipality("FI-851"))
    assert list(notes(offering)) == ["no_licences"]


@pytest.mark.parametrize(
    ("dates", "code"),
    [
        ({"starts_on": 0, "applications_close_at": -1}, "has_started"),
        ({"starts_on": 20, "applications_close_at": -1}, "has_closed"),
        ({"starts_on": None, "applications_close_at": 10}, None),
        ({"starts_on": 20, "applications_close_at": 10}, None),
    ],
)
def test_what_the_search_will_not_show_is_said(overtornea, dates, code):
    starts = dates["starts_on"]
    offering = OfferingFactory(
        provider=overtornea,
        status="draft",
        starts_on=None if starts is None else today() + dt.timedelta(days=starts),
        ends_on=None,
        applications_open_at=in_days(-20),
        applications_close_at=in_days(dates["applications_close_at"]),
    )

    assert list(notes(offering)) == ([code] if code else [])


def test_a_release_that_follows_from_the_close_is_told_before_publishing(overtornea):
    """R-CAP-4: ten days after applications close."""
    offering = OfferingFactory(
        provider=overtornea,
        status="draft",
        quotas={"FI-976": 2},
        applications_close_at=in_days(30, country="SE"),
    )

    assert notes(offering) == {"release": "Reserved places are released 3\u00a0January\u00a02027 at 23:59."}


def test_a_release_that_is_given_needs_no_note(overtornea):
    offering = OfferingFactory(provider=overtornea, quotas={"FI-976": 2}, quota_release_at=in_days(40))

    assert notes(offering) == {}


def test_the_teaching_languages_are_needed_whoever_the_host():
    """R-LANG-2."""
    company = OrganisationFactory(kind="company")

    assert needed_languages(company, []) == {}
    assert needed_languages(company, ["en"]) == {}
    assert needed_languages(company, ["fi", "sv"]) == {
        "fi": "the course is taught in Finnish",
        "sv": "the course is taught in Swedish",
    }


@pytest.mark.parametrize(
    ("key", "languages"), [("FI-854", {"fi"}), ("FI-434", {"fi", "sv"}), ("SE-2518", {"sv"})]
)
def test_a_municipality_needs_the_languages_that_are_its_own(key, languages):
    """R-LANG-2: both where it is bilingual, its own where it is not, and the teaching language beside."""
    host = organisation_of(key)

    assert set(needed_languages(host, [])) == languages
    assert set(needed_languages(host, ["fi"])) == languages | {"fi"}


def test_texts_are_missing_where_another_language_has_them():
    offering = OfferingFactory(
        provider=organisation_of("FI-434"), title_sv="", description_sv="", description_en="",
        entry_requirements_fi="Peruskoulu",
    )  # fmt: skip

    assert missing_texts(offering, ["sv", "fi"]) == [
        ("title", "sv"),
        ("description", "sv"),
        ("entry_requirements", "sv"),
    ]
    assert missing_texts(offering, ["fi"]) == []


@pytest.mark.parametrize(
    ("dates", "counts"),
    [
        ({}, True),
        ({"valid_to": -1}, False),
        ({"valid_to": 0}, True),
        ({"valid_to": 40}, True),
        ({"valid_from": 1}, False),
        ({"valid_from": 0}, True),
    ],
)
def test_members_count_on_the_days_of_their_membership(lappia, dates, counts):
    days = {name: today() + dt.timedelta(days=number) for name, number in dates.items()}
    JointAuthorityMemberFactory(organisation=lappia, municipality=municipality("FI-851"))
    JointAuthorityMemberFactory(organisation=lappia, municipality=municipality("FI-434"), **days)

    assert set(needed_languages(lappia, ())) == ({"fi", "sv"} if counts else {"fi"})


def test_members_who_have_all_left_are_members_no_more(lappia):
    left = JointAuthorityMemberFactory(
        organisation=lappia, municipality=municipality("FI-851"), valid_to=today() - dt.timedelta(days=1)
    )
    offering = OfferingFactory(provider=lappia)

    assert "no_members" in notes(offering)
    left.valid_to = today()
    left.save()
    assert "no_members" not in notes(offering)
