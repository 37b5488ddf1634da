"""Who has saved meanwhile what a person has open in a form: somebody else, or the same in another window."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from kopa.accounts.models import User
from kopa.audit.models import AuditEvent
from offerings.models import Offering, Sitting
from offerings.services.sittings import VERB as AUTOSAVE

# Acts that change what the form of a course shows, and those that change its numbers of places.
OF_THE_FORM: Final = (
    "offering.create_draft", "offering.copy_to_next_term", AUTOSAVE, "offering.save", "offering.publish",
    "offering.cancel",
)  # fmt: skip
OF_THE_NUMBERS: Final = ("offering.set_taken_elsewhere", "offering.save")
# So long after a form has last saved itself its person is taken to be still writing.
STILL_WRITING: Final = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class LastAct:
    """Who changed a course last, and when."""

    actor: User | None
    at: dt.datetime


def last_act(offering: Offering, *, among: tuple[str, ...] = OF_THE_FORM) -> LastAct | None:
    """What a form has saved by itself counts although the journal does not tell it yet."""
    acts = AuditEvent.objects.filter(target="offerings.offering", target_id=offering.pk, verb__in=among)
    act = acts.select_related("actor").first()
    going = _sitting(offering) if AUTOSAVE in among else None
    if going is not None and (act is None or going.saved_at >= act.at):
        return LastAct(going.person, going.saved_at)
    return None if act is None else LastAct(act.actor, act.at)


def writing_now(offering: Offering, *, reader: User, now: dt.datetime) -> LastAct | None:
    """Somebody else who has the draft open and has typed lately; None where nobody has."""
    going = _sitting(offering)
    if going is None or going.person == reader or now - going.saved_at > STILL_WRITING:
        return None
    return LastAct(going.person, going.saved_at)


def _sitting(offering: Offering) -> Sitting | None:
    return Sitting.objects.select_related("person").filter(offering=offering.pk).first()


def numbers_sentence(offering: Offering, *, reader: User) -> str:
    """Who has changed the numbers of places that a person was about to save or confirm."""
    act = last_act(offering, among=OF_THE_NUMBERS)
    if act is None or act.actor is None:
        return _("Somebody else has just changed these numbers.")
    if act.actor == reader:
        return _("You have just changed these numbers yourself in another window.")
    return _("%(person)s has just changed these numbers.") % {"person": act.actor}
