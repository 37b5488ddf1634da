"""One application as one reader of the API sees it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from applications.cases import Case
from applications.models import Application, HomeStatement
from applications.states import Turn
from kopa.accounts.models import User
from kopa.codes.models import PriorEducation
from municipalities.models import Municipality
from offerings.models import Offering


@dataclass(frozen=True, slots=True)
class Shown:
    """``is_own``: the reader is the applicant. Anybody else sees nothing of who a protected person is
    (R-PRIV-6): she is handled by name on the pages, never by a program.
    """

    case: Case
    is_own: bool
    number_in_queue: int | None = None

    @property
    def application(self) -> Application:
        return self.case.application

    @property
    def offering(self) -> Offering:
        return self.application.offering

    @property
    def is_protected(self) -> bool:
        return self.case.is_protected

    @property
    def is_named(self) -> bool:
        return self.is_own or not self.is_protected

    @property
    def person(self) -> User | None:
        return self.application.learner.person if self.is_named else None

    @property
    def name(self) -> str | None:
        return self.person.name if self.person else None

    @property
    def email(self) -> str | None:
        return self.person.email if self.person else None

    @property
    def phone(self) -> str | None:
        return self.application.learner.phone or None if self.is_named else None

    @property
    def birth_on(self) -> dt.date | None:
        return self.application.learner.birth_on if self.is_named else None

    @property
    def home(self) -> Municipality | None:
        return self.application.home_municipality if self.is_named else None

    @property
    def moved_to(self) -> Municipality | None:
        return self.application.moved_to if self.is_named else None

    @property
    def move_told_at(self) -> dt.datetime | None:
        return self.application.move_told_at if self.is_named else None

    @property
    def move_confirmed_at(self) -> dt.datetime | None:
        return self.application.move_confirmed_at if self.is_named else None

    @property
    def statement(self) -> HomeStatement | None:
        """Of whom nobody shall know where she lives not even what the municipality says."""
        return self.case.statement if self.is_named else None

    @property
    def statement_need(self) -> str | None:
        """Whether one is asked for tells of the home too."""
        return self.application.statement_need if self.is_named else None

    @property
    def statement_reason(self) -> str | None:
        return self.application.statement_reason or None if self.is_named else None

    @property
    def prior_education(self) -> PriorEducation | None:
        return self.application.prior_education

    @property
    def turn(self) -> Turn:
        return self.case.turn

    @property
    def address(self) -> str:
        """Of the page for people."""
        route = "applications:detail" if self.is_own else "applications:host_case"
        return reverse(route, kwargs={"key": self.application.key})


def shown(
    applications: Iterable[Application], *, to: User, now: dt.datetime, number: int | None = None
) -> list[Shown]:
    """Reads what ``with_case`` has loaded; no query."""
    return [
        Shown(Case(one, now), is_own=one.learner.person_id == to.pk, number_in_queue=number)
        for one in applications
    ]
