"""What one row of a file means: a new course, a change to one that is there, nothing, or a mistake."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from kopa.base.spreadsheets import unguarded
from offerings.errors import OfferingRefused, Reason
from offerings.imports.batches import Batches, Read
from offerings.imports.cells import KEPT, TYPED, Cells
from offerings.imports.columns import BY_NAME, NUMBER
from offerings.imports.saved import CHOSEN, Json, offerings_called, saved_values
from offerings.models import Offering, Verdict
from offerings.readiness import Facts, Host, reasons_against, weighed
from offerings.services.inputs import refuse_foreign, refuse_own_host
from offerings.services.places import shared_out
from offerings.services.writing import blank_offering
from offerings.states import CHANGEABLE, OfferingStatus
from providers.models import Organisation

# An empty cell of these says nothing; of the others, that nothing stands there.
STAY: Final = frozenset({"own_reference", "status", "selection_rule", "precedence", "open_to"})
# Where the services say that something of a course is wrong, and the column in which it is mended.
COLUMN_OF: Final = {
    "form": "form_id", "field": "field_id", "mode": "mode_id", "credit_unit": "credit_unit_id",
    "sites": "places", "elsewhere": "places",
}  # fmt: skip


@dataclass(slots=True)
class Checked:
    """One row as it is staged."""

    number: int
    cells: dict[str, str]
    own_reference: str = ""
    given: Json = field(default_factory=dict)
    before: Json = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    publishes: bool = False
    offering_id: int | None = None
    version: int | None = None
    alike: tuple[Any, ...] = ()  # see ``Read``

    @property
    def verdict(self) -> Verdict:
        if self.errors:
            return Verdict.WRONG
        if self.offering_id is None:
            return Verdict.NEW
        return Verdict.CHANGED if self.given or self.publishes else Verdict.UNCHANGED

    def blame(self, name: str, sentence: str) -> None:
        """Said once for each cell."""
        self.errors.setdefault(COLUMN_OF.get(name, name), []).append(sentence)


class Rows:
    """Judges the rows of one organisation's file, in the active language."""

    def __init__(self, provider: Organisation) -> None:
        self.provider = provider
        self.cells = Cells(provider)
        # By identifier and by KOPA's number.
        self.known: dict[str | int, Offering] = {}
        self.host = Host.of(provider)
        self.blank = blank_offering(provider, now=timezone.now())
        self._references: frozenset[str] | None = None
        self._batches = Batches(self.cells, stay=STAY, weighed=weighed(self.host))
        # What stands against publishing new courses that are alike.
        self._against: dict[tuple[Any, ...], list[Reason]] = {}
        # Days and numbers as the offering has them; many rows have the same.
        self._typed = {name: lru_cache(KEPT)(field.to_python) for name, field in TYPED.items()}

    def expect_new(self) -> None:
        """A file: most of its rows speak of courses that are not there yet. All identifiers that the
        organisation has are learnt: rows of others need no looking up.
        """
        saved = Offering.objects.filter(provider=self.provider).exclude(own_reference="")
        self._references = frozenset(saved.values_list("own_reference", flat=True))

    def look_up(self, rows: Sequence[Mapping[str, str]]) -> None:
        """The courses that the next rows may speak of; the earlier ones are forgotten."""
        wanted = {unguarded(cells.get("own_reference", "")) for cells in rows}
        if self._references is not None:
            wanted &= self._references
        said = {cells[NUMBER] for cells in rows if cells.get(NUMBER)}
        read = (self.cells.read(NUMBER, text) for text in said)
        numbers = {number for number in read if isinstance(number, int)}
        self.known = {}
        for offering in offerings_called(self.provider, wanted, numbers) if wanted or numbers else ():
            self.known[offering.pk] = offering
            if offering.own_reference:
                self.known[offering.own_reference] = offering

    def read(self, rows: Iterable[dict[str, str]]) -> Iterator[Read]:
        return self._batches.read(rows)

    def check(self, number: int, cells: dict[str, str], read: Read) -> Checked:
        row = Checked(number, cells, errors=read.errors, alike=read.alike)
        values = read.values
        if values.get("learner_fee_cents", 0) is None:
            values["learner_fee_cents"] = 0
        row.own_reference = values.get("own_reference", "")
        offering = self._spoken_of(row, values.pop(NUMBER, None))
        if offering is not None:
            row.offering_id, row.version = offering.pk, offering.version
        wanted = values.pop("status", "")
        row.given = values
        if offering is not None:
            saved = saved_values(offering, values)
            row.given = {name: value for name, value in values.items() if not _is_same(value, saved[name])}
            row.before = {name: saved[name] for name in row.given}
            if "places" in row.given:
                row.before["sites"] = sorted(site.pk for site in offering.sites.all())
        self._judge_state(row, offering, wanted)
        self._judge_whole(row, offering)
        return row

    def _spoken_of(self, row: Checked, number: int | None) -> Offering | None:
        """The course with the row's identifier; where none has it, the one with KOPA's number, if it is one
        of the organisation's own.
        """
        if NUMBER in row.errors:
            return None
        called = self.known.get(row.own_reference)
        if number is None:
            if not row.own_reference and "own_reference" not in row.errors:
                sentence = _("Give the row an identifier of your own: it says which course it is.")
                row.blame("own_reference", sentence)
            return called
        numbered = self.known.get(number)
        if numbered is None:
            sentence = _("No course of your organisation has this number. Leave it empty for a new course.")
            row.blame(NUMBER, sentence)
        elif called is not None and called.pk != numbered.pk:
            sentence = _("The identifier and KOPA's number are of two courses. Mend or empty one of them.")
            row.blame(NUMBER, sentence)
            return None
        return numbered

    def _judge_state(self, row: Checked, offering: Offering | None, wanted: str) -> None:
        if offering is None:
            row.publishes = wanted == OfferingStatus.PUBLISHED
            return
        if offering.status not in CHANGEABLE and (row.given or wanted):
            row.blame("own_reference", _("This course is cancelled: nothing of it is changed any more."))
        elif offering.status == OfferingStatus.PUBLISHED and wanted == OfferingStatus.DRAFT:
            row.blame("status", _("This course is public: it cannot become a draft again."))
        row.publishes = offering.status == OfferingStatus.DRAFT and wanted == OfferingStatus.PUBLISHED

    def _judge_whole(self, row: Checked, offering: Offering | None) -> None:
        """What only the row as a whole can break; the rules of the table are asked of PostgreSQL."""
        if offering is not None and offering.status not in CHANGEABLE:
            return
        given = row.given
        is_public = offering is not None and offering.status == OfferingStatus.PUBLISHED
        judges_public = row.publishes or (is_public and bool(given))
        shares = bool(given.get("quotas")) or (
            offering is not None and ("quotas" in given or "capacity" in given)
        )
        hosts = bool(given.get("co_hosts")) or (
            offering is not None and ("co_hosts" in given or "places" in given)
        )
        is_usual = offering is None and not (shares or hosts or row.errors)
        against = self._against.get(row.alike) if is_usual and judges_public else None
        if against is None and (judges_public or shares or hosts):
            candidate = self._candidate(row, offering)
            if shares:
                _judge_shares(row, candidate, offering)
            if hosts:
                _judge_hosts(row, candidate, offering)
            if judges_public:
                facts = _facts(candidate, row, offering, self.host)
                against = reasons_against(facts, anew=row.publishes)
                if is_usual and len(self._against) < KEPT:
                    self._against[row.alike] = against
        for reason in against or ():
            place = COLUMN_OF.get(reason.field, reason.field) or "status"
            if place not in row.errors:
                row.blame(place if place in BY_NAME else "status", str(reason.message))

    def _candidate(self, row: Checked, offering: Offering | None) -> Offering:
        """The offering as it would be. Its columns are put in place past Django's descriptors: it is only
        looked at, and a file has thousands.
        """
        candidate = Offering.__new__(Offering)
        given = row.given
        candidate.__dict__ = state = (self.blank if offering is None else offering).__dict__ | given
        for name, typed in self._typed.items():
            if name in given:
                state[name] = typed(given[name])
        return candidate


def digest(cells: Mapping[str, str]) -> str:
    """Other cells have another one."""
    return hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()[:32]


def _is_same(value: Any, saved: Any) -> bool:
    """Workbooks write the end of a line in their own way, and the space around a text is none of it."""
    if value == saved:
        return True
    return isinstance(value, str) and isinstance(saved, str) and _lines(value) == _lines(saved)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _judge_shares(row: Checked, candidate: Offering, offering: Offering | None) -> None:
    """Places are shared out as saving would: no more reserved than there are, none below those given."""
    counters = [] if offering is None else list(offering.counters.all())
    quotas = row.given.get("quotas")
    try:
        shared_out(candidate, counters, quotas and {int(key): seats for key, seats in quotas.items()})
    except OfferingRefused as refused:
        if refused.field not in row.errors:  # what cannot be read is not missing too
            row.blame(refused.field, str(refused))


def _judge_hosts(row: Checked, candidate: Offering, offering: Offering | None) -> None:
    """Whoever hosts together, and whose sites the course then has."""
    places = row.given.get("places")
    if "co_hosts" in row.given:
        hosts = [(organisation, part) for organisation, part in row.given["co_hosts"]]
    else:
        hosts = [(one.organisation_id, one.part) for one in offering.co_hosts.all()] if offering else []
    # Sites that come anew are the organisation's own, or a municipality's centre.
    kept = [
        site for site in (offering.sites.all() if offering else ())
        if places is None or site.municipality_id in places
    ]  # fmt: skip
    try:
        refuse_own_host(candidate, hosts)
        refuse_foreign(kept, {candidate.provider_id, *(organisation for organisation, _part in hosts)})
    except ValidationError as wrong:
        for field, sentences in wrong.message_dict.items():
            row.blame(field, " ".join(sentences))


def _facts(candidate: Offering, row: Checked, offering: Offering | None, host: Host) -> Facts:
    stands = row.given
    if offering is not None:
        stands = saved_values(offering, (*CHOSEN, "places", "quotas")) | stands
    places = stands.get("places") or ()
    return Facts(
        offering=candidate,
        host=host,
        languages=frozenset(stands.get("languages") or ()),
        has_site=bool(places) or (offering is not None and bool(offering.sites.all())),
        site_municipalities=frozenset(places),
        has_quotas=bool(stands.get("quotas")),
        has_regions=bool(stands.get("open_to_regions")),
        has_municipalities=bool(stands.get("open_to_municipalities")),
        has_pilot_groups=bool(stands.get("open_to_pilot_groups")),
    )
