"""Writing an offering: a new draft, and changes to one that is there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from kopa.accounts.models import User
from kopa.base.db import refusing
from kopa.base.errors import ChangedMeanwhile
from offerings import windows
from offerings.errors import EnrolledAlready, NotReady, PrecedenceFixed, SelectionRuleFixed, StartPast
from offerings.models import CoHost, Offering, PlaceCounter, Quota
from offerings.readiness import Facts, default_release, facts_of, reasons_against
from offerings.services import acts, sittings
from offerings.services.inputs import OfferingInput, write_lists, write_plain
from offerings.services.places import share_out
from offerings.states import GIVEN, STARTED, OfferingStatus
from providers.models import Organisation
from providers.services import site_at_centre

CURRENCY: Final = {"FI": "EUR", "SE": "SEK"}
# As the journal names the release of reserved places that nobody gave.
BY_DEFAULT: Final = "quota_release_at by default"


def blank_offering(provider: Organisation, *, now: dt.datetime) -> Offering:
    """A course of which nothing is said yet, not saved."""
    currency = CURRENCY[provider.country]
    return Offering(provider=provider, currency=currency, version=0, created_at=now, updated_at=now)


@transaction.atomic
def create_draft(
    *, provider_id: int, given: OfferingInput, by: User, created_from: UUID | None = None
) -> Offering:
    """A new draft of the organisation, with its counters; nobody else sees it. A title is enough.

    ``created_from`` marks the form that is sent: a second offering of the same form is refused.

    Raises ValidationError and OfferingRefused for what contradicts itself; what is only missing is missed
    when it is published.
    """
    offering = blank_offering(Organisation.objects.get(pk=provider_id), now=timezone.now())
    offering.created_from = created_from
    with refusing(Offering, Quota, CoHost):
        changes = write(offering, given)
        acts.tell("create_draft", offering, by=by, changes=changes)
    return offering


@transaction.atomic
def save_offering(
    *, offering_id: int, version: int, given: OfferingInput, by: User, sitting: UUID | None = None
) -> Offering:
    """The offering as given; what ``given`` leaves out stays. Of a published one, changed numbers are
    confirmed. ``sitting`` is the window's, where it saves by itself too.

    Raises ChangedMeanwhile when ``version`` is not the saved one and not this window's own doing,
    TransitionNotAllowed when it is cancelled,
    NotReady when a published one would lack something, ValidationError and OfferingRefused for
    contradictions.
    """
    with refusing(Offering, Quota, CoHost):
        offering = acts.lock(offering_id)
        acts.refuse_unless_changeable(offering, "save")
        if offering.version != version and not sittings.is_own(offering, sitting):
            raise ChangedMeanwhile
        changes = write(offering, given, by=by)
        if offering.status in GIVEN:
            facts = refuse_unless_ready(offering, anew=False)
            released = release_by_default(offering, has_quotas=facts.has_quotas)
            if released:
                offering.save(update_fields=["quota_release_at"])
                changes |= released
        acts.tell("save", offering, by=by, changes=changes)
    return offering


def write(offering: Offering, given: OfferingInput, *, by: User | None = None) -> dict[str, list[Any]]:
    """Check and write the row, its lists and its places, as a new version. What changed.

    ``by`` confirms the numbers of a published offering where they change.
    """
    changes = write_columns(offering, given, offering.counters.all() if offering.pk else ())
    acts.check(offering)
    acts.save(offering)
    changes |= share_out(offering, given.get("quotas"))
    changes |= write_lists(offering, _with_places_elsewhere(offering, given))
    if by is not None and confirms_places(offering, changes):
        offering.places_confirmed_at, offering.places_confirmed_by = offering.updated_at, by
        offering.save(update_fields=["places_confirmed_at", "places_confirmed_by"])
    return changes


def write_columns(
    offering: Offering, given: OfferingInput, counters: Iterable[PlaceCounter]
) -> dict[str, list[Any]]:
    """The offering's own columns as given, unsaved; dates that somebody writes are guessed no more. What
    changed. ``counters`` are its own.

    Raises PrecedenceFixed, SelectionRuleFixed, StartPast and EnrolledAlready.
    """
    now = timezone.now()
    opened, started = has_opened(offering, now), windows.has_started(offering, now)
    changes = write_plain(offering, given)
    if opened and "precedence" in changes:
        raise PrecedenceFixed
    if opened and "selection_rule" in changes:
        raise SelectionRuleFixed
    if "starts_on" in changes:
        changes |= _move_start(offering, counters, now, has_started=started)
    offering.guessed_dates = [name for name in offering.guessed_dates if name not in changes]
    return changes


def _move_start(
    offering: Offering, counters: Iterable[PlaceCounter], now: dt.datetime, *, has_started: bool
) -> dict[str, list[Any]]:
    """What the first day that has just been written does to a public course, unsaved: one that ran too soon
    is published again. What changed.

    Before its first day, by the one that was written until now, a course may be put off whoever is enrolled;
    from that day on only where nobody ever was, whether the job has come or not.
    """
    if offering.status == OfferingStatus.PUBLISHED and windows.is_past(offering, now):
        raise StartPast
    if not has_started or not windows.is_ahead(offering, now):
        return {}
    if any(counter.used for counter in counters) or _has_been_studied(offering):
        raise EnrolledAlready
    if offering.status not in STARTED:
        return {}
    before = acts.move(offering, "put_off")
    return {"status": [before, offering.status]}


def _has_been_studied(offering: Offering) -> bool:
    """Somebody has begun, whether or not she has ended since: a counter knows only who sits there now."""
    return offering.applications.filter(enrolled_on__isnull=False).exists()


def has_opened(offering: Offering, now: dt.datetime) -> bool:
    """One has been able to apply: it is public, and its applications have opened."""
    opens_at = offering.applications_open_at
    return offering.status in GIVEN and opens_at is not None and opens_at <= now


def confirms_places(offering: Offering, changes: Mapping[str, list[Any]]) -> bool:
    """Whoever changes the numbers of a published offering says that they are right."""
    return offering.status in GIVEN and not {"capacity", "quotas"}.isdisjoint(changes)


def refuse_unless_ready(offering: Offering, *, anew: bool) -> Facts:
    """What is saved of the offering. Raises NotReady with everything that stands against its being public."""
    facts = facts_of(offering)
    reasons = reasons_against(facts, anew=anew)
    if reasons:
        raise NotReady(reasons)
    return facts


def release_by_default(offering: Offering, *, has_quotas: bool) -> dict[str, list[Any]]:
    """Of a public offering with reserved places and no release: R-CAP-4's default, unsaved. What the journal
    tells of it.
    """
    release = default_release(offering, has_quotas=has_quotas)
    if release is None or release == offering.quota_release_at:
        return {}
    offering.quota_release_at = release
    return {BY_DEFAULT: [None, release.isoformat()]}


def _with_places_elsewhere(offering: Offering, given: OfferingInput) -> OfferingInput:
    """Municipalities where teaching is given in premises not known yet become sites at their centres, beside
    the given sites or, where none are given, those of the offering, which is saved.
    """
    elsewhere = given.get("elsewhere")
    if not elsewhere:
        return given
    sites = {
        site_at_centre(offering.provider_id, municipality_id).pk for municipality_id in sorted(elsewhere)
    }
    if "sites" in given:
        sites |= set(given["sites"])
    else:
        sites |= set(offering.sites.values_list("pk", flat=True))
    return given | {"sites": sites}
