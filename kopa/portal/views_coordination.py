"""The coordinator's desk: pilot groups with what their members need, and organisations to verify."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from corrections.quality import BY_CODE
from kopa.accounts.requests import SignedInRequest
from kopa.audit.models import AuditEvent
from kopa.base.errors import RuleBroken
from kopa.portal import coordination
from kopa.portal.forms_coordination import SuspensionForm, VerificationForm
from pilots.models import PilotGroup
from providers import rules, services
from providers.errors import BusinessIdTaken, NoBusinessId
from providers.models import Organisation, Role
from providers.states import ORGANISATION

DECISIONS: Final = ("organisation.verify", "organisation.suspend")
LAST_DECISIONS: Final = 10
AT_FIELD: Final = {NoBusinessId: "business_id", BusinessIdTaken: "business_id"}


@login_required
@require_GET
def overview(request: SignedInRequest) -> HttpResponse:
    _refuse_others(request)
    rows = coordination.survey(PilotGroup.objects.with_members(), now=timezone.now())
    context = {"rows": rows, "waiting": coordination.waiting_for_verification()}
    return render(request, "portal/coordination.html", context)


@login_required
@require_GET
def group(request: SignedInRequest, code: str) -> HttpResponse:
    _refuse_others(request)
    found = get_object_or_404(PilotGroup.objects.with_members(), code=code)
    (row,) = coordination.survey([found], now=timezone.now())
    invited = rules.organisations_invited_for(request.user, on=timezone.localdate())
    context = {
        "row": row,
        "may_invite_for": set(invited.values_list("pk", flat=True)),
        "invite": f"{reverse('invitations:list')}?{urlencode({'role': Role.OFFICER.value})}&organisation=",
        "kinds": {code: BY_CODE[code] for code in ("places", "texts")},
    }
    return render(request, "portal/coordination_group.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def verification(request: SignedInRequest, pk: int) -> HttpResponse:
    """What is known of an organisation, and the two acts: verify it, suspend it."""
    if not rules.may_verify(request.user, on=timezone.localdate()):
        raise PermissionDenied
    organisation = get_object_or_404(Organisation.objects.select_related("home_municipality"), pk=pk)
    verifies, suspends = (ORGANISATION.allows(verb, organisation.status) for verb in ("verify", "suspend"))
    sent = request.POST if request.method == "POST" else None
    is_suspending = sent is not None and sent.get("act") == "suspend"
    verify = VerificationForm(
        sent if sent is not None and not is_suspending else None,
        initial={"business_id": organisation.business_id},
    )
    suspend = SuspensionForm(sent if is_suspending else None)
    form = suspend if is_suspending else verify
    if form.is_valid() and _decide(request, form, organisation):
        return redirect("portal:verification", pk=pk)
    context = {
        "organisation": organisation,
        "form": form,  # whose errors the summary names
        "verify": verify if verifies else None,
        "suspend": suspend if suspends else None,
        "institutions": organisation.institutions.count(),
        "decisions": AuditEvent.objects.filter(
            target="providers.organisation", target_id=pk, verb__in=DECISIONS
        ).order_by("-at", "-id")[:LAST_DECISIONS],
    }
    return render(request, "portal/verification.html", context)


def _decide(
    request: SignedInRequest, form: VerificationForm | SuspensionForm, organisation: Organisation
) -> bool:
    """Whether it is done; a refusal stands at the form."""
    try:
        if isinstance(form, SuspensionForm):
            services.suspend(
                organisation_id=organisation.pk, reason=form.cleaned_data["reason"], by=request.user
            )
            messages.success(request, _("The organisation is suspended: it publishes nothing new."))
        else:
            services.verify(
                organisation_id=organisation.pk, business_id=form.cleaned_data["business_id"], by=request.user
            )
            messages.success(request, _("The organisation is verified and can publish courses."))
    except RuleBroken as refused:
        form.add_error(AT_FIELD.get(type(refused)), str(refused))
        return False
    return True


def _refuse_others(request: SignedInRequest) -> None:
    if not rules.holds_role(request.user, *coordination.COORDINATES, on=timezone.localdate()):
        raise PermissionDenied
