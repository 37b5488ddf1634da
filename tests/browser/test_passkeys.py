"""Passkeys in a real browser with a virtual authenticator, under the portal's own content policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.translation import override
from playwright.sync_api import Page, expect

from tests.accounts.factors import code_now, url
from tests.accounts.signing_in import profile_url, sign_in_url
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_accessibility import faults
from tests.browser.world import World
from tests.factories import PASSWORD, AuthenticatorAppFactory

pytestmark = pytest.mark.browser


def authenticator(page: Page, **more: Any) -> Callable[[str], Any]:
    """A device that knows its owner by a finger; what it was told, by command."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True, **more,
    }  # fmt: skip
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return lambda command, **facts: session.send(
        f"WebAuthn.{command}", {"authenticatorId": made["authenticatorId"], **facts}
    )


def add_passkey(page: Page, name: str = "Phone") -> None:
    page.goto(url("add_passkey"))
    page.get_by_label("Name of the passkey").fill(name)
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", level=1, name="Recovery codes")).to_be_visible()


def sign_out(page: Page) -> None:
    page.goto(profile_url())
    page.locator("main").get_by_role("button", name="Sign out", exact=True).click()


def type_password(page: Page, email: str) -> None:
    page.goto(sign_in_url())
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_passkey_is_added_named_used_in_both_ways_and_removed(page_at, world: World):
    page = page_at(language="en", person=world.bengt, width=PHONE)
    told = authenticator(page)
    add_passkey(page)
    assert page.locator(".k-codes li").count() == 10
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("link", name="Phone", exact=True).click()
    page.get_by_label("Name of the passkey").fill("My telephone")
    page.get_by_role("button", name="Save the name").click()
    expect(page.get_by_role("link", name="My telephone")).to_be_visible()

    sign_out(page)
    type_password(page, world.bengt.email)
    expect(page.get_by_role("heading", level=1, name="Second step of signing in")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()

    sign_out(page)
    page.goto(sign_in_url())
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert len(told("getCredentials")["credentials"]) == 1
    passkey = world.bengt.passkeys.get()
    assert (passkey.name, passkey.used_at is None) == ("My telephone", False)

    page.goto(url("passkey", passkey.pk))
    page.get_by_role("button", name="Remove the passkey").click()
    expect(page.get_by_text("The passkey has been removed.")).to_be_visible()
    assert not world.bengt.passkeys.exists()


@pytest.mark.parametrize(("language", "width", "scheme"), [("fi", DESK, "light"), ("sv", PHONE, "dark")])
def test_pages_that_are_shown_on_the_way_pass_axe(page_at, world: World, language, width, scheme):
    page = page_at(language=language, width=width, scheme=scheme, person=world.eeva)
    found, wide = {}, {}

    def look(name: str) -> None:
        found[name], wide[name] = faults(page), page.evaluate("document.documentElement.scrollWidth")

    with override(language):
        page.goto(reverse("accounts:recovery_codes"))
        page.locator("main form button").click()
        expect(page.locator(".k-codes li")).to_have_count(10)
        look("codes")
        page.locator(".k-role > summary").press("Enter")
        expect(page.locator(".k-role form button").first).to_be_visible()
        look("roles")
        page.locator(".k-person form button").click()
        page.goto(reverse("accounts:sign_in"))
        page.locator("#id_email").fill(world.eeva.email)
        page.locator("#id_password").fill(PASSWORD)
        page.locator("#id_password").press("Enter")
        expect(page.locator("#id_code")).to_be_visible()
        look("second step")
        page.locator("#id_code").fill("nothing")
        page.locator("#id_code").press("Enter")
        expect(page.locator("#errors")).to_be_focused()
        look("refused")

    assert found == {name: [] for name in found}
    assert wide == dict.fromkeys(wide, width)


def test_a_device_that_does_not_know_its_owner_lets_nobody_in(page_at, world: World):
    page = page_at(language="en", person=world.bengt)
    told = authenticator(page)
    add_passkey(page)
    sign_out(page)
    told("setUserVerified", isUserVerified=False)

    page.goto(sign_in_url())
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_text("The passkey could not be used")).to_be_visible()
    page.goto(profile_url())
    expect(page.get_by_role("heading", level=1, name="Sign in")).to_be_visible()


def test_without_a_name_nothing_is_made_and_the_page_says_so(page_at, world: World):
    page = page_at(language="en", person=world.bengt)
    authenticator(page)
    page.goto(url("add_passkey"))

    page.get_by_role("button", name="Add the passkey").click()

    expect(page.get_by_role("alert").get_by_role("link")).to_have_text(
        "Name of the passkey: This field is required."
    )


def test_with_the_code_of_an_app_no_javascript_is_needed(page_at, world: World):
    AuthenticatorAppFactory(person=world.bengt)
    page = page_at(language="en", javascript=False, width=PHONE)
    type_password(page, world.bengt.email)
    expect(page.get_by_role("button", name="Use a passkey")).to_have_count(0)

    page.get_by_label("Code").fill(code_now())
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert settings.SESSION_COOKIE_NAME in {cookie["name"] for cookie in page.context.cookies()}


def test_without_javascript_no_passkey_is_offered(page_at, world: World):
    page = page_at(language="en", person=world.bengt, javascript=False)

    page.goto(url("add_passkey"))

    expect(page.get_by_role("button", name="Add the passkey")).to_be_hidden()
    expect(page.get_by_text("This browser makes no passkeys")).to_be_visible()
