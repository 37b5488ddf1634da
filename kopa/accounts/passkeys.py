"""Passkeys (WebAuthn): added on the profile page, asked for as the second step, or instead of a password.

A question (challenge) waits in the session and is answered once, within ``LASTS``. Whose page asks is decided
by PUBLIC_URL, never by what a request says of itself.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import struct
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy
from fido2.cose import UnsupportedKey
from fido2.rpid import verify_rp_id
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from kopa.accounts import factors
from kopa.accounts.errors import PasskeyRefused, TooManyPasskeys
from kopa.accounts.models import Passkey, User
from kopa.audit import journal

log = structlog.get_logger(__name__)

IN_SESSION: Final = "passkey_question"
LASTS: Final = dt.timedelta(minutes=5)
MOST: Final = 20
LONGEST_ANSWER: Final = 20_000  # characters
LONGEST_ID: Final = 1023  # bytes; Web Authentication Level 3 allows no more
# What letters say of an account.
ADDED: Final = gettext_lazy("A passkey was added to it: %(name)s.")
REMOVED: Final = gettext_lazy("A passkey was removed from it: %(name)s.")
# What fido2 says of an answer that is none: it reads binary formats that anybody may send.
MALFORMED: Final = (
    ValueError, KeyError, TypeError, IndexError, AttributeError, AssertionError, NotImplementedError,
    RecursionError, struct.error,
)  # fmt: skip


def host() -> str:
    """The host that passkeys belong to."""
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"


def _is_ours(origin: str) -> bool:
    if settings.EMBEDDED:  # whichever port of this machine it was started on
        return bool(verify_rp_id(host(), origin))
    parts = urlsplit(settings.PUBLIC_URL)
    return origin == f"{parts.scheme}://{parts.netloc}"


def _server() -> Fido2Server:
    return Fido2Server(PublicKeyCredentialRpEntity(name="KOPA", id=host()), verify_origin=_is_ours)


def ask_for_a_new_one(session: SessionBase, person: User) -> dict[str, Any]:
    """What the browser is told in order to make a passkey; the question waits in the session."""
    own = list(person.passkeys.all())
    handle = bytes(own[0].handle) if own else secrets.token_bytes(32)
    options, state = _server().register_begin(
        PublicKeyCredentialUserEntity(name=person.email, id=handle, display_name=person.name),
        [_data(passkey) for passkey in own],
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    _keep(session, state, "new", handle=websafe_encode(handle))
    return dict(options)


def ask_for_one(session: SessionBase, person: User | None) -> dict[str, Any]:
    """What the browser is told in order to use a passkey: one of the person's as the second step.

    Without a person any that the device knows; it then has to make sure itself who holds it.
    """
    if person is None:
        options, state = _server().authenticate_begin(user_verification=UserVerificationRequirement.REQUIRED)
    else:
        options, state = _server().authenticate_begin(
            [_data(passkey) for passkey in person.passkeys.all()],
            user_verification=UserVerificationRequirement.DISCOURAGED,
        )
    _keep(session, state, "sign in" if person is None else "second step")
    return dict(options)


@transaction.atomic
def add(*, session: SessionBase, person: User, answer: str, name: str) -> list[str]:
    """The person may sign in with the passkey. New recovery codes, where the person had none.

    Raises PasskeyRefused, and TooManyPasskeys for the twenty-first.
    """
    question = _take(session, "new")
    factors.lock(person)
    if person.passkeys.count() >= MOST:
        raise TooManyPasskeys
    try:
        made = _server().register_complete(question["state"], _read(answer))
    except MALFORMED as wrong:
        raise PasskeyRefused from wrong
    data = made.credential_data
    if (
        data is None
        or isinstance(data.public_key, UnsupportedKey)
        or len(data.credential_id) > LONGEST_ID
    ):
        raise PasskeyRefused
    credential_id = websafe_encode(data.credential_id)
    if Passkey.objects.filter(credential_id=credential_id).exists():
        raise PasskeyRefused
    Passkey.objects.create(
        person=person,
        name=name,
        credential_id=credential_id,
        credential=bytes(data),
        handle=websafe_decode(question["handle"]),
        uses=made.counter,
    )
    factors.tell(person, "factor.added", ADDED, name=name)
    return factors.added(person, verb="person.add_passkey", here=session.session_key)


def check(*, session: SessionBase, person: User | None, answer: str) -> User:
    """Whose passkey has answered the question that waited in the session. Raises PasskeyRefused."""
    question = _take(session, "sign in" if person is None else "second step")
    try:
        read = AuthenticationResponse.from_dict(_read(answer))
        rows = Passkey.objects.select_related("person").filter(person__is_active=True)
        passkey = rows.filter(credential_id=websafe_encode(read.raw_id)).first()
        if passkey is None or not _belongs(passkey, person, read.response.user_handle):
            raise PasskeyRefused
        _server().authenticate_complete(question["state"], [_data(passkey)], read)
    except MALFORMED as wrong:
        raise PasskeyRefused from wrong
    if not _count_use(passkey, read.response.authenticator_data.counter):
        log.warning("passkey used out of order, perhaps copied", passkey=passkey.pk)
        raise PasskeyRefused
    return passkey.person


def _belongs(passkey: Passkey, person: User | None, handle: bytes | None) -> bool:
    if person is not None:
        return passkey.person_id == person.pk
    return handle == bytes(passkey.handle)


def _count_use(passkey: Passkey, uses: int) -> bool:
    """A device that counts does so upwards; another order shows a copy. One statement looks and writes."""
    rows = Passkey.objects.filter(pk=passkey.pk)
    in_order = rows.filter(uses=0) if uses == 0 else rows.filter(uses__lt=uses)
    return in_order.update(uses=uses, used_at=timezone.now()) == 1


@transaction.atomic
def rename(*, passkey: Passkey, name: str) -> None:
    passkey.name = name
    passkey.save(update_fields=["name"])
    journal.record("person.rename_passkey", on=passkey.person, by=passkey.person)


@transaction.atomic
def remove(*, passkey: Passkey, here: str | None) -> None:
    """The passkey lets nobody in any more."""
    person, name = passkey.person, passkey.name
    factors.lock(person)
    passkey.delete()
    factors.tell(person, "factor.removed", REMOVED, name=name)
    factors.removed(person, verb="person.remove_passkey", here=here)


def _data(passkey: Passkey) -> AttestedCredentialData:
    return AttestedCredentialData(bytes(passkey.credential))


def _read(answer: str) -> dict[str, Any]:
    """The browser's answer as it stands in the form. Raises ValueError."""
    if len(answer) > LONGEST_ANSWER:
        raise ValueError("too long")
    read = json.loads(answer)
    if not isinstance(read, dict):
        raise TypeError("no object")
    return read


def _keep(session: SessionBase, state: dict[str, Any], purpose: str, **more: str) -> None:
    session[IN_SESSION] = {"state": state, "purpose": purpose, "at": timezone.now().timestamp(), **more}


def _take(session: SessionBase, purpose: str) -> dict[str, Any]:
    """The question that waits, which from now on waits no more. Raises PasskeyRefused."""
    question: dict[str, Any] = session.pop(IN_SESSION, {})
    age = timezone.now().timestamp() - question.get("at", 0)
    if question.get("purpose") != purpose or age > LASTS.total_seconds():
        raise PasskeyRefused
    return question
