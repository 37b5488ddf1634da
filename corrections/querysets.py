"""Named sets of error reports."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models

from corrections.states import HANDLED, ReportState
from providers.models import Role
from providers.rules import holds_role, organisations_acted_for

if TYPE_CHECKING:
    from corrections.models import ErrorReport  # noqa: F401
    from kopa.accounts.models import User

# Who sees every report and answers it; who sees those about the organisation that they act for.
HANDLERS: Final = (Role.COORDINATOR, Role.ADMIN)
OWN: Final = (Role.OFFICER, Role.PROVIDER_STAFF)


class ErrorReportQuerySet(models.QuerySet["ErrorReport"]):
    def visible_to(self, user: User | AnonymousUser, *, on: dt.date) -> Self:
        """All for coordinators and the administrator; for officers and a provider's staff those about their
        own organisations (R-PRIV-4).
        """
        if holds_role(user, *HANDLERS, on=on):
            return self
        return self.filter(organisation__in=organisations_acted_for(user, *OWN, on=on))

    def open(self) -> Self:
        return self.filter(state=ReportState.OPEN)

    def handled_before(self, moment: dt.datetime) -> Self:
        """Answered before the moment."""
        return self.filter(state__in=HANDLED, handled_at__lt=moment)

    def about(self, subject_type: str, subject_key: str) -> Self:
        return self.filter(subject_type=subject_type, subject_key=subject_key)

    def for_list(self) -> Self:
        """With who answered."""
        return self.select_related("handled_by")
