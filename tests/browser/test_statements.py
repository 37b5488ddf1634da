"""An officer gives a statement on a phone, without JavaScript too, and the applicant reads it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils.translation import override
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.statements import asked_for
from tests.browser.test_accessibility import faults
from tests.browser.world import World, officer_of_pello

pytestmark = pytest.mark.browser


def address(name: str, language: str, *about: object) -> str:
    with override(language):
        return reverse(f"applications:{name}", args=about)


@pytest.mark.parametrize(("language", "javascript"), [("fi", False), ("sv", True), ("en", False)])
def test_a_resident_is_declined_after_a_look_at_the_decision(
    page_at: Callable[..., Page], world: World, language: str, javascript: bool
) -> None:
    """Issue 6 §2, UX.md flow 3: from the list to the document, at 390 px."""
    application = asked_for(world)
    how = {"width": PHONE, "language": language, "javascript": javascript}
    page = page_at(person=officer_of_pello(), **how)
    page.goto(address("statements", language))
    page.locator("tbody a.ds-button").first.click()
    page.locator("input[value=declines]").check()
    page.locator("select[name=ground]").select_option("own_course")
    page.locator("textarea[name=text]").fill("Pellossa alkaa vastaava koulutus.")
    page.locator("button[value=preview]").click()

    decision = page.locator("article.k-document")
    expect(decision).to_contain_text("Pellossa alkaa vastaava koulutus.")
    expect(decision).to_have_attribute("lang", "fi")
    if javascript:
        assert faults(page) == []
    page.locator("button[value=edit]").click()
    page.locator("input[name=official_title]").fill("sivistysjohtaja")
    page.locator("button[value=preview]").click()
    page.locator("button[value=confirm]").click()

    expect(page.locator("article.k-document")).to_contain_text("Aino, sivistysjohtaja")
    applicant = page_at(person=application.learner.person, **how)
    applicant.goto(address("detail", language, application.key))
    applicant.locator(f'a[href="{address("statement_document", language, application.key)}"]').click()
    expect(applicant.locator("article.k-document")).to_contain_text("Pellossa alkaa vastaava koulutus.")


def test_only_what_the_decision_needs_is_on_the_page(page_at: Callable[..., Page], world: World) -> None:
    asked_for(world)
    page = page_at(person=officer_of_pello())
    page.goto(address("statements", "fi"))
    page.locator("tbody a.ds-button").first.click()

    seen = {}
    for outcome in ("commits", "commits_limited", "declines", "ask"):
        page.locator(f"input[value={outcome}]").check()
        names = ("limits", "ground", "text", "appeal", "question", "official_name")
        seen[outcome] = {name for name in names if page.locator(f"[name={name}]").is_visible()}

    assert seen == {
        "commits": {"text", "official_name"},
        "commits_limited": {"limits", "text", "appeal", "official_name"},
        "declines": {"ground", "text", "appeal", "official_name"},
        "ask": {"question"},
    }
