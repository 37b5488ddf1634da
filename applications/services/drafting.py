"""What a student types before sending is kept step by step, and she can come back to it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Final

from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from applications import letters as notices
from applications import retention
from applications.models import Application, Attachment, Draft
from applications.services.attaching import remove
from kopa.accounts import links
from kopa.accounts.models import User

PURPOSE: Final = "application_draft"
# Longer than a link that somebody waits for: applications are begun on Friday and sent on Monday.
LINK_LASTS: Final = dt.timedelta(days=7)


@transaction.atomic
def save_draft(
    *,
    key: uuid.UUID,
    offering_id: int,
    answers: Mapping[str, str],
    language: str,
    email: str = "",
    by: User | None = None,
    begins: bool = True,
    now: dt.datetime | None = None,
) -> Draft:
    """The answers are kept beside those given before; the first ones, where it ``begins``, make the draft.

    ``by``: who is signed in, whose address needs no confirming. Anybody else's is confirmed by the link that
    ``send_draft_link`` sends; another address than before is to be confirmed again.

    Raises Draft.DoesNotExist where it is another course's, was deleted, or was sent meanwhile.
    """
    moment = now or timezone.now()
    made = Draft(key=key, offering_id=offering_id, language=language, created_at=moment, updated_at=moment)
    if begins:
        Draft.objects.bulk_create([made], ignore_conflicts=True)
    draft = Draft.objects.select_for_update(no_key=True).get(key=key, offering=offering_id)
    if Application.objects.filter(key=key).exists():
        raise Draft.DoesNotExist
    draft.answers = {**draft.answers, **answers}
    draft.language, draft.updated_at = language, moment
    given = by.email if by else email.strip().lower() or draft.email
    if by:
        draft.confirmed_at = draft.confirmed_at or moment
    elif given != draft.email:
        draft.confirmed_at = None
    draft.email = given
    draft.full_clean()
    draft.save()
    return draft


def confirm_draft(*, draft_id: int, by: User, now: dt.datetime | None = None) -> bool:
    """The owner of the address has come: from now on nobody else opens the draft. Whether it was she."""
    own = Draft.objects.filter(pk=draft_id, email=by.email)
    own.filter(confirmed_at=None).update(confirmed_at=now or timezone.now())
    return own.exists()


@transaction.atomic
def send_draft_link(*, draft_id: int, name: str, asked_from: str) -> None:
    """A letter with the link that confirms the address and leads back to the draft leaves for it.

    Raises LinkAskedTooOften.
    """
    draft = Draft.objects.get(pk=draft_id)
    links.count(draft.email, asked_from=asked_from)
    with translation.override(draft.language):
        wanted = reverse("applications:apply_check", args=[draft.offering_id, draft.key])
    key = links.make_link_for_address(
        draft.email, PURPOSE, name=name, language=draft.language, about=draft, wanted=wanted, lasts=LINK_LASTS
    )
    notices.go_on(draft, key, useless_after=timezone.now() + LINK_LASTS)


def is_link_sent(draft: Draft, *, name: str) -> bool:
    """A letter to the draft's address, in this name, has been sent and its link still works; a query."""
    return links.is_open(draft.email, PURPOSE, name=name, about=draft)


@transaction.atomic
def discard_draft(*, draft_id: int) -> None:
    """The draft is gone at once, with its files; no application is touched."""
    rows = Draft.objects.select_for_update().filter(pk=draft_id)
    for draft in rows:
        remove(Attachment.objects.unsent(draft.key))
        draft.delete()


def forget_old_drafts(*, now: dt.datetime | None = None) -> int:
    """Drafts that nobody has touched for the period are gone: how many. Their files are stray then."""
    days = retention.period(retention.Rule.DRAFT).number
    before = (now or timezone.now()) - dt.timedelta(days=days)
    return Draft.objects.filter(updated_at__lt=before).delete()[0]
