"""Refusals: a rule says no. Each has a stable code and a sentence for the person who asked."""

from __future__ import annotations

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class RuleBroken(Exception):
    """A rule refuses the act; nothing has changed. Pages show the message, the API answers 409."""

    code: ClassVar[str] = "rule_broken"
    message: ClassVar[str | Promise] = _("This cannot be done.")

    def __init__(self, message: str | Promise | None = None) -> None:
        self.said = message or self.message
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.said)


class TransitionNotAllowed(RuleBroken):
    """The thing's state does not allow the act."""

    code = "transition_not_allowed"
    message = _(
        "This cannot be done in the present state. Somebody may have changed it: load the page again."
    )

    def __init__(self, *, verb: str, state: str) -> None:
        super().__init__()
        self.verb = verb
        self.state = state


class ChangedMeanwhile(RuleBroken):
    """Somebody else has saved the same thing since this form was opened."""

    code = "changed_meanwhile"
    message = _(
        "Somebody else has changed this since you opened it. Your text is still here: compare it with the"
        " saved version before you save."
    )
