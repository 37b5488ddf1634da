"""A student asks that what is stored of her goes (R-PRIV-8): what may, goes; the rest is explained."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from applications import retention
from applications.models import Application, Draft, Learner
from applications.retention import Period, Rule, period
from applications.services import acts, consenting, drafting, leaving
from applications.services.forgetting import remove
from applications.states import LIVE
from kopa.accounts.models import User
from kopa.audit import journal


@dataclass(frozen=True, slots=True)
class Staying:
    """An application that stays, until its period ends; ``until`` is empty while that is not known."""

    application: Application
    rule: Rule
    until: dt.date | None

    @property
    def period(self) -> Period:
        return period(self.rule)

    @property
    def is_live(self) -> bool:
        """It goes on."""
        return self.application.status in LIVE

    @property
    def is_decided(self) -> bool:
        """It stays even where it is withdrawn."""
        return retention.has_decision(self.application)


@dataclass(frozen=True, slots=True)
class Plan:
    """What would go at once, and what would stay."""

    drafts: Sequence[Draft]
    going: Sequence[Application]
    staying: Sequence[Staying]

    @property
    def number(self) -> int:
        """Of applications."""
        return len(self.going) + len(self.staying)

    @property
    def is_everything(self) -> bool:
        """Nothing stays: the account goes as well."""
        return not self.staying


def what_may_go(person: User) -> Plan:
    """An application goes that is over and that no official has decided on; drafts go always.

    Decisions and statements stay until their period ends: the law on archives asks for it.
    """
    rows = Application.objects.of(person).with_what_counts()
    going = [one for one in rows if _may_go(one)]
    staying = [
        Staying(one, retention.rule_of(one), retention.kept_until(one)) for one in rows if one not in going
    ]
    return Plan(list(Draft.objects.filter(email=person.email)), going, staying)


def _may_go(application: Application) -> bool:
    return application.status not in LIVE and not retention.has_decision(application)


@transaction.atomic
def erase(*, by: User, now: dt.datetime | None = None) -> Plan:
    """What may go is gone, with consents and drafts; the account too where nothing stays. What that was.

    What must stay is in the plan, with its reason.
    """
    moment = now or timezone.now()
    acts.lock_courses(Application.objects.of(by).values_list("offering", flat=True))
    # Whoever sends an application writes the learner first: here one waits for the other.
    list(Learner.objects.select_for_update().filter(person=by))
    plan = what_may_go(by)
    journal.record("person.erase", on=by, by=by)
    consenting.withdraw_all(person=by, now=moment)
    for draft in plan.drafts:
        drafting.discard_draft(draft_id=draft.pk)
    remove(plan.going, now=moment)
    if plan.is_everything:
        leaving.forget(by)
    return plan
