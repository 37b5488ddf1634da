"""What every page has around it, the front door and the language switch."""

from __future__ import annotations

import re
from http import HTTPStatus

import pytest
from django.test import Client, override_settings
from django.urls import reverse
from django.utils.translation import override

from kopa.accounts.models import User
from kopa.portal.demonstration import presence
from tests.factories import OfferingFactory

pytestmark = [pytest.mark.django_db, pytest.mark.integration]
PAGES = ["portal:home", "portal:about", "portal:accessibility", "portal:privacy", "portal:licences"]


def address(name: str, language: str) -> str:
    with override(language):
        return reverse(name)


def links(html: str) -> dict[str, str]:
    """The language switch: code and address."""
    return {code: url for url, code in re.findall(r'<a href="([^"]+)" lang="(\w\w)"', html)}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_page_answers_in_every_language(client: Client, name: str, language: str) -> None:
    """R-LANG-1."""
    answer = client.get(address(name, language))

    html = answer.content.decode()
    assert answer.status_code == HTTPStatus.OK
    assert f'<html lang="{language}"' in html
    assert html.count("<h1") == 1
    assert html.index("<main") < html.index("<h1") < html.index("</main>")


@pytest.mark.parametrize(
    ("accepts", "cookie", "to"),
    [
        ("", "", "/fi/"),
        ("sv-SE,sv;q=0.9,en;q=0.5", "", "/sv/"),
        ("sv-FI", "", "/sv/"),
        ("de-DE,en;q=0.7", "", "/en/"),
        ("de", "", "/fi/"),
        ("sv", "en", "/en/"),
        ("sv", "xx", "/sv/"),
    ],
)
def test_front_door_opens_to_choice_then_browser_then_finnish(
    client: Client, accepts: str, cookie: str, to: str
) -> None:
    if cookie:
        client.cookies["kopa_language"] = cookie

    answer = client.get("/", headers={"accept-language": accepts} if accepts else {})

    assert (answer.status_code, answer.headers["Location"]) == (HTTPStatus.FOUND, to)
    assert {"Accept-Language", "Cookie"} <= {part.strip() for part in answer.headers["Vary"].split(",")}


def test_language_switch_keeps_page_and_query(client: Client) -> None:
    html = client.get("/fi/tietosuoja/?a=1&a=2&q=l%C3%A4hi").content.decode()

    assert links(html) == {
        "fi": "/fi/tietosuoja/?a=1&amp;a=2&amp;q=l%C3%A4hi",
        "sv": "/sv/dataskydd/?a=1&amp;a=2&amp;q=l%C3%A4hi",
        "en": "/en/privacy/?a=1&amp;a=2&amp;q=l%C3%A4hi",
    }


def test_each_language_is_named_in_itself_and_the_present_one_is_marked(client: Client) -> None:
    html = client.get("/sv/").content.decode()

    assert re.findall(r'hreflang="(\w\w)"( aria-current="true")?><span class="k-lang__long">(\w+)', html) == [
        ("fi", "", "Suomi"),
        ("sv", ' aria-current="true"', "Svenska"),
        ("en", "", "English"),
    ]


def test_switching_the_language_is_remembered(client: Client) -> None:
    """R-LANG-1."""
    answer = client.get("/sv/dataskydd/", headers={"referer": "http://testserver/fi/tietosuoja/"})

    cookie = answer.cookies["kopa_language"]
    assert (cookie.value, cookie["max-age"], cookie["samesite"]) == ("sv", 60 * 60 * 24 * 365, "Lax")
    assert client.get("/").headers["Location"] == "/sv/"


@pytest.mark.parametrize(
    "referer", ["", "http://testserver/sv/", "https://elsewhere.example/fi/", "http://testserver/api/v1/"]
)
def test_following_a_link_is_no_choice_of_language(client: Client, referer: str) -> None:
    answer = client.get("/sv/dataskydd/", headers={"referer": referer})

    assert "kopa_language" not in answer.cookies


def test_menu_marks_the_page_at_hand(client: Client) -> None:
    html = client.get("/en/about/").content.decode()

    menu = html.partition('class="k-nav"')[2].partition("</nav>")[0]
    assert re.findall(r'<a href="([^"]+)"(?: aria-current="(\w+)")?>', menu)[-1] == ("/en/about/", "page")
    assert menu.count("aria-current") == 1


def test_menu_has_a_desk_for_those_who_publish(client: Client, bengt: User, sami: User) -> None:
    desk = f'href="{address("offerings:desk", "fi")}"'
    for person, has_desk in ((bengt, True), (sami, False)):
        client.force_login(person)

        menu = client.get("/fi/tietoa/").content.decode().partition('class="k-nav"')[2].partition("</nav>")[0]
        assert (desk in menu) is has_desk


@pytest.mark.parametrize(
    ("name", "desk"),
    [
        ("bengt", "/fi/tyo/"),
        ("kaisa", "/fi/tyo/koordinointi/"),
        ("anna", "/fi/tyo/koordinointi/"),
        ("matti", "/fi/tyo/tietojen-laatu/"),
        ("sami", ""),
        ("ritva", ""),
    ],
)
def test_desk_is_what_the_readers_role_may_use(
    client: Client, request: pytest.FixtureRequest, name: str, desk: str
) -> None:
    """In the menu, behind the button of the home page and after signing in; nobody is led to a refusal."""
    client.force_login(request.getfixturevalue(name))

    html = client.get("/fi/").content.decode()

    menu = html.partition('class="k-nav"')[2].partition("</nav>")[0]
    assert re.findall(r'href="(/fi/tyo/[^"]*)"', menu) == ([desk] if desk else [])
    assert re.findall(r'href="([^"]*)">Siirry työpöydälle', html) == ([desk] if desk else [])
    assert client.get(address("portal:start", "fi"))["Location"] == (desk or "/fi/")
    if desk:
        shown = client.get(desk)
        assert shown.status_code == HTTPStatus.OK
        assert f'<a href="{desk}" aria-current="page">' in shown.content.decode()


def test_person_who_signed_in_sees_name_and_way_out(client: Client, bengt: User) -> None:
    assert address("accounts:sign_in", "fi") in client.get("/fi/tietoa/").content.decode()

    client.force_login(bengt)
    html = client.get("/fi/tietoa/").content.decode()

    assert "Bengt" in html
    assert f'<form method="post" action="{address("accounts:sign_out", "fi")}">' in html


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", "koulutukset, paikat ja henkilöt ovat keksittyjä. Rekisteri on todellinen"),
        ("sv", "utbildningar, platser och personer är påhittade. Registret är verkligt"),
        ("en", "courses, places and people are invented. The register is real"),
    ],
)
def test_invented_data_is_said_to_be_so_on_every_page(client: Client, language: str, words: str) -> None:
    for name in PAGES:
        assert words not in client.get(address(name, language)).content.decode()

    OfferingFactory(is_demonstration=True)
    presence.forget()

    for name in PAGES:
        assert words in client.get(address(name, language)).content.decode()
    assert words in client.get(f"/{language}/nothing-here/").content.decode()


@pytest.mark.parametrize(
    ("language", "title"), [("fi", "Sivua ei löydy"), ("sv", "Sidan hittades inte"), ("en", "Page not found")]
)
def test_missing_page_is_told_in_the_readers_language(client: Client, language: str, title: str) -> None:
    answer = client.get(f"/{language}/nothing-here/")

    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert f'<h1 class="ds-heading" data-size="lg">{title}</h1>' in answer.content.decode()


def test_old_form_is_refused_with_words(bengt: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(bengt)

    answer = client.post(address("accounts:sign_out", "sv"))

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "Formuläret kunde inte tas emot" in answer.content.decode()


@override_settings(ROOT_URLCONF="tests.portal.failing_urls")
def test_failure_shows_a_page_that_needs_no_database(client: Client, django_assert_num_queries) -> None:
    client.raise_request_exception = False

    for language, title in (
        ("fi", "Jokin meni vikaan"),
        ("sv", "Något gick fel"),
        ("en", "Something went wrong"),
    ):
        with django_assert_num_queries(0):
            answer = client.get(f"/{language}/fails/")

        html = answer.content.decode()
        assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
        assert f"<title>{title} – KOPA</title>" in html
        assert "Traceback" not in html
        assert "secret words" not in html


@override_settings(ROOT_URLCONF="tests.portal.failing_urls")
@pytest.mark.parametrize(("path", "status"), [("/fi/refuses/", 403), ("/fi/nonsense/", 400)])
def test_refusals_are_told_in_words(client: Client, path: str, status: int) -> None:
    answer = client.get(path)

    assert answer.status_code == status
    assert 'href="/fi/"' in answer.content.decode() or 'href="/"' in answer.content.decode()


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_script_or_style_of_its_own(client: Client, name: str, language: str) -> None:
    html = client.get(address(name, language)).content.decode()

    assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/ld\+json)", html) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", html) == []
    assert re.findall(r'(?:src|href|action)="(?:https?:)?//(?!\w+\.\w)', html) == []


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_about_leads_to_the_api_in_the_reader_s_language(client, language):
    with override(language):
        html = client.get(reverse("portal:about")).content.decode()

    assert f'<a class="ds-link" href="/api/v1/docs/?lang={language}">' in html[html.index("<main") :]


def test_privacy_page_names_the_host_of_the_zoomable_map_where_there_is_one(client, settings):
    settings.KOPA_TILES = None
    assert "Lähennettävä kartta" not in (plain := client.get("/fi/tietosuoja/").content.decode())
    assert "eikä mitään" in plain

    settings.KOPA_TILES = {"url": "https://tiles.example/{z}/{x}/{y}.png", "attribution": "©"}
    told = client.get("/fi/tietosuoja/").content.decode()
    assert "Kun avaat lähennettävän kartan" in told
    assert "toisesta palvelusta: tiles.example." in told
    assert "eikä mitään" not in told
