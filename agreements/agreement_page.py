"""The page of one agreement made ready for its template."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from agreements.models import Agreement, AgreementParty, Tier
from kopa.base.names import Text
from municipalities.cache import place_in_alphabet
from municipalities.models import Municipality


@dataclass(frozen=True, slots=True)
class Shown:
    """A party; ``today`` where it has been merged since: who stands in its place."""

    party: AgreementParty
    municipality: Municipality
    today: Municipality | None
    is_over: bool


@dataclass
class AgreementPage:
    """What ``templates/agreements/detail.html`` shows on the day."""

    agreement: Agreement
    day: dt.date

    @property
    def standing(self) -> str:
        """Where it stands, in words."""
        if self.day < self.agreement.in_force_from:
            return _("not in force yet")
        last = self.agreement.in_force_to
        return _("over") if last is not None and self.day > last else _("in force")

    @property
    def meaning(self) -> str:
        """What it means for somebody who applies."""
        if self.agreement.is_frisok:
            return _(
                "Residents of a party apply freely to the other parties' courses that the agreement covers."
                " Their home municipality pays, and is not asked."
            )
        if self.agreement.tier == Tier.PRIMARY:
            return _(
                "Residents of a party may apply to every other party's vocational adult education that starts"
                " in 2025 or later. By law their home municipality pays, and is not asked."
            )
        if self.agreement.asks_for_statement:
            return _(
                "When a resident of one party applies to another party's course, the home municipality is"
                " asked first, also where the state pays."
            )
        return _("The home municipality decides on each application whether it pays.")

    @property
    def forms(self) -> list[Text]:
        return [form.name(country=self._country) for form in self.agreement.forms.all()]

    @property
    def fields(self) -> list[Text]:
        return [field.name(country=self._country) for field in self.agreement.fields.all()]

    @property
    def _country(self) -> str:
        """Whose words: Sweden's own for what is Sweden's alone."""
        return "SE" if self.agreement.country == "SE" else "FI"

    @cached_property
    def parties(self) -> list[Shown]:
        """In the reader's alphabet."""
        rows = self.agreement.parties.select_related("municipality__successor")
        found = [self._shown(party) for party in rows]
        return sorted(found, key=lambda one: place_in_alphabet(one.municipality))

    def _shown(self, party: AgreementParty) -> Shown:
        place = party.municipality
        is_over = party.valid_to is not None and party.valid_to < self.day
        return Shown(party, place, place.successor if place.is_dissolved else None, is_over)
