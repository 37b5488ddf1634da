"""Links in letters that let the owner of an address in: to sign in, or to come back to a thing of one's own.

A link works once and for a while. It is over when a newer one for the same is made, when address or password
of its person change, and when the account is closed. Opening one changes nothing, so whatever reads mail
before its owner does no harm; the page behind it (``accounts:use_link``) has one button.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kopa.accounts import wishes
from kopa.accounts.addresses import own_page
from kopa.accounts.errors import LinkAskedTooOften, LinkOver
from kopa.accounts.models import LinkRequest, SignInLink, User
from kopa.accounts.services import person_of, somebody_new
from kopa.base.addresses import configured_address
from kopa.base.db import one_at_a_time
from kopa.letters import services as letters

SIGN_IN: Final = "sign_in"
LONGEST_WANTED: Final = 500  # characters
MOST_FOR_AN_ADDRESS: Final = 5
# A class that applies in the same lesson shares one address.
MOST_FROM_A_CALLER: Final = 60
KEPT: Final = dt.timedelta(days=1)


@transaction.atomic
def make_link(
    person: User,
    purpose: str,
    *,
    about: Model | None = None,
    wanted: str = "",
    lasts: dt.timedelta | None = None,
) -> str:
    """The key of a link for the person, who is led to ``wanted`` by it; earlier ones for the same are over.

    ``about`` is the thing that the link is for, if any. A ``wanted`` that is no page of KOPA, or too long, is
    the start page. It lasts SIGN_IN_LINK_LASTS unless said otherwise.
    """
    return _make(
        SignInLink(person=person, email=person.email, language=person.language, purpose=purpose),
        person=person, about=about, wanted=wanted, lasts=lasts,
    )  # fmt: skip


@transaction.atomic
def make_link_for_address(
    email: str,
    purpose: str,
    *,
    name: str,
    language: str,
    about: Model | None = None,
    wanted: str = "",
    lasts: dt.timedelta | None = None,
) -> str:
    """``make_link`` for an address that nobody has confirmed yet: using the link does, and makes the person
    if there is none by then. Whether there is one now shows in nothing.

    Raises ValidationError as ``person_of`` does.
    """
    new = somebody_new(email, name=name, language=language)
    person = User.objects.filter(email=new.email).first()
    link = SignInLink(
        person=person, email=new.email, name=new.name, language=new.language, purpose=purpose
    )
    return _make(link, person=person, about=about, wanted=wanted, lasts=lasts)


def _make(
    link: SignInLink, *, person: User | None, about: Model | None, wanted: str, lasts: dt.timedelta | None
) -> str:
    now, key = timezone.now(), f"l.{secrets.token_urlsafe(32)}"
    if about is not None:
        link.target, link.target_id = about._meta.label_lower, about.pk
    link.wanted = _kept(wanted)
    link.key_digest, link.stamp = _digest(key), _stamp(link.email, person)
    link.made_at, link.expires_at = now, now + (lasts or settings.SIGN_IN_LINK_LASTS)
    one_at_a_time(f"link for {link.email}")
    same = SignInLink.objects.filter(
        email=link.email, purpose=link.purpose, target=link.target, target_id=link.target_id, ended_at=None
    )
    same.update(ended_at=now)
    link.full_clean()
    link.save(force_insert=True)
    return key


def _kept(wanted: str) -> str:
    page = own_page(wanted) or ""
    return page if len(page) <= LONGEST_WANTED else ""


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _stamp(email: str, person: User | None) -> str:
    """Changes with the address and the password; a person without one is as good as none yet."""
    password = person.password if person and person.has_usable_password() else ""
    return salted_hmac("kopa.accounts.links", f"{email} {password}", algorithm="sha256").hexdigest()


def is_open(email: str, purpose: str, *, name: str, about: Model) -> bool:
    """Whether a link for the thing has gone to the address, in this name, that is not used or over yet."""
    rows = SignInLink.objects.filter(
        email=email, purpose=purpose, target=about._meta.label_lower, target_id=about.pk, name=name
    )
    return rows.filter(ended_at=None, expires_at__gt=timezone.now()).exists()


def address_of(key: str) -> str:
    """For letters: the address of the link, in the language of the moment, whatever host a request names."""
    return configured_address(reverse("accounts:use_link", args=[key]))


def find_link(key: str, purpose: str | None = None, *, lock: bool = False) -> SignInLink:
    """The open link with this key, and this purpose if one is named. Raises LinkOver."""
    rows = SignInLink.objects.select_related("person")
    rows = rows.select_for_update(no_key=True, of=("self",)) if lock else rows
    rows = rows.filter(key_digest=_digest(key), ended_at=None, expires_at__gt=timezone.now())
    link = (rows if purpose is None else rows.filter(purpose=purpose)).first()
    if link is None:
        raise LinkOver
    person = link.person or User.objects.filter(email=link.email).first()
    if person is not None and not (person.is_active and person.email == link.email):
        raise LinkOver
    if not constant_time_compare(link.stamp, _stamp(link.email, person)):
        raise LinkOver
    return link


@transaction.atomic
def use_link(key: str, purpose: str | None = None) -> SignInLink:
    """The link is used up, and its person is there: made now where there was none. Raises LinkOver.

    Who calls it lets the person in by ``second_step``, never past it.
    """
    link = find_link(key, purpose, lock=True)
    link.person = link.person or person_of(link.email, name=link.name, language=link.language)
    link.ended_at = timezone.now()
    link.save(update_fields=["person", "ended_at"])
    return link


def wanted_by(key: str) -> str:
    """Where the link leads or led to, for whoever asks for a new one; empty for a key that never was."""
    found = SignInLink.objects.filter(key_digest=_digest(key)).first()
    return found.wanted if found else ""


# Asking for one ---------------------------------------------------------------------------------------------


@transaction.atomic
def ask(*, email: str, asked_from: str, wanted: str = "") -> LinkRequest:
    """The wish is written down; a worker answers it. The work is the same with and without an account.

    Raises LinkAskedTooOften for the sixth wish for one address within an hour, and one caller's sixty-first.
    """
    wish = _count(email, asked_from=asked_from, wanted=_kept(wanted))
    transaction.on_commit(lambda: letters.nudge("accounts.answer_link_request", wish.pk))
    return wish


@transaction.atomic
def count(email: str, *, asked_from: str) -> None:
    """A letter with a link leaves for the address at once, and counts as one that was asked for.

    Raises LinkAskedTooOften as ``ask`` does.
    """
    _count(email, asked_from=asked_from, handled_at=timezone.now())


def _count(email: str, *, asked_from: str, **facts: Any) -> LinkRequest:
    most = MOST_FOR_AN_ADDRESS, MOST_FROM_A_CALLER
    return wishes.write_down(
        LinkRequest, email=email, asked_from=asked_from, most=most, refusal=LinkAskedTooOften, **facts
    )


@transaction.atomic
def answer(wish_id: int) -> bool:
    """The owner of the address gets a letter with a link if there is such an account; whether it was so."""
    taken = wishes.take(LinkRequest, wish_id)
    if taken is None:
        return False
    wish, person = taken
    key = make_link(person, SIGN_IN, wanted=wish.wanted)
    letters.queue(
        "sign_in.link",
        about=person,
        to=person,
        write=lambda: letter(key),
        holds_secret=True,
        useless_after=timezone.now() + settings.SIGN_IN_LINK_LASTS,
    )
    return True


def letter(key: str) -> letters.Content:
    """With the link that signs in; of courses and applications it says nothing (R-PRIV-11)."""
    return letters.Content(
        subject=_("Sign in to KOPA"),
        paragraphs=[_("Somebody, probably you, asked for a link to sign in to KOPA with.")],
        link=address_of(key),
        link_label=_("Sign in"),
        after=" ".join([said_of(settings.SIGN_IN_LINK_LASTS), _("If it was not you, do nothing.")]),
    )


def said_of(lasts: dt.timedelta) -> str:
    """How long a link works."""
    minutes = int(lasts.total_seconds()) // 60
    sentence = ngettext(
        "The link works once, for %(minutes)s minute.",
        "The link works once, for %(minutes)s minutes.",
        minutes,
    )
    return sentence % {"minutes": minutes}


def answer_what_waits() -> int:
    """Wishes that no worker was told of are answered: how many letters."""
    return sum(map(answer, wishes.waiting(LinkRequest)))


def forget_over() -> int:
    """Links that were over yesterday are gone: how many."""
    count, _details = SignInLink.objects.filter(expires_at__lt=timezone.now() - KEPT).delete()
    return count
