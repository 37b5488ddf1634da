"""Asking people by letter to act in a role, and what they answer (TESTPLAN A6, A11)."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kopa.accounts.errors import LinkOver
from kopa.accounts.models import User
from kopa.accounts.services import create_person
from kopa.audit import journal
from kopa.base.addresses import configured_address
from kopa.base.db import refusing
from kopa.base.writing import moment
from kopa.letters import services as letters
from providers import rules
from providers.errors import InvitedTooMany, NotYoursToGive, OwnAddress, SubstituteTooLong
from providers.models import Invitation, Organisation, RoleAssignment
from providers.services import assign_role

VALID: Final = dt.timedelta(days=7)
MOST_A_DAY: Final = 100
LONGEST_SUBSTITUTE: Final = dt.timedelta(days=366)

# What letters say to who is replaced.
NAMED: Final = gettext_lazy("%(email)s has been asked to stand in for you as %(role)s for %(organisation)s.")
ACCEPTED: Final = gettext_lazy("%(email)s stands in for you as %(role)s for %(organisation)s from now on.")


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
    """A letter with a link goes to the address.

    Raises ValidationError for a role without the organisation it needs, OwnAddress, NotYoursToGive and
    InvitedTooMany.
    """
    today = timezone.localdate()
    if email.strip().lower() == by.email:
        raise OwnAddress
    now, key = timezone.now(), f"k.{secrets.token_urlsafe(32)}"
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # one person's invitations are counted in turn
    recent = Invitation.objects.filter(invited_by=by, created_at__gt=now - dt.timedelta(days=1))
    if recent.count() >= MOST_A_DAY:
        raise InvitedTooMany
    if not rules.may_give(by, role, organisation, on=today, on_behalf_of=on_behalf_of):
        raise NotYoursToGive
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
    journal.record(
        "role.invite",
        on=invitation,
        by=by,
        role=on_behalf_of.role if on_behalf_of else rules.inviting_role(by, role, on=today),
        organisation_id=organisation_id,
        changes={"role": ["", role]},
    )
    letters.queue(
        "invitation",
        about=invitation,
        address=invitation.email,
        language=language,
        write=lambda: letter(invitation, key),
        holds_secret=True,
        useless_after=_over(invitation),
    )
    return invitation


@transaction.atomic
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
    invitation = invite(
        by=by,
        email=email,
        role=assignment.role,
        organisation=assignment.organisation,
        language=language,
        valid_to=valid_to,
        on_behalf_of=assignment,
    )
    _tell(invitation, "substitute.named", NAMED)
    return invitation


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


def _tell(invitation: Invitation, kind: str, what: str | Promise) -> None:
    owner = invitation.invited_by
    letters.queue(kind, about=invitation, to=owner, write=lambda: about_substitute(invitation, what))


def about_substitute(invitation: Invitation, what: str | Promise) -> letters.Content:
    """To who is replaced; ``what`` is one of the sentences above."""
    facts = {"email": invitation.email, "role": invitation.get_role_display()}
    facts |= {"organisation": str(invitation.organisation)}
    return letters.Content(
        subject=_("Your substitute in KOPA"),
        paragraphs=[str(what) % facts],
        link=configured_address(reverse("accounts:profile")),
        link_label=_("Look at my details"),
        after=_(
            "If it was not you who asked for it, end it there, choose a new password and tell the"
            " administrator."
        ),
    )


def _over(invitation: Invitation) -> dt.datetime:
    """When its link works no more: with its own time, or with the last day of what it invites to."""
    if invitation.valid_to is None:
        return invitation.expires_at
    morning_after = dt.datetime.combine(invitation.valid_to + dt.timedelta(days=1), dt.time())
    return min(invitation.expires_at, timezone.make_aware(morning_after))


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
    may_give = rules.may_give(
        invitation.invited_by,
        invitation.role,
        invitation.organisation,
        on=timezone.localdate(),
        on_behalf_of=invitation.on_behalf_of,
    )
    if not may_give:
        raise LinkOver
    return invitation


@transaction.atomic
def accept(*, key: str, person: User) -> RoleAssignment:
    """The person acts in the role from today. The link is used up.

    Raises LinkOver, also for a person with another address than the invited one, and Busy.
    """
    with refusing(RoleAssignment):
        invitation = find(key, lock=True)
        if person.email != invitation.email:
            raise LinkOver
        return _take_up(invitation, person)


@transaction.atomic
def accept_as_new(*, key: str, name: str, password: str) -> User:
    """An account for the invited address, with the role from today. The link is used up.

    Raises LinkOver, ValidationError for a weak password and an address that has an account by now, and Busy.
    """
    taken = ValidationError(User._meta.get_field("email").error_messages["unique"], code="unique")
    with refusing(RoleAssignment, User, accounts_user_email_key=taken):
        invitation = find(key, lock=True)
        person = create_person(
            email=invitation.email, name=name, language=invitation.language, password=password
        )
        _take_up(invitation, person)
    return person


def _take_up(invitation: Invitation, person: User) -> RoleAssignment:
    """A role in force that is the same is kept, and made longer where the invitation is for longer."""
    today = timezone.localdate()
    User.objects.select_for_update(no_key=True).get(pk=person.pk)  # two links at once are taken up in turn
    held = (
        RoleAssignment.objects.of(person, on=today)
        .filter(
            role=invitation.role, organisation=invitation.organisation, on_behalf_of=invitation.on_behalf_of
        )
        .order_by(F("valid_to").desc(nulls_first=True), "pk")
        .first()
    )
    invitation.ended_at, invitation.accepted_by = timezone.now(), person
    invitation.save(update_fields=["ended_at", "accepted_by"])
    if invitation.on_behalf_of_id:
        _tell(invitation, "substitute.accepted", ACCEPTED)
    if held:
        return _made_longer(held, invitation, by=person)
    return assign_role(
        changes={"invitation": ["", invitation.pk]},
        person=person,
        role=invitation.role,
        organisation=invitation.organisation,
        valid_from=today,
        valid_to=invitation.valid_to,
        on_behalf_of=invitation.on_behalf_of,
        by=person,
    )


def _made_longer(held: RoleAssignment, invitation: Invitation, *, by: User) -> RoleAssignment:
    until = invitation.valid_to
    if held.valid_to is None or (until is not None and until <= held.valid_to):
        return held
    days = [day.isoformat() if day else "" for day in (held.valid_to, until)]
    held.valid_to = until
    held.save(update_fields=["valid_to"])
    journal.record(
        "role.extend",
        on=held,
        by=by,
        role=held.role,
        organisation_id=held.organisation_id,
        changes={"valid_to": days, "invitation": ["", invitation.pk]},
    )
    return held


@transaction.atomic
def take_back(*, invitation: Invitation, by: User | None) -> bool:
    """The link works no more; whether it did until now."""
    row = Invitation.objects.select_for_update().filter(pk=invitation.pk, ended_at=None).first()
    if row is None:
        return False
    row.ended_at = timezone.now()
    row.save(update_fields=["ended_at"])
    letters.withdraw(row)
    journal.record(
        "role.take_back_invitation",
        on=row,
        by=by,
        role=rules.role_taking_back(by, row, on=timezone.localdate()) if by else "",
        organisation_id=row.organisation_id,
        changes={"role": [row.role, ""]},
    )
    return True


@transaction.atomic
def take_back_all_of(person: User) -> int:
    """Every open invitation that the person has sent works no more: how many."""
    rows = Invitation.objects.filter(invited_by=person).open(at=timezone.now())
    return sum(take_back(invitation=row, by=None) for row in rows)
