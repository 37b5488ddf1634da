"""Signing in by a letter, as somebody on a telephone does it, without JavaScript too."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils.translation import override
from playwright.sync_api import Page, expect

from kopa.accounts import tasks
from kopa.letters.models import Letter
from tests.browser.conftest import PHONE
from tests.browser.world import World

pytestmark = pytest.mark.browser
WORDS = {
    "fi": ("Lähetä minulle linkki", "Kirjaudu", "Kirjaudu ulos"),
    "sv": ("Skicka en länk i stället", "Logga in", "Logga ut"),
    "en": ("Send me a link instead", "Sign in", "Sign out"),
}


@pytest.mark.parametrize(("language", "javascript"), [("fi", False), ("sv", True), ("en", False)])
def test_a_letter_leads_back_to_the_page_that_was_wanted(
    page_at: Callable[..., Page], world: World, language: str, javascript: bool
) -> None:
    world.sami.language = language
    world.sami.save()
    send, sign_in, sign_out = WORDS[language]
    page = page_at(width=PHONE, language=language, javascript=javascript)
    with override(language):
        wanted = reverse("accounts:profile")
    page.goto(wanted)
    page.locator("[name=email]").fill(f" {world.sami.email.upper()}")
    page.get_by_role("button", name=send).click()
    expect(page.get_by_role("status")).to_contain_text(world.sami.email.upper())

    tasks.answer_link_requests()
    text = Letter.objects.get(kind="sign_in.link").text
    page.goto(re.search(r"http://localhost:8000(/\S+)", text)[1])
    page.locator("main").get_by_role("button", name=sign_in, exact=True).click()

    expect(page).to_have_url(re.compile(f"{wanted}$"))
    expect(page.get_by_role("banner").get_by_role("button", name=sign_out)).to_be_visible()
