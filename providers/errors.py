"""Refusals about who acts for whom."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kopa.base.errors import RuleBroken


class InvitedTooMany(RuleBroken):
    code = "invited_too_many"
    message = _("You have invited a hundred people within a day. Go on tomorrow.")


class SubstituteTooLong(RuleBroken):
    code = "substitute_too_long"
    message = _("The last day must be between today and a year ahead, and not after your own role ends.")
