"""From one course to another: the host offers it, the applicant says yes (DOMAIN.md §3.8)."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction
from django.utils import timezone

from applications import eligibility
from applications import letters as notices
from applications.days import host_day, statement_due
from applications.errors import (
    AnotherPlaceTaken,
    AnsweredTooLate,
    AppliedAlready,
    ClosedAndFull,
    NoTransferOffered,
    NoTransferToSelection,
    PlaceGone,
    TransferOffered,
)
from applications.models import (
    AdmissionDecision,
    Application,
    Attachment,
    Cause,
    HomeSource,
    HomeStatement,
    ReceptionDecision,
    Transfer,
    TransferState,
)
from applications.models.decisions import Decision
from applications.sealed import confided, sealed
from applications.services import acts, seats
from applications.services.answering import ON_THE_WAY, other_places
from applications.services.deciding import Official
from applications.services.dropping import drop_statement
from applications.services.each import each_by_itself
from applications.services.filling import fill, follow, free_counter
from applications.services.submitting import new_reference
from applications.states import LIVE, ApplicationStatus
from applications.steps import may_be_offered
from kopa.accounts.models import User
from kopa.base.errors import TransitionNotAllowed
from kopa.base.working_days import reply_deadline
from municipalities.cache import gazetteer
from offerings import windows
from offerings.homes import Home, home_among
from offerings.models import Offering, SelectionRule
from offerings.payers import Need, statement_rule
from offerings.services import acts as offering_acts
from offerings.states import OfferingStatus


@transaction.atomic
def offer_transfer(
    *, application_id: int, to: Offering, cause: Cause, by: Official, now: dt.datetime | None = None
) -> Transfer:
    """The applicant is asked whether she moves to the other course, where the official receives and admits
    her; nothing is held there. She answers by R-CAP-9's deadline.

    Raises OwnMatter, TransferOffered, the reasons against applying there, TransitionNotAllowed.
    """
    moment = now or timezone.now()
    _offering, application = acts.lock(application_id)
    acts.refuse_own(application, by.person)
    if application.status not in LIVE:
        raise TransitionNotAllowed(verb="transfer", state=application.status)
    if application.transfers.filter(state=TransferState.OPEN).exists():
        raise TransferOffered
    _refuse_unless_possible(application, to, moment)
    assert to.starts_on is not None  # noqa: S101 - a published course has it (constraint)
    transfer = Transfer.objects.create(
        application=application, offering=to, cause=cause, offered_at=moment,
        until=reply_deadline(moment, to.starts_on, to.provider.country), **by.named,
    )  # fmt: skip
    _tell("offer_transfer", application, transfer, **by.acting)
    notices.transfer_offered(application, transfer.until)
    return transfer


@transaction.atomic
def accept_transfer(
    *, transfer_id: int, by: User, to_queue: bool = False, now: dt.datetime | None = None
) -> Application:
    """The new application. A place is taken in the other course, or a number in its queue where ``to_queue``
    says so, before the old place is free. Accepting twice is accepting once.

    The time of sending stays what it was only where the host has cancelled the course (R-APP-10): who moves
    before that gets it back then (``filling.follow``).
    Raises NoTransferOffered, AnsweredTooLate, PlaceGone, ClosedAndFull, AnotherPlaceTaken and the reasons
    against applying there.
    """
    moment = now or timezone.now()
    transfer, offering, application = _lock(transfer_id)
    if transfer.state == TransferState.ACCEPTED:
        return application.transferred_to
    if transfer.state != TransferState.OPEN:
        raise NoTransferOffered
    if moment.replace(microsecond=0) > transfer.until:
        raise AnsweredTooLate
    _refuse_unless_possible(application, transfer.offering, moment)
    new = _arrive(transfer, application, to_queue=to_queue, by=by, now=moment)
    _take_along(application, new)
    _end(transfer, TransferState.ACCEPTED, moment)
    acts.move(application, "transfer", by=by, now=moment, role="learner")
    drop_statement(application, by=by)
    if seats.free(application, now=moment):
        fill(offering, now=moment)
    acts.lock_learner(new)
    if new.status == ApplicationStatus.ACCEPTED and other_places(new).exists():
        raise AnotherPlaceTaken
    notices.transferred(new)
    return new


@transaction.atomic
def decline_transfer(*, transfer_id: int, by: User, now: dt.datetime | None = None) -> None:
    """The applicant stays where she is; a course that is cancelled ends for her now. Twice is once.

    Raises NoTransferOffered.
    """
    transfer, offering, application = _lock(transfer_id)
    if transfer.state == TransferState.DECLINED:
        return
    if transfer.state != TransferState.OPEN:
        raise NoTransferOffered
    moment = now or timezone.now()
    _end(transfer, TransferState.DECLINED, moment)
    _tell("decline_transfer", application, transfer, by=by, role="learner")
    _go_on(offering, moment)


def lapse_transfers(*, now: dt.datetime | None = None) -> int:
    """Every transfer that nobody answered in time is over. How many."""
    moment = now or timezone.now()
    last = (moment - ON_THE_WAY).replace(microsecond=0)
    late = Transfer.objects.filter(state=TransferState.OPEN, until__lt=last)
    pks = late.order_by("until", "pk").values_list("pk", flat=True)
    return sum(each_by_itself("lapse_transfer", pks, lambda pk: _lapse(pk, moment)))


@transaction.atomic
def _lapse(transfer_id: int, now: dt.datetime) -> int:
    transfer, offering, application = _lock(transfer_id)
    if transfer.state != TransferState.OPEN:
        return 0
    _end(transfer, TransferState.LAPSED, now)
    _tell("lapse_transfer", application, transfer, by=None)
    notices.lapsed(application)
    _go_on(offering, now)
    return 1


def _lock(transfer_id: int) -> tuple[Transfer, Offering, Application]:
    """Both courses in the one order, then the application, then the transfer as it stands now."""
    transfer = Transfer.objects.select_related("application").get(pk=transfer_id)
    acts.lock_courses([transfer.application.offering_id, transfer.offering_id])
    offering, application = acts.lock(transfer.application_id)
    transfer = Transfer.objects.select_for_update(no_key=True, of=("self",)).get(pk=transfer_id)
    transfer.offering = offering_acts.lock(transfer.offering_id)
    return transfer, offering, application


def _end(transfer: Transfer, state: TransferState, now: dt.datetime) -> None:
    transfer.state, transfer.ended_at = state, now
    transfer.save(update_fields=["state", "ended_at"])


def _go_on(offering: Offering, now: dt.datetime) -> None:
    """Whoever does not move out of a cancelled course has nothing there any more."""
    if offering.status == OfferingStatus.CANCELLED:
        follow(offering.pk, now=now)


def home_of(application: Application) -> Home:
    """Where the applicant lives, as far as it counts (R-HOME-1): a municipality of today."""
    places = gazetteer()
    found = home_among(places, places.by_id[application.moved_to_id or application.home_municipality_id].key)
    assert found is not None  # noqa: S101 - an application's municipality is known
    return found


def _refuse_unless_possible(application: Application, to: Offering, now: dt.datetime) -> None:
    if to.selection_rule != SelectionRule.REGISTRATION_ORDER:
        raise NoTransferToSelection
    for reason in eligibility.reasons_against(
        to, home=home_of(application), birth_on=application.learner.birth_on, now=now
    ):
        raise reason
    if Application.objects.filter(offering=to, learner=application.learner_id).live().exists():
        raise AppliedAlready


def _arrive(
    transfer: Transfer, old: Application, *, to_queue: bool, by: User, now: dt.datetime
) -> Application:
    target, home = transfer.offering, home_of(old)
    counter = free_counter(target, home.id, now=now)
    if counter is None and not to_queue:
        raise PlaceGone
    new = _copy(transfer, old, home, now)
    # R-APP-10: of a course that is going to be cancelled she brings her time along, now or then.
    sent_at = old.submitted_at if transfer.cause == Cause.CANCELLED else now
    if counter is None and windows.is_closed(target, sent_at):
        raise ClosedAndFull
    new.status = ApplicationStatus.WAITING if counter is None else ApplicationStatus.SUBMITTED
    new.save(force_insert=True)
    if counter is not None:
        seats.hold(new, counter, now=now)
    acts.tell("arrive", new, by=by, role="learner", to_state=new.status)
    _decide(transfer, new, now)
    if counter is not None and may_be_offered(new):
        _take(transfer, new, by=by, now=now)
    return new


def _copy(transfer: Transfer, old: Application, home: Home, now: dt.datetime) -> Application:
    target = transfer.offering
    is_cancelled = old.offering.status == OfferingStatus.CANCELLED
    sent_at = old.submitted_at if is_cancelled and transfer.cause == Cause.CANCELLED else now
    rule = statement_rule(target, home=home, on=host_day(target, now))
    is_told = old.move_told_at is not None and old.move_confirmed_at is None
    is_verified = old.home_source == HomeSource.VERIFIED
    return Application(
        key=uuid.uuid4(),
        reference=new_reference(),
        learner=old.learner,
        offering=target,
        home_municipality_id=home.id,
        home_source=HomeSource.SELF_DECLARED if is_told and is_verified else old.home_source,
        move_told_at=old.move_told_at,
        move_confirmed_at=old.move_confirmed_at,
        statement_need=rule.need,
        statement_reason=rule.reason or "",
        agreement_id=rule.agreement_id,
        is_late=windows.is_closed(target, sent_at),
        is_outside=eligibility.is_outside(target, home, on=host_day(target, now)),
        language=old.language,
        motivation=old.motivation,
        prior_education_id=old.prior_education_id,
        submitted_at=sent_at,
        transferred_from=old,
        is_demonstration=old.is_demonstration,
    )


def _take_along(old: Application, new: Application) -> None:
    """What she has sent and confided belongs to the new application, and is kept as long as that is."""
    hers = Attachment.objects.filter(matter=old.key, added_by=old.learner.person_id)
    hers.update(matter=new.key)
    new.sealed_grounds, old.sealed_grounds = sealed(new, confided(old)), ""
    for application in (new, old):
        application.save(update_fields=["sealed_grounds"])


def _decide(transfer: Transfer, new: Application, now: dt.datetime) -> None:
    """Whoever offered the transfer decides on both (R-APP-11); on the admission not before the home
    municipality, which is asked ``now``, has answered where it must (R-APP-3).
    """
    kinds: list[type[Decision]] = [ReceptionDecision]
    if new.statement_need == Need.REQUIRED:
        country = gazetteer().by_id[new.home_municipality_id].country
        HomeStatement.objects.create(
            application=new, municipality_id=new.home_municipality_id, requested_at=now,
            due_on=statement_due(now, country),
        )  # fmt: skip
    else:
        kinds.append(AdmissionDecision)
    for kind in kinds:
        kind.objects.create(  # type: ignore[attr-defined]
            application=new, is_positive=True, official=transfer.official,
            official_name=transfer.official_name, official_title=transfer.official_title,
            decided_at=transfer.offered_at,
        )  # fmt: skip


def _take(transfer: Transfer, new: Application, *, by: User, now: dt.datetime) -> None:
    """Moving is accepting the place there."""
    acts.move(new, "offer_place", by=None, offered_at=transfer.offered_at, held_until=transfer.until)
    acts.move(new, "accept", by=by, now=now, role="learner", answered_at=now)
    seat = seats.live_seat(new)
    assert seat is not None  # noqa: S101 - held a moment ago
    seats.move(seat, "take", now=now)


def _tell(verb: str, application: Application, transfer: Transfer, **acting: object) -> None:
    state = application.status
    acts.tell(
        verb, application, from_state=state, to_state=state,
        changes={"offering": [application.offering_id, transfer.offering_id]}, **acting,  # type: ignore[arg-type]
    )  # fmt: skip
