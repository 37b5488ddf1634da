"""Who may read and answer error reports, and who sees how whole the data is. Looks at roles alone."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.contrib.auth.models import AnonymousUser

from corrections.models import ErrorReport
from corrections.querysets import HANDLERS, OWN
from kopa.accounts.models import User
from providers.models import Organisation, Role
from providers.querysets import OrganisationQuerySet
from providers.rules import holds_role, organisations_acted_for

# Who has a list of reports, though it may be empty.
SEE_REPORTS: Final = (*HANDLERS, *OWN)
# Who sees the quality of all data; it names no persons, but is work in progress and not published.
SEE_THE_WHOLE: Final = (*HANDLERS, Role.ANALYST)
SEE_SOME_QUALITY: Final = (*SEE_THE_WHOLE, *OWN)


def may_handle(user: User | AnonymousUser, *, on: dt.date) -> bool:
    """Answering reports is the coordinators' and the administrator's."""
    return holds_role(user, *HANDLERS, on=on)


def may_see(user: User | AnonymousUser, report: ErrorReport, *, on: dt.date) -> bool:
    """``visible_to`` for one."""
    if may_handle(user, on=on):
        return True
    own = organisations_acted_for(user, *OWN, on=on)
    return report.organisation_id is not None and own.filter(pk=report.organisation_id).exists()


def may_see_some(user: User | AnonymousUser, *, on: dt.date) -> bool:
    """There is a list of reports for the user, though it may be empty."""
    return holds_role(user, *SEE_REPORTS, on=on)


def may_see_quality_of_all(user: User | AnonymousUser, *, on: dt.date) -> bool:
    return holds_role(user, *SEE_THE_WHOLE, on=on)


def quality_organisations(user: User | AnonymousUser, *, on: dt.date) -> OrganisationQuerySet:
    """The organisations whose data the user looks after."""
    return organisations_acted_for(user, *OWN, on=on)


def may_see_quality_of(user: User | AnonymousUser, organisation: Organisation, *, on: dt.date) -> bool:
    """The organisation's own officers and staff, and whoever sees the whole."""
    own = quality_organisations(user, on=on).filter(pk=organisation.pk)
    return may_see_quality_of_all(user, on=on) or own.exists()
