"""Whoever has no application any more is forgotten as well."""

from __future__ import annotations

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from applications.models import Application, Consent, Draft, Learner
from applications.services import drafting
from kopa.accounts import services as accounts
from kopa.accounts.models import PersonSession, User
from kopa.base.db import Busy, saying_busy
from providers.models import Invitation, RoleAssignment

log = structlog.get_logger(__name__)


def forget_who_has_left() -> int:
    """Learners without an application are gone, each with the account: how many.

    Whoever has agreed to be remembered stays; whoever is on the way to another application, signed in at the
    moment, or held by somebody, stays until another night.
    """
    number = 0
    for pk in list(_gone().order_by("pk").values_list("pk", flat=True)):
        try:
            with saying_busy():
                number += _forget_unless_back(pk)
        except Busy:
            log.warning("a person is forgotten another night", learner=pk)
    return number


@transaction.atomic
def _forget_unless_back(pk: int) -> int:
    """Whoever sends an application writes the learner first: it is asked again once she is locked."""
    list(Learner.objects.select_for_update().filter(pk=pk).values("pk"))
    learner = _gone().select_related("person").filter(pk=pk).first()
    if learner is None:
        return 0
    forget(learner.person)
    return 1


def _gone() -> QuerySet[Learner]:
    rows, theirs = Learner.objects.all(), {"person": OuterRef("person")}
    rows = rows.exclude(Exists(Application.objects.filter(learner=OuterRef("pk"))))
    rows = rows.exclude(Exists(Consent.objects.filter(**theirs, withdrawn_at=None)))
    rows = rows.exclude(Exists(PersonSession.objects.filter(**theirs)))
    return rows.exclude(Exists(Draft.objects.filter(email=OuterRef("person__email"))))


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
