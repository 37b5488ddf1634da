"""Refusals about pilot groups."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kopa.base.errors import RuleBroken


class NotACoordinator(RuleBroken):
    code = "not_a_coordinator"
    message = _("Only a coordinator edits what is told of a pilot group.")
