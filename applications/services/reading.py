"""Who has looked at whose application, and in which role (R-PRIV-10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone

from applications.models import Application, Reading
from applications.models.reading import Where
from kopa.accounts.models import User


def note(
    applications: Iterable[Application], *, person: User, role: str, organisation_id: int, where: Where,
    now: dt.datetime | None = None,
) -> None:  # fmt: skip
    """The person saw personal data of each of the applications, for the organisation; one statement for all.

    Every time is noted, also the second one on a day. An applicant who looks at her own page is not staff:
    her page does not call this.
    """
    moment = now or timezone.now()
    Reading.objects.bulk_create(
        Reading(
            application=one, person=person, role=role, organisation_id=organisation_id, where=where, at=moment
        )
        for one in applications
    )
