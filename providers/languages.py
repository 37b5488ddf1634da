"""Which languages the law asks an organisation's own texts to have, as a condition on its rows (R-LANG-2).

``offerings.readiness.needed_languages`` says the same of one organisation, with why; a test compares them.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.apps import apps
from django.db.models import Exists, OuterRef, Q, QuerySet

# What the law calls the municipalities that need texts in the language; a Swedish one has no such status.
STATUSES: Final = {"fi": ("fi", "bi-fi", "bi-sv"), "sv": ("sv", "bi-fi", "bi-sv")}
THE_OTHER: Final = {"fi": "sv", "sv": "fi"}


def needed_by(language: str, *, on: dt.date, of: str = "") -> Q:
    """The organisation needs ``fi`` or ``sv``; ``of`` leads to it from the rows asked (``provider__``).

    A municipality, and an enterprise of one, by its language status; a joint authority by the members that
    some source names for the day: both languages unless all of them have one.
    """
    body = Q()
    for municipality, is_own in (
        (f"{of}municipality", ~Q(**{f"{of}kind": "municipal_enterprise"})),
        (f"{of}parent__municipality", Q(**{f"{of}kind": "municipal_enterprise"})),
    ):
        speaks = Q(**{f"{municipality}__language_status__in": STATUSES[language]})
        if language == "sv":
            speaks |= Q(**{f"{municipality}__country": "SE"})
        body |= is_own & speaks
    return body | Q(Exists(_members(language, on=on, of=of)), **{f"{of}kind": "joint_authority"})


def _members(language: str, *, on: dt.date, of: str) -> QuerySet:
    """Members that are not of the other language alone."""
    # The models import this module's users.
    rows = apps.get_model("providers", "JointAuthorityMember")._default_manager.all()
    return rows.filter(
        Q(valid_from__isnull=True) | Q(valid_from__lte=on),
        Q(valid_to__isnull=True) | Q(valid_to__gte=on),
        organisation=OuterRef(f"{of}pk"),
    ).exclude(municipality__language_status=THE_OTHER[language])
