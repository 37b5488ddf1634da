"""Refusals about accounts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from kopa.base.errors import RuleBroken


class LinkOver(RuleBroken):
    """Used, too old, taken back, or never there: which of them is nobody's business."""

    code = "link_over"
    message = _("This link does not work any more. Ask for a new one.")


class AskedTooOften(RuleBroken):
    code = "asked_too_often"
    message = _("A new password has been asked for too often. Try again in an hour.")


class LinkAskedTooOften(AskedTooOften):
    code = "link_asked_too_often"
    message = _("A link has been asked for too often. Try again in an hour, or sign in with a password.")


class AccountClosed(RuleBroken):
    code = "account_closed"
    message = _("The account with this address has been closed. Write to the administrator.")


class TooManyCodes(RuleBroken):
    """Wrong codes for one account, from wherever: whoever types them knows the password."""

    code = "too_many_codes"

    def __init__(self, minutes: int) -> None:
        self.minutes = minutes
        sentence = ngettext_lazy(
            "Too many wrong codes. You can try again in %(minutes)s minute.",
            "Too many wrong codes. You can try again in %(minutes)s minutes.",
            "minutes",
        )
        super().__init__(sentence % {"minutes": minutes})


class CodeRefused(RuleBroken):
    code = "code_refused"
    message = _("This code is wrong, or was used already. Wait for the next one and type that.")


class HasAnApp(RuleBroken):
    code = "has_an_app"
    message = _("Your account has an authenticator app already. Remove it first.")


class TooManyPasskeys(RuleBroken):
    code = "too_many_passkeys"
    message = _("Your account has twenty passkeys. Remove one first.")


class PasskeyRefused(RuleBroken):
    """The answer of the browser is not one to this question, or not by a passkey of this person."""

    code = "passkey_refused"
    message = _("The passkey was not accepted. Try again, or choose another way.")
