"""States of an error report: open until somebody has looked into it, then answered in one of three ways."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kopa.base.states import Machine


class ReportState(models.TextChoices):
    OPEN = "open", pgettext_lazy("error report", "open")
    MENDED = "mended", _("mended")
    NOT_AN_ERROR = "not_an_error", _("not an error")
    DUPLICATE = "duplicate", _("duplicate")


S = ReportState

REPORT: Final = Machine(
    S.values,
    {
        # verb: (from, to)
        "mend": ([S.OPEN], S.MENDED),
        "dismiss": ([S.OPEN], S.NOT_AN_ERROR),
        "mark_duplicate": ([S.OPEN], S.DUPLICATE),
    },
)

# Answered: nothing more is done with it, and it is removed when its time is over.
HANDLED: Final = frozenset({S.MENDED, S.NOT_AN_ERROR, S.DUPLICATE})
