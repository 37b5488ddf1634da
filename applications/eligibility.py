"""Whether somebody may apply to a course: asked before the first step, before sending, and in sending."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from agreements.terms import agreements
from applications.days import host_day
from applications.errors import (
    ApplicationRefused,
    NobodyDecides,
    NotAppliedForHere,
    NotOfAge,
    NotOpenForApplications,
    NotOpenToYou,
)
from offerings import windows
from offerings.homes import Home
from offerings.models import Offering, OpenTo
from offerings.payers import StatementRule, statement_rule
from offerings.states import OfferingStatus
from providers.rules import people_publishing_for

OF_AGE: Final = 18


def refuse_unless_eligible(
    offering: Offering, home: Home, *, birth_on: dt.date, now: dt.datetime, somebody_decides: bool
) -> StatementRule:
    """What R-HOME-3 says of the applicant's home. Raises the first reason against applying, if any."""
    for reason in reasons_against(
        offering, home=home, birth_on=birth_on, now=now, somebody_decides=somebody_decides
    ):
        raise reason
    return statement_rule(offering, home=home, on=host_day(offering, now))


def reasons_against(
    offering: Offering,
    *,
    now: dt.datetime,
    home: Home | None = None,
    birth_on: dt.date | None = None,
    somebody_decides: bool | None = None,
) -> Iterator[ApplicationRefused]:
    """Why one may not apply; of the applicant only what is known already.

    ``somebody_decides`` at the host: asked if it is not said.
    """
    if not offering.takes_applications:
        yield NotAppliedForHere()
        return
    if not is_open(offering, now):
        yield NotOpenForApplications()
        return
    if not (is_somebody_deciding(offering, now) if somebody_decides is None else somebody_decides):
        yield NobodyDecides()
    if birth_on is not None and not is_of_age(birth_on, on=host_day(offering, now)):
        yield NotOfAge()
    if home is not None and not _is_open_to(offering, home, on=host_day(offering, now)):
        yield NotOpenToYou()


def is_somebody_deciding(offering: Offering, now: dt.datetime) -> bool:
    """The host has somebody who decides on applications today; a query."""
    return people_publishing_for(offering.provider_id, on=host_day(offering, now)).exists()


def is_open(offering: Offering, now: dt.datetime) -> bool:
    """Published, opened, and teaching starts later; late applications are another question (R-APP-4)."""
    opens_at = offering.applications_open_at
    published = offering.status == OfferingStatus.PUBLISHED
    return published and opens_at is not None and opens_at <= now and windows.is_ahead(offering, now)


def is_of_age(birth_on: dt.date, *, on: dt.date) -> bool:
    """R-MIN-1: from the birthday on; born on 29 February, from 1 March in other years."""
    years = on.year - birth_on.year - ((on.month, on.day) < (birth_on.month, birth_on.day))
    return years >= OF_AGE


def is_outside(offering: Offering, home: Home, *, on: dt.date) -> bool:
    """R-CAP-6: open to more than the agreement's parties but not to all, and the home is no party."""
    if offering.agreement_id is None or offering.open_to == OpenTo.ALL:
        return False
    parties = (terms for terms in agreements() if terms.id == offering.agreement_id)
    return not any(terms.has_party(home.family, on) for terms in parties)


def _is_open_to(offering: Offering, home: Home, *, on: dt.date) -> bool:
    if offering.open_to == OpenTo.ALL:
        return True
    return Offering.objects.filter(pk=offering.pk).open_to_residents_of(home, on=on).exists()
