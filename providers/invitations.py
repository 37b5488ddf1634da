"""Asking people by letter to act in a role, and what they answer (TESTPLAN A6, A11)."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Final

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kopa.accounts.errors import LinkOver
from kopa.accounts.models import User
from kopa.accounts.services import create_person
from kopa.audit import journal
from kopa.base.addresses import configured_address
from kopa.base.writing import moment
from kopa.letters import services as letters
from providers.errors import InvitedTooMany, SubstituteTooLong
from providers.models import Invitation, Organisation, RoleAssignment
from providers.services import assign_role

VALID: Final = dt.timedelta(days=7)
MOST_A_DAY: Final = 100
LONGEST_SUBSTITUTE: Final = dt.timedelta(days=366)


@transaction.atomic
def invite(
    *,
    by: User,
    email: str,
    role: str,
    organisation: Organisation | None,
    language: str,
    valid_to: dt.date | None = None,
    on_behalf_of: RoleAssignment | None = None,
) -> Invitation:
    """A letter with a link goes to the address; who may invite to what is asked before.

    Raises ValidationError for a role without the organisation it needs, and InvitedTooMany.
    """
    now, key = timezone.now(), f"k.{secrets.token_urlsafe(32)}"
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # one person's invitations are counted in turn
    recent = Invitation.objects.filter(invited_by=by, created_at__gt=now - dt.timedelta(days=1))
    if recent.count() >= MOST_A_DAY:
        raise InvitedTooMany
    invitation = Invitation(
        email=email.strip().lower(),
        language=language,
        role=role,
        organisation=organisation,
        valid_to=valid_to,
        on_behalf_of=on_behalf_of,
        invited_by=by,
        key_digest=_digest(key),
        created_at=now,
        expires_at=now + VALID,
    )
    invitation.full_clean()
    invitation.save(force_insert=True)
    organisation_id = organisation.pk if organisation else None
    journal.record("role.invite", on=invitation, by=by, role=role, organisation_id=organisation_id)
    letters.queue(
        "invitation",
        about=invitation,
        address=invitation.email,
        language=language,
        write=lambda: letter(invitation, key),
        holds_secret=True,
    )
    return invitation


def name_substitute(
    *, assignment: RoleAssignment, email: str, valid_to: dt.date, language: str, by: User
) -> Invitation:
    """The address is asked to act in the same role for the same organisation until ``valid_to``.

    Raises SubstituteTooLong when that is past, after the role itself ends, or more than a year ahead.
    """
    today = timezone.localdate()
    last = min(assignment.valid_to or dt.date.max, today + LONGEST_SUBSTITUTE)
    if not today <= valid_to <= last:
        raise SubstituteTooLong
    return invite(
        by=by,
        email=email,
        role=assignment.role,
        organisation=assignment.organisation,
        language=language,
        valid_to=valid_to,
        on_behalf_of=assignment,
    )


def letter(invitation: Invitation, key: str) -> letters.Content:
    """Who asks for what, with the link that ``key`` is part of."""
    role = invitation.get_role_display()
    facts = {"inviter": invitation.invited_by.name, "role": role, "organisation": invitation.organisation}
    if invitation.on_behalf_of_id:
        sentence = _("%(inviter)s asks you to stand in as %(role)s for %(organisation)s in KOPA.")
    elif invitation.organisation_id:
        sentence = _("%(inviter)s invites you to KOPA as %(role)s for %(organisation)s.")
    else:
        sentence = _("%(inviter)s invites you to KOPA as %(role)s.")
    until = _("The link works once, until %(moment)s.") % {"moment": moment(invitation.expires_at)}
    return letters.Content(
        subject=_("Invitation to KOPA"),
        paragraphs=[sentence % facts],
        link=configured_address(reverse("invitations:answer", args=[key])),
        link_label=_("Look at the invitation"),
        after=" ".join([until, _("If you do not know what this is about, do nothing.")]),
    )


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def find(key: str, *, lock: bool = False) -> Invitation:
    """The invitation whose link it is. Raises LinkOver for one used, taken back, too old or made up."""
    now = timezone.now()
    rows = Invitation.objects.select_for_update(of=("self",)) if lock else Invitation.objects.all()
    rows = rows.select_related("organisation", "invited_by", "on_behalf_of")
    invitation = rows.open(at=now).filter(key_digest=_digest(key)).first()
    if invitation is None or (invitation.valid_to and invitation.valid_to < timezone.localdate()):
        raise LinkOver
    stands_for = invitation.on_behalf_of_id
    if (
        stands_for
        and not RoleAssignment.objects.active(on=timezone.localdate()).filter(pk=stands_for).exists()
    ):
        raise LinkOver
    return invitation


@transaction.atomic
def accept(*, key: str, person: User) -> RoleAssignment:
    """The person acts in the role from today. The link is used up.

    Raises LinkOver, also for a person with another address than the invited one.
    """
    invitation = find(key, lock=True)
    if person.email != invitation.email:
        raise LinkOver
    return _take_up(invitation, person)


@transaction.atomic
def accept_as_new(*, key: str, name: str, password: str) -> User:
    """An account for the invited address, with the role from today. The link is used up.

    Raises LinkOver, and ValidationError for a weak password and an address that has an account by now.
    """
    invitation = find(key, lock=True)
    person = create_person(
        email=invitation.email, name=name, language=invitation.language, password=password
    )
    _take_up(invitation, person)
    return person


def _take_up(invitation: Invitation, person: User) -> RoleAssignment:
    today = timezone.localdate()
    held = RoleAssignment.objects.filter(
        person=person, role=invitation.role, organisation=invitation.organisation, valid_from=today
    ).first()
    invitation.ended_at, invitation.accepted_by = timezone.now(), person
    invitation.save(update_fields=["ended_at", "accepted_by"])
    return held or assign_role(
        person=person,
        role=invitation.role,
        organisation=invitation.organisation,
        valid_from=today,
        valid_to=invitation.valid_to,
        on_behalf_of=invitation.on_behalf_of,
        by=person,
    )


@transaction.atomic
def take_back(*, invitation: Invitation, by: User) -> bool:
    """The link works no more; whether it did until now."""
    row = Invitation.objects.select_for_update().filter(pk=invitation.pk, ended_at=None).first()
    if row is None:
        return False
    row.ended_at = timezone.now()
    row.save(update_fields=["ended_at"])
    journal.record("role.take_back_invitation", on=row, by=by, role=row.role)
    return True


@transaction.atomic
def end_substitute(*, assignment: RoleAssignment, by: User) -> None:
    """The substitute may act no more, from the next request on."""
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    assignment.valid_from, assignment.valid_to = min(assignment.valid_from, yesterday), yesterday
    assignment.save(update_fields=["valid_from", "valid_to"])
    journal.record(
        "role.end", on=assignment, by=by, role=assignment.role, organisation_id=assignment.organisation_id
    )
