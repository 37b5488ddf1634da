"""What the applicant learns of on her page: another course, a changed one, messages; and the calendar."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications import services
from applications.models import Application, Cause, CourseChange, Message, Transfer
from kopa.letters.models import Letter
from offerings.models import Offering
from tests.applications import given
from tests.factories import UserFactory, municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def homes() -> None:
    for key in ("FI-854", "FI-851", "SE-2583"):
        municipality(key)


def own(
    client: Client, application: Application, name: str = "detail", method: str = "get", **data: str
) -> Any:
    client.force_login(application.learner.person)
    return getattr(client, method)(reverse(f"applications:{name}", args=[application.key]), data)


def said(answer: Any) -> str:
    """The words of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def offered(capacity: int = 1, cause: Cause = Cause.ASKED) -> Transfer:
    """A course, and another one of the same host that is offered instead."""
    application = given.apply(given.course())
    to = given.course(provider=application.offering.provider, capacity=capacity, title_en="The other course")
    by = given.official(application.offering)
    return services.offer_transfer(application_id=application.pk, to=to, cause=cause, by=by)


def answered(client: Client, transfer: Transfer, name: str = "transfer_accept", **data: str) -> Any:
    """As the page that shows this one sends it."""
    return own(client, transfer.application, name, "post", transfer=str(transfer.pk), **data)


def test_another_course_is_accepted_on_the_page(client: Client) -> None:
    """R-APP-10: only of a cancelled course the time of sending is kept."""
    transfer = offered()
    page = said(own(client, transfer.application))
    assert "It is your turn: another course is offered to you." in page
    assert "The other course" in page
    assert "A place is free there for you at the moment." in page
    assert "If you move, your application there counts from that moment on" in page

    answers = [answered(client, transfer) for _ in range(2)]

    new = Application.objects.get(offering=transfer.offering)
    detail = reverse("applications:detail", args=[new.key])
    assert [answer.url for answer in answers] == [detail, detail]
    assert (given.state(transfer.application), given.state(new)) == ("transferred", "accepted")
    assert "You have moved to the other course." in said(client.get(detail))
    assert "Ended: moved to another course." in said(own(client, transfer.application))


def test_who_was_shown_a_place_there_is_asked_before_she_is_put_into_its_queue(client: Client) -> None:
    transfer = offered()
    given.apply(transfer.offering)

    answer = answered(client, transfer)

    assert answer.status_code == 409
    assert "You would be number 1 in its queue." in said(answer)
    assert given.state(transfer.application) == "submitted"
    assert 'name="to_queue"' in answer.content.decode()
    answered(client, transfer, to_queue="1")
    assert Application.objects.get(transferred_from=transfer.application).status == "waiting"


def test_whoever_does_not_move_stays(client: Client) -> None:
    transfer = offered()
    asked = said(own(client, transfer.application, "transfer_decline"))
    assert "Your application to your own course stays as it is." in asked
    for _ in range(2):
        answer = answered(client, transfer, "transfer_decline")
    page = said(client.get(answer.url))
    assert "You do not move to the other course." in page
    assert "Another course is offered to you" not in page
    assert given.state(transfer.application) == "submitted"
    for name, method in (("transfer_accept", "post"), ("transfer_decline", "get")):
        assert own(client, transfer.application, name, method).url == answer.url
    assert not Application.objects.filter(offering=transfer.offering).exists()


@pytest.mark.parametrize("name", ["transfer_accept", "transfer_decline"])
def test_a_page_of_before_answers_no_other_course_than_it_shows(name: str, client: Client) -> None:
    """C7: what was declined in another window, and is offered no more, is what an old page asks about."""
    shown = offered()
    page = own(client, shown.application).content.decode()
    assert f'name="transfer" value="{shown.pk}"' in page
    services.decline_transfer(transfer_id=shown.pk, by=shown.application.learner.person)
    to = given.course(provider=shown.offering.provider)
    by = given.official(shown.application.offering)
    later = services.offer_transfer(application_id=shown.application_id, to=to, cause=Cause.ASKED, by=by)

    answer = answered(client, shown, name)
    unsaid = own(client, shown.application, name, "post")

    later.refresh_from_db()
    assert (later.state, given.state(shown.application)) == ("open", "submitted")
    assert answer.url == unsaid.url
    assert "That offer of another course is over." in said(client.get(answer.url))


def test_a_cancelled_course_is_said_to_end(client: Client) -> None:
    """R-APP-10: then the time of sending stays; not where that is yet to be done."""
    transfer = offered(cause=Cause.CANCELLED)
    application = transfer.application
    page = said(own(client, application))
    assert "Your course is going to be cancelled. If you move, the time of your application stays" in page
    assert "going to be cancelled: then your application ends" in said(
        own(client, application, "transfer_decline")
    )
    Offering.objects.filter(pk=application.offering_id).update(
        status="cancelled", cancelled_at=timezone.now(), cancel_reason_fi="Peruttu."
    )
    page = said(own(client, application))
    assert "Your course is cancelled. If you move, the time of your application stays what it was." in page
    assert "so your application ends" in said(own(client, application, "transfer_decline"))


def test_too_late_to_move(client: Client, clock: Any) -> None:
    transfer = offered()
    clock.move_to(transfer.until + dt.timedelta(seconds=1))
    page = own(client, transfer.application)
    assert "The time for answering this offer is over." in said(page)
    assert "Move to this course" not in said(page)
    answer = answered(client, transfer)
    assert "The time for answering this offer is over." in said(client.get(answer.url))


def test_nothing_is_answered_that_was_not_offered(client: Client) -> None:
    application = given.apply(given.course())
    for name, method in (
        ("transfer_accept", "post"), ("transfer_decline", "get"), ("transfer_decline", "post")
    ):  # fmt: skip
        assert own(client, application, name, method).status_code == 404
    transfer = offered()
    client.force_login(UserFactory())
    for name in ("transfer_accept", "transfer_decline"):
        where = reverse(f"applications:{name}", args=[transfer.application.key])
        assert client.post(where).status_code == 404


def test_a_transfer_stands_first_in_the_list(client: Client) -> None:
    transfer = offered()
    client.force_login(transfer.application.learner.person)
    page = said(client.get(reverse("applications:own")))
    assert "What waits for you" in page
    assert "It is your turn: another course is offered to you. Answer by 1 December 2026 at 15:00." in page


@pytest.mark.parametrize(("home", "zone"), [("FI-854", "."), ("SE-2583", " (Finnish time).")])
def test_the_last_moment_to_move_names_its_zone_abroad(home: str, zone: str, client: Client) -> None:
    """R-TIME-2"""
    application = given.apply(given.course(), home)
    to = given.course(provider=application.offering.provider)
    by = given.official(application.offering)
    services.offer_transfer(application_id=application.pk, to=to, cause=Cause.ASKED, by=by)
    assert f"Answer by 1 December 2026 at 15:00{zone}" in said(own(client, application))


def changed(offering: Offering) -> CourseChange:
    return CourseChange.objects.create(
        offering=offering, event_id=1, changed_at=timezone.now() + dt.timedelta(minutes=1),
        changes={"starts_on": ["2027-01-23", "2027-02-01"]},
        free_until=timezone.now() + dt.timedelta(days=7),
    )  # fmt: skip


def test_a_changed_course_is_said_with_the_last_moment_to_leave(client: Client, clock: Any) -> None:
    """R-APP-6: told, and free to leave for seven days; compensation lines come with a later issue."""
    application = given.apply(given.course())
    changed(application.offering)
    page = said(own(client, application))
    assert "The course has changed" in page
    assert "23 January 2027 → 1 February 2027" in page
    assert "withdraw by 1 December 2026 at 10:00: you owe nothing for it" in page
    assert "The provider changed the course." in page
    clock.shift(dt.timedelta(days=8))
    assert "The course has changed" not in said(own(client, application))


def test_what_was_changed_after_the_end_is_no_matter_of_hers(client: Client) -> None:
    application = given.apply(given.course())
    services.withdraw(application_id=application.pk, by=application.learner.person)
    changed(application.offering)
    page = said(own(client, application))
    assert "The course has changed" not in page
    assert "The provider changed the course." not in page


def test_messages_of_the_provider_stand_on_the_page(client: Client) -> None:
    """R-PRIV-11: the letter says only that there is one."""
    application = given.apply(given.course())
    message = Message.objects.create(
        offering=application.offering, text_fi="Tuo haalarit.", by_name="Bengt", sent_at=timezone.now(),
        by=given.official(application.offering).person,
    )  # fmt: skip
    message.applications.add(application)
    page = own(client, application)
    assert "Messages from the provider Tuo haalarit. Bengt, 24 November 2026 at 10:00" in said(page)
    assert '<div lang="fi"><p>Tuo haalarit.</p></div>' in page.content.decode()


def events(answer: Any) -> str:
    return answer.content.decode().replace("\r\n ", "").replace("\xa0", " ")


def test_the_calendar_file_names_neither_course_nor_provider_nor_outcome(client: Client) -> None:
    """R-PRIV-11"""
    application = given.admit(given.apply(given.course()))
    answer = own(client, application, "reply_calendar")
    file = events(answer)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "DTSTART:20261201T130000Z" in file
    assert "SUMMARY:A matter of yours in KOPA awaits an answer" in file
    assert "DESCRIPTION:Answer by 1 December 2026 at 15:00 (Finnish time).\\nhttp" in file
    assert reverse("applications:detail", args=[application.key]) in file
    offering = application.offering
    secrets = [str(offering.title(language)) for language in ("fi", "sv", "en")]
    secrets += [str(offering.provider.label(language)) for language in ("fi", "sv", "en")]
    for secret in (*secrets, "place", "offer", "paikka", "plats"):
        assert secret not in file
    for letter in Letter.objects.all():
        assert not any(secret in letter.subject + letter.text + letter.html for secret in secrets)


def test_the_calendar_of_an_offer_of_another_course(client: Client) -> None:
    """R-PRIV-11"""
    transfer = offered()
    file = events(own(client, transfer.application, "reply_calendar"))
    assert "DTSTART:20261201T130000Z" in file
    assert "The other course" not in file


def test_there_is_no_calendar_where_nothing_is_awaited(client: Client, clock: Any) -> None:
    waiting, late = given.apply(given.course()), given.admit(given.apply(given.course()))
    assert own(client, waiting, "reply_calendar").status_code == 404
    clock.shift(dt.timedelta(days=30))
    assert own(client, late, "reply_calendar").status_code == 404


def test_where_she_has_moved_to_is_asked(client: Client) -> None:
    """R-HOME-1"""
    application = given.apply(given.course(form="basic"))
    by = given.official(application.offering)
    services.record_move(
        application_id=application.pk, home=given.home_of("FI-851"), moved_on=given.in_days(3), **by.acting
    )
    page = said(own(client, application))
    assert "Moved since to Tornio" in page
    assert "Pello decides whether it pays" not in page
