"""Refusals about accounts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kopa.base.errors import RuleBroken


class LinkOver(RuleBroken):
    """Used, too old, taken back, or never there: which of them is nobody's business."""

    code = "link_over"
    message = _("This link does not work any more. Ask for a new one.")


class AskedTooOften(RuleBroken):
    code = "asked_too_often"
    message = _("A new password has been asked for too often. Try again in an hour.")
