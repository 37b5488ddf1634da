"""Who has looked at whose application, and in which role (R-PRIV-10)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.utils import timezone

from applications.models import Application, HomeStatement, Reading
from applications.models.reading import Where
from kopa.accounts.models import User
from municipalities.models import Municipality
from providers.models import Role, RoleAssignment
from providers.rules import publishing_roles


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


def note_for_host(
    applications: Iterable[Application], *, person: User, where: Where, now: dt.datetime
) -> None:
    """Each in the name of the host whose course it is and in the role in which the person decides there."""
    by_host: dict[int, list[Application]] = defaultdict(list)
    for one in applications:
        by_host[one.offering.provider_id].append(one)
    if not by_host:
        return
    roles = publishing_roles(person, on=timezone.localdate(now)).filter(organisation__in=by_host)
    role_at = dict(roles.order_by("-pk").values_list("organisation", "role"))
    for host, theirs in by_host.items():
        note(theirs, person=person, role=role_at[host], organisation_id=host, where=where, now=now)


def note_for_home(
    statements: Iterable[HomeStatement], *, person: User, where: Where, now: dt.datetime
) -> None:
    """Each in the name of the municipality that is asked, or of the one it was merged into (R-HOME-8)."""
    shown = [(one.municipality, one.application) for one in statements]
    _note_for_offices(shown, person=person, where=where, now=now)


def note_for_payer(
    applications: Iterable[Application], *, person: User, where: Where, now: dt.datetime
) -> None:
    """Each in the name of the municipality that pays, or of the one it was merged into (R-HOME-8)."""
    shown = [(one.moved_to or one.home_municipality, one) for one in applications]
    _note_for_offices(shown, person=person, where=where, now=now)


def _note_for_offices(
    shown: list[tuple[Municipality, Application]], *, person: User, where: Where, now: dt.datetime
) -> None:
    if not shown:
        return
    held = RoleAssignment.objects.held_by(person, on=timezone.localdate(now)).filter(
        role=Role.OFFICER, organisation__municipality__isnull=False
    )
    offices = dict(held.values_list("organisation__municipality", "organisation"))
    by_office: dict[int, list[Application]] = defaultdict(list)
    for place, application in shown:
        office = offices.get(place.pk) or offices[place.successor_id or place.pk]
        by_office[office].append(application)
    for office, applications in by_office.items():
        note(applications, person=person, role=Role.OFFICER, organisation_id=office, where=where, now=now)
