"""Letters about applications. None names the course, the provider or what was decided (R-PRIV-11): a letter
says that there is something new, or until when an answer is awaited, and links to the page.
"""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Callable
from typing import Any, Final

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Application, Draft, HomeStatement
from kopa.accounts import links
from kopa.accounts.models import User
from kopa.base import writing
from kopa.base.addresses import configured_address
from kopa.letters import services as letters
from kopa.letters.choices import APPLICATIONS_DIGEST, STATEMENTS_DIGEST, STATEMENTS_REMINDER
from kopa.letters.models import Letter
from kopa.letters.services import Content

# Stands in an address for the key that comes later.
ANY_KEY: Final = uuid.UUID(int=0)
DRAFT: Final = "application_draft"
RECEIPT: Final = "application_receipt"
NEWS: Final = "application_news"
ANSWER: Final = "application_answer"
MESSAGE: Final = "application_message"
# Somebody who receives and then refuses, or corrects herself, makes one letter of it.
SETTLES: Final = dt.timedelta(minutes=5)


def go_on(draft: Draft, key: str, *, useless_after: dt.datetime) -> None:
    """The link that confirms the address and leads back to what was typed."""
    letters.queue(
        DRAFT,
        about=draft,
        address=draft.email,
        language=draft.language,
        write=lambda: draft_link(key),
        holds_secret=True,
        useless_after=useless_after,
    )


def received(application: Application, person: User) -> Letter:
    """R-APP-2: a receipt with its time, zone and reference, in the applicant's language; not saved yet."""
    return letters.prepare(
        RECEIPT,
        about=application,
        to=person,
        language=application.language,
        write=lambda: receipt(application),
    )


def offered(application: Application, key: str) -> None:
    """With the link that answers without signing in, unless ``key`` is empty."""
    _queue(
        ANSWER,
        application,
        lambda one: answer_awaited(one, key),
        holds_secret=True,
        useless_after=application.held_until,
    )


def transfer_offered(application: Application, until: dt.datetime) -> None:
    """Another course is offered; the page says which."""
    _queue(ANSWER, application, lambda one: answer_by(one, until))


def written(application: Application) -> None:
    """The host has written something; it stands on the page."""
    _queue(MESSAGE, application, message)


def news(application: Application) -> None:
    """Something has happened; the page says what. What happens within some minutes is one letter."""
    letters.queue_once(
        NEWS,
        about=application,
        to=application.learner.person,
        language=application.language,
        write=lambda: something_new(application),
        settles=SETTLES,
    )


accepted = lapsed = withdrawn = cancelled = decided = statement_given = changed = transferred = news


def statement_asked(statement: HomeStatement) -> None:
    """The municipality's officers are told by the morning's digest, never one by one."""


def draft_link(key: str) -> Content:
    return Content(
        subject=_("Go on in KOPA"),
        paragraphs=[
            _("Somebody, probably you, began to fill in a form in KOPA with this address."),
            _("The link confirms that the address is yours and leads back to the form."),
        ],
        link=links.address_of(key),
        link_label=_("Go on"),
        after=" ".join(
            [
                _("The link works once, for a week. Nothing is sent to anybody before you send it."),
                _("If it was not you, do nothing."),
            ]
        ),
    )


def receipt(application: Application) -> Content:
    country = application.offering.provider.country
    sent = writing.moment(application.submitted_at, country=country)
    return Content(
        subject=_("Your application has arrived: %(reference)s") % {"reference": application.reference},
        paragraphs=[
            _("Your application arrived on %(moment)s (%(zone)s). Its reference is %(reference)s.")
            % {
                "moment": sent,
                "zone": writing.zone_name(country),
                "reference": application.reference,
            },
            _("You can follow it or withdraw it on its page. You need not send anything on paper."),
        ],
        link=_address(application),
        link_label=_("Open my application"),
    )


def answer_awaited(application: Application, key: str) -> Content:
    assert application.held_until is not None  # noqa: S101 - an offer has a deadline (constraint)
    if not key:
        return answer_by(application, application.held_until)
    return answer_by(
        application,
        application.held_until,
        link=configured_address(reverse("applications:offer", args=[key])),
        after=_("You need not sign in. Whoever has this letter can answer for you: do not forward it."),
    )


def answer_by(application: Application, last: dt.datetime, *, link: str = "", after: str = "") -> Content:
    country = application.offering.provider.country
    until = writing.moment(last, country=country)
    return Content(
        subject=_("A matter of yours awaits an answer by %(moment)s") % {"moment": until},
        paragraphs=[
            _("A matter of yours in KOPA awaits your answer by %(moment)s (%(zone)s).")
            % {"moment": until, "zone": writing.zone_name(country)},
            _("Open the page to see what it is about and to answer."),
        ],
        link=link or _address(application),
        link_label=_("Open and answer"),
        after=after,
    )


def something_new(application: Application) -> Content:
    return Content(
        subject=_("There is news in a matter of yours: %(reference)s") % {"reference": application.reference},
        paragraphs=[_("Something has happened in a matter of yours in KOPA. Open the page to see what.")],
        link=_address(application),
        link_label=_("Open my application"),
    )


def message(application: Application) -> Content:
    return Content(
        subject=_("There is a message for you: %(reference)s") % {"reference": application.reference},
        paragraphs=[_("Somebody who handles a matter of yours in KOPA has written to you.")],
        link=_address(application),
        link_label=_("Open and read"),
    )


def statements_wait(officer: User, *, waiting: int, overdue: int) -> None:
    """The officer's morning letter: numbers alone (R-PRIV-11)."""
    letters.queue(
        STATEMENTS_DIGEST,
        about=officer,
        to=officer,
        write=lambda: statements_digest(waiting=waiting, overdue=overdue),
    )


def statements_due(officer: User, *, waiting: int, soon: int, overdue: int) -> None:
    """Of each statement once before its last day and once after it (R-HOME-4); numbers alone (R-PRIV-11)."""
    letters.queue(
        STATEMENTS_REMINDER,
        about=officer,
        to=officer,
        write=lambda: statements_reminder(waiting=waiting, soon=soon, overdue=overdue),
    )


def statements_reminder(*, waiting: int, soon: int, overdue: int) -> Content:
    """``soon`` and ``overdue`` are those that are told of now."""
    near = ngettext(
        "The last day of %(number)s statement is near.",
        "The last day of %(number)s statements is near.",
        soon,
    ) % {"number": writing.number(soon)}
    over = ngettext(
        "The last day of %(number)s statement is over.",
        "The last day of %(number)s statements is over.",
        overdue,
    ) % {"number": writing.number(overdue)}
    told = [sentence for sentence, number in ((over, overdue), (near, soon)) if number]
    return Content(
        subject=told[0].rstrip("."),
        paragraphs=[
            " ".join(told),
            _waiting(waiting),
            _("Of each statement this letter comes once before its last day and once after it."),
        ],
        link=configured_address(reverse("applications:statements")),
        link_label=_("Open the statements"),
    )


def _waiting(number: int) -> str:
    said = ngettext(
        "%(number)s matter awaits your municipality's statement.",
        "%(number)s matters await your municipality's statement.",
        number,
    )
    return said % {"number": writing.number(number)}


def statements_digest(*, waiting: int, overdue: int) -> Content:
    said = _waiting(waiting)
    late = ngettext("%(number)s of them is overdue.", "%(number)s of them are overdue.", overdue)
    return Content(
        subject=said.rstrip("."),
        paragraphs=[
            " ".join([said, *([late % {"number": writing.number(overdue)}] if overdue else [])]),
            _("This letter comes on mornings when something is new, and otherwise once a week."),
        ],
        link=configured_address(reverse("applications:statements")),
        link_label=_("Open the statements"),
    )


def applications_wait(person: User, *, waiting: int) -> None:
    """The morning letter of somebody who decides: a number alone (R-PRIV-11)."""
    letters.queue(
        APPLICATIONS_DIGEST, about=person, to=person, write=lambda: applications_digest(waiting=waiting)
    )


def applications_digest(*, waiting: int) -> Content:
    said = ngettext(
        "%(number)s application awaits your organisation.",
        "%(number)s applications await your organisation.",
        waiting,
    ) % {"number": writing.number(waiting)}
    return Content(
        subject=said.rstrip("."),
        paragraphs=[
            said,
            _("This letter comes on mornings when something is new, and otherwise once a week."),
        ],
        link=configured_address(reverse("applications:host_courses")),
        link_label=_("Open the applications"),
    )


def _queue(
    kind: str, application: Application, write: Callable[[Application], Content], **more: Any
) -> None:
    letters.queue(
        kind,
        about=application,
        to=application.learner.person,
        language=application.language,
        write=lambda: write(application),
        **more,
    )


def _address(application: Application) -> str:
    any_path = _path_of_any(translation.get_language())
    return configured_address(any_path.replace(str(ANY_KEY), str(application.key)))


@functools.cache
def _path_of_any(language: str | None) -> str:  # noqa: ARG001 - addresses are of the language of the moment
    return reverse("applications:detail", kwargs={"key": ANY_KEY})
