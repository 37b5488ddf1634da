"""Who has saved meanwhile what a person has open in a form: somebody else, or the same in another window."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

from kopa.accounts.models import User
from kopa.audit.models import AuditEvent
from offerings.models import Offering

# Acts that change what the form of a course shows, and those that change its numbers of places.
OF_THE_FORM: Final = ("offering.create_draft", "offering.save", "offering.publish", "offering.cancel")
OF_THE_NUMBERS: Final = ("offering.set_taken_elsewhere", "offering.save")


def last_act(offering: Offering, *, among: tuple[str, ...] = OF_THE_FORM) -> AuditEvent | None:
    acts = AuditEvent.objects.filter(target="offerings.offering", target_id=offering.pk, verb__in=among)
    return acts.select_related("actor").first()


def numbers_sentence(offering: Offering, *, reader: User) -> str:
    """Who has changed the numbers of places that a person was about to save or confirm."""
    act = last_act(offering, among=OF_THE_NUMBERS)
    if act is None or act.actor is None:
        return _("Somebody else has just changed these numbers.")
    if act.actor == reader:
        return _("You have just changed these numbers yourself in another window.")
    return _("%(person)s has just changed these numbers.") % {"person": act.actor}
