"""Sending as it is usually written: the offering is locked, places are counted, rows are made one by one.

The same rules, asked of the same functions, and the same rows; only the way of writing is another.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from applications import eligibility, sessions
from applications import letters as notices
from applications.applying import Applying, Seen
from applications.days import host_day, statement_due
from applications.errors import ApplicationRefused, AppliedAlready, ClosedAndFull
from applications.models import Application, Draft, HomeStatement, Learner, Seat
from applications.services.submitting import new_reference
from kopa.accounts.models import User
from kopa.audit.models import AuditEvent
from kopa.letters import services as letters
from kopa.letters.models import Letter
from offerings import windows
from offerings.models import Offering, PlaceCounter
from offerings.payers import Need, StatementRule


@login_required
@never_cache
@sensitive_post_parameters()
@require_POST
def check(request: HttpRequest, pk: int, key: uuid.UUID) -> HttpResponse:
    """The last step of applying, sent."""
    assert isinstance(request.user, User)  # noqa: S101 - login_required
    draft = get_object_or_404(Draft, key=key, offering=pk, email=request.user.email)
    shown = Seen.read(request.POST.get("seen", ""))
    try:
        with transaction.atomic():
            rows = Offering.objects.select_related("provider__parent").select_for_update(of=("self",))
            applying = Applying(get_object_or_404(rows, pk=pk), timezone.now(), request.user, draft)
            if not applying.is_ready or shown is None or not shown.holds(applying.seen):
                return HttpResponse("Something has changed.", status=409)
            application = send(applying, draft, request.user)
    except ApplicationRefused as refusal:
        return HttpResponse(str(refusal), status=409)
    sessions.note(request)
    return redirect("applications:receipt", key=application.key)


def send(applying: Applying, draft: Draft, person: User) -> Application:
    offering, now, home = applying.offering, applying.now, applying.home
    rule = eligibility.refuse_unless_eligible(
        offering, home, birth_on=applying.birth_on, now=now,
        somebody_decides=eligibility.is_somebody_deciding(offering, now),
    )  # fmt: skip
    learner, _made = Learner.objects.update_or_create(
        person=person,
        defaults={"birth_on": applying.birth_on, "phone": applying.me.cleaned_data["phone"]},
        create_defaults={
            "birth_on": applying.birth_on, "phone": applying.me.cleaned_data["phone"], "created_at": now,
        },
    )  # fmt: skip
    if Application.objects.filter(learner=learner, offering=offering).live().exists():
        raise AppliedAlready
    counter = free_counter(offering, home.family)
    is_late = windows.is_closed(offering, now)
    if counter is None and is_late:
        raise ClosedAndFull
    application = Application.objects.create(
        key=draft.key, reference=new_reference(), learner=learner, offering=offering,
        status="submitted" if counter else "waiting", submitted_at=now, is_late=is_late,
        is_outside=eligibility.is_outside(offering, home, on=host_day(offering, now)),
        home_municipality_id=home.id, home_source="protected" if learner.is_protected else "self_declared",
        statement_need=rule.need, statement_reason=rule.reason or "", agreement_id=rule.agreement_id,
        language=draft.language, motivation=applying.background.cleaned_data["motivation"],
        prior_education_id=applying.background.cleaned_data["prior_education"] or None,
    )  # fmt: skip
    if counter is not None:
        take(counter, application, now)
    tell(application, rule, person, country=home.country, now=now)
    draft.delete()
    return application


def free_counter(offering: Offering, family: tuple[int, ...]) -> PlaceCounter | None:
    """A place for a resident of the family, unless somebody waits for it."""
    waiting = Application.objects.filter(offering=offering, status="waiting")
    own = Q(quota__municipality__in=family, quota__released_at=None)
    counters = PlaceCounter.objects.filter(own | Q(quota=None), offering=offering).order_by("pk")
    open_last = offering.precedence == "reserved_first"
    for counter in sorted(counters, key=lambda one: (one.quota_id is None) is open_last):
        before = waiting.filter(home_municipality__in=family) if counter.quota_id else waiting
        if counter.free > 0 and not before.exists():
            return counter
    return None


def take(counter: PlaceCounter, application: Application, now: dt.datetime) -> None:
    counter.held += 1
    counter.save(update_fields=["held"])
    source = "reserved" if counter.quota_id else "open"
    Seat.objects.create(application=application, counter=counter, source=source, state="held", held_at=now)


def tell(
    application: Application, rule: StatementRule, person: User, *, country: str, now: dt.datetime
) -> None:
    """The home municipality's case, the entry in the journal, the receipt."""
    if rule.need == Need.REQUIRED:
        HomeStatement.objects.create(
            application=application, municipality=application.home_municipality, requested_at=now,
            due_on=statement_due(now, country),
        )  # fmt: skip
    AuditEvent.objects.create(
        at=now, actor=person, verb="application.submit", target="applications.application",
        target_id=application.pk, to_state=application.status,
    )  # fmt: skip
    written = notices.received(application, person)
    letter = Letter.objects.create(
        kind=written.kind, recipient=person, address=person.email, language=application.language,
        subject=written.subject, text=written.text, html=written.html, target="applications.application",
        target_id=application.pk, created_at=now, next_try_at=now,
    )  # fmt: skip
    letters.send_after_commit(letter.pk)
