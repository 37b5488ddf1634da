"""The second factor at sign-in: an authenticator app, recovery codes, and what is said of changes.

Passkeys have a module of their own. All of it is optional; a new password switches nothing off.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import secrets
from dataclasses import dataclass
from typing import Final

import pyotp
import structlog
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from kopa.accounts import seals, sessions
from kopa.accounts.errors import CodeRefused, HasAnApp, TooManyCodes
from kopa.accounts.models import AuthenticatorApp, Passkey, RecoveryCode, User, WrongCode
from kopa.audit import journal
from kopa.base.addresses import configured_address
from kopa.letters import services as letters

log = structlog.get_logger(__name__)

ISSUER: Final = "KOPA"
STEP: Final = 30  # seconds
SLACK: Final = 1  # steps that the clock of a phone may be wrong by
RECOVERY_CODES: Final = 10
# Without 0, 1, i, l, o: they are written down by hand. 16 of 31 letters are 79 bits.
LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
# Wrong codes for one account before it waits. Three of a million codes are right at any moment.
LIMITS: Final = ((5, dt.timedelta(minutes=15)), (20, dt.timedelta(days=1)))
KEPT: Final = dt.timedelta(days=1)

# What letters say of an account.
APP_ADDED: Final = gettext_lazy("An authenticator app was added to it.")
APP_REMOVED: Final = gettext_lazy("The authenticator app was removed from it.")
CODES_MADE: Final = gettext_lazy("New recovery codes were made for it; the earlier ones work no more.")
CODE_USED: Final = ngettext_lazy(
    "Somebody signed in to it with a recovery code. %(left)s is left.",
    "Somebody signed in to it with a recovery code. %(left)s are left.",
    "left",
)
GUESSED: Final = gettext_lazy(
    "Somebody came past its password, or had a link from a letter, and then typed a wrong code five times."
)
ALL_REMOVED: Final = gettext_lazy(
    "The administrator removed every second factor from it: the password alone is asked for."
)


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person signs in with beside the password."""

    app: AuthenticatorApp | None
    passkeys: list[Passkey]
    codes_left: int

    def __bool__(self) -> bool:
        return self.app is not None or bool(self.passkeys)


def of(person: User) -> Factors:
    """The person's factors; three queries."""
    return Factors(
        app=AuthenticatorApp.objects.filter(person=person).first(),
        passkeys=list(person.passkeys.all()),
        codes_left=person.recovery_codes.filter(used_at=None).count(),
    )


def are_asked_of(person: User) -> bool:
    """Whether the password alone lets the person in no more."""
    has_app = AuthenticatorApp.objects.filter(person=person).exists()
    return has_app or Passkey.objects.filter(person=person).exists()


def new_key() -> str:
    """For an app that is being added; nothing is kept of it yet."""
    return pyotp.random_base32()


def address_of_key(person: User, key: str) -> str:
    """What the picture for the app holds: ``otpauth://totp/…``."""
    return pyotp.TOTP(key, interval=STEP).provisioning_uri(name=person.email, issuer_name=ISSUER)


@transaction.atomic
def add_app(*, person: User, key: str, code: str, here: str | None) -> list[str]:
    """From now on signing in asks for the app's code. New recovery codes, where the person had none.

    ``here`` is the session that stays: all others of the person end. Raises HasAnApp and CodeRefused.
    """
    lock(person)
    if AuthenticatorApp.objects.filter(person=person).exists():
        raise HasAnApp
    step = _step_of(key, plain(code), at=timezone.now())
    if step is None:
        raise CodeRefused
    sealed = seals.seal(key, owner=person.pk)
    AuthenticatorApp.objects.create(person=person, sealed_key=sealed, last_step=step)
    tell(person, "factor.added", APP_ADDED)
    return added(person, verb="person.add_app", here=here)


@transaction.atomic
def remove_app(*, person: User, here: str | None) -> bool:
    """The app's codes let nobody in any more; whether there was one."""
    lock(person)
    count, _details = AuthenticatorApp.objects.filter(person=person).delete()
    if count:
        tell(person, "factor.removed", APP_REMOVED)
        removed(person, verb="person.remove_app", here=here)
    return bool(count)


@transaction.atomic
def new_recovery_codes(*, person: User) -> list[str]:
    """Ten codes that are told this once; the earlier ones work no more."""
    lock(person)
    journal.record("person.make_recovery_codes", on=person, by=person)
    tell(person, "factor.codes", CODES_MADE)
    return _make_codes(person)


def accept_code(*, person: User, code: str) -> None:
    """A code of the app or a recovery code: right, and now used up.

    Raises TooManyCodes before a code of the app is looked at, and CodeRefused for a wrong one, which is
    counted. A recovery code is always looked at: nobody guesses 79 bits, and no guessing locks its owner out.
    The account is locked meanwhile, so those who try at once are counted one after the other.
    """
    now = timezone.now()
    with transaction.atomic():
        lock(person)
        typed = plain(code)
        if _spend_recovery_code(person, typed, now):
            return
        _refuse_guessing(person, now)
        if _spend_app_code(person, typed, now):
            return
        WrongCode.objects.create(person=person, at=now)
        recent = WrongCode.objects.filter(person=person, at__gt=now - LIMITS[0][1])
        if recent.count() == LIMITS[0][0]:
            tell(person, "factor.guessing", GUESSED)
    raise CodeRefused


def _refuse_guessing(person: User, now: dt.datetime) -> None:
    for most, window in LIMITS:
        times = list(
            WrongCode.objects.filter(person=person, at__gt=now - window)
            .order_by("-at")
            .values_list("at", flat=True)[:most]
        )
        if len(times) == most:
            raise TooManyCodes(math.ceil((times[-1] + window - now).total_seconds() / 60))


def _spend_app_code(person: User, code: str, now: dt.datetime) -> bool:
    app = AuthenticatorApp.objects.filter(person=person).first()
    if app is None:
        return False
    try:
        step = _step_of(seals.opened(app.sealed_key, owner=person.pk), code, at=now)
    except seals.CannotBeOpened:
        log.warning("authenticator app sealed with an unknown key", app=app.pk)
        return False
    return step is not None and _take_step(app, step)


def _take_step(app: AuthenticatorApp, step: int) -> bool:
    """Each step is taken once, whoever comes at the same moment: one statement looks and writes."""
    rows = AuthenticatorApp.objects.filter(pk=app.pk, last_step__lt=step)
    return rows.update(last_step=step) == 1


def _step_of(key: str, code: str, *, at: dt.datetime) -> int | None:
    """The half minute whose code this is, of those that may be now."""
    now, app = int(at.timestamp()) // STEP, pyotp.TOTP(key, interval=STEP)
    steps = range(now - SLACK, now + SLACK + 1)
    fitting = [step for step in steps if constant_time_compare(app.at(step * STEP), code)]
    return max(fitting, default=None)


def _spend_recovery_code(person: User, code: str, now: dt.datetime) -> bool:
    rows = RecoveryCode.objects.filter(person=person, digest=_digest(person, code), used_at=None)
    if rows.update(used_at=now) != 1:
        return False
    left = person.recovery_codes.filter(used_at=None).count()
    journal.record("person.use_recovery_code", on=person, by=person)
    tell(person, "factor.codes", CODE_USED, left=left)
    return True


def plain(code: str) -> str:
    """As it was made, however it was typed: without spaces and hyphens, in small letters."""
    return "".join(code.split()).replace("-", "").lower()


def _digest(person: User, code: str) -> str:
    return hashlib.sha256(f"{person.pk} {code}".encode()).hexdigest()


def _make_codes(person: User) -> list[str]:
    person.recovery_codes.all().delete()
    codes = ["".join(secrets.choice(LETTERS) for _letter in range(16)) for _code in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(person=person, digest=_digest(person, code)) for code in codes
    )
    return ["-".join(code[start : start + 4] for start in range(0, 16, 4)) for code in codes]


def lock(person: User) -> None:
    """One act on a person's factors after the other."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)


def added(person: User, *, verb: str, here: str | None) -> list[str]:
    """A factor is there: the journal has it, other sessions end, and there are recovery codes.

    The new ones; none where the person has some.
    """
    journal.record(verb, on=person, by=person)
    sessions.end_others(person, here)
    return [] if person.recovery_codes.filter(used_at=None).exists() else _make_codes(person)


def removed(person: User, *, verb: str, here: str | None) -> None:
    """A factor is gone, and other sessions; with the last one go the recovery codes."""
    journal.record(verb, on=person, by=person)
    sessions.end_others(person, here)
    if not are_asked_of(person):
        person.recovery_codes.all().delete()


@transaction.atomic
def remove_all(*, person: User, reason: str) -> int:
    """For somebody who has lost everything: the password alone lets the person in. How many factors went.

    All sessions end. Operators call it; who the person is they have made sure of otherwise.
    """
    lock(person)
    apps, _details = AuthenticatorApp.objects.filter(person=person).delete()
    passkeys, _details = Passkey.objects.filter(person=person).delete()
    person.recovery_codes.all().delete()
    journal.record("person.remove_factors", on=person, by=None, reason=reason)
    tell(person, "factor.removed", ALL_REMOVED)
    sessions.end_others(person, None)
    return apps + passkeys


def reseal() -> int:
    """Every key is sealed with today's SECRET_KEY; how many there are. Raises CannotBeOpened."""
    with transaction.atomic():
        apps = list(AuthenticatorApp.objects.select_for_update(no_key=True))
        for app in apps:
            key = seals.opened(app.sealed_key, owner=app.person_id)
            app.sealed_key = seals.seal(key, owner=app.person_id)
        AuthenticatorApp.objects.bulk_update(apps, ["sealed_key"])
    return len(apps)


def forget_wrong_codes(*, now: dt.datetime) -> int:
    count, _details = WrongCode.objects.filter(at__lt=now - KEPT).delete()
    return count


def tell(person: User, kind: str, what: str | Promise, **values: object) -> None:
    """A letter about the person's account; ``what`` is one of the sentences above, with its values."""
    letters.queue(kind, about=person, to=person, write=lambda: letter(what, **values))


def letter(what: str | Promise, **values: object) -> letters.Content:
    """In the language of the moment."""
    said = str(what % values if values else what)
    return letters.Content(
        subject=_("About signing in to KOPA"),
        paragraphs=[_("This is about your account in KOPA. %(what)s") % {"what": said}],
        link=configured_address(reverse("accounts:profile")),
        link_label=_("Look at my details"),
        after=_("If it was not you, choose a new password at once and tell the administrator."),
    )
