"""From the search to the first day of studies, on a phone: in three languages, and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils.translation import override
from playwright.sync_api import Page, expect

from applications.models import Application, Draft
from kopa.letters.models import Letter
from offerings.models import Offering
from tests.applications import given
from tests.browser.conftest import PHONE
from tests.browser.world import World, officer_of_pello
from tests.factories import OfferingFactory

pytestmark = pytest.mark.browser
TITLES = {"title_fi": "Avaruusalan peruskurssi", "title_sv": "Grundkurs i rymdteknik", "title_en": "Space"}
YOURS = {"fi": "Paikka on sinun.", "sv": "Platsen är din.", "en": "The place is yours."}
STUDYING = {"fi": "Opiskelet tässä koulutuksessa.", "sv": "Du studerar på den här utbildningen.",
            "en": "You study in this course."}  # fmt: skip


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_student_without_an_account_gets_a_place_and_begins(
    world: World, page_at: Callable[..., Page], language: str, javascript: bool
) -> None:
    """Issue 6, done when: search, apply, statement, offer, accept, enrol; each on pages of their own."""
    # Of a form for which the home municipality is asked.
    course = OfferingFactory(
        provider=world.lappia, takes_applications=True, capacity=2, form="basic", **TITLES
    )
    how = {"width": PHONE, "language": language, "javascript": javascript}
    student = page_at(**how)

    apply(student, course, language)
    application = Application.objects.get(offering=course)
    expect(student.locator("main")).to_contain_text(application.reference)
    assert (Draft.objects.count(), application.language) == (0, language)

    commit(page_at(person=officer_of_pello(), **how), language)
    bengt = page_at(person=world.bengt, **how)
    admit(bengt, language)
    assert given.state(application) == "offered"

    with override(language):
        desk = reverse("applications:own")
    student.locator(f".k-nav a[href='{desk}']").click()
    student.locator("main .is-offer a").click()
    student.locator("main .is-offer form button[type=submit]").click()
    expect(student.locator("main")).to_contain_text(YOURS[language])
    assert given.state(application) == "accepted"

    bengt.reload()
    press(bengt, "enrol")
    student.reload()
    expect(student.locator("main")).to_contain_text(STUDYING[language])
    assert given.state(application) == "enrolled"


def test_the_box_over_the_municipalities_has_their_hint_and_their_fault(
    world: World, page_at: Callable[..., Page]
) -> None:
    course = OfferingFactory(provider=world.lappia, takes_applications=True)
    page = page_at(width=PHONE)
    page.goto(reverse("applications:apply", args=[course.pk]))
    box = page.get_by_role("combobox", name="Kotikunta")
    expect(box).to_have_attribute("aria-invalid", "false")
    expect(box).to_have_accessible_description(re.compile(r"^Kunta, jossa olet kirjoilla tänään\."))
    page.locator("main form button[type=submit]").click()
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_have_accessible_description(re.compile(r"Valitse kunta, jossa asut\.$"))


def apply(page: Page, course: Offering, language: str) -> None:
    """From the search, in three steps and by the link in the letter."""
    with override(language):
        search = reverse("offerings:search")
    page.goto(f"{search}?home=FI-854")
    page.locator("#results article h3 a", has_text=TITLES[f"title_{language}"]).click()
    page.locator(".k-apply a").click()
    # The home municipality comes along from the search.
    fill = {"name": "Sami Opiskelija", "email": "uusi@example.org", "birth_on": "17.5.1995"}
    for name, value in fill.items():
        page.locator(f"main [name={name}]").fill(value)
    forward(page)
    page.locator("main [name=motivation]").fill("Haluan avaruuteen.")
    page.locator("main form.k-form button[type=submit]:not([name])").click()
    expect(page.locator("main [name=seen]")).to_have_count(0)

    page.goto(link_in_the_letter())
    page.locator("main form button[type=submit]").click()
    expect(page.locator("main")).to_contain_text("Haluan avaruuteen.")
    page.locator("main form:has([name=seen]) button[type=submit]").click()


def commit(page: Page, language: str) -> None:
    """The home municipality pays."""
    with override(language):
        page.goto(reverse("applications:statements"))
    page.locator("tbody a.ds-button").first.click()
    page.locator("input[value=commits]").check()
    page.locator("button[value=preview]").click()
    page.locator("button[value=confirm]").click()
    expect(page.locator("article.k-document")).to_be_visible()


def admit(page: Page, language: str) -> None:
    """The provider receives and admits, on the case's page."""
    with override(language):
        page.goto(reverse("applications:host_courses"))
    page.get_by_role("link", name=TITLES[f"title_{language}"]).first.click()
    page.get_by_role("link", name="Sami Opiskelija").first.click()
    press(page, "receive")
    press(page, "admit")


def press(page: Page, act: str) -> None:
    page.locator(f"main button[name=act][value={act}]").click()
    expect(page.locator(f"main button[name=act][value={act}]")).to_have_count(0)


def forward(page: Page) -> None:
    page.locator("main form.k-form button[type=submit]").first.click()


def link_in_the_letter() -> str:
    found = re.search(r"https?://[^/]+(\S+)", Letter.objects.get(address="uusi@example.org").text)
    assert found
    return found[1]
