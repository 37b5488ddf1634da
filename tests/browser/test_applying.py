"""From the search to an accepted place, on a phone: in three languages, and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils.translation import override
from playwright.sync_api import Page, expect

from applications.models import Application, Draft
from kopa.letters.models import Letter
from tests.applications import given
from tests.browser.conftest import PHONE
from tests.browser.world import World
from tests.factories import OfferingFactory

pytestmark = pytest.mark.browser
TITLES = {"title_fi": "Avaruusalan peruskurssi", "title_sv": "Grundkurs i rymdteknik", "title_en": "Space"}
SAID = {"fi": "Paikka on sinun.", "sv": "Platsen är din.", "en": "The place is yours."}


@pytest.mark.parametrize(
    ("language", "javascript"), [("fi", True), ("sv", True), ("en", True), ("fi", False)]
)
def test_a_student_without_an_account_gets_a_place(
    world: World, page_at: Callable[..., Page], language: str, javascript: bool
) -> None:
    course = OfferingFactory(provider=world.lappia, takes_applications=True, capacity=2, **TITLES)
    page = page_at(width=PHONE, language=language, javascript=javascript)
    with override(language):
        search, desk = reverse("offerings:search"), reverse("applications:own")
    page.goto(f"{search}?home=FI-854")
    page.locator("#results article h3 a", has_text=TITLES[f"title_{language}"]).click()
    page.locator(".k-apply a").click()
    # The home municipality comes along from the search.
    fill = {"name": "Sami Opiskelija", "email": "uusi@example.org", "birth_on": "17.5.1995"}
    for name, value in fill.items():
        page.locator(f"main [name={name}]").fill(value)
    forward(page)
    page.locator("main [name=motivation]").fill("Haluan avaruuteen.")
    forward(page)
    expect(page.locator("main [name=seen]")).to_have_count(0)

    page.goto(link_in_the_letter())
    page.locator("main form button[type=submit]").click()
    expect(page.locator("main")).to_contain_text("Haluan avaruuteen.")
    page.locator("main form:has([name=seen]) button[type=submit]").click()
    application = Application.objects.get(offering=course)
    expect(page.locator("main")).to_contain_text(application.reference)
    assert (Draft.objects.count(), application.language) == (0, language)

    given.admit_by(application, world.bengt)
    page.locator(f".k-nav a[href='{desk}']").click()
    page.locator("main .is-offer a").click()
    page.locator("main form button[type=submit]").click()
    expect(page.locator("main")).to_contain_text(SAID[language])
    assert given.state(application) == "accepted"


def forward(page: Page) -> None:
    page.locator("main form.k-form button[type=submit]").first.click()


def link_in_the_letter() -> str:
    found = re.search(r"https?://[^/]+(\S+)", Letter.objects.get(address="uusi@example.org").text)
    assert found
    return found[1]
