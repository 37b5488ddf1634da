"""The pages of the portal as the browser tests visit them. A page added here is seen by all of them.

``key`` pages are seen in all twelve combinations of language, width and colour scheme, the others in two.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.urls import reverse
from django.utils import timezone

from applications import services
from applications.models import Cause, CourseChange, HomeStatement
from applications.services import answer_links, confide
from kopa.accounts.models import User
from kopa.letters.choices import CONFIRM_PLACES, key_for
from tests.applications import given
from tests.browser.pressed import PRESSED
from tests.browser.shown import Shown
from tests.browser.statements import answered, asked_for, declined
from tests.browser.world import World, applied_for
from tests.factories import OfferingFactory, municipality


def step_of(step: str, world: World, by: User | None = None) -> str:
    """One of the steps of applying, with everything before it filled in."""
    draft = given.begun(applied_for(world), by=by)
    return reverse(f"applications:apply_{step}", args=[draft.offering_id, draft.key])


def mine(world: World, page: str) -> str:
    """One of the applicant's own pages: Sami has an offer, waits for a decision and has a draft."""
    offered = given.admit_by(given.apply(applied_for(world), person=world.sami), world.bengt)
    given.apply(applied_for(world), person=world.sami)
    given.begun(applied_for(world), by=world.sami)
    about = [] if page in {"own", "my_data", "erase"} else [offered.key]
    return reverse(f"applications:{page}", args=about)


def offer_page(page: str, world: World) -> str:
    """Behind the letter of an offer to Sami, who is not signed in."""
    application = given.admit_by(given.apply(applied_for(world), person=world.sami), world.bengt)
    assert application.held_until is not None
    key = answer_links.make(application, until=application.held_until, now=timezone.now())
    return reverse(f"applications:{page}", args=[key])


def moved(world: World, page: str) -> str:
    """Sami may still change what was sent to one course, and is offered another one instead of a third."""
    sent = given.apply(applied_for(world), person=world.sami)
    asked = given.moving(given.apply(applied_for(world), person=world.sami))
    key = sent.key if page == "revise" else asked.key
    return reverse(f"applications:{page}", args=[key])


def confided(world: World) -> str:
    """What Sami has confided, as whoever decides reads it."""
    application = given.apply(applied_for(world), person=world.sami)
    confide(application_id=application.pk, text="Käytän viittomakieltä.", by=world.sami)
    return reverse("applications:grounds_read", args=[application.key])


def at(page: str, statement: HomeStatement) -> str:
    """A page about the statement; its list, where it is one."""
    about = {"statement": [statement.pk], "statement_document": [statement.application.key]}
    return reverse(f"applications:{page}", args=about.get(page, []))


def on_paper(world: World, page: str) -> str:
    """A page about an application of a resident of Kemi, for which nobody acts."""
    application = asked_for(world, "FI-240")
    return reverse(f"applications:{page}", args=[] if page == "statements_overview" else [application.key])


def at_host(page: str, world: World) -> str:
    """A page of the provider about a course that is full: Sami has an offer, somebody waits for home."""
    offering = applied_for(world)
    given.admit_by(given.apply(offering, person=world.sami), world.bengt)
    undecided = given.apply(offering)
    if page == "host_selection":
        offering = OfferingFactory(
            provider=world.lappia, takes_applications=True, selection_rule="score", closes_in_days=-1
        )
    about: dict[str, list[Any]] = {
        "host_courses": [],
        "host_case": [undecided.key],
        "host_refuse": [undecided.key],
        "host_case_print": [undecided.key],
        "host_together": [offering.pk, "decide"],
    }
    return reverse(f"applications:{page}", args=about.get(page, [offering.pk]))


def told(world: World) -> str:
    """The applicant's page of a course that has changed, with a message, while another course is offered."""
    application = given.admit_by(given.apply(applied_for(world), person=world.sami), world.bengt)
    by = given.official_as(world.bengt, application.offering)
    services.write_to(
        offering=application.offering, application_ids=[application.pk], by=by, key=uuid.uuid4(),
        texts={"fi": "Aloitamme viikkoa myöhemmin.", "sv": "Vi börjar en vecka senare."},
    )  # fmt: skip
    CourseChange.objects.create(
        offering=application.offering, event_id=application.pk, changes={"starts_on": [None, None]},
        changed_at=timezone.now(), free_until=timezone.now() + dt.timedelta(days=7),
    )  # fmt: skip
    services.offer_transfer(
        application_id=application.pk, to=applied_for(world), cause=Cause.ASKED, by=by
    )
    return reverse("applications:detail", args=[application.key])


PAGES = [
    Shown("home", lambda _: reverse("portal:home"), key=True),
    Shown("search", lambda _: reverse("offerings:search") + "?home=FI-854", key=True),
    Shown(
        "offering",
        lambda world: reverse("offerings:detail", args=[world.welding.pk]) + "?home=FI-854",
        key=True,
    ),
    Shown("municipality", lambda _: municipality("FI-854").get_absolute_url(), key=True),
    Shown("provider", lambda world: world.lappia.get_absolute_url(), key=True),
    Shown("sign-in", lambda _: reverse("accounts:sign_in"), key=True),
    Shown("sign-in-by-link", lambda _: reverse("accounts:ask_link") + "?next=/fi/paikat/"),
    Shown("link", lambda world: reverse("accounts:use_link", args=[world.link])),
    Shown("link-over", lambda _: reverse("accounts:use_link", args=["l.none"]), status=404),
    Shown("offer", lambda world: offer_page("offer", world)),
    Shown("offer-decline", lambda world: offer_page("offer_decline", world)),
    Shown("offer-over", lambda _: reverse("applications:offer", args=["o.none"]), status=404),
    Shown("desk", lambda _: reverse("offerings:desk"), person="bengt", key=True),
    Shown("own-courses", lambda _: reverse("offerings:own"), person="bengt"),
    Shown("own-courses-none", lambda _: reverse("offerings:own") + "?q=nowhere", person="bengt"),
    Shown(
        "together",
        lambda _: reverse("offerings:together") + "?act=shift&all=1&number=1&unit=weeks&which=all",
        person="bengt",
    ),
    Shown("history", lambda world: reverse("offerings:history", args=[world.welding.pk]), person="bengt"),
    Shown("publish", lambda _: reverse("offerings:create"), person="bengt", key=True),
    Shown("apply", lambda world: reverse("applications:apply", args=[applied_for(world).pk])),
    Shown("apply-background", lambda world: step_of("background", world)),
    Shown("apply-check", lambda world: step_of("check", world)),
    Shown("apply-check-signed-in", lambda world: step_of("check", world, by=world.sami), person="sami"),
    Shown(
        "apply-cannot", lambda world: reverse("applications:apply", args=[world.welding.pk]), status=409
    ),
    Shown("my-applications", lambda world: mine(world, "own"), person="sami"),
    Shown("application", lambda world: mine(world, "detail"), person="sami"),
    Shown("applications-numbers", lambda _: reverse("applications:numbers"), person="kaisa"),
    Shown("my-data", lambda world: mine(world, "my_data"), person="sami"),
    Shown("my-data-removed", lambda world: mine(world, "erase"), person="sami"),
    Shown("application-grounds", lambda world: mine(world, "grounds"), person="sami"),
    Shown("application-grounds-read", confided, person="bengt"),
    Shown("application-receipt", lambda world: mine(world, "receipt"), person="sami"),
    Shown("application-revise", lambda world: moved(world, "revise"), person="sami"),
    Shown("application-stay", lambda world: moved(world, "transfer_decline"), person="sami"),
    Shown("application-decline", lambda world: mine(world, "decline"), person="sami"),
    Shown("application-withdraw", lambda world: mine(world, "withdraw"), person="sami"),
    Shown("search-empty", lambda _: reverse("offerings:search") + "?q=avaruuslent%C3%A4j%C3%A4&free=1"),
    Shown("offering-sweden", lambda world: reverse("offerings:detail", args=[world.swedish.pk])),
    Shown("offering-cancelled", lambda world: reverse("offerings:detail", args=[world.cancelled.pk])),
    Shown("municipalities", lambda _: reverse("municipalities:list")),
    Shown("municipalities-2020", lambda _: reverse("municipalities:list") + "?as_of=2020-06-15"),
    Shown("regions", lambda _: reverse("municipalities:regions")),
    Shown("region", lambda _: municipality("FI-854").region.get_absolute_url()),
    Shown("register-search", lambda _: reverse("portal:register_search") + "?q=pello"),
    Shown("register-search-empty", lambda _: reverse("portal:register_search") + "?q=nowhere"),
    Shown("providers", lambda _: reverse("providers:list")),
    Shown("pilots", lambda _: reverse("pilots:list")),
    Shown("pilot", lambda _: reverse("pilots:detail", args=["kopa-4"])),
    Shown("pilot-edit", lambda _: reverse("pilots:edit", args=["kopa-4"]), person="kaisa"),
    Shown("agreement", lambda _: reverse("agreements:detail", args=["sodertorn"])),
    Shown("about", lambda _: reverse("portal:about")),
    Shown("accessibility", lambda _: reverse("portal:accessibility")),
    Shown("privacy", lambda _: reverse("portal:privacy")),
    Shown("licences", lambda _: reverse("portal:licences")),
    Shown("api", lambda _: "/api/v1/docs/"),
    Shown("not-found", lambda _: reverse("portal:home") + "nothing-here/", status=404),
    Shown("profile", lambda _: reverse("accounts:profile"), person="bengt"),
    Shown("profile-of-two-roles", lambda _: reverse("accounts:profile"), person="eeva"),
    Shown(
        "role-give-up",
        lambda world: reverse("invitations:give_up", args=[world.eeva.role_assignments.first().pk]),
        person="eeva",
    ),
    Shown("app-add", lambda _: reverse("accounts:add_app"), person="bengt"),
    Shown("app-remove", lambda _: reverse("accounts:remove_app"), person="eeva"),
    Shown("recovery-codes", lambda _: reverse("accounts:recovery_codes"), person="eeva"),
    Shown("passkey-add", lambda _: reverse("accounts:add_passkey"), person="bengt"),
    Shown(
        "passkey",
        lambda world: reverse("accounts:passkey", args=[world.eeva.passkeys.get().pk]),
        person="eeva",
    ),
    Shown("confirm", lambda _: reverse("accounts:confirm"), person="bengt"),
    Shown("edit", lambda world: reverse("offerings:edit", args=[world.draft.pk]), person="bengt"),
    Shown("preview", lambda world: reverse("offerings:preview", args=[world.draft.pk]), person="bengt"),
    Shown("places", lambda world: reverse("offerings:places", args=[world.welding.pk]), person="bengt"),
    Shown("cancel", lambda world: reverse("offerings:cancel", args=[world.welding.pk]), person="bengt"),
    Shown("report-error", lambda _: reverse("corrections:report") + "?about=municipality:FI-854"),
    Shown("report-thanks", lambda _: reverse("corrections:thanks") + "?about=municipality:FI-854"),
    Shown("reports", lambda _: reverse("corrections:list"), person="kaisa"),
    Shown("report", lambda world: reverse("corrections:detail", args=[world.report.pk]), person="kaisa"),
    Shown("confirm-places", lambda world: reverse("offerings:confirm_places", args=[world.asked])),
    Shown("confirm-places-over", lambda _: reverse("offerings:confirm_places", args=["c.none"]), status=404),
    Shown(
        "letters-end",
        lambda world: reverse("letters:end", args=[key_for(world.bengt.pk, CONFIRM_PLACES)]),
    ),
    Shown("statements", lambda world: at("statements", answered(world)), person="aino"),
    Shown("statements-none", lambda _: reverse("applications:statements") + "?q=nowhere", person="aino"),
    Shown("statement", lambda world: at("statement", answered(world)), person="aino"),
    Shown(
        "statement-moved",
        lambda world: reverse("applications:moved", args=[asked_for(world).key]),
        person="aino",
    ),
    Shown("statement-given", lambda world: at("statement", declined(world)), person="aino"),
    Shown("statement-document", lambda world: at("statement_document", declined(world)), person="bengt"),
    Shown("statement-request", lambda world: on_paper(world, "statement_request"), person="bengt"),
    Shown("statement-outside", lambda world: on_paper(world, "statement_outside"), person="bengt"),
    Shown("statements-overview", lambda world: on_paper(world, "statements_overview"), person="kaisa"),
    Shown("host-courses", lambda world: at_host("host_courses", world), person="bengt"),
    Shown("host-course", lambda world: at_host("host_course", world), person="bengt"),
    Shown("host-case", lambda world: at_host("host_case", world), person="bengt"),
    Shown("host-refuse", lambda world: at_host("host_refuse", world), person="bengt"),
    Shown("host-together", lambda world: at_host("host_together", world), person="bengt"),
    Shown("host-message", lambda world: at_host("host_message", world), person="bengt"),
    Shown("host-transfer", lambda world: at_host("host_transfer", world), person="bengt"),
    Shown("host-course-print", lambda world: at_host("host_course_print", world), person="bengt"),
    Shown("host-case-print", lambda world: at_host("host_case_print", world), person="bengt"),
    Shown("application-moved", told, person="sami"),
    Shown("host-selection", lambda world: at_host("host_selection", world), person="bengt"),
    Shown("coordination", lambda _: reverse("portal:coordination"), person="kaisa"),
    Shown(
        "coordination-group", lambda _: reverse("portal:coordination_group", args=["kopa-4"]), person="kaisa"
    ),
    Shown(
        "verification", lambda world: reverse("portal:verification", args=[world.waiting.pk]), person="kaisa"
    ),
    Shown(
        "suspension", lambda world: reverse("portal:verification", args=[world.lappia.pk]), person="kaisa"
    ),
    Shown("letter-kinds", lambda _: reverse("portal:letter_kinds"), person="kaisa"),
    Shown(
        "letter-sample",
        lambda _: reverse("portal:letter_sample", args=["places-confirm", "sv"]),
        person="kaisa",
    ),
    Shown("quality", lambda _: reverse("corrections:quality"), person="kaisa"),
    Shown("quality-list", lambda _: reverse("corrections:quality_kind", args=["places"]), person="kaisa"),
    Shown(
        "quality-own", lambda world: reverse("corrections:quality_of", args=[world.lappia.pk]), person="bengt"
    ),
    *PRESSED,
]
KEY_PAGES = [shown for shown in PAGES if shown.key]
OTHER_PAGES = [shown for shown in PAGES if not shown.key]
