"""How much of what publishing needs is there."""

from __future__ import annotations

import pytest
from django.utils import timezone

from kopa.codes.models import TeachingLanguage
from offerings import services
from offerings.completeness import blank_facts, completeness
from offerings.models import Offering
from offerings.readiness import facts_of
from offerings.services.writing import blank_offering
from providers.models import Site
from tests.factories import OfferingFactory, code, organisation_of
from tests.offerings.filled_in import desk

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def at_desk(client, bengt):
    client.force_login(bengt)
    return client


def of(offering: Offering) -> tuple[int, int]:
    found = completeness(facts_of(offering))
    return found.done, found.total


def languages(offering: Offering) -> dict[str, tuple[bool, bool]]:
    return {one.code: (one.is_needed, one.is_missing) for one in completeness(facts_of(offering)).languages}


def finnish() -> Offering:
    """Of Pello: one language is needed, and the teaching is on the spot."""
    return OfferingFactory(provider=organisation_of("FI-854"), status="draft")


def test_what_is_whole_is_all_of_it():
    offering = finnish()

    assert of(offering) == (12, 12)  # nine fields, the site, title and description in Finnish
    assert languages(offering) == {"fi": (True, False), "sv": (False, False), "en": (False, False)}


def test_each_thing_that_is_missing_is_one_fewer():
    offering = finnish()
    offering.field = offering.capacity = None
    offering.description_fi = ""
    offering.sites.clear()

    found = completeness(facts_of(offering))

    assert (found.done, found.total) == (8, 12)
    assert {reason.field for reason in found.reasons} == {"field", "capacity", "description_fi", "sites"}


def test_without_sites_of_its_own_a_host_is_led_to_municipalities():
    offering = finnish()
    offering.sites.clear()
    fields = [reason.field for reason in completeness(facts_of(offering)).reasons]
    Site.objects.all().delete()

    assert fields == ["sites"]
    assert [reason.field for reason in completeness(facts_of(offering)).reasons] == ["elsewhere"]
    assert of(offering) == (11, 12)


def test_distance_teaching_needs_no_site():
    offering = finnish()
    offering.mode_id = "distance"

    assert of(offering) == (11, 11)


def test_a_teaching_language_makes_its_texts_needed():
    offering = finnish()
    offering.title_sv = offering.title_en = offering.description_sv = ""
    offering.languages.add(code(TeachingLanguage, "sv"))

    found = completeness(facts_of(offering))

    assert (found.done, found.total) == (12, 14)
    assert [one.name for one in found.missing_languages] == ["Swedish"]
    assert languages(offering) == {"fi": (True, False), "sv": (True, True), "en": (False, True)}


def test_what_only_some_courses_need_is_counted_where_it_is_missing():
    offering = finnish()
    offering.is_national_joint_application, offering.apply_url = True, ""

    assert of(offering) == (12, 13)


def test_the_blank_form_says_what_it_needs(at_desk, lappia):
    page = at_desk.get(desk("create"))

    assert "10 things are missing before this can be published" in page.text
    assert page.text.count("0 of 10 ready") == 2
    assert '<a class="ds-link" href="#id_contact_email">' in page.text


def test_a_refused_form_counts_what_is_typed(at_desk, lappia):
    typed = {"title_fi": "Hitsaaja", "contact_email": "x@example.org", "act": "publish"}
    page = at_desk.post(desk("create"), typed)

    assert page.context["completeness"].done == 2
    assert not Offering.objects.exists()


def test_a_preview_leads_from_what_is_missing_to_the_form(at_desk, lappia, bengt):
    draft = services.create_draft(provider_id=lappia.pk, given={"title_fi": "Hitsaaja"}, by=bengt)

    page = at_desk.get(desk("preview", draft.pk)).text

    assert f'href="{desk("edit", draft.pk)}#id_form"' in page
    assert "Publish</button>" not in page


def test_what_is_public_has_no_such_list(at_desk, lappia):
    page = at_desk.get(desk("edit", OfferingFactory(provider=lappia).pk))

    assert "completeness" not in page.context
    assert 'id="completeness"' not in page.text


def test_a_course_of_which_nothing_is_said_is_blank(lappia):
    found = completeness(blank_facts(blank_offering(lappia, now=timezone.now())))

    assert found.done == 0
