"""Why an applicant stands where she stands in a selection, in her words (R-CAP-5)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from applications.models import Application, Selection
from applications.priorities import priority_groups
from applications.states import ApplicationStatus
from kopa.base import writing
from offerings.models import SelectionRule


def selected_by(application: Application) -> list[tuple[str, str]]:
    """Her group, score and lot, with their labels; nothing before a selection has put her in order. Of others
    nothing is said.
    """
    offering = application.offering
    is_in_order = application.status == ApplicationStatus.WAITING or application.offered_at is not None
    if offering.selection_rule == SelectionRule.REGISTRATION_ORDER or not is_in_order:
        return []
    if not Selection.objects.filter(offering=offering).exists():
        return []
    group = priority_groups(offering).name_of(application.priority_group)
    score = application.score
    facts = [
        (_("Priority group"), f"{application.priority_group}. {group}" if group else ""),
        (_("Score"), writing.number(score.normalize()) if score is not None else ""),
        (_("Lot"), str(application.lot) if application.lot is not None else ""),
    ]
    return [(label, said) for label, said in facts if said]
