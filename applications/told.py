"""Letters about an application, for the history of its case."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from applications import letters
from applications.models import Application
from kopa.letters.models import Letter

WHAT: Final[dict[str, str | Promise]] = {
    letters.RECEIPT: _("receipt"),
    letters.ANSWER: _("an answer is awaited"),
    letters.NEWS: _("there is news"),
    letters.MESSAGE: _("there is a message"),
}
# An offer is no matter of the home municipality's.
FOR_HOME: Final = (letters.RECEIPT, letters.NEWS)


@dataclass(frozen=True, slots=True)
class Told:
    """One letter; ``state`` says how far it is."""

    at: dt.datetime
    what: str | Promise
    state: str


def letters_about(application: Application, *, for_home: bool = False) -> list[Told]:
    """The latest first; one statement. Letters are kept for 30 days after they have left."""
    rows = Letter.objects.about(application).filter(kind__in=FOR_HOME if for_home else list(WHAT))
    return [
        Told(one.ended_at or one.created_at, WHAT[one.kind], one.get_state_display())
        for one in rows.defer("text", "html")
    ]
