"""Refusals about who acts for whom."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kopa.base.errors import RuleBroken


class InvitedTooMany(RuleBroken):
    code = "invited_too_many"
    message = _("You have invited a hundred people within a day. Go on tomorrow.")


class NotYoursToGive(RuleBroken):
    code = "not_yours_to_give"
    message = _("You may not give this role for this organisation.")


class OwnAddress(RuleBroken):
    code = "own_address"
    message = _("This is your own address. Ask somebody else.")


class SubstituteTooLong(RuleBroken):
    code = "substitute_too_long"
    message = _("The last day must be between today and a year ahead, and not after your own role ends.")


class LastAdministrator(RuleBroken):
    code = "last_administrator"
    message = _("You are the only administrator. Invite another one first.")


class NoBusinessId(RuleBroken):
    code = "no_business_id"
    message = _("This is no business ID: its check digit does not fit. Look it up in the business register.")


class BusinessIdTaken(RuleBroken):
    code = "business_id_taken"
    message = _("Another organisation has this business ID. Perhaps it is the same one under another name.")


class ReasonMissing(RuleBroken):
    code = "reason_missing"
    message = _("Say why: it is written into the journal.")
