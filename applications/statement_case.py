"""A statement's case made ready for its pages: what the officer needs to know, the statement as a document.

Sweden calls a statement yttrande, Finland's Swedish utlåtande: the words follow the country of the
municipality that gives it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from applications.days import home_day
from applications.grounds import decision_language, ground_text
from applications.host_words import Deed, deeds_for_home
from applications.models import Application, HomeStatement
from applications.states import StatementOutcome, StatementState
from applications.steps import is_answer_needed
from kopa.base import writing
from municipalities.cache import gazetteer
from municipalities.distances import great_circle_km
from municipalities.models import Country
from offerings.homes import place_of
from offerings.models import Offering, PriceBasis
from offerings.states import OfferingStatus
from providers.models import RoleAssignment

Words = Mapping[str, str | Promise]
WORDS: Final[Mapping[str, Words]] = {
    "FI": {
        "title": gettext_lazy("Statement of the home municipality"),
        "request": gettext_lazy("Request for a statement"),
        "list": pgettext_lazy("Finland", "Statements"),
        "asks": gettext_lazy(
            "The provider asks the applicant's home municipality for a statement: does the municipality pay"
            " for the place?"
        ),
    },
    "SE": {
        "title": pgettext_lazy("Sweden", "Statement of the home municipality"),
        "request": pgettext_lazy("Sweden", "Request for a statement"),
        "list": pgettext_lazy("Sweden", "Statements"),
        "asks": pgettext_lazy(
            "Sweden",
            "The provider asks the applicant's home municipality for a statement: does the municipality pay"
            " for the place?",
        ),
    },
}
OUTCOMES: Final[Mapping[str, str | Promise]] = {
    StatementOutcome.COMMITS: gettext_lazy("The municipality pays for the place."),
    StatementOutcome.COMMITS_LIMITED: gettext_lazy("The municipality pays for the place, within limits:"),
    StatementOutcome.DECLINES: gettext_lazy("The municipality does not pay for the place."),
}
SHOWN_AT_HOME: Final = 5


@dataclass(frozen=True)
class Row:
    """One line of the list. Reads what ``for_list`` has loaded."""

    statement: HomeStatement
    now: dt.datetime

    @property
    def today(self) -> dt.date:
        """The municipality's: a list may mix countries."""
        return home_day(self.statement.municipality.country, self.now)

    @property
    def applicant(self) -> str:
        """R-PRIV-6: no name in a list where the identity is protected."""
        learner = self.statement.application.learner
        return "" if learner.is_protected else str(learner.person)

    @property
    def days(self) -> str:
        left = (self.statement.due_on - self.today).days
        if left < 0:
            return ngettext("%(n)s day late", "%(n)s days late", -left) % {"n": writing.number(-left)}
        if left == 0:
            return _("today")
        return ngettext("%(n)s day left", "%(n)s days left", left) % {"n": writing.number(left)}

    @property
    def colour(self) -> str:
        soon = 3
        if self.statement.is_overdue(self.now):
            return "danger"
        return "warning" if (self.statement.due_on - self.today).days <= soon else "neutral"

    @property
    def state(self) -> str:
        one = self.statement
        if not one.is_awaited:
            return self._answer
        if one.waits_for_applicant:
            return _("the applicant has been asked for more")
        if one.more_given:
            return _("the applicant has answered")
        if one.drafted_by is not None:
            return _("%(person)s is writing") % {"person": one.drafted_by}
        return _("to be decided")

    @property
    def _answer(self) -> str:
        outcome = {"outcome": self.statement.get_outcome_display()}
        if self.statement.is_appealed:
            return _("%(outcome)s; appealed against") % outcome
        if self.statement.is_set_aside:
            return _("%(outcome)s; set aside by an appeal") % outcome
        return outcome["outcome"]


@dataclass(frozen=True)
class Document:
    """The statement as its reader gets it; ``language`` is that of the decision (R-LANG-3)."""

    statement: HomeStatement

    @property
    def language(self) -> str:
        one = self.statement
        return one.language or decision_language(one.application.language, one.municipality)

    @property
    def country(self) -> str:
        return str(self.statement.municipality.country)

    @property
    def words(self) -> Words:
        return WORDS[self.country]

    @property
    def outcome(self) -> str | Promise:
        return OUTCOMES[self.statement.outcome]

    @property
    def declines(self) -> bool:
        return self.statement.outcome == StatementOutcome.DECLINES

    @property
    def ground(self) -> str:
        """In the language of the moment: the template has set that of the decision."""
        return ground_text(self.statement.ground, self.country) if self.statement.ground else ""


@dataclass(frozen=True)
class CasePage:
    """What the officer sees on the left: the facts, and what there is to know about them. Some queries."""

    statement: HomeStatement
    now: dt.datetime

    @property
    def row(self) -> Row:
        return Row(self.statement, self.now)

    @property
    def words(self) -> Words:
        return WORDS[self.statement.municipality.country]

    @property
    def offering(self) -> Offering:
        return self.statement.application.offering

    @property
    def language_name(self) -> str:
        """The language of the decision, in the reader's own."""
        document = Document(self.statement)
        return _("Swedish") if document.language == "sv" else _("Finnish")

    @property
    def price(self) -> str:
        offering = self.offering
        if offering.price_cents is None:
            return str(offering.get_price_basis_display())
        money = writing.money(offering.price_cents, offering.currency)
        if offering.price_basis in {PriceBasis.NONE, ""}:
            return money
        return f"{money} {offering.get_price_basis_display()}"

    @cached_property
    def distance(self) -> float | None:
        """From the middle of the home municipality to the nearest site, along a straight line."""
        home, places = self.statement.municipality, gazetteer()
        if home.latitude is None or home.longitude is None:
            return None
        spots = []
        for site in self.offering.sites.all():
            place = place_of(site, places)
            latitude = site.latitude or (place and place.latitude)
            longitude = site.longitude or (place and place.longitude)
            if latitude and longitude:
                spots.append(great_circle_km(home.latitude, home.longitude, latitude, longitude))
        return min(spots, default=None)

    @cached_property
    def at_home(self) -> list[Offering]:
        """Courses of the same field that the home municipality itself gives and that have not started."""
        rows = Offering.objects.filter(
            provider__municipality=self.statement.municipality_id, field=self.offering.field_id,
            form=self.offering.form_id, status=OfferingStatus.PUBLISHED,
            starts_on__gte=self.row.today,
        )  # fmt: skip
        return list(rows.order_by("starts_on", "pk")[:SHOWN_AT_HOME])

    @property
    def rule(self) -> str:
        """Why the municipality is asked."""
        agreement = self.statement.application.agreement
        if agreement is not None:
            return _("The agreement “%(title)s” asks your municipality first.") % {"title": agreement.title()}
        return _(
            "No agreement in force lets your residents apply freely to this course: your municipality says"
            " whether it pays."
        )

    @property
    def hints(self) -> list[str]:
        said = []
        if self.statement.municipality.country == Country.SE:
            said.append(_(
                "In Sweden the municipality must pay where the applicant has a right to the education, or"
                " special personal reasons for studying it in another municipality."
            ))  # fmt: skip
        if self.statement.application.is_late:
            late = _("The application came after the closing time. That alone is no ground for declining.")
            said.append(late)
        return said

    @cached_property
    def earlier(self) -> list[tuple[str, int]]:
        """How the municipality has answered others on the same course: outcomes and numbers, no persons."""
        rows = (
            HomeStatement.objects.given()
            .filter(municipality=self.statement.municipality_id, application__offering=self.offering.pk)
            .exclude(pk=self.statement.pk).order_by().values_list("outcome").annotate(number=Count("pk"))
        )  # fmt: skip
        counted = rows.order_by("outcome")
        return [(str(StatementOutcome(outcome).label), number) for outcome, number in counted]

    @property
    def goes_on(self) -> bool:
        """What an appeal sends back is written anew."""
        return is_answer_needed(self.statement.application)

    @cached_property
    def deeds(self) -> list[Deed]:
        return deeds_for_home(self.statement.application)

    @cached_property
    def sent_back(self) -> list[Document]:
        """Statements on the same application that count no more: each stays as it was given."""
        rows = HomeStatement.objects.filter(
            application=self.statement.application_id, municipality=self.statement.municipality_id,
            state=StatementState.DROPPED, issued_at__isnull=False,
        )  # fmt: skip
        return [Document(one) for one in rows.select_related("municipality", "application").order_by("pk")]


def way_back(application: Application, role: RoleAssignment | None) -> tuple[str, uuid.UUID | int]:
    """Where whoever reads a document of the application came from: a route and what it is about. Without a
    role it is the applicant.
    """
    if role is None:
        return "applications:detail", application.key
    if role.organisation_id == application.offering.provider_id:
        return "applications:host_case", application.key
    return "applications:statement", application.statements.in_force().get().pk
