"""The list of a course's applications as a file, as it is narrowed on the page.

A protected identity gives its reference and its state alone (R-PRIV-6).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import get_language_info, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from applications.cases import Case
from applications.states import StatementOutcome

Value = str | int | float | dt.date | dt.datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """``is_personal``: left empty for a protected identity."""

    heading: str | Promise
    value: Callable[[Case], Any]
    is_personal: bool = True


def _local(case: Case, moment: dt.datetime | None) -> dt.datetime | None:
    """By the host's clock; spreadsheets know no zones."""
    zone = case.application.offering.zone
    return None if moment is None else moment.astimezone(zone).replace(tzinfo=None, microsecond=0)


def _outcome(case: Case) -> str:
    said = case.statement.told_outcome if case.statement else ""
    return str(StatementOutcome(said).label) if said else ""


COLUMNS: Final = (
    Column(_("Reference"), lambda one: one.application.reference, is_personal=False),
    Column(_("Name"), lambda one: one.who, is_personal=False),
    Column(_("Date of birth"), lambda one: one.application.learner.birth_on),
    Column(_("E-mail address"), lambda one: one.application.learner.person.email),
    Column(_("Telephone"), lambda one: one.application.learner.phone),
    Column(_("Home municipality"), lambda one: str(one.application.home_municipality.name())),
    Column(_("Language"), lambda one: str(get_language_info(one.application.language)["name_translated"])),
    Column(
        _("Prior education"),
        lambda one: str(one.application.prior_education.name()) if one.application.prior_education else "",
    ),
    Column(
        pgettext_lazy("application", "Sent"), lambda one: _local(one, one.application.submitted_at),
        is_personal=False,
    ),
    Column(
        pgettext_lazy("applications", "In time or late"),
        lambda one: str(_("late") if one.application.is_late else _("in time")),
        is_personal=False,
    ),
    Column(_("State"), lambda one: one.application.get_status_display(), is_personal=False),
    Column(_("Whose turn"), lambda one: str(one.turn.label), is_personal=False),
    Column(_("Queue"), lambda one: one.number, is_personal=False),
    Column(_("Statement"), _outcome),
    Column(_("Priority group"), lambda one: one.application.priority_group),
    Column(_("Selection score"), lambda one: one.application.score),
    Column(_("Answer by"), lambda one: _local(one, one.application.held_until), is_personal=False),
    Column(_("First day of studies"), lambda one: one.application.enrolled_on, is_personal=False),
)  # fmt: skip


def headings() -> list[str]:
    return [str(column.heading) for column in COLUMNS]


def row(case: Case) -> list[Value]:
    return [
        None if case.is_protected and column.is_personal else column.value(case) for column in COLUMNS
    ]
