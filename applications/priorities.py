"""R-APP-8: in which order applicants are preferred where the law gives one. R-APP-9: where it gives none, the
course's own selection rule decides. Configuration, by country, form of education and the start of teaching.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from offerings.models import Offering


@dataclass(frozen=True, slots=True)
class Priorities:
    """An order of preference and where it comes from; the lowest number goes first."""

    country: str
    form: str
    starts_from: dt.date
    source: str
    groups: Mapping[int, str | Promise]

    def refuse_unknown(self, group: int | None) -> None:
        if group is not None and group not in self.groups:
            raise ValidationError(
                {"priority_group": ValidationError(_("Choose one of the groups."), code="unknown")}
            )

    def name_of(self, group: int | None) -> str | Promise:
        return "" if group is None else self.groups.get(group, "")


# Source: DOMAIN R-APP-8; "förordning (2011:1108) om vuxenutbildning", 3 kap. 7 §.
KOMVUX: Final = Priorities(
    country="SE",
    form="komvux",
    starts_from=dt.date(2020, 7, 1),
    source="Förordning (2011:1108) om vuxenutbildning, 3 kap. 7 §",
    groups={
        0: _("has a legal right to the education"),
        1: _("continues studies under an individual study plan"),
        2: _("lacks an upper secondary diploma"),
        3: _("is unemployed or risks becoming so"),
        4: _("needs it for the present work"),
        5: _("needs it for a planned occupation"),
    },
)
ORDERS: Final = (KOMVUX,)
NONE: Final = Priorities("", "", dt.date.min, "", {})


def priority_groups(offering: Offering) -> Priorities:
    """Those of the course; none where no law gives an order."""
    for one in ORDERS:
        same = (one.country, one.form) == (offering.provider.country, offering.form_id)
        if same and offering.starts_on is not None and offering.starts_on >= one.starts_from:
            return one
    return NONE
