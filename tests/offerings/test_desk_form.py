"""The form of a course as people use it: create, save, publish, preview, cancel, count places."""

from __future__ import annotations

import datetime as dt
import re
from uuid import uuid4

import pytest
from django.utils import timezone
from django.utils.translation import override

from kopa.audit.models import AuditEvent
from kopa.codes.models import TeachingLanguage
from offerings import services
from offerings.models import Offering, PlaceCounter
from offerings.presenting import address
from tests.factories import (
    OfferingFactory,
    RoleAssignmentFactory,
    code,
    municipality,
    organisation_of,
)
from tests.offerings.filled_in import desk, typed_course
from tests.offerings.given import a_course

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


FORM_TO_SIGN_OUT = '<form method="post" action="/en/sign-out/">'


@pytest.fixture
def at_desk(client, bengt):
    client.force_login(bengt)
    return client


def said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_a_draft_is_saved_and_stands_in_the_form_again(at_desk, lappia):
    response = at_desk.post(desk("create"), {"title_fi": "Hitsaaja", "act": "save"}, follow=True)

    offering = Offering.objects.get()
    assert response.redirect_chain == [(desk("edit", offering.pk), 302)]
    assert said(response) == ["The draft is saved. Only your organisation sees it."]
    assert 'value="Hitsaaja"' in response.text
    reasons = response.context["completeness"].reasons
    assert [reason.field for reason in reasons][:3] == ["form", "field", "languages"]
    assert "9 things are missing before this can be published" in response.text


def test_a_course_is_published_in_one_go(at_desk, lappia):
    response = at_desk.post(desk("create"), typed_course(lappia, act="publish"), follow=True)

    offering = Offering.objects.get()
    assert (offering.status, offering.provider) == ("published", lappia)
    assert response.redirect_chain == [(f"/en/places/{offering.pk}-hitsaaja/", 302)]
    assert said(response) == ["The course is public and can be found now."]


def mark_in(page) -> str:
    """What tells the sendings of one blank form from those of another."""
    return re.search(r'name="created_from" value="([^"]+)"', page.text)[1]


@pytest.mark.parametrize("act", ["publish", "save", "preview"])
def test_the_same_form_sent_twice_makes_one_course(at_desk, lappia, act):
    mark = mark_in(at_desk.get(desk("create")))
    typed = typed_course(lappia, act=act, created_from=mark, own_reference="H-1")

    first = at_desk.post(desk("create"), typed)
    second = at_desk.post(desk("create"), typed, follow=True)

    assert Offering.objects.count() == 1
    assert second.redirect_chain == [(first["Location"], 302)]
    assert said(second)[-1] == "You had sent this form already: this is the course that was made of it."


def test_another_blank_form_makes_another_course(at_desk, lappia):
    for _ in range(2):
        mark = mark_in(at_desk.get(desk("create")))
        at_desk.post(desk("create"), typed_course(lappia, act="publish", created_from=mark))

    assert Offering.objects.count() == 2


def test_a_form_that_comes_back_is_still_the_same_form(at_desk, lappia):
    mark = mark_in(at_desk.get(desk("create")))

    refused = at_desk.post(desk("create"), {"title_fi": "", "created_from": mark, "act": "save"})
    longer = at_desk.post(desk("create"), {"created_from": mark, "act": "add quotas"})

    assert mark_in(refused) == mark_in(longer) == mark


@pytest.mark.parametrize("mark", ["", "x", "1" * 31, "\x00"])
def test_a_mark_that_is_none_is_left_out(at_desk, lappia, mark):
    at_desk.post(desk("create"), {"title_fi": "Hitsaaja", "created_from": mark, "act": "save"})

    assert Offering.objects.get().created_from is None


def test_a_form_of_another_organisation_leads_to_nothing_of_it(at_desk, lappia, pello):
    theirs = OfferingFactory(provider=pello, status="draft", created_from=uuid4())

    response = at_desk.post(
        desk("create"), {"title_fi": "Hitsaaja", "created_from": str(theirs.created_from), "act": "save"}
    )

    assert response.context["form"].non_field_errors() == ["This form has been sent already."]
    assert Offering.objects.count() == 1


def test_what_is_missing_is_said_and_nothing_typed_is_lost(at_desk, lappia):
    typed = typed_course(lappia, act="publish", capacity="kymmenen", contact_email="", contact_name="Maija")

    response = at_desk.post(desk("create"), typed)

    assert response.status_code == 200
    assert not Offering.objects.exists()
    assert response.context["form"].errors == {
        "capacity": ["Write a number in figures, for example 12."],
        "contact_email": ["Give an e-mail address where applicants can ask about the course."],
    }
    assert "<title>Error: New course – KOPA</title>" in response.text
    assert 'href="#id_capacity"' in response.text
    assert 'value="kymmenen"' in response.text
    assert 'value="Maija"' in response.text
    assert "Nothing has been saved yet; everything you typed is still here." in response.text


def test_a_text_that_is_too_long_is_kept_whole_and_counted(at_desk, lappia):
    long = {"title_fi": "Hitsaaja " * 20, "description_fi": "a" * 6001, "contact_name": "M" * 121}
    long = {name: text.strip() for name, text in long.items()}

    response = at_desk.post(desk("create"), {**long, "act": "save"})
    cancelling = at_desk.get(desk("cancel", OfferingFactory(provider=lappia).pk))

    assert not Offering.objects.filter(title_fi__startswith="Hitsaaja Hitsaaja").exists()
    assert response.context["form"].errors == {
        "title_fi": ["Ensure this value has at most 160 characters (it has 179)."],
        "description_fi": ["Ensure this value has at most 6000 characters (it has 6001)."],
        "contact_name": ["Ensure this value has at most 120 characters (it has 121)."],
    }
    for text in long.values():
        assert text in response.text
    assert "maxlength" not in response.text + cancelling.text


def test_a_draft_may_lack_everything_but_not_contradict_itself(at_desk, lappia):
    response = at_desk.post(
        desk("create"),
        {"title_fi": "x", "starts_on": "2027-01-11", "applications_close_at": "2027-01-20", "act": "save"},
    )

    assert response.context["form"].errors == {
        "applications_close_at": ["Applications must close before the day teaching starts."]
    }


def test_the_organisation_is_chosen_first_where_there_are_several(client, lappia, pello, bengt):
    RoleAssignmentFactory(person=bengt, organisation=pello)
    client.force_login(bengt)

    choosing = client.get(desk("create"))
    form = client.get(desk("create", provider=pello.pk))
    client.post(desk("create", provider=pello.pk), {"title_fi": "Hitsaaja", "act": "save"})

    assert choosing.templates[0].name == "offerings/create_host.html"
    assert choosing.context["hosts"] == [lappia, pello]
    assert form.context["offering"].provider == pello
    assert Offering.objects.get().provider == pello


@pytest.mark.parametrize("wanted", ["FI-851", "nobody"])
def test_nobody_writes_for_somebody_elses_organisation(at_desk, lappia, wanted):
    provider = organisation_of(wanted).pk if wanted != "nobody" else "x"

    assert at_desk.get(desk("create", provider=provider)).status_code == 404
    assert at_desk.post(desk("create", provider=provider), {"title_fi": "x"}).status_code == 404
    assert not Offering.objects.exists()


def test_changes_of_a_public_course_are_public_at_once(at_desk, lappia, bengt):
    offering = services.publish_new(provider_id=lappia.pk, given=a_course(lappia), by=bengt)

    page = at_desk.get(desk("edit", offering.pk))
    typed = typed_course(lappia, title_fi="Levyseppä", version=page.context["version"])
    response = at_desk.post(desk("edit", offering.pk), typed, follow=True)

    assert "This course is public: what you save is seen at once." in page.text
    assert said(response) == ["The changes are saved and public."]
    assert Offering.objects.get().title_fi == "Levyseppä"


def test_a_public_course_cannot_be_saved_without_what_it_needs(at_desk, lappia, bengt):
    offering = services.publish_new(provider_id=lappia.pk, given=a_course(lappia), by=bengt)

    response = at_desk.post(
        desk("edit", offering.pk),
        typed_course(lappia, version=offering.version, price_basis="", languages=[]),
    )

    assert set(response.context["form"].errors) == {"price_basis", "languages"}
    assert Offering.objects.get().version == offering.version


def test_a_draft_is_published_from_its_form(at_desk, lappia, bengt):
    draft = services.create_draft(provider_id=lappia.pk, given={"title_fi": "Hitsaaja"}, by=bengt)

    at_desk.post(desk("edit", draft.pk), typed_course(lappia, version="1", act="publish"))

    assert Offering.objects.get().status == "published"


def test_saving_and_previewing_leads_to_the_preview(at_desk, lappia):
    response = at_desk.post(desk("create"), {"title_fi": "Hitsaaja", "act": "preview"})

    assert response["Location"] == desk("preview", Offering.objects.get().pk)


def test_lowering_places_below_what_is_given_is_said_at_the_places(at_desk, lappia):
    offering = OfferingFactory(provider=lappia, status="draft", capacity=16, taken=9)

    response = at_desk.post(
        desk("edit", offering.pk), {"title_fi": "x", "capacity": "8", "version": "1", "act": "save"}
    )

    assert response.context["form"].errors == {
        "capacity": ["9 open places have already been given: there must be at least 9 places in all."]
    }


def test_a_row_is_added_without_saving_or_judging(at_desk, lappia):
    municipality("FI-854")

    response = at_desk.post(
        desk("create"),
        {
            "title_fi": "Hitsaaja",
            "capacity": "kymmenen",
            "quotas_municipality": ["Pello"],
            "quotas_seats": ["2"],
            "act": "add quotas",
        },
    )

    assert not Offering.objects.exists()
    assert response.context["form"].errors == {}
    assert 'value="kymmenen"' in response.text
    assert response.text.count('name="quotas_municipality"') == 2
    assert 'id="id_quotas_1" name="quotas_municipality" value=""' in response.text
    assert response.text.count("autofocus") == 1


def test_an_unknown_row_is_no_fault(at_desk, lappia):
    assert at_desk.post(desk("create"), {"title_fi": "x", "act": "add nothing"}).status_code == 200


# Two at once


def test_who_saves_second_sees_what_the_first_saved_beside_their_own(at_desk, lappia, bengt, aino):
    offering = services.create_draft(provider_id=lappia.pk, given={"title_fi": "Hitsaaja"}, by=bengt)
    page = at_desk.get(desk("edit", offering.pk))
    services.save_offering(
        offering_id=offering.pk, version=1, given={"title_fi": "Ainon nimi", "capacity": 12}, by=aino
    )

    response = at_desk.post(
        desk("edit", offering.pk),
        {
            "title_fi": "Bengtin nimi",
            "open_to": "all",
            "selection_rule": "registration_order",
            "precedence": "reserved_first",
            "version": page.context["version"],
            "act": "save",
        },
    )

    assert Offering.objects.get().title_fi == "Ainon nimi"
    shown = {one.field.name: (one.saved, one.typed) for one in response.context["differences"]}
    assert shown == {"title_fi": ("Ainon nimi", "Bengtin nimi"), "capacity": ("12", "")}
    assert "Aino saved it 24\u00a0November\u00a02026 at 10:00." in response.text
    assert 'value="Bengtin nimi"' in response.text
    assert response.context["form"].non_field_errors() == [
        "Aino has changed this since you opened it. Your text is still here: compare it with the saved"
        " version before you save."
    ]

    # Now the person has seen it, and may save over it.
    at_desk.post(
        desk("edit", offering.pk),
        {"title_fi": "Bengtin nimi", "version": response.context["version"], "act": "save"},
    )
    assert Offering.objects.get().title_fi == "Bengtin nimi"


def test_who_saved_in_another_window_is_told_so(at_desk, lappia, bengt, aino):
    offering = services.create_draft(provider_id=lappia.pk, given={"title_fi": "Hitsaaja"}, by=aino)
    services.save_offering(offering_id=offering.pk, version=1, given={"title_fi": "Toinen"}, by=bengt)

    response = at_desk.post(desk("edit", offering.pk), {"title_fi": "x", "version": "1", "act": "save"})

    assert response.context["form"].non_field_errors() == [
        "You have saved this yourself in another window since you opened it here. What you typed here is not"
        " lost: compare it with the saved version before you save."
    ]
    assert "You saved it 24\u00a0November\u00a02026 at 10:00." in response.text


def test_counting_places_meanwhile_does_not_name_who_counted(at_desk, counted, bengt, aino):
    services.save_offering(offering_id=counted.pk, version=1, given={"contact_name": "Maija"}, by=aino)
    first = counted.counters.order_by("pk")[0]
    services.set_taken_elsewhere(offering_id=counted.pk, taken={first.pk: 10}, by=bengt)

    response = at_desk.post(
        desk("edit", counted.pk), typed_course(counted.provider, act="save", capacity="16", version="1")
    )

    assert "Aino has changed this" in response.text


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, "٣"])
def test_a_form_without_a_good_version_is_taken_for_an_old_one(at_desk, lappia, bengt, version):
    offering = services.create_draft(provider_id=lappia.pk, given={"title_fi": "Hitsaaja"}, by=bengt)

    response = at_desk.post(desk("edit", offering.pk), {"title_fi": "x", "version": version, "act": "save"})

    assert "differences" in response.context
    assert Offering.objects.get().title_fi == "Hitsaaja"


# Mass assignment (A4)


def test_only_what_the_form_asks_for_is_written(at_desk, lappia, bengt):
    offering = OfferingFactory(provider=lappia, status="draft")
    other = organisation_of("FI-851")
    hostile = {
        "status": "published", "provider": other.pk, "provider_id": other.pk, "currency": "SEK", "id": 1,
        "published_at": "2026-01-01", "created_at": "2020-01-01", "updated_at": "2020-01-01",
        "places_confirmed_at": "2026-01-01", "places_confirmed_by": bengt.pk, "cancelled_at": "2026-01-01",
        "cancel_reason_fi": "x", "is_demonstration": "on", "taken_elsewhere": "5", "held": "3",
        "counters": "1",
    }  # fmt: skip

    at_desk.post(desk("edit", offering.pk), typed_course(lappia, version="1") | hostile)

    saved = Offering.objects.get()
    assert saved.title_fi == "Hitsaaja"  # the form itself was taken
    assert saved.version == 2
    for name in (
        "status", "provider_id", "currency", "published_at", "created_at", "places_confirmed_at",
        "places_confirmed_by", "cancelled_at", "cancel_reason_fi", "is_demonstration",
    ):  # fmt: skip
        assert getattr(saved, name) == getattr(offering, name), name
    assert saved.updated_at == timezone.now()
    assert saved.counters.get().taken_elsewhere == 0


# Strangers


@pytest.mark.parametrize("status", ["draft", "published", "cancelled"])
@pytest.mark.parametrize("name", ["sami", "aino", "kaisa", "olli", "ritva", "matti", "anna"])
def test_somebody_elses_course_is_not_found_whatever_its_state(client, request, lappia, name, status):
    offering = OfferingFactory(provider=lappia, status=status)
    client.force_login(request.getfixturevalue(name))

    for page in ("edit", "preview", "places", "cancel"):
        assert client.get(desk(page, offering.pk)).status_code == 404
    for page in ("edit", "publish", "places", "cancel"):
        assert client.post(desk(page, offering.pk), {"version": "1", "reason": "x"}).status_code == 404
    assert Offering.objects.get().version == 1


def test_what_was_typed_when_somebody_cancelled_can_be_copied(at_desk, lappia, bengt):
    offering = services.publish_new(provider_id=lappia.pk, given=a_course(lappia), by=bengt)
    services.cancel(offering_id=offering.pk, reasons={"fi": "Hakijoita oli liian vähän."}, by=bengt)

    page = at_desk.post(desk("edit", offering.pk), typed_course(lappia, title_fi="Pitkä teksti", version="1"))

    assert "Nothing was saved: the course is cancelled. What you typed is still here" in page.text
    assert 'value="Pitkä teksti"' in page.text
    assert 'name="act" value="publish"' not in page.text
    assert "data-kopa-autosave" not in page.text
    assert Offering.objects.get().title_fi == "Hitsaaja"


@pytest.mark.parametrize("page", ["edit", "places", "cancel"])
def test_what_is_cancelled_can_only_be_read(at_desk, lappia, bengt, page):
    offering = services.publish_new(provider_id=lappia.pk, given=a_course(lappia), by=bengt)
    services.cancel(offering_id=offering.pk, reasons={"fi": "Hakijoita oli liian vähän."}, by=bengt)

    opened = at_desk.get(desk(page, offering.pk), follow=True)
    act = {"typed": ""} if page == "edit" else {}  # what is brought back after signing in, not saved
    changed = at_desk.post(desk(page, offering.pk), {"version": "1"} | act, follow=True)

    for response in (opened, changed):
        assert response.redirect_chain == [(desk("preview", offering.pk), 302)]
        assert "<title>Cancelled: Hitsaaja – KOPA</title>" in response.text
        assert "Bengt cancelled this course on 24\u00a0November\u00a02026." in response.text
        assert "Hakijoita oli liian vähän." in response.text
        forms = re.findall("<form[^>]*>", response.text.replace(FORM_TO_SIGN_OUT, ""))
        assert forms == [f'<form method="post" action="{desk("copy", offering.pk)}">']
    assert (said(opened), said(changed)) == ([], ["Nothing was saved: the course is cancelled."])
    assert f'href="{desk("preview", offering.pk)}">View<' in at_desk.get(desk("own")).text


def test_a_cancelled_draft_can_be_read_too(at_desk, lappia):
    offering = OfferingFactory(
        provider=lappia, status="cancelled", published_at=None, cancel_reason_fi="Kirjoitettu vahingossa."
    )

    page = at_desk.get(desk("preview", offering.pk))

    assert "Kirjoitettu vahingossa." in page.text
    assert "The public page" not in page.text


def test_addresses_take_only_what_they_are_for(at_desk, lappia):
    offering = OfferingFactory(provider=lappia)

    assert at_desk.get(desk("publish", offering.pk)).status_code == 405
    assert at_desk.post(desk("preview", offering.pk)).status_code == 405
    assert at_desk.post(desk("own")).status_code == 405


# Preview and publishing from there


def test_a_preview_shows_each_language_and_what_is_missing(at_desk, lappia, bengt):
    given = a_course(lappia, title_fi="Hitsaaja", title_sv="Svetsare", description_fi="Opit hitsaamaan.")
    draft = services.create_draft(provider_id=lappia.pk, given=given, by=bengt)

    finnish = at_desk.get(desk("preview", draft.pk, language="fi"))
    swedish = at_desk.get(desk("preview", draft.pk, language="sv"))
    english = at_desk.get(desk("preview", draft.pk, language="xx"))

    assert 'class="k-offering k-previewed" lang="fi"' in finnish.text
    assert "Opit hitsaamaan." in finnish.text
    assert 'class="k-offering k-previewed" lang="sv"' in swedish.text
    assert ">Svetsare <" in swedish.text
    assert '<div lang="fi"><p>Opit hitsaamaan.</p></div>' in swedish.text  # marked: not translated
    assert 'class="k-offering k-previewed" lang="en"' in english.text
    assert finnish.context["completeness"].reasons == []
    assert '<html lang="en"' in finnish.text


@pytest.mark.parametrize(
    ("given", "way"),
    [
        ({"apply_url": "https://haku.example.org/"}, 'href="https://haku.example.org/"'),
        ({"apply_url": "", "apply_contact": "Soita meille"}, "Soita meille"),
        ({"apply_url": "", "apply_contact": ""}, "Ask how to apply"),
    ],
)
def test_a_preview_shows_how_students_will_apply(at_desk, lappia, bengt, given, way):
    draft = services.create_draft(provider_id=lappia.pk, given=a_course(lappia, **given), by=bengt)
    explained = "Students see this way to apply when the course is public and applications are open."

    before = at_desk.get(desk("preview", draft.pk)).text
    public = at_desk.get(address(draft)).text
    services.publish(offering_id=draft.pk, version=1, by=bengt)
    after = at_desk.get(desk("preview", draft.pk)).text

    assert way in before
    assert explained in before
    assert way not in public.split("<section")[0]  # a draft's own page takes no applications
    assert way in after
    assert explained not in after


def test_a_preview_says_when_applications_open_and_hides_what_is_over(at_desk, lappia, bengt):
    now = timezone.now()
    given = a_course(lappia, applications_open_at=now + dt.timedelta(days=2))
    offering = services.publish_new(provider_id=lappia.pk, given=given, by=bengt)

    ahead = at_desk.get(desk("preview", offering.pk)).text
    Offering.objects.filter(pk=offering.pk).update(
        applications_open_at=now - dt.timedelta(days=9), applications_close_at=now - dt.timedelta(days=1)
    )
    over = at_desk.get(desk("preview", offering.pk)).text

    assert "Students see this way to apply when applications open: 26\u00a0November\u00a02026 at" in ahead
    for part in ("Students see this way to apply", "What happens next"):
        assert part not in over


def test_a_draft_is_published_from_its_preview(at_desk, lappia, bengt):
    draft = services.create_draft(provider_id=lappia.pk, given=a_course(lappia), by=bengt)
    page = at_desk.get(desk("preview", draft.pk))
    assert f'action="{desk("publish", draft.pk)}"' in page.text

    response = at_desk.post(desk("publish", draft.pk), {"version": "1"}, follow=True)

    assert said(response) == ["The course is public and can be found now."]
    assert Offering.objects.get().status == "published"


def test_a_draft_that_lacks_something_offers_no_publishing(at_desk, lappia, bengt):
    draft = services.create_draft(provider_id=lappia.pk, given=a_course(lappia, capacity=None), by=bengt)

    page = at_desk.get(desk("preview", draft.pk))
    response = at_desk.post(desk("publish", draft.pk), {"version": "1"}, follow=True)

    assert "1 thing is missing before this can be published" in page.text
    assert f'href="{desk("edit", draft.pk)}#id_capacity">Say how many places there are.</a>' in page.text
    assert f'action="{desk("publish", draft.pk)}"' not in page.text
    assert said(response) == ["The course is not published: something is still missing."]


@pytest.mark.parametrize(("status", "version"), [("draft", "7"), ("published", "1"), ("cancelled", "1")])
def test_what_cannot_be_published_is_said(at_desk, lappia, status, version):
    offering = OfferingFactory(provider=lappia, status=status)

    response = at_desk.post(desk("publish", offering.pk), {"version": version}, follow=True)

    assert response.redirect_chain == [(desk("preview", offering.pk), 302)]
    assert len(said(response)) == 1
    assert Offering.objects.get().status == status


@pytest.mark.parametrize("status", ["draft", "published", "cancelled"])
def test_every_state_has_a_preview(at_desk, lappia, status):
    offering = OfferingFactory(provider=lappia, status=status)

    page = at_desk.get(desk("preview", offering.pk))

    assert page.status_code == 200
    assert ("Back to the form" in page.text) == (status != "cancelled")
    assert ("The public page" in page.text) == (status != "draft")


def test_an_empty_draft_has_a_preview(at_desk, lappia, bengt):
    draft = services.create_draft(provider_id=lappia.pk, given={"title_en": "Welder"}, by=bengt)

    assert at_desk.get(desk("preview", draft.pk)).status_code == 200


# Cancelling


def test_a_course_is_cancelled_with_a_reason(at_desk, lappia, bengt):
    offering = services.publish_new(provider_id=lappia.pk, given=a_course(lappia), by=bengt)

    empty = at_desk.post(desk("cancel", offering.pk), {"reason_fi": " "})
    response = at_desk.post(
        desk("cancel", offering.pk), {"reason_fi": "Hakijoita oli liian vähän."}, follow=True
    )

    assert empty.context["form"].errors == {"reason_fi": ["Tell applicants why the course is cancelled."]}
    assert response.redirect_chain == [(desk("own"), 302)]
    assert said(response) == ["The course is cancelled."]
    assert Offering.objects.get().cancel_reason_fi == "Hakijoita oli liian vähän."


def test_a_reason_is_said_in_every_language_that_the_course_needs(at_desk, lappia, bengt):
    code(TeachingLanguage, "sv")
    given = a_course(lappia, title_sv="Svetsare", languages={"fi", "sv"})
    offering = services.publish_new(provider_id=lappia.pk, given=given, by=bengt)
    reasons = {"reason_fi": "Hakijoita oli liian vähän."}

    halfway = at_desk.post(desk("cancel", offering.pk), reasons)
    at_desk.post(desk("cancel", offering.pk), reasons | {"reason_sv": "För få sökande."})
    offering.refresh_from_db()
    with override("sv"):
        swedish = at_desk.get(address(offering)).text
    english = at_desk.get(address(offering)).text

    assert halfway.context["form"].errors == {"reason_sv": ["Tell applicants why the course is cancelled."]}
    assert (offering.status, offering.cancel_reason_sv) == ("cancelled", "För få sökande.")
    assert "För få sökande." in swedish
    mark = '<span class="k-untranslated">Only in Finnish</span>'
    assert f'<span lang="fi">Hakijoita oli liian vähän.</span> {mark}' in english


def test_any_language_is_enough_for_the_reason_of_a_draft(at_desk, lappia):
    draft = OfferingFactory(provider=lappia, status="draft")

    empty = at_desk.post(desk("cancel", draft.pk), {})
    at_desk.post(desk("cancel", draft.pk), {"reason_en": "Written twice."})

    assert empty.context["form"].errors == {"reason_fi": ["Tell applicants why the course is cancelled."]}
    assert Offering.objects.get().cancel_reason_en == "Written twice."


# Places


@pytest.fixture
def counted(lappia):
    return OfferingFactory(provider=lappia, capacity=16, quotas={"FI-854": 2}, taken={"": 9, "FI-854": 1})


def numbers(offering, *taken, seen=(9, 1)) -> dict[str, str]:
    pks = [counter.pk for counter in offering.counters.order_by("pk")]
    return {f"taken_{pk}": str(n) for pk, n in zip(pks, taken, strict=True)} | {
        f"seen_{pk}": str(n) for pk, n in zip(pks, seen, strict=True)
    }


def test_places_are_counted_per_source(at_desk, counted, bengt):
    page = at_desk.get(desk("places", counted.pk))
    response = at_desk.post(
        desk("places", counted.pk), numbers(counted, 11, 2) | {"act": "count"}, follow=True
    )

    assert [field.label for field in page.context["form"].visible_fields()] == [
        "Open places given elsewhere",
        "Reserved for Pello, given elsewhere",
    ]
    assert "Nobody has confirmed the numbers yet." in page.text
    assert said(response) == ["The places are confirmed."]
    assert [counter.taken_elsewhere for counter in counted.counters.order_by("pk")] == [11, 2]
    assert (
        "Bengt confirmed the numbers 24\u00a0November\u00a02026 at 10:00."
        in at_desk.get(desk("places", counted.pk)).text
    )
    in_finnish = at_desk.get(f"/fi/tyo/tarjonta/{counted.pk}/paikat/").text
    assert "Pellon asukkaille varatuista paikoista annettu muualla" in in_finnish


@pytest.mark.parametrize(
    ("taken", "errors"),
    [
        ((15, 1), ["At most 14 can be given here."]),
        (("", 1), ["Write a number, 0 if none has been given."]),
        (("pari", 1), ["Write a number in figures, for example 12."]),
    ],
)
def test_numbers_that_cannot_be_are_said_at_their_source(at_desk, counted, taken, errors):
    response = at_desk.post(desk("places", counted.pk), numbers(counted, *taken))

    first = counted.counters.order_by("pk")[0].pk
    assert response.context["form"].errors == {f"taken_{first}": errors}
    assert Offering.objects.get().places_confirmed_at is None


def test_numbers_that_somebody_changed_meanwhile_are_shown_beside(at_desk, counted, aino):
    first = counted.counters.order_by("pk")[0]
    services.set_taken_elsewhere(offering_id=counted.pk, taken={first.pk: 10}, by=aino)

    response = at_desk.post(desk("places", counted.pk), numbers(counted, 12, 1))
    form = response.context["form"]

    assert form.non_field_errors() == [
        "Aino has just changed these numbers. Compare them and save again."
    ]
    assert form[f"taken_{first.pk}"].value() == "12"
    assert "Saved now: 10." in form[f"taken_{first.pk}"].help_text
    at_desk.post(desk("places", counted.pk), numbers(counted, 12, 1, seen=(10, 1)))
    assert PlaceCounter.objects.get(pk=first.pk).taken_elsewhere == 12


def test_a_source_that_is_gone_meanwhile_is_said(at_desk, counted, bengt):
    data = numbers(counted, 9, 1)
    PlaceCounter.objects.filter(quota__isnull=False).update(taken_elsewhere=0)
    services.save_offering(offering_id=counted.pk, version=1, given={"quotas": {}}, by=bengt)

    response = at_desk.post(desk("places", counted.pk), data)

    # Only the open source is left, and its number is what was seen: it is confirmed.
    assert response.status_code == 302
    assert [counter.taken_elsewhere for counter in counted.counters.all()] == [9]


def test_the_list_confirms_with_one_button(at_desk, lappia, bengt):
    offering = OfferingFactory(provider=lappia, taken=3)
    page = at_desk.get(desk("own"))
    assert "The places are right" in page.text
    source = offering.counters.get().pk
    assert f'<input type="hidden" name="seen_{source}" value="3">' in page.text

    response = at_desk.post(
        desk("places", offering.pk), {"act": "confirm", f"seen_{source}": "3"}, follow=True
    )

    assert said(response) == ["The places are confirmed."]
    assert Offering.objects.get().places_confirmed_by == bengt
    act = AuditEvent.objects.first()
    assert act is not None
    assert act.verb == "offering.confirm_places"
    assert "The places are right" not in response.text


@pytest.mark.parametrize("seen", ["2", "", "x", "٣", "9" * 30, None])
def test_the_list_confirms_only_what_it_showed(at_desk, lappia, seen):
    offering = OfferingFactory(provider=lappia, taken=3)
    shown = {} if seen is None else {f"seen_{offering.counters.get().pk}": seen}

    response = at_desk.post(desk("places", offering.pk), {"act": "confirm"} | shown, follow=True)

    assert said(response) == [
        "Somebody else has just changed these numbers. Look at them before you confirm."
    ]
    assert response.redirect_chain == [(desk("own"), 302)]
    assert Offering.objects.get().places_confirmed_at is None


def test_numbers_shown_to_nobody_are_not_confirmed(at_desk, counted):
    pks = [counter.pk for counter in counted.counters.order_by("pk")]

    response = at_desk.post(desk("places", counted.pk), {f"taken_{pk}": "1" for pk in pks})

    assert response.status_code == 200
    assert Offering.objects.get().places_confirmed_at is None


def test_moments_are_shown_by_the_hosts_clock(client, bengt, overtornea):
    RoleAssignmentFactory(person=bengt, organisation=overtornea)
    offering = OfferingFactory(
        provider=overtornea,
        status="draft",
        applications_close_at=dt.datetime(2026, 12, 31, 22, 59, 59, tzinfo=dt.UTC),
    )
    client.force_login(bengt)

    page = client.get(desk("edit", offering.pk))

    assert 'name="applications_close_at" value="2026-12-31"' in page.text
    assert 'name="applications_close_time" value="23:59:59"' in page.text
    assert "Empty: 23:59 (Swedish time)" in page.text
    assert "Fee for the student, kronor" in page.text


# Texts that are written once, in whatever language


def test_who_writes_a_text_once_is_told_to_use_the_students_languages(at_desk, lappia):
    offering = OfferingFactory(provider=lappia)
    hint = "Shown as you write it, not translated: write it in the languages of your students."

    assert hint in at_desk.get(desk("edit", offering.pk)).text


def test_a_text_of_an_unknown_language_is_marked_as_one(client, lappia):
    by_mail = OfferingFactory(provider=lappia, apply_url="", apply_contact="Lähetä sähköpostia")

    page = client.get(address(by_mail), follow=True).text

    assert '<span lang="">Lähetä sähköpostia</span>' in page


def test_a_copy_says_which_dates_are_guessed(at_desk, lappia):
    course = OfferingFactory(provider=lappia, starts_on=dt.date(2027, 1, 25))

    first, again = (at_desk.post(desk("copy", course.pk), follow=True).text for _ in range(2))

    assert "This is a draft for autumn 2027. Its dates are guessed" in first
    assert "This course had been copied to autumn 2027 already: this is that copy." in again


def test_a_copy_of_a_course_without_dates_claims_none(at_desk, lappia):
    bare = OfferingFactory(
        provider=lappia, status="draft", starts_on=None, ends_on=None, applications_open_at=None,
        applications_close_at=None,
    )  # fmt: skip
    pages = [at_desk.get(desk(page, *args)).text for page, args in
             (("edit", [bare.pk]), ("preview", [bare.pk]))]  # fmt: skip

    first, again = (at_desk.post(desk("copy", bare.pk), follow=True).text for _ in range(2))

    assert ["Copy as a new draft" in page and "Copy to" not in page for page in pages] == [True, True]
    assert "The course has no dates yet, so the copy has none." in first
    assert "This course had been copied already: this is that copy." in again
    assert "guessed" not in first
