"""Every kind of letter with invented values that say so, written by the functions that write real ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications import letters as applications
from applications.models import Application
from kopa.accounts import factors, links, passkeys, passwords
from kopa.accounts.models import User
from kopa.letters import choices
from kopa.letters.services import Content, Written, render
from offerings.models import Offering
from offerings.services import asking
from providers import invitations
from providers.models import Invitation, Organisation, OrganisationKind, Role, RoleAssignment

# Opens nothing: no link has ever had this key.
KEY: Final = "k.sample"


@dataclass(frozen=True, slots=True)
class Sample:
    """One kind of letter. ``kind`` is that of the letters' rows, ``code`` tells its variants apart."""

    code: str
    kind: str
    title: str | Promise
    when: str | Promise
    write: Callable[[], Content]


def written(sample: Sample, language: str) -> Written:
    """The letter as it would leave, in the language."""
    with translation.override(language):
        ending = choices.ending_address(0, sample.kind) if sample.kind in choices.OPTIONAL else ""
        return render(sample.write(), language=language, ending=ending)


def _person() -> User:
    return User(pk=0, name=_("Erkki Example (invented)"), email="erkki@example.org", password=KEY)


def _organisation() -> Organisation:
    name = _("Example organisation (invented)")
    return Organisation(
        pk=0, kind=OrganisationKind.COMPANY, country="FI", name_fi=name, name_sv=name, name_en=name
    )


def _invitation(role: Role, *, for_organisation: bool = True, stands_in: bool = False) -> Content:
    invitation = Invitation(
        email="erkki@example.org",
        role=role,
        organisation=_organisation() if for_organisation else None,
        on_behalf_of=RoleAssignment(pk=0) if stands_in else None,
        invited_by=_person(),
        expires_at=timezone.now() + invitations.VALID,
    )
    return invitations.letter(invitation, KEY)


def _substitute(what: str | Promise) -> Content:
    invitation = Invitation(email="erkki@example.org", role=Role.OFFICER, organisation=_organisation())
    return invitations.about_substitute(invitation, what)


def _application() -> Application:
    now = timezone.now()
    return Application(
        reference="K-2345-6789",
        offering=Offering(provider=_organisation()),
        submitted_at=now,
        held_until=now + dt.timedelta(days=7),
    )


def _confirmation() -> Content:
    until = timezone.now() + asking.VALID
    day = timezone.now() - dt.timedelta(days=75)
    named = [_("Example course %(number)s (invented)") % {"number": number} for number in (1, 2)]
    points = [
        asking.said_of(
            course=course, provider=_organisation().label(), free=free, capacity=20, confirmed=day
        )
        for course, free in zip(named, (4, 11), strict=True)
    ]
    return asking.content(points, more=0, key=KEY, until=until)


SAMPLES: Final = (
    Sample(
        "places-confirm",
        choices.CONFIRM_PLACES,
        gettext_lazy("Are the free places still right?"),
        gettext_lazy(
            "To those who publish a course whose free places nobody has confirmed for 60 days: its contact"
            " person first, all of them when she does not answer. At most one letter in 30 days; one may"
            " do without."
        ),
        _confirmation,
    ),
    Sample(
        "statements-digest",
        choices.STATEMENTS_DIGEST,
        gettext_lazy("Matters await your statement"),
        gettext_lazy(
            "To a municipality's officers on the mornings of working days when something is new among the"
            " statements that they are to give, otherwise once a week; one may do without."
        ),
        lambda: applications.statements_digest(waiting=5, overdue=2),
    ),
    Sample(
        "statements-reminder",
        choices.STATEMENTS_REMINDER,
        gettext_lazy("The last day of statements is near or over"),
        gettext_lazy(
            "To a municipality's officers, once two working days before the last day of a statement and once"
            " after it, one letter for all; one may do without."
        ),
        lambda: applications.statements_reminder(waiting=5, soon=2, overdue=1),
    ),
    Sample(
        "applications-digest",
        choices.APPLICATIONS_DIGEST,
        gettext_lazy("Applications await your organisation"),
        gettext_lazy(
            "To those who decide on a provider's applications, on the mornings of working days when something"
            " is new, otherwise once a week: one letter, however many have applied; one may do without."
        ),
        lambda: applications.applications_digest(waiting=60),
    ),
    Sample(
        "application-draft",
        applications.DRAFT,
        gettext_lazy("A link to go on with an application"),
        gettext_lazy(
            "To whoever begins an application without being signed in: it confirms the address and leads"
            " back."
        ),
        lambda: applications.draft_link(KEY),
    ),
    Sample(
        "application-receipt",
        applications.RECEIPT,
        gettext_lazy("An application has arrived"),
        gettext_lazy("To the applicant at once, as a receipt."),
        lambda: applications.receipt(_application()),
    ),
    Sample(
        "application-answer",
        applications.ANSWER,
        gettext_lazy("An offer awaits its answer"),
        gettext_lazy("To the applicant when a place is offered."),
        lambda: applications.answer_awaited(_application(), KEY),
    ),
    Sample(
        "application-news",
        applications.NEWS,
        gettext_lazy("There is news in an application"),
        gettext_lazy(
            "To the applicant when something has happened; the page says what. What happens within five"
            " minutes is one letter."
        ),
        lambda: applications.something_new(_application()),
    ),
    Sample(
        "application-message",
        applications.MESSAGE,
        gettext_lazy("A message to an applicant"),
        gettext_lazy("To applicants whom the provider of a course has written to; the page has the words."),
        lambda: applications.message(_application()),
    ),
    Sample(
        "invitation",
        "invitation",
        gettext_lazy("Invitation to a role"),
        gettext_lazy("To the address that a coordinator or an administrator invites."),
        lambda: _invitation(Role.OFFICER),
    ),
    Sample(
        "invitation-without-organisation",
        "invitation",
        gettext_lazy("Invitation to a role without an organisation"),
        gettext_lazy("To the address that an administrator invites."),
        lambda: _invitation(Role.ANALYST, for_organisation=False),
    ),
    Sample(
        "invitation-substitute",
        "invitation",
        gettext_lazy("Invitation to stand in for somebody"),
        gettext_lazy("To the address that somebody with a role names as a substitute."),
        lambda: _invitation(Role.OFFICER, stands_in=True),
    ),
    Sample(
        "substitute-named",
        "substitute.named",
        gettext_lazy("A substitute was named"),
        gettext_lazy("To who has named a substitute."),
        lambda: _substitute(invitations.NAMED),
    ),
    Sample(
        "substitute-accepted",
        "substitute.accepted",
        gettext_lazy("A substitute has accepted"),
        gettext_lazy("To who has named a substitute, when that person has accepted."),
        lambda: _substitute(invitations.ACCEPTED),
    ),
    Sample(
        "sign-in-link",
        "sign_in.link",
        gettext_lazy("A link to sign in with"),
        gettext_lazy("To who has an account and asks for a link instead of typing a password."),
        lambda: links.letter(KEY),
    ),
    Sample(
        "password-reset",
        "password.reset",
        gettext_lazy("A new password"),
        gettext_lazy("To who has an account and asks for a new password."),
        lambda: passwords.letter(KEY),
    ),
    Sample(
        "password-changed",
        "password.changed",
        gettext_lazy("The password was changed"),
        gettext_lazy("To who has chosen a new password by the link in a letter."),
        passwords.changed,
    ),
    Sample(
        "factor-added",
        "factor.added",
        gettext_lazy("A second step of signing in was added"),
        gettext_lazy("To who has added an authenticator app or a passkey."),
        lambda: factors.letter(passkeys.ADDED, name=_("Example phone (invented)")),
    ),
    Sample(
        "factor-removed",
        "factor.removed",
        gettext_lazy("A second step of signing in was removed"),
        gettext_lazy("To who has removed an authenticator app or a passkey."),
        lambda: factors.letter(passkeys.REMOVED, name=_("Example phone (invented)")),
    ),
    Sample(
        "factor-all-removed",
        "factor.removed",
        gettext_lazy("The administrator removed the second step"),
        gettext_lazy("To who had lost phone, passkeys and recovery codes and was helped."),
        lambda: factors.letter(factors.ALL_REMOVED),
    ),
    Sample(
        "factor-codes",
        "factor.codes",
        gettext_lazy("A recovery code was used"),
        gettext_lazy("To who has signed in with a recovery code; who has made new ones is told too."),
        lambda: factors.letter(factors.CODE_USED, left=9),
    ),
    Sample(
        "factor-guessing",
        "factor.guessing",
        gettext_lazy("Wrong codes after the right password"),
        gettext_lazy("To whose account five wrong codes were typed for within a quarter of an hour."),
        lambda: factors.letter(factors.GUESSED),
    ),
)
BY_CODE: Final = {sample.code: sample for sample in SAMPLES}
