"""What every act on an offering has in common: lock, move, save, tell the journal and the search."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from kopa.accounts.models import User
from kopa.audit import journal
from kopa.base.errors import TransitionNotAllowed
from kopa.letters.services import nudge
from offerings.models import Offering
from offerings.search import projection
from offerings.services import sittings
from offerings.services.locks import lock_places
from offerings.states import CHANGEABLE, OFFERING
from providers.rules import publishing_roles

# The field of a form that the message of a constraint belongs to, by the constraint's code.
FIELD_OF_CODE = {
    "no_title": "title_fi",
    "ends_before_start": "ends_on",
    "window_order": "applications_close_at",
    "release_order": "quota_release_at",
    "release_before_open": "quota_release_at",
    "decision_order": "start_decision_at",
    "decision_before_close": "start_decision_at",
    "open_after_start": "applications_open_at",
    "close_after_start": "applications_close_at",
    "release_after_start": "quota_release_at",
    "decision_after_start": "start_decision_at",
    "group_order": "capacity",
    "continuous_needs_registration_order": "selection_rule",
    "joint_application_without_address": "apply_url",
    "applied_for_in_two_places": "takes_applications",
    "agreement_missing": "agreement",
    "credits_without_unit": "credit_unit",
    "own_reference_taken": "own_reference",
}


def lock(offering_id: int) -> Offering:
    """The offering, until the transaction ends; others may still read it and point to it."""
    lock_places([offering_id])
    return (
        Offering.objects.select_for_update(no_key=True, of=("self",))
        .select_related("provider")
        .get(pk=offering_id)
    )


def refuse_unless_changeable(offering: Offering, verb: str) -> None:
    if offering.status not in CHANGEABLE:
        raise TransitionNotAllowed(verb=verb, state=offering.status)


def move(offering: Offering, verb: str, **facts: Any) -> str:
    """Take the step that ``verb`` names and write its facts, unsaved. The state before."""
    before = offering.status
    offering.status = OFFERING.target(verb, before)
    for name, value in facts.items():
        setattr(offering, name, value)
    return before


def check(offering: Offering) -> None:
    """Every rule of the offering's own row. Raises ValidationError whose errors stand at their fields."""
    try:
        offering.full_clean()
    except ValidationError as wrong:
        raise at_their_fields(wrong) from wrong


def at_their_fields(wrong: ValidationError) -> ValidationError:
    """The messages of constraints moved to the field that the person has to mend."""
    sorted_out: dict[str, list[ValidationError]] = {}
    for field, errors in wrong.error_dict.items():
        for error in errors:
            place = FIELD_OF_CODE.get(error.code or "", field)
            sorted_out.setdefault(place, []).append(error)
    return ValidationError(sorted_out)


def save(offering: Offering) -> None:
    """Write the whole row as a new version."""
    offering.version += 1
    offering.updated_at = timezone.now()
    offering.save()


def tell(
    verb: str,
    offering: Offering,
    *,
    by: User,
    from_state: str = "",
    reason: str = "",
    changes: dict[str, list[Any]] | None = None,
) -> None:
    """Write the act into the journal and bring the search up to date, in the act's own transaction. What a
    window has saved by itself before is told with it, or first.
    """
    changes = sittings.take_up(offering, verb=verb, by=by, changes=changes)
    role = publishing_roles(by, on=timezone.localdate()).filter(organisation=offering.provider_id).first()
    journal.record(
        f"offering.{verb}",
        on=offering,
        by=by,
        role=role.role if role else "",
        organisation_id=offering.provider_id,
        from_state=from_state,
        to_state=offering.status,
        reason=reason,
        changes=changes,
    )
    projection.refresh([offering.pk])
    let_applications_follow([offering])


def let_applications_follow(offerings: Iterable[Offering]) -> None:
    """Something has happened to these: their applications, in an app above this one, follow after the commit.
    Following twice does nothing more, so every act says it; without a worker the timetable does it.
    """
    for offering in offerings:
        if offering.takes_applications:
            transaction.on_commit(partial(nudge, "applications.follow", offering.pk))
