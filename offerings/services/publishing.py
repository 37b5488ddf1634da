"""Publishing and cancelling an offering."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from kopa.accounts.models import User
from kopa.base.db import refusing
from kopa.base.errors import ChangedMeanwhile
from kopa.base.names import LANGUAGES
from offerings import windows
from offerings.errors import ReasonMissing, StartedAlready
from offerings.models import Offering
from offerings.readiness import needed_languages
from offerings.services import acts
from offerings.services.inputs import OfferingInput
from offerings.services.writing import (
    create_draft,
    refuse_unless_ready,
    release_by_default,
    save_offering,
)
from offerings.states import OFFERING


@transaction.atomic
def publish(
    *,
    offering_id: int,
    version: int,
    by: User,
    given: OfferingInput | None = None,
    sitting: UUID | None = None,
) -> Offering:
    """The draft is public and found by the search; ``by`` confirms its numbers. With ``given`` it is saved
    first, by the window ``sitting``.

    Where places are reserved and no release is given, it is set to R-CAP-4's default. All of it, or nothing.

    Raises NotReady with everything that is missing, TransitionNotAllowed unless it is a draft,
    ChangedMeanwhile when ``version`` is not the saved one, ValidationError and OfferingRefused for
    contradictions in ``given``.
    """
    with refusing(Offering):
        offering = acts.lock(offering_id)
        OFFERING.target("publish", offering.status)
        if given is not None:
            offering = save_offering(
                offering_id=offering_id, version=version, given=given, by=by, sitting=sitting
            )
        elif offering.version != version:
            raise ChangedMeanwhile
        facts = refuse_unless_ready(offering, anew=True)
        changes = release_by_default(offering, has_quotas=facts.has_quotas)
        before = make_public(offering, by=by)
        acts.check(offering)
        acts.save(offering)
        acts.tell("publish", offering, by=by, from_state=before, changes=changes)
    return offering


def make_public(offering: Offering, *, by: User) -> str:
    """Nothing stands against it any more; unsaved. The state before."""
    now = timezone.now()
    facts_of_the_act = {"published_at": now, "places_confirmed_at": now, "places_confirmed_by": by}
    return acts.move(offering, "publish", guessed_dates=[], **facts_of_the_act)


@transaction.atomic
def publish_new(
    *, provider_id: int, given: OfferingInput, by: User, created_from: UUID | None = None
) -> Offering:
    """A new offering, public at once. Raises what ``create_draft`` and ``publish`` raise; then nothing is
    left.
    """
    offering = create_draft(provider_id=provider_id, given=given, by=by, created_from=created_from)
    return publish(offering_id=offering.pk, version=offering.version, by=by)


@transaction.atomic
def cancel(*, offering_id: int, reasons: Mapping[str, str], by: User) -> Offering:
    """The course is not given. Its page stays, with the reason, if it was ever published; the search drops
    it. ``reasons`` are by language; what has been public says it in every language that it needs (R-LANG-2).

    Raises ReasonMissing without a reason, StartedAlready from the day on which teaching starts,
    TransitionNotAllowed when it is cancelled already.
    """
    said = {language: reasons.get(language, "").strip() for language in LANGUAGES}
    with refusing(Offering):
        offering = acts.lock(offering_id)
        if windows.has_started(offering, timezone.now()):
            raise StartedAlready
        texts = {f"cancel_reason_{language}": reason for language, reason in said.items()}
        before = acts.move(offering, "cancel", cancelled_at=timezone.now(), **texts)
        if not any(said.values()) or not all(said[language] for language in languages_of_reason(offering)):
            raise ReasonMissing
        acts.check(offering)
        acts.save(offering)
        told = "\n".join(reason for reason in said.values() if reason)
        acts.tell("cancel", offering, by=by, from_state=before, reason=told)
    return offering


def may_be_cancelled(offering: Offering, *, now: dt.datetime) -> bool:
    """Its state and its days let it."""
    return OFFERING.allows("cancel", offering.status) and not windows.has_started(offering, now)


def languages_of_reason(offering: Offering) -> list[str]:
    """In which the reason for cancelling is needed; of a draft, which nobody has seen, any one is enough."""
    if offering.published_at is None:
        return []
    taught = offering.languages.values_list("pk", flat=True)
    return [language for language in LANGUAGES if language in needed_languages(offering.provider, taught)]
