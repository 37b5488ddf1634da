"""Letters with a link that anybody may ask for; a worker looks whether there is an account."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, TypeVar

from django.utils import timezone

from kopa.accounts.errors import AskedTooOften
from kopa.accounts.models import Asked, User
from kopa.base.db import one_at_a_time

Wish = TypeVar("Wish", bound=Asked)

# How long a wish counts against the next one, and how long it waits for its answer.
WINDOW: Final = dt.timedelta(hours=1)
KEPT: Final = dt.timedelta(days=1)
AT_ONCE: Final = 200


def write_down(
    kind: type[Wish], *, email: str, asked_from: str, most: tuple[int, int], refusal: type[AskedTooOften],
    **facts: Any,
) -> Wish:  # fmt: skip
    """The wish; within the caller's transaction, wishes at the same moment one after the other.

    Raises ``refusal`` where there were ``most`` within the window: for the address, from the caller.
    """
    email = email.strip().lower()
    one_at_a_time(f"{kind._meta.label_lower} for {email}", f"{kind._meta.label_lower} from {asked_from}")
    rows = kind._default_manager.all()
    recent = rows.filter(asked_at__gt=timezone.now() - WINDOW)
    for_an_address, from_a_caller = most
    if recent.filter(email=email).count() >= for_an_address:
        raise refusal
    if recent.filter(asked_from=asked_from).count() >= from_a_caller:
        raise refusal
    return rows.create(email=email, asked_from=asked_from, asked_at=timezone.now(), **facts)


def take(kind: type[Wish], wish_id: int) -> tuple[Wish, User] | None:
    """The wish and whose account the address is: once, for whoever comes first, whose transaction it is.
    None where there is no such account.
    """
    rows = kind._default_manager.select_for_update(no_key=True, skip_locked=True)
    wish = rows.filter(pk=wish_id, handled_at=None).first()
    if wish is None:
        return None
    wish.handled_at = timezone.now()
    wish.save(update_fields=["handled_at"])
    person = User.objects.filter(email=wish.email, is_active=True).first()
    return (wish, person) if person else None


def waiting(kind: type[Wish]) -> list[int]:
    """Wishes that no worker was told of."""
    rows = kind._default_manager.filter(handled_at=None, asked_at__gt=timezone.now() - WINDOW)
    return list(rows.values_list("pk", flat=True)[:AT_ONCE])


def forget_old(kind: type[Wish]) -> int:
    """Wishes of yesterday are gone: how many."""
    count, _details = kind._default_manager.filter(asked_at__lt=timezone.now() - KEPT).delete()
    return count
