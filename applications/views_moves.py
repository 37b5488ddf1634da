"""The applicant has moved: she tells of it, or the host or the municipality that is asked finds out."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from applications import rules, services
from applications.errors import ApplicationRefused
from applications.forms_statements import MoveForm
from applications.models import Application, HomeStatement
from applications.models.reading import Where
from applications.services.reading import note
from kopa.accounts import typed
from kopa.accounts.requests import SignedInRequest
from kopa.base.db import saying_busy
from kopa.base.errors import RuleBroken
from providers.models import Role


@dataclass(frozen=True, slots=True)
class Teller:
    """Who tells of the move, for the journal, and where she came from."""

    role: str
    organisation_id: int | None
    back: tuple[str, uuid.UUID | int]  # a route and what it is about

    @property
    def is_applicant(self) -> bool:
        return self.organisation_id is None


@typed.keeps_what_is_typed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def moved(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    """R-HOME-1: another municipality pays, and is asked for a statement where R-HOME-3 says so."""
    rows = Application.objects.visible_to(request.user, on=timezone.localdate()).with_case()
    application = get_object_or_404(rows, key=key)
    teller = teller_of(request, application)
    is_sent = request.method == "POST" and typed.FIELD not in request.POST
    waiting = typed.waiting(request)
    form = MoveForm(
        request.POST if is_sent else None, application=application,
        initial=dict(waiting.items()) if waiting else {},
    )  # fmt: skip
    if form.is_valid():
        try:
            with saying_busy():
                services.record_move(
                    application_id=application.pk, home=form.cleaned_data["home_municipality"],
                    moved_on=form.cleaned_data["moved_on"], by=request.user, role=teller.role,
                    organisation_id=teller.organisation_id,
                )  # fmt: skip
        except RuleBroken as refused:
            field = refused.field if isinstance(refused, ApplicationRefused) else ""
            form.add_error(field or None, str(refused))
        else:
            typed.forget(request)
            messages.success(request, _("The move is recorded. Everybody concerned is told."))
            return _back(request, teller)
    if teller.organisation_id is not None:
        note([application], person=request.user, role=teller.role, organisation_id=teller.organisation_id,
             where=Where.PAGE)  # fmt: skip
    context = {"application": application, "form": form, "teller": teller}
    return render(request, "applications/statement_moved.html", context)


def teller_of(request: SignedInRequest, application: Application) -> Teller:
    if rules.is_applicant(request.user, application):
        return Teller(Role.LEARNER, None, ("applications:detail", application.key))
    today = timezone.localdate()
    role = rules.deciding_role(request.user, application.offering, on=today)
    if role is not None:
        return Teller(role.role, role.organisation_id, ("applications:host_case", application.key))
    for statement in application.in_force:  # type: ignore[attr-defined]
        role = rules.stating_role(request.user, statement, on=today)
        if role is not None:
            return Teller(role.role, role.organisation_id, ("applications:statement", statement.pk))
    raise Http404


def _back(request: SignedInRequest, teller: Teller) -> HttpResponse:
    """Who is not asked any more has nothing to see there."""
    route, about = teller.back
    mine = HomeStatement.objects.visible_to(request.user, on=timezone.localdate())
    if route == "applications:statement" and not mine.filter(pk=str(about)).exists():
        return redirect("applications:statements")
    return redirect(route, about)
