"""Asking by letter whether numbers of free places still hold, and the one button that says so.

One letter for a person with all her courses, at most every 30 days. Whoever holds the link may only say that
the numbers shown are right, as its reader could at the desk; it shows what is public.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kopa.accounts.errors import LinkOver
from kopa.accounts.models import User
from kopa.audit import journal
from kopa.base import writing
from kopa.base.addresses import configured_address
from kopa.base.db import refusing
from kopa.base.errors import RuleBroken
from kopa.base.names import Text
from kopa.letters import services as letters
from kopa.letters.choices import CONFIRM_PLACES
from kopa.letters.models import UnwantedLetters
from offerings import windows
from offerings.models import ConfirmationRequest, Offering
from offerings.querysets import OfferingQuerySet
from offerings.services.places import confirm_places
from offerings.states import GIVEN
from providers.models import RoleAssignment
from providers.rules import PUBLISHING

log = structlog.get_logger(__name__)

AGAIN_AFTER: Final = dt.timedelta(days=30)
VALID: Final = dt.timedelta(days=30)
KEPT: Final = dt.timedelta(days=180)
# More than this nobody looks through in one go; the rest is asked about in the next letter.
MOST_IN_A_LETTER: Final = 40


@dataclass(frozen=True, slots=True)
class Outcome:
    """Offerings by id: confirmed now, and refused because their numbers are not those that were shown."""

    confirmed: tuple[int, ...]
    refused: tuple[int, ...]


def ask_for_confirmation() -> int:
    """Whoever publishes courses with old numbers has a letter that lists them: how many letters now.

    A course's contact person is asked first where she publishes for its organisation; when she has not
    answered a letter, all who publish for it. Nobody gets two letters within ``AGAIN_AFTER``.
    """
    return sum(_try_to_ask(person, offerings) for person, offerings in sorted(_whom_to_ask().items()))


def _try_to_ask(person_id: int, offerings: Sequence[int]) -> int:
    """``_ask``; a letter that cannot be written keeps nobody else's from being written."""
    try:
        return _ask(person_id, offerings)
    except Exception:
        log.exception("nobody could be asked about free places", person=person_id)
        return 0


def _whom_to_ask() -> dict[int, list[int]]:
    """Person → offerings to ask about, the longest unconfirmed first. Four statements."""
    now = timezone.now()
    roles = RoleAssignment.objects.active(on=timezone.localdate(now)).filter(PUBLISHING)
    people = (
        roles.filter(person__is_active=True)
        .exclude(person__in=UnwantedLetters.objects.of(CONFIRM_PLACES).values("person"))
        .values_list("organisation_id", "person_id", "person__email")
    )
    publishers: dict[int, dict[str, int]] = defaultdict(dict)
    for organisation, person, email in people:
        publishers[organisation][email] = person
    old = Offering.objects.unconfirmed(now).filter(provider__in=list(publishers))
    asked = _asked_already(old, now)
    recently = _asked_recently(now)
    wanted: dict[int, list[int]] = defaultdict(list)
    rows = old.order_by(F("places_confirmed_at").asc(nulls_first=True), "pk")
    for pk, provider, contact in rows.values_list("pk", "provider_id", "contact_email"):
        theirs = publishers[provider]
        first = theirs.get(contact.lower())
        turn = theirs.values() if first is None or (first, pk) in asked else [first]
        for person in turn:
            if person not in recently:
                wanted[person].append(pk)
    return wanted


def _asked_already(old: OfferingQuerySet, now: dt.datetime) -> set[tuple[int, int]]:
    """(person, offering) of letters that had ``AGAIN_AFTER`` to be answered, since the last confirmation."""
    never = Q(offering__places_confirmed_at__isnull=True)
    rows = ConfirmationRequest.offerings.through.objects.filter(
        never | Q(confirmationrequest__asked_at__gt=F("offering__places_confirmed_at")),
        offering__in=old.order_by().values("pk"),
        confirmationrequest__asked_at__lte=now - AGAIN_AFTER,
    )
    return set(rows.values_list("confirmationrequest__person", "offering"))


def _asked_recently(now: dt.datetime) -> set[int]:
    return set(ConfirmationRequest.objects.asked_since(now - AGAIN_AFTER).values_list("person", flat=True))


@transaction.atomic
def _ask(person_id: int, offerings: Sequence[int]) -> int:
    """One letter, unless the person has just got one; whoever asks her at the same moment goes on without."""
    now = timezone.now()
    people = User.objects.select_for_update(no_key=True, skip_locked=True)
    person = people.filter(pk=person_id, is_active=True).first()
    mine = ConfirmationRequest.objects.filter(person=person_id)
    if person is None or mine.asked_since(now - AGAIN_AFTER).exists():
        return 0
    mine.filter(ended_at__isnull=True).update(ended_at=now)
    key = f"c.{secrets.token_urlsafe(32)}"
    request = ConfirmationRequest.objects.create(
        person=person, key_digest=_digest(key), asked_at=now, expires_at=now + VALID
    )
    listed, more = offerings[:MOST_IN_A_LETTER], len(offerings) - MOST_IN_A_LETTER
    request.offerings.set(listed)
    letters.queue(
        CONFIRM_PLACES,
        about=request,
        to=person,
        write=lambda: content(_points(listed), more=max(0, more), key=key, until=request.expires_at),
        holds_secret=True,
        useless_after=request.expires_at,
    )
    return 1


def _points(listed: Sequence[int]) -> list[str]:
    rows = Offering.objects.filter(pk__in=listed).for_list()
    return [_point(one) for one in sorted(rows, key=lambda one: listed.index(one.pk))]


def content(points: Sequence[str], *, more: int, key: str, until: dt.datetime) -> letters.Content:
    """Public facts alone. ``points`` name the courses, ``more`` says how many are left out."""
    total = len(points) + more
    asks = ngettext(
        "For %(days)s days nobody has said that the free places of your course are right. Its page now tells"
        " students to ask. Have a look: one button confirms the number.",
        "For %(days)s days nobody has said that the free places of your courses are right. Their pages now"
        " tell students to ask. Have a look: one button confirms the numbers.",
        total,
    )
    left_out = ngettext("and %(number)s more course", "and %(number)s more courses", more)
    lasts = _("The link works until %(moment)s. Opening it changes nothing: only the button does.")
    return letters.Content(
        subject=ngettext(
            "Are the free places of your course still right?",
            "Are the free places of your %(number)s courses still right?",
            total,
        )
        % {"number": total},
        paragraphs=[asks % {"days": windows.FRESH_FOR.days}],
        points=[*points, *([left_out % {"number": more}] if more else [])],
        link=configured_address(reverse("offerings:confirm_places", args=[key])),
        link_label=_("Look at the numbers and confirm them"),
        after=lasts % {"moment": writing.moment(until)},
    )


def _point(offering: Offering) -> str:
    """Reads what ``for_list`` has loaded."""
    confirmed_at = offering.places_confirmed_at
    return said_of(
        course=offering.title(),
        provider=offering.provider.label(),
        free=sum(counter.free for counter in offering.counters.all()),
        capacity=offering.capacity or 0,
        confirmed=confirmed_at and confirmed_at.astimezone(offering.zone),
    )


def said_of(
    *, course: Text | str, provider: Text, free: int, capacity: int, confirmed: dt.datetime | None
) -> str:
    """One course in the letter: title, who gives it, how many places are free, when that was said."""
    facts = {"course": course, "provider": provider, "free": free, "places": capacity}
    said = _("%(course)s (%(provider)s): %(free)s free of %(places)s") % facts
    if confirmed is None:
        return said
    return _("%(said)s, confirmed %(day)s") % {"said": said, "day": writing.day(confirmed.date())}


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def find(key: str, *, lock: bool = False) -> ConfirmationRequest:
    """The letter whose link it is, also one whose button has been pressed.

    Raises LinkOver for one that is too old, that a newer letter has replaced, that was made up, and whose
    reader may not sign in or publish any of its offerings any more.
    """
    now = timezone.now()
    rows = ConfirmationRequest.objects.select_related("person").usable(at=now)
    if lock:
        rows = rows.select_for_update(of=("self",))
    request = rows.filter(key_digest=_digest(key)).first()
    if request is None or not request.person.is_active or not asked_about(request).exists():
        raise LinkOver
    return request


def asked_about(request: ConfirmationRequest) -> OfferingQuerySet:
    """The letter's offerings that are public and of organisations that its reader still publishes for."""
    theirs = Offering.objects.editable_by(request.person, on=timezone.localdate())
    return theirs.filter(pk__in=request.offerings.values("pk"), status__in=GIVEN)


def still_to_confirm(request: ConfirmationRequest) -> OfferingQuerySet:
    """Those of them that nobody has confirmed since, in one order always: they are locked in it."""
    waiting = Offering.objects.unconfirmed(timezone.now()).values("pk")
    return asked_about(request).filter(pk__in=waiting).order_by("pk")


@transaction.atomic
def confirm(*, key: str, seen: Mapping[int, int]) -> Outcome:
    """The letter's reader says that the numbers shown are right (``seen``: counter's id → given elsewhere).

    What somebody has changed meanwhile is refused and can be looked at again; with nothing refused the link
    is used up. A second press confirms nothing more. Raises LinkOver, and Busy.
    """
    with refusing(ConfirmationRequest):
        request = find(key, lock=True)
        confirmed, refused = [], []
        for offering in still_to_confirm(request).prefetch_related("counters"):
            shown = {one.pk: seen[one.pk] for one in offering.counters.all() if one.pk in seen}
            try:
                confirm_places(offering_id=offering.pk, by=request.person, seen=shown)
            except RuleBroken:
                refused.append(offering.pk)
            else:
                confirmed.append(offering.pk)
        if request.ended_at is None and not refused:
            request.ended_at = request.confirmed_at = timezone.now()
            request.save(update_fields=["ended_at", "confirmed_at"])
        if confirmed:
            journal.record("offering.confirm_by_letter", on=request, by=request.person)
    return Outcome(tuple(confirmed), tuple(refused))


def forget_old_requests() -> int:
    """Letters older than ``KEPT`` are forgotten: how many."""
    old = ConfirmationRequest.objects.filter(asked_at__lt=timezone.now() - KEPT)
    return old.delete()[1].get("offerings.ConfirmationRequest", 0)
