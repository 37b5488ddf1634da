"""The end of importing: a spreadsheet of 500 rows, 20 of them wrong, is mended in the browser with
the keyboard, saved, undone and saved again.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils.translation import override
from playwright.sync_api import Page, expect

from offerings import tasks
from offerings.models import ImportRun, Offering
from offerings.search import words
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_accessibility import faults
from tests.browser.world import World
from tests.offerings.imports.files import a_row, as_csv, as_xlsx, checked

pytestmark = pytest.mark.browser
WRONG = {
    "Paikkoja": "paljon",
    "Koulutusmuoto": "Amatillinen koulutus",
    "Alkaa": "3.31.2027",
    "Yhteyshenkilön_sähköposti": "",
}
MENDED = {"capacity": "12", "starts_on": "31.3.2027", "contact_email": "opinto@example.org"}


@pytest.fixture(autouse=True)
def _dictionaries_are_loaded() -> None:
    words.warm_up()


def address(name: str, *arguments: object) -> str:
    with override("fi"):
        return reverse(f"offerings:{name}", args=arguments)


def five_hundred() -> bytes:
    kinds = list(WRONG.items())
    wrong = {25 * n: dict([kinds[n % len(kinds)]]) for n in range(20)}
    return as_xlsx([a_row(f"A{n}", **wrong.get(n, {})) for n in range(500)])


def mend(page: Page) -> None:
    """What has the focus is what is wrong: with the nearest word chosen, or to be typed over."""
    page.wait_for_function("document.activeElement.name")
    name = page.evaluate("document.activeElement.name")
    if name != "form_id":
        page.keyboard.press("Control+a")
        page.keyboard.type(MENDED[name])
        page.keyboard.press("Enter")
        return
    expect(page.locator(":focus")).to_have_value("Ammatillinen koulutus")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_wrong_rows_are_mended_saved_undone_and_saved_again(
    page_at: Callable[..., Page], world: World, tmp_path: Path, width: int
) -> None:
    file = tmp_path / "tarjonta.xlsx"
    file.write_bytes(five_hundred())
    before = Offering.objects.count()
    page = page_at(width=width, person=world.bengt)
    page.goto(address("imports"))
    page.set_input_files("[name=file]", file)
    page.click("main form button[type=submit]")
    run = ImportRun.objects.get()
    tasks.check_import(run.pk)
    page.goto(address("import", run.pk))

    page.click("text=Korjaa 20 virheellistä riviä")
    for left in range(20, 0, -1):
        expect(page.locator("h1 ~ .k-quiet")).to_contain_text(f"/{left}")
        with page.expect_navigation():
            mend(page)
    expect(page.locator(".ds-alert[data-color=success]")).to_contain_text("Virheellisiä rivejä ei enää ole")

    page.click("button[value=save]")
    tasks.save_import(run.pk)
    assert Offering.objects.count() == before + 500
    page.goto(address("import", run.pk))
    page.click("button[value=undo]")
    tasks.undo_import(run.pk)
    assert Offering.objects.count() == before
    page.goto(address("import", run.pk))
    page.click("button[value=check]")
    tasks.check_import(run.pk)
    page.goto(address("import", run.pk))
    page.click("button[value=save]")
    tasks.save_import(run.pk)

    page.goto(address("import", run.pk))
    expect(page.locator(".k-tabs")).to_contain_text("uusi 500")
    assert Offering.objects.filter(own_reference__startswith="A", status="published").count() == 500
    assert Offering.objects.get(own_reference="A0").capacity == 12


@pytest.mark.parametrize("name", ["imports", "own"])
def test_on_a_phone_the_heading_of_a_card_stands_above_its_lines(
    page_at: Callable[..., Page], world: World, name: str
) -> None:
    checked(as_csv([a_row("A1")]), world.lappia, world.bengt)
    page = page_at(width=PHONE, person=world.bengt)
    page.goto(address(name))

    edges = page.evaluate(
        """() => [...document.querySelector('.k-stack tbody tr').children].map(cell =>
            cell.getBoundingClientRect().x + parseFloat(getComputedStyle(cell).paddingLeft))"""
    )

    assert len(edges) > 2
    assert set(edges) == {edges[0]}


@pytest.mark.parametrize("width", [DESK, PHONE])
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_pages_of_a_file_pass_axe(
    page_at: Callable[..., Page], world: World, width: int, language: str
) -> None:
    wrong = a_row("A1", Koulutusmuoto="Amatillinen koulutus", Paikkoja="paljon")
    run = checked(as_csv([wrong, a_row("A2")]), world.lappia, world.bengt)
    with override(language):
        paths = [
            reverse("offerings:imports"),
            reverse("offerings:import", args=[run.pk]),
            reverse("offerings:import", args=[run.pk]) + "?verdict=all",
            reverse("offerings:import_row", args=[run.pk, 2]),
            reverse("offerings:import_row", args=[run.pk, 3]),
        ]
    page = page_at(width=width, language=language, person=world.bengt)

    found = {}
    for path in paths:
        page.goto(path)
        found[path] = faults(page)

    assert found == {path: [] for path in paths}
