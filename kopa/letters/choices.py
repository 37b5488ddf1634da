"""Letters that one may do without, and ending them by a link in each, without signing in."""

from __future__ import annotations

import base64
from typing import Final

from django.contrib.auth import get_user_model
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kopa.base.addresses import configured_address
from kopa.letters.models import UnwantedLetters

CONFIRM_PLACES: Final = "places.confirm"
STATEMENTS_DIGEST: Final = "statements.digest"
STATEMENTS_REMINDER: Final = "statements.reminder"
APPLICATIONS_DIGEST: Final = "applications.digest"
# Everything else tells of something that the reader must know, or has asked for.
OPTIONAL: Final[dict[str, str | Promise]] = {
    CONFIRM_PLACES: _("Reminder to confirm the free places of your courses, at most every 30 days"),
    STATEMENTS_DIGEST: _("Morning letter on the statements that your municipality is to give"),
    STATEMENTS_REMINDER: _("Reminder of statements whose last day is near or over"),
    APPLICATIONS_DIGEST: _("Morning letter on the applications that await your decision"),
}
# Of the signer, which is made when it is needed: without a key the checks say so, not a traceback.
SALT: Final = "kopa.letters.choices"


def ending_address(person_id: int, kind: str) -> str:
    """The link that ends letters of the kind for the person, in the language of the moment."""
    return configured_address(reverse("letters:end", args=[key_for(person_id, kind)]))


def key_for(person_id: int, kind: str) -> str:
    """What the link carries. It never gets too old: ending letters shall always work."""
    named = base64.urlsafe_b64encode(f"{person_id}:{kind}".encode()).decode().rstrip("=")
    return f"{named}.{signing.Signer(salt=SALT).signature(named)}"


def read(key: str) -> tuple[int, str] | None:
    """Person and kind of a link; None for one that this server has not made."""
    named, _dot, signature = key.partition(".")
    try:
        signing.Signer(salt=SALT).unsign(f"{named}:{signature}")
    except signing.BadSignature:
        return None
    said = base64.urlsafe_b64decode(named + "=" * (-len(named) % 4)).decode()
    person, _colon, kind = said.partition(":")
    known = kind in OPTIONAL and get_user_model()._default_manager.filter(pk=int(person)).exists()
    return (int(person), kind) if known else None


@transaction.atomic
def end(person_id: int, kind: str) -> None:
    """The person gets no letters of the kind any more. Twice does nothing more."""
    UnwantedLetters.objects.get_or_create(
        person_id=person_id, kind=kind, defaults={"ended_at": timezone.now()}
    )


@transaction.atomic
def begin(person_id: int, kind: str) -> None:
    """The person gets letters of the kind again."""
    UnwantedLetters.objects.filter(person=person_id, kind=kind).delete()


def unwanted_by(person_id: int) -> set[str]:
    """The kinds that the person has ended."""
    return set(UnwantedLetters.objects.filter(person=person_id).values_list("kind", flat=True))
