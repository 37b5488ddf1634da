"""An act on many courses as it is shown before it is done: for each what changes, or why not."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

from django.core import signing
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kopa.accounts.models import User
from kopa.base import writing
from kopa.base.errors import RuleBroken
from offerings.desk import DeskRow, on_day_by
from offerings.errors import AlreadyCopied, YearNotMeant
from offerings.models import Offering, Together
from offerings.services import acts, together
from offerings.services.around import Wanted
from offerings.services.bulk import judge_many
from offerings.services.dates import Shift, Unit, Which
from offerings.services.together import Plan
from offerings.states import OfferingStatus
from offerings.terms import moved_dates, next_term

# So many courses at once; copies are made one by one, and each takes a tenth of a second.
MOST: Final = {Together.CONFIRM: 500, Together.CLOSE: 500, Together.SHIFT: 500, Together.COPY: 100}
SALT: Final = "offerings.together"
LASTS: Final = dt.timedelta(hours=2)
# Applications close when it is done, so that whoever applies meanwhile has applied in time.
AT_THE_BUTTON: Final = {
    "applications_close_at": gettext_lazy("the moment when you press the button"),
    "quota_release_at": gettext_lazy("a second later"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """A value of one course, in words."""

    label: str
    before: str
    after: str


@dataclass
class Line:
    """One course: what the act would change, or why it would not."""

    offering: Offering
    changes: list[Change] = field(default_factory=list)
    refusal: str = ""


@dataclass(frozen=True)
class Preview:
    plan: Plan
    lines: list[Line]

    @property
    def good(self) -> list[Line]:
        return [line for line in self.lines if not line.refusal]

    @property
    def refused(self) -> list[Line]:
        return [line for line in self.lines if line.refusal]

    def sealed(self, *, by: User) -> str:
        """The plan as the page carries it; only this server can have written it, for this person."""
        plan, shift = self.plan, self.plan.shift
        carried = {
            "by": by.pk,
            "mark": str(plan.mark),
            "act": plan.act.value,
            "moment": plan.moment.isoformat(),
            "versions": list(plan.versions.items()),
            "seen": [[pk, list(numbers.items())] for pk, numbers in plan.seen.items()],
            "shift": None if shift is None else [shift.number, shift.unit.value, shift.which.value],
        }
        return signing.dumps(carried, salt=SALT, compress=True)


def opened(sealed: str, *, by: User) -> Plan | None:
    """None where it is somebody else's, not ours, or older than ``LASTS``."""
    try:
        carried = signing.loads(sealed, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return None
    if carried["by"] != by.pk:
        return None
    shift = carried["shift"]
    return Plan(
        mark=UUID(carried["mark"]),
        act=Together(carried["act"]),
        versions=dict(carried["versions"]),
        moment=dt.datetime.fromisoformat(carried["moment"]),
        shift=shift and Shift(shift[0], Unit(shift[1]), Which(shift[2])),
        seen={pk: dict(numbers) for pk, numbers in carried["seen"]},
    )


def preview(
    act: Together, offerings: Sequence[Offering], *, by: User, now: dt.datetime, shift: Shift | None = None
) -> Preview:
    """``offerings`` as ``for_desk`` loads them. Nothing is changed."""
    moment = now.replace(microsecond=0)
    plan = Plan(mark=uuid4(), act=act, versions={}, moment=moment, shift=shift)
    show: Mapping[Together, Callable[[Plan, Sequence[Offering], User], list[Line]]] = {
        Together.CONFIRM: _confirmed,
        Together.COPY: _copied,
    }
    lines = show.get(act, _dated)(plan, offerings, by)
    good = [line.offering for line in lines if not line.refusal]
    seen = {one.pk: _numbers(one) for one in good} if act == Together.CONFIRM else {}
    versions = {one.pk: one.version for one in good}
    return Preview(Plan(plan.mark, act, versions, moment, shift, seen), lines)


def _numbers(offering: Offering) -> dict[int, int]:
    return {counter.pk: counter.taken_elsewhere for counter in offering.counters.all()}


def _confirmed(plan: Plan, offerings: Sequence[Offering], by: User) -> list[Line]:
    lines = []
    for offering in offerings:
        line, row, numbers = Line(offering), DeskRow(offering, plan.moment), _numbers(offering)
        try:
            together.refuse_unless_confirmable(offering, numbers, numbers)
        except RuleBroken as refused:
            line.refusal = together.sentence(refused)
        else:
            free = _("%(free)s of %(places)s") % {
                "free": writing.number(row.free), "places": writing.number(offering.capacity or 0),
            }  # fmt: skip
            today = plan.moment.astimezone(offering.zone).date()
            if (row.confirmed_on, offering.places_confirmed_by_id) == (today, by.pk):
                line.refusal = _("You have confirmed these places today already.")
            line.changes = [
                Change(_("Free places"), free, free),
                Change(_("Places confirmed"), row.confirmed or _("never"), on_day_by(today, by)),
            ]
        lines.append(line)
    return lines


def _dated(plan: Plan, offerings: Sequence[Offering], by: User) -> list[Line]:
    """The judgement is that of saving; a look locks nothing and writes nothing."""
    lines = {one.pk: Line(one) for one in offerings}
    wanted: list[Wanted] = []
    said = AT_THE_BUTTON if plan.act == Together.CLOSE else {}
    for pk, line in lines.items():
        offering = line.offering
        try:
            if offering.status == OfferingStatus.CANCELLED:
                acts.refuse_unless_changeable(offering, "save")
            given = plan.given(offering)
        except RuleBroken as rule:
            line.refusal = together.sentence(rule)
        else:
            wanted.append(Wanted(offering.provider_id, given, by, pk, offering.version))
            line.changes = _changes(offering, dict(given), said)
            if plan.act == Together.CLOSE and "quota_release_at" not in given:
                line.changes += _still_reserved(offering)
    for one, refused in zip(wanted, judge_many(wanted), strict=True):
        if refused is not None:
            lines[one.offering_id or 0].refusal = together.sentence(refused)
    return list(lines.values())


def _still_reserved(offering: Offering) -> list[Change]:
    """Closing leaves places reserved until the day of their release."""
    release = offering.quota_release_at
    free = sum(counter.free for counter in offering.counters.all() if counter.quota_id is not None)
    if release is None or free == 0:
        return []
    sentence = ngettext(
        "%(moment)s, as before. Until then %(free)s free place stays reserved.",
        "%(moment)s, as before. Until then %(free)s free places stay reserved.",
        free,
    ) % {"moment": _written(offering, release), "free": writing.number(free)}
    return [Change(_label("quota_release_at"), sentence, sentence)]


def _copied(plan: Plan, offerings: Sequence[Offering], _by: User) -> list[Line]:
    today = timezone.localdate(plan.moment)
    there: dict[int | None, set[str]] = defaultdict(set)
    copies = Offering.objects.filter(copied_from__in=[one.pk for one in offerings])
    for pk, code in copies.exclude(status=OfferingStatus.CANCELLED).values_list("copied_from", "copied_to"):
        there[pk].add(code)
    lines = []
    for offering in offerings:
        term = next_term(offering, today=today)
        line = Line(offering)
        try:
            line.changes = _changes(offering, dict(moved_dates(offering, term)))
        except YearNotMeant as refused:
            line.refusal = str(refused)
        if term.code in there[offering.pk]:
            line.refusal = str(AlreadyCopied())
        to = str(term) if line.changes or line.refusal else _("without dates, as the course itself")
        line.changes.insert(0, Change(_("New draft"), "", to))
        lines.append(line)
    return lines


def _changes(
    offering: Offering, given: Mapping[str, Any], said: Mapping[str, Any] | None = None
) -> list[Change]:
    """``said``: words for values that are known only when it is done."""
    words = said or {}
    return [
        Change(
            _label(name),
            _written(offering, getattr(offering, name)),
            str(words[name]) if name in words else _written(offering, value),
        )
        for name, value in given.items()
        if value != getattr(offering, name)
    ]


def _label(name: str) -> str:
    label = str(Offering._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    return label[:1].upper() + label[1:]


def _written(offering: Offering, value: dt.date | dt.datetime | None) -> str:
    if value is None:
        return _("nothing yet")
    if isinstance(value, dt.datetime):
        return writing.moment(value, country=offering.country)
    return writing.day(value)
