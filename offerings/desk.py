"""The desk's list made ready for its template: each course with what its people have to look after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from kopa.accounts.models import User
from kopa.base import writing
from kopa.base.names import LANGUAGES, language_name, pick
from offerings import windows
from offerings.code_names import code_names
from offerings.models import Offering, PlaceCounter
from offerings.readiness import missing_texts, needed_languages
from offerings.standing import COLOURS, standing_of
from offerings.states import CHANGEABLE, OfferingStatus
from offerings.terms import Term, term_of_copy


@dataclass
class DeskRow:
    """One course on the desk. Reads what ``Offering.objects.for_desk`` has loaded; no query of its own."""

    offering: Offering
    now: dt.datetime

    @property
    def is_changeable(self) -> bool:
        return self.offering.status in CHANGEABLE

    @property
    def is_draft(self) -> bool:
        return self.offering.status == OfferingStatus.DRAFT

    @property
    def is_over(self) -> bool:
        return not self.is_draft and not windows.is_in_search(self.offering, self.now)

    @cached_property
    def state(self) -> tuple[str, str]:
        """In words, and the colour of its tag."""
        found = standing_of(self.offering, self.now)
        return str(found.label), COLOURS[found]

    @cached_property
    def counters(self) -> list[PlaceCounter]:
        return list(self.offering.counters.all())

    @property
    def next_term(self) -> Term | None:
        """To which the course would be copied; None where it has no dates."""
        return term_of_copy(self.offering, today=self.now.astimezone(self.offering.zone).date())

    @property
    def free(self) -> int:
        return sum(counter.free for counter in self.counters)

    @property
    def form(self) -> str:
        return self._named("form", self.offering.form_id)

    @property
    def field(self) -> str:
        return self._named("field", self.offering.field_id)

    @property
    def mode(self) -> str:
        return self._named("mode", self.offering.mode_id)

    def _named(self, parameter: str, code: str | None) -> str:
        """The name of a code, from memory."""
        names = code_names().get((parameter, code or ""))
        return str(pick(names, "name")) if names else code or ""

    @property
    def deadline(self) -> str:
        closes_at = self.offering.applications_close_at
        if closes_at is not None:
            return writing.day(closes_at.astimezone(self.offering.zone).date())
        return _("continuous") if self.offering.applications_open_at else ""

    @property
    def confirmed_on(self) -> dt.date | None:
        confirmed_at = self.offering.places_confirmed_at
        return confirmed_at and confirmed_at.astimezone(self.offering.zone).date()

    @property
    def confirmed(self) -> str:
        """The day and who, or nothing when nobody has."""
        day, person = self.confirmed_on, self.offering.places_confirmed_by
        return "" if day is None or person is None else on_day_by(day, person)

    @property
    def wants_confirming(self) -> bool:
        """Students may still apply, and the number of free places is old."""
        return windows.wants_confirming(self.offering, self.now)

    @cached_property
    def missing(self) -> list[str]:
        """Languages that a text is needed in and missing (R-LANG-2)."""
        taught = [language.pk for language in self.offering.languages.all()]
        needed = needed_languages(self.offering.provider, taught)
        lacking = {language for _text, language in missing_texts(self.offering, needed)}
        return [language_name(language) for language in LANGUAGES if language in lacking]

    @cached_property
    def could_have(self) -> list[str]:
        """Other languages of the portal without a title."""
        lacking = [language_name(language) for language in LANGUAGES if self._lacks(language)]
        return [name for name in lacking if name not in self.missing]

    def _lacks(self, language: str) -> bool:
        return not getattr(self.offering, f"title_{language}")


def on_day_by(day: dt.date, person: User) -> str:
    return _("%(day)s, %(person)s") % {"day": writing.day(day), "person": person}


def desk_rows(offerings: Iterable[Offering], *, now: dt.datetime) -> list[DeskRow]:
    return [DeskRow(offering, now) for offering in offerings]
