"""The three steps made ready for their templates: who applies, whether she may, what it brings and costs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.choices import LANGUAGES
from applications.days import host_day, statement_due
from applications.eligibility import reasons_against
from applications.errors import ApplicationRefused, ClosedAndFull, NotOfAge
from applications.forms import BackgroundForm, MeForm
from applications.models import Attachment, Draft
from applications.prospects import Outlook, Prospect, prospect
from applications.services import Submission, is_protected
from kopa.accounts.models import User
from kopa.base import writing
from kopa.base.names import reader_language
from municipalities.cache import gazetteer
from offerings import windows
from offerings.homes import Home
from offerings.models import Offering
from offerings.offering_page import OfferingPage
from offerings.payers import Need, StatementRule, statement_rule
from offerings.search.query import SearchQuery


@dataclass(frozen=True, slots=True)
class Seen:
    """What a student was shown before she sends; the form carries it, so that nothing worse is sent."""

    prospect: Prospect
    need: str
    reason: str
    fee_cents: int

    def __str__(self) -> str:
        number, fee = self.prospect.number, self.fee_cents
        return f"{self.prospect.outlook}.{number}.{self.need}.{self.reason}.{fee}"

    @classmethod
    def read(cls, written: str) -> Seen | None:
        """None for what no page of ours has written."""
        try:
            outlook, number, need, reason, fee = written.split(".")
            return cls(Prospect(Outlook(outlook), int(number)), need, reason, int(fee))
        except ValueError:
            return None

    def holds(self, now: Seen) -> bool:
        """Nothing is worse now, and nobody else pays."""
        same = (self.need, self.reason) == (now.need, now.reason) and self.fee_cents >= now.fee_cents
        return same and not now.prospect.is_worse_than(self.prospect)


@dataclass
class Applying:
    """One student on the way to one course. ``person``: who is signed in."""

    offering: Offering
    now: dt.datetime
    person: User | None
    draft: Draft | None = None

    # Who

    @cached_property
    def me(self) -> MeForm:
        """Step 1 with the saved answers, judged."""
        return MeForm(self.kept, person=self.person)

    @cached_property
    def kept(self) -> dict[str, Any]:
        """The answers of all steps as their forms read them."""
        if self.draft is None:
            return {"language": reader_language()}
        return {**self.draft.answers, "email": self.draft.email, "language": self.draft.language}

    @property
    def shown(self) -> dict[str, Any]:
        """The same as people write them."""
        shown = dict(self.kept)
        if shown.get("birth_on"):
            shown["birth_on"] = dt.date.fromisoformat(shown["birth_on"])
        return shown

    @cached_property
    def background(self) -> BackgroundForm:
        return BackgroundForm(self.kept, country=self.offering.country)

    @property
    def is_ready(self) -> bool:
        """Everything that sending needs is there."""
        return self.me.is_valid() and self.background.is_valid()

    @property
    def is_background_seen(self) -> bool:
        """Step 2 has been left by its button, if only with nothing in it: what it asks is not compulsory."""
        return "motivation" in self.kept

    @property
    def home(self) -> Home:
        home: Home = self.me.cleaned_data["home_municipality"]
        return home

    @property
    def birth_on(self) -> dt.date:
        day: dt.date = self.me.cleaned_data["birth_on"]
        return day

    @property
    def name(self) -> str:
        return self.person.name if self.person else self.kept.get("name", "")

    @property
    def email(self) -> str:
        return self.person.email if self.person else self.kept.get("email", "")

    @property
    def home_name(self) -> str:
        places = gazetteer()
        return places.label(places.by_id[self.home.id])

    @property
    def language_name(self) -> str:
        return dict(LANGUAGES)[self.kept["language"]]

    @property
    def is_protected(self) -> bool:
        """R-PRIV-6: she says so in this application."""
        return bool(self.me.cleaned_data["is_protected"])

    @cached_property
    def is_protected_already(self) -> bool:
        """Of an earlier application; a query."""
        return self.person is not None and is_protected(self.person)

    @property
    def prior_education(self) -> str:
        field = self.background.fields["prior_education"]
        return str(dict(field.choices)[self.background.cleaned_data["prior_education"]])  # type: ignore[attr-defined]

    @cached_property
    def files(self) -> list[Attachment]:
        """What goes along."""
        return list(Attachment.objects.sent_along(self.draft.key)) if self.draft else []

    # Whether

    @cached_property
    def reasons_now(self) -> list[ApplicationRefused]:
        """Why nobody may apply at the moment."""
        return list(reasons_against(self.offering, now=self.now))

    @cached_property
    def reasons(self) -> list[ApplicationRefused]:
        """Why she may not apply."""
        reasons = list(
            reasons_against(self.offering, now=self.now, home=self.home, birth_on=self.birth_on)
        )
        if not reasons and self.prospect.outlook == Outlook.NOTHING:
            reasons.append(ClosedAndFull())
        return reasons

    @property
    def is_minor(self) -> bool:
        return any(isinstance(reason, NotOfAge) for reason in self.reasons)

    # What it brings and costs

    @cached_property
    def prospect(self) -> Prospect:
        return prospect(self.offering, self.home, now=self.now)

    @cached_property
    def rule(self) -> StatementRule:
        return statement_rule(self.offering, self.home, on=host_day(self.offering, self.now))

    @property
    def seen(self) -> Seen:
        return Seen(
            self.prospect, str(self.rule.need), self.rule.reason or "", self.offering.learner_fee_cents
        )

    @cached_property
    def page(self) -> OfferingPage:
        """The course as its own page shows it, for the student's home municipality where it is known."""
        home = self.home if self.draft is not None and self.me.is_valid() else None
        return OfferingPage(
            offering=self.offering,
            query=SearchQuery(home=home.key if home else ""),
            home=home,
            now=self.now,
            search_path=reverse("offerings:search"),
        )

    @property
    def outlook(self) -> str:
        """What sending brings at this moment."""
        number = writing.number(self.prospect.number)
        return {
            Outlook.PLACE: _("A place is free: it is held for you as soon as you send."),
            Outlook.QUEUE: _("No place is free now. You would be number %(number)s in the queue.")
            % {"number": number},
            Outlook.SELECTION: _("Sending holds no place yet. %(selection)s")
            % {"selection": self.page.selection},
            Outlook.NOTHING: str(ClosedAndFull.message),
        }[self.prospect.outlook]

    @cached_property
    def next(self) -> list[str]:
        """What happens after sending, and when."""
        steps = [_("You get a receipt by e-mail at once. Your application goes to the provider.")]
        if self.rule.need == Need.REQUIRED:
            due = statement_due(self.now, self.home.country)
            steps.append(
                _("%(municipality)s is asked at the same time whether it pays. It answers by %(day)s.")
                % {"municipality": self.home_name, "day": writing.day(due)}
            )
        elif self.rule.need == Need.NO_AGREEMENT:
            steps.append(_("The provider finds out with you who pays for your place."))
        steps.append(self._decision())
        steps.append(
            ngettext(
                "When a place is offered to you, you have at least %(days)s day to answer.",
                "When a place is offered to you, you have at least %(days)s days to answer.",
                settings.REPLY_DAYS_LATE,
            )
            % {"days": settings.REPLY_DAYS_LATE}
        )
        if self.offering.starts_on:
            steps.append(_("Teaching starts on %(day)s.") % {"day": writing.day(self.offering.starts_on)})
        return steps

    def _decision(self) -> str:
        if self.prospect.outlook == Outlook.SELECTION:
            if windows.is_closed(self.offering, self.now):
                return _("The provider decides on late applications after all others.")
            return _("The provider selects the students when applications have closed: %(day)s.") % {
                "day": self.page.last_moment
            }
        if self.prospect.outlook == Outlook.QUEUE:
            return _("The provider decides whether you can be admitted. A place that becomes free goes to the"
                     " first in the queue.")  # fmt: skip
        return _("The provider decides whether you can be admitted, and then offers you the place.")

    # Sending

    def submission(self, *, not_to_queue: bool) -> Submission:
        assert self.draft is not None  # noqa: S101 - the view has asked
        assert self.person is not None  # noqa: S101 - the view has asked
        said = self.background.cleaned_data
        return Submission(
            key=self.draft.key,
            offering_id=self.offering.pk,
            person=self.person,
            home=self.home,
            birth_on=self.birth_on,
            language=self.draft.language,
            phone=self.me.cleaned_data["phone"],
            is_protected=self.is_protected,
            motivation=said["motivation"],
            prior_education_id=said["prior_education"] or None,
            not_to_queue=not_to_queue,
        )
