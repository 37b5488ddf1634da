"""Whoever has no application any more is forgotten as well."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef

from applications.models import Application, Consent, Draft, Learner
from applications.services import drafting
from kopa.accounts import services as accounts
from kopa.accounts.models import PersonSession, User
from providers.models import Invitation, RoleAssignment


@transaction.atomic
def forget_who_has_left() -> int:
    """Learners without an application are gone, each with the account: how many.

    Whoever has agreed to be remembered stays; whoever is on the way to another application, or signed in at
    the moment, stays until another night.
    """
    rows = Learner.objects.select_for_update(of=("self",)).select_related("person")
    theirs = {"person": OuterRef("person")}
    rows = rows.exclude(Exists(Application.objects.filter(learner=OuterRef("pk"))))
    rows = rows.exclude(Exists(Consent.objects.filter(**theirs, withdrawn_at=None)))
    rows = rows.exclude(Exists(PersonSession.objects.filter(**theirs)))
    rows = rows.exclude(Exists(Draft.objects.filter(email=OuterRef("person__email"))))
    left = [learner.person for learner in rows]
    for person in left:
        forget(person)
    return len(left)


def forget(person: User) -> None:
    """Nothing of the person is left, who has no application. Whoever calls has locked the learner.

    An account that has, or had, a role stays: what was done in it is the organisation's.
    """
    Learner.objects.filter(person=person).delete()
    Consent.objects.filter(person=person).delete()
    for draft in Draft.objects.filter(email=person.email):
        drafting.discard_draft(draft_id=draft.pk)
    if not RoleAssignment.objects.filter(person=person).exists():
        Invitation.objects.filter(email=person.email).delete()
        accounts.forget_person(person)
