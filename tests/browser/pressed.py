"""Pages of applying that stand behind a button: forms with faults, previews, what is told afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from applications import services
from applications.services.deciding import Refusal
from tests.applications import given
from tests.browser.shown import Shown
from tests.browser.statements import answered, declined
from tests.browser.world import World, applied_for

HOME = "?home=FI-854"
PREVIEW = "main [name=act][value=preview]"
SEND = "main form button[type=submit]:visible:not([name=act])"


def press(selector: str = SEND, *, tick: str = "", **typed: str) -> Callable[[Page], None]:
    """What is typed into the fields of these names, one box or button ticked, then the button."""

    def do(page: Page) -> None:
        for name, text in typed.items():
            page.fill(f"main [name={name}]", text)
        if tick:
            page.check(f"main {tick}")
        page.click(selector)
        page.wait_for_load_state()

    return do


def step(world: World, name: str, **facts: Any) -> str:
    draft = given.begun(facts.pop("offering", None) or applied_for(world), **facts)
    return reverse(f"applications:apply_{name}", args=[draft.offering_id, draft.key])


def full(world: World) -> str:
    """The last place is gone; two stand in the queue."""
    offering = applied_for(world, capacity=1)
    for _ in range(3):
        given.apply(offering)
    return step(world, "check", offering=offering, by=world.sami)


def refused(world: World) -> str:
    application = given.apply(applied_for(world), person=world.sami)
    said = Refusal("requirements", "Aiempi tutkinto puuttuu.\n\nVoit hakea uudelleen.", "Vaadi oikaisua.")
    services.refuse(
        application_id=application.pk, by=given.official_as(world.bengt, application.offering), refusal=said
    )
    return reverse("applications:detail", args=[application.key])


def with_applicants(page: str, world: World, *about: str) -> str:
    """Two have applied, to a course of Lappia; one more is open to move to."""
    offering = applied_for(world)
    given.apply(offering)
    given.apply(offering)
    applied_for(world)
    return reverse(f"applications:{page}", args=[offering.pk, *about])


def to_refuse(world: World) -> str:
    return reverse("applications:host_refuse", args=[given.apply(applied_for(world)).key])


def to_select(world: World, rule: str) -> str:
    """Applications have closed; two are received and wait for the selection."""
    offering = applied_for(world, selection_rule=rule, capacity=1)
    for _ in range(2):
        application = given.apply(offering)
        services.receive(application_id=application.pk, by=given.official_as(world.bengt, offering))
    offering.applications_close_at = timezone.now() - dt.timedelta(days=1)
    offering.save(update_fields=["applications_close_at"])
    return reverse("applications:host_selection", args=[offering.pk])


def statement(world: World) -> str:
    return reverse("applications:statement", args=[answered(world).pk])


def given_ones(world: World) -> str:
    declined(world)
    return reverse("applications:statements") + "?state=given"


def nobody_applied(world: World) -> str:
    return reverse("applications:host_course", args=[applied_for(world).pk])


def to_erase(world: World) -> str:
    """What was decided stays, and so does the account."""
    given.admit_by(given.apply(applied_for(world), person=world.sami), world.bengt)
    return reverse("applications:erase")


PRESSED = [
    Shown("apply-wrong", lambda world: reverse("applications:apply", args=[applied_for(world).pk]),
          then=press(birth_on="31.2.1999", email="sami")),
    Shown("apply-minor", lambda world: reverse("applications:apply", args=[applied_for(world).pk]) + HOME,
          then=press(name="Sami", email="sami@example.org", birth_on="1.5.2012")),
    Shown("apply-link-sent", lambda world: step(world, "check"),
          then=press("main form:is([action*='/hae/'], [action*='/ansok/'], [action*='/apply/']) button")),
    Shown("apply-queue", full, person="sami"),
    Shown("my-applications-none", lambda _: reverse("applications:own"), person="sami"),
    Shown("application-refused", refused, person="sami"),
    Shown("my-data-gone", to_erase, person="sami", then=press()),
    Shown("statement-wrong", statement, person="aino", then=press(PREVIEW)),
    Shown("statement-preview", statement, person="aino",
          then=press(PREVIEW, tick="[name=outcome][value=commits]")),
    Shown("statements-given", given_ones, person="aino"),
    Shown("host-course-none", nobody_applied, person="bengt"),
    Shown("host-refuse-wrong", to_refuse, person="bengt", then=press(PREVIEW)),
    Shown("host-refuse-preview", to_refuse, person="bengt",
          then=press(PREVIEW, tick="[name=ground] >> nth=0", text="Tutkinto puuttuu.")),
    Shown("host-message-preview", lambda world: with_applicants("host_message", world), person="bengt",
          then=press(PREVIEW, text_fi="Hei!\n\nAloitamme viikkoa myöhemmin.")),
    Shown("host-together-preview", lambda world: with_applicants("host_together", world, "decide"),
          person="bengt", then=press("main button[name=preview]")),
    Shown("host-transfer-preview", lambda world: with_applicants("host_transfer", world), person="bengt",
          then=press("main button[name=preview]", tick="[name=cause][value=asked]")),
    Shown("host-selection-made", lambda world: to_select(world, "score"), person="bengt"),
    Shown("host-selection-lottery", lambda world: to_select(world, "lottery"), person="bengt"),
    Shown("sign-in-by-link-sent", lambda _: reverse("accounts:ask_link"),
          then=press(email="sami@example.org")),
    Shown("mailbox", lambda _: reverse("portal:mailbox")),
]  # fmt: skip
