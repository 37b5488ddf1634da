"""What somebody typed, or a file brought, stays text on the desk and on the pages of a file (I3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils.translation import override
from playwright.sync_api import Page, expect

from offerings import services
from offerings.models import ImportRun
from tests.browser.world import World
from tests.factories import OfferingFactory
from tests.offerings.imports.files import a_row, as_csv, checked

pytestmark = pytest.mark.browser
HOSTILE = (
    "<img src=x onerror=\"document.title='taken'\"></script><script>document.title='taken'</script>'\"-->"
)


def address(name: str, *arguments: object) -> str:
    with override("fi"):
        return reverse(f"offerings:{name}", args=arguments)


def test_markup_in_any_text_stays_text_at_the_desk(world: World, page_at: Callable[..., Page]) -> None:
    """I3: titles, texts, identifier, reason, file name, a cell that is wrong and one that is right."""
    offering = OfferingFactory(
        provider=world.lappia, status="draft", title_fi=HOSTILE, description_fi=HOSTILE,
        own_reference="<i onclick=x>", entry_requirements_fi=HOSTILE,
    )  # fmt: skip
    services.save_offering(
        offering_id=offering.pk, version=offering.version, given={"title_sv": HOSTILE}, by=world.bengt
    )
    rows = [a_row("H1", Nimi_suomeksi=HOSTILE, Paikkoja=HOSTILE), a_row("<i>H2", Nimi_suomeksi=HOSTILE)]
    run = checked(as_csv(rows), world.lappia, world.bengt)
    ImportRun.objects.filter(pk=run.pk).update(file_name=f"{HOSTILE}.csv")
    page = page_at(person=world.bengt)

    for path, shown in (
        (address("own"), True),
        (address("edit", offering.pk), False),
        (address("preview", offering.pk), True),
        (address("history", offering.pk), True),
        (address("imports"), True),
        (address("import", run.pk), True),
        (address("import", run.pk) + "?verdict=all", True),
        (address("import_row", run.pk, 2), True),
        (address("import_row", run.pk, 3), True),
    ):
        page.goto(path)
        if shown:
            expect(page.locator("main")).to_contain_text(HOSTILE[:20])
        assert page.locator("main img, main i").count() == 0, path
        assert page.title() != "taken", path
