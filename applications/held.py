"""Everything that KOPA holds of one person, to take along (R-PRIV-8): plain values, moments in UTC.

Of each table with a person in it there is a part, or ``tests/applications/test_held.py`` says why not.
"""

from __future__ import annotations

from typing import IO, Any, Final

from axes.models import AccessAttempt
from django.db import models
from django.db.models import Q

from applications import consents
from applications.decision_document import kept
from applications.export import course_of, everything, file_facts, files_of, row, zipped
from applications.host_words import UNTOLD
from applications.models import AnswerLink, Application, Attachment, Consent, Draft
from applications.models.consent import Purpose
from applications.own_list import drafts_of
from applications.states import told
from kopa.accounts.models import (
    AuthenticatorApp,
    LinkRequest,
    Passkey,
    PasswordRequest,
    PersonSession,
    RecoveryCode,
    SignInLink,
    User,
    WrongCode,
)
from kopa.audit.models import AuditEvent
from kopa.letters.models import Letter, UnwantedLetters
from providers.models import Invitation, RoleAssignment

Rows = list[dict[str, Any]]
NAME: Final = "kopa.json"


def everything_held(person: User) -> dict[str, Any]:
    """By part; a part that is empty is there too, so that one sees that nothing is held."""
    return {
        "account": {
            name: getattr(person, name) for name in ("name", "email", "language", "joined_at", "last_login")
        },
        "applicant": _applicant(person),
        "applications": [everything(one) for one in _applications(person)],
        "drafts": [_draft(one) for one in _drafts(person)],
        "consents": [_consent(one) for one in Consent.objects.filter(person=person)],
        "letters": _rows(Letter.objects.filter(Q(recipient=person) | Q(address=person.email)),
                         "kind", "language", "created_at", "state", "ended_at"),
        "letters_not_wanted": _rows(UnwantedLetters.objects.filter(person=person), "kind", "ended_at"),
        "journal": _journal(person),
        "signing_in": _signing_in(person),
        "roles": _rows(RoleAssignment.objects.filter(person=person),
                       "role", "organisation", "valid_from", "valid_to", "ended_at"),
        "invitations": _rows(Invitation.objects.filter(email=person.email), "role", "created_at", "ended_at"),
    }  # fmt: skip


def packed(person: User) -> IO[bytes]:
    """A ZIP file of ``everything_held``, of the hosts' decisions and of the files, in a folder for each
    application and draft.
    """
    files = {f"{one.reference}/": files_of(one.key) for one in _applications(person)}
    files |= {f"draft-{one.pk}/": files_of(one.key) for one in _drafts(person)}
    pages = {
        f"{one.reference}/{page}": written
        for one in _applications(person) for page, written in kept(one).items()
    }  # fmt: skip
    return zipped(NAME, everything_held(person), files, pages)


def number_of_files(person: User) -> int:
    return Attachment.objects.filter(added_by=person).count()


def _applications(person: User) -> models.QuerySet[Application]:
    return Application.objects.of(person).with_what_counts().select_related("prior_education")


def _drafts(person: User) -> models.QuerySet[Draft]:
    """A draft whose address nobody has confirmed may be a stranger's who mistyped hers."""
    return drafts_of(person).select_related("offering__provider")


def _applicant(person: User) -> dict[str, Any] | None:
    learner = getattr(person, "learner", None)
    return None if learner is None else row(learner)


def _draft(draft: Draft) -> dict[str, Any]:
    files = [file_facts(one) for one in files_of(draft.key)]
    return row(draft, "offering") | {"course": course_of(draft.offering), "files": files}


def _consent(consent: Consent) -> dict[str, Any]:
    """With the text that she read."""
    return row(consent) | {"text": consents.text(Purpose(consent.purpose), consent.version)}


def _journal(person: User) -> Rows:
    """What she did, and what others did with what is hers: these by their role, without their names."""
    own = Application.objects.of(person).values("pk")
    hers = Q(target="applications.application", target_id__in=own)
    hers |= Q(target="accounts.user", target_id=person.pk)
    known = hers & ~Q(verb__in=UNTOLD)
    rows = AuditEvent.objects.filter(known | Q(actor=person)).order_by("at", "pk")
    return [
        {
            "at": one.at, "verb": one.verb, "by_you": one.actor_id == person.pk, "role": one.role,
            "from": told(one.from_state), "to": told(one.to_state),
        }
        for one in rows
    ]  # fmt: skip


def _signing_in(person: User) -> dict[str, Rows]:
    of, by_address = {"person": person}, {"email": person.email}
    return {
        "browsers": _rows(PersonSession.objects.filter(**of), "browser", "begun_at", "seen_at"),
        "links": _rows(
            SignInLink.objects.filter(**by_address), "purpose", "made_at", "expires_at", "ended_at"
        ),
        "links_for_answers": _rows(
            AnswerLink.objects.filter(application__learner__person=person), "made_at", "expires_at"
        ),
        "links_asked_for": _rows(LinkRequest.objects.filter(**by_address), "asked_at"),
        "passwords_asked_for": _rows(PasswordRequest.objects.filter(**by_address), "asked_at"),
        "wrong_passwords": _rows(
            AccessAttempt.objects.filter(username=person.email), "attempt_time", "ip_address", "user_agent"
        ),
        "authenticator_apps": _rows(AuthenticatorApp.objects.filter(**of), "added_at"),
        "passkeys": _rows(Passkey.objects.filter(**of), "name", "added_at", "used_at"),
        "recovery_codes": _rows(RecoveryCode.objects.filter(**of), "used_at"),
        "wrong_codes": _rows(WrongCode.objects.filter(**of), "at"),
    }


def _rows(rows: models.QuerySet[Any], *fields: str) -> Rows:
    return [dict(one) for one in rows.order_by("pk").values(*fields)]
