"""Which other course is offered to those who have applied, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from applications import eligibility
from applications.forms_host import TitleForm
from applications.host_lists import courses_of
from applications.models import Cause
from kopa.accounts.models import User
from kopa.base import writing
from offerings.models import Offering, SelectionRule
from offerings.services import may_be_cancelled
from offerings.states import OfferingStatus

MOST: Final = 100
CANCELLED: Final = gettext_lazy(
    "We cancel this course. Once it is cancelled they count as having applied when they first did."
)


class TransferForm(TitleForm):
    to = forms.TypedChoiceField(label=gettext_lazy("The other course"), coerce=int, choices=())
    cause = forms.ChoiceField(
        label=gettext_lazy("Why"), widget=forms.RadioSelect, choices=(),
        error_messages={"required": gettext_lazy("Choose why.")},
    )  # fmt: skip
    field_order = ("to", "cause", "title")

    def __init__(
        self, data: Any = None, *, offering: Offering, user: User, initial: dict[str, Any]
    ) -> None:
        super().__init__(data, initial=initial)
        self.targets = {one.pk: one for one in targets(offering, user)}
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            (pk, _label(one)) for pk, one in self.targets.items()
        ]
        self.fields["cause"].choices = list(_causes(offering))  # type: ignore[attr-defined]

    @property
    def target(self) -> Offering:
        return self.targets[self.cleaned_data["to"]]


def _causes(offering: Offering) -> Iterator[tuple[str, str]]:
    """Nobody says of a course that has started that it is cancelled: it cannot be."""
    yield Cause.ASKED, _("The applicants want it. They count as having applied when they say yes.")
    if offering.status == OfferingStatus.CANCELLED or may_be_cancelled(offering, now=timezone.now()):
        yield Cause.CANCELLED, str(CANCELLED)


def targets(offering: Offering, user: User) -> list[Offering]:
    """Courses of one's own that take applications by registration at this moment, in the order of starts."""
    now = timezone.now()
    mine = courses_of(user, on=timezone.localdate(now)).filter(
        status=OfferingStatus.PUBLISHED, takes_applications=True,
        selection_rule=SelectionRule.REGISTRATION_ORDER, starts_on__gt=timezone.localdate(now),
    ).exclude(pk=offering.pk)  # fmt: skip
    found = mine.with_places().order_by("starts_on", "pk")[:MOST]
    return [one for one in found if eligibility.is_open(one, now)]


def _label(offering: Offering) -> str:
    free: int = offering.free  # type: ignore[attr-defined]  # with_places
    day = writing.day(offering.starts_on) if offering.starts_on else ""
    places = ngettext("%(n)s free place", "%(n)s free places", free) % {"n": writing.number(free)}
    return f"{offering.title()}, {day} ({places})"
