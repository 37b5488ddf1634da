"""Reporting an error: anybody may, nobody is asked who they are, nothing typed is lost."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
import redis
from django.conf import settings
from django.test import Client
from django.utils.translation import override

from corrections import services, throttle
from corrections.models import LONGEST_TEXT, ErrorKind, ErrorReport
from offerings.presenting import address
from pilots.models import PilotGroup
from providers.models import Organisation
from tests.factories import (
    InstitutionFactory,
    OfferingFactory,
    PilotGroupFactory,
    RegionFactory,
    municipality,
)
from tests.odd_input import ENDLESS, ODD
from tests.reading import heading, main, words

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
FORM = "/en/report-an-error/"
PELLO = f"{FORM}?about=municipality:FI-854"
TYPED = {"kind": "name", "text": "The Swedish name is missing."}


@pytest.fixture(autouse=True)
def _nobody_has_sent_yet() -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as valkey:
        for key in valkey.scan_iter("kopa:error-report:*"):
            valkey.delete(key)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_report_is_sent_thanked_for_and_leads_back(
    client: Client, pello: Organisation, language: str
) -> None:
    """R-LANG-1."""
    page = {"fi": "/fi/ilmoita-virheesta/", "sv": "/sv/anmal-fel/", "en": FORM}[language]

    answer = client.post(f"{page}?about=municipality:FI-854", TYPED, follow=True)

    report = ErrorReport.objects.get()
    assert (report.kind, report.text, report.language) == ("name", TYPED["text"], language)
    assert (report.subject_type, report.subject_key, report.organisation) == ("municipality", "FI-854", pello)
    assert answer.redirect_chain[0][1] == 302
    assert report.page_path in main(answer)


def test_the_form_says_what_it_is_about_and_asks_two_things(client: Client, pello: Organisation) -> None:
    answer = client.get(PELLO)

    assert heading(answer) == "Report an error"
    assert "About: municipality Pello" in words(main(answer))
    assert list(answer.context["form"].fields) == ["kind", "text"]
    assert main(answer).count('type="radio"') == len(ErrorKind.values)
    assert 'href="/en/municipalities/fi-854-pello/"' in main(answer)


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({}, {"kind": ["Choose what is wrong."], "text": ["Tell what is wrong."]}),
        ({"kind": "name", "text": " \n "}, {"text": ["Tell what is wrong."]}),
        (
            {"kind": "odd", "text": "x"},
            {"kind": ["Select a valid choice. odd is not one of the available choices."]},
        ),
        ({"kind": "name", "text": "a\x00b"}, {"text": ["Null characters are not allowed."]}),
        (
            {"kind": "name", "text": "x" * (LONGEST_TEXT + 1)},
            {"text": ["Ensure this value has at most 2000 characters (it has 2001)."]},
        ),
    ],
)  # fmt: skip
def test_what_is_refused_is_said_at_its_field_and_stays(
    client: Client, pello: Organisation, typed: dict[str, str], errors: dict[str, list[str]]
) -> None:
    answer = client.post(PELLO, typed)

    assert (answer.status_code, answer.context["form"].errors) == (200, errors)
    assert answer.context["form"]["text"].value() == typed.get("text")
    assert ErrorReport.objects.count() == 0


def test_odd_texts_are_kept_as_they_are_or_refused(client: Client, pello: Organisation) -> None:
    for text in (*ODD, *(endless[:LONGEST_TEXT] for endless in ENDLESS)):
        answer = client.post(PELLO, {"kind": "other", "text": text}, REMOTE_ADDR=f"10.0.0.{len(text) % 250}")
        assert answer.status_code in {200, 302}, text[:80]
        assert (answer.status_code == 302) == ErrorReport.objects.filter(
            text=text.strip().replace("\r\n", "\n")
        ).exists(), text[:80]


def test_lines_are_kept_and_text_is_no_markup(client: Client, kaisa: object, pello: Organisation) -> None:
    client.post(PELLO, {"kind": "other", "text": "First\r\n<b>second</b>"})
    report = ErrorReport.objects.get()
    client.force_login(kaisa)

    assert report.text == "First\n<b>second</b>"
    assert "&lt;b&gt;second&lt;/b&gt;" in main(client.get(f"/en/desk/error-reports/{report.pk}/"))


@pytest.mark.parametrize("query", ["about=municipality:FI-999", "about=odd:1", "about=", "about=region:%00"])
def test_what_is_not_there_has_no_form(client: Client, db: None, query: str) -> None:
    expected = 200 if query == "about=" else 404

    assert client.get(f"{FORM}?{query}").status_code == expected
    assert client.get(f"{FORM}thanks/?{query}").status_code == expected


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        ("/fi/kunnat/?region=FI-R19", "/fi/kunnat/?region=FI-R19"),
        ("/sv/", "/sv/"),
        ("https://elsewhere.example/", ""),
        ("//elsewhere.example/fi/", ""),
        ("javascript:alert(1)", ""),
        ("/fi/nothing-here/", ""),
        ("/fi/?" + "x" * 300, ""),
        ("/fi/kunnat/?q=\x00", ""),
        ("/fi/kunnat/?q=\r\nX: y", ""),
        ("/fi/kunnat/?q=\u202e", ""),
        ("", ""),
    ],
)
def test_a_page_that_is_no_things_is_one_of_ours_or_left_out(
    client: Client, db: None, page: str, kept: str
) -> None:
    answer = client.post(f"{FORM}?{urlencode({'page': page})}", TYPED, follow=True)

    report = ErrorReport.objects.get()
    assert (report.subject_type, report.subject_key, report.page_path) == ("page", "", kept)
    assert "elsewhere" not in main(answer)


def test_one_address_is_held_back_and_loses_nothing_while_others_go_on(
    client: Client, pello: Organisation, english: None
) -> None:
    for number in range(throttle.AT_ONCE):
        assert client.post(PELLO, TYPED | {"text": f"Error {number}"}).status_code == 302

    answer = client.post(PELLO, TYPED)

    assert answer.status_code == 429
    assert "try again in 3 min" in str(answer.context["form"].non_field_errors())
    assert answer.context["form"]["text"].value() == TYPED["text"]
    assert ErrorReport.objects.count() == throttle.AT_ONCE
    assert client.post(PELLO, TYPED, REMOTE_ADDR="10.9.9.9").status_code == 302
    assert client.get(PELLO).status_code == 200


def test_all_together_are_held_back_by_what_the_database_counts(
    client: Client, pello: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_IN_AN_HOUR", 1)
    client.post(PELLO, TYPED)

    answer = client.post(PELLO, TYPED | {"text": "Something else."}, REMOTE_ADDR="10.9.9.9")

    assert (answer.status_code, ErrorReport.objects.count()) == (429, 1)


def test_what_the_register_refuses_is_said_and_loses_nothing(
    client: Client, pello: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corrections.views.reader_language", lambda: "de")

    answer = client.post(PELLO, TYPED)

    assert (answer.status_code, ErrorReport.objects.count()) == (200, 0)
    assert answer.context["form"].non_field_errors()
    assert answer.context["form"]["text"].value() == TYPED["text"]


def test_what_is_kept_for_counting_is_no_address(client: Client, pello: Organisation) -> None:
    client.post(PELLO, TYPED, REMOTE_ADDR="10.1.2.3")

    with redis.Redis.from_url(settings.REDIS_URL) as valkey:
        keys = [key.decode() for key in valkey.scan_iter("kopa:error-report:*")]
        assert len(keys) == 1
        assert "10.1.2.3" not in keys[0]
        assert 0 < valkey.pttl(keys[0]) <= 3_601_000


def test_every_page_of_the_register_and_of_a_course_leads_to_the_form(
    client: Client, lappia: Organisation
) -> None:
    institution = InstitutionFactory(organisation=lappia, municipality=municipality("FI-854"))
    course = OfferingFactory(provider=lappia)
    with override("en"):
        of_lappia, of_course = lappia.get_absolute_url(), address(course)
        of_lapland, of_group = RegionFactory().get_absolute_url(), PilotGroupFactory().get_absolute_url()
    pages = {
        "/en/municipalities/fi-854-pello/": f"{FORM}?about=municipality%3AFI-854",
        of_lappia: f"{FORM}?about=provider%3A{lappia.pk}",
        of_course: f"{FORM}?about=offering%3A{course.pk}",
        of_lapland: f"{FORM}?about=region%3AFI-R19",
        of_group: f"{FORM}?about=pilot_group%3A{PilotGroup.objects.get().code}",
        "/en/municipalities/": f"{FORM}?page=%2Fen%2Fmunicipalities%2F",
        "/en/providers/": f"{FORM}?page=%2Fen%2Fproviders%2F",
    }

    for page, href in pages.items():
        answer = client.get(page, follow=True)
        assert f'href="{href}"' in main(answer), page
        assert client.get(href).status_code == 200
    assert f"institution%3A{institution.code}" in main(client.get("/en/municipalities/fi-854-pello/"))


def test_a_group_is_not_called_a_group_twice(client: Client) -> None:
    group = PilotGroupFactory(number=4)

    page = words(main(client.get(f"{FORM}?about=pilot_group:{group.code}")))

    assert "About: Pilot group 4" in page
