"""What a municipality pays for without being asked (R-APP-3): courses and days, no names (R-PRIV-4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from applications.models import Application
from applications.models.reading import Where
from applications.services.reading import note_for_payer
from applications.states import LIVE
from applications.views_statements import offices_of
from kopa.accounts.requests import SignedInRequest
from kopa.base.lists import list_page
from offerings.payers import Ground

PAGE_SIZE: Final = 25
WHY: Final = {
    Ground.AGREEMENT: _("by an agreement on free application"),
    Ground.PRIMARY_AREA: _("by law: the same primary co-operation area"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """What the host has decided stays its own: only whether somebody studies says what is to be paid."""

    application: Application

    @property
    def why(self) -> str | Promise:
        return WHY[Ground(self.application.statement_reason)]

    @property
    def state(self) -> str | Promise:
        if self.application.enrolled_on is None:
            return _("applied")
        return _("studying") if self.application.status in LIVE else _("has studied")


@login_required
@never_cache
@require_safe
def residents(request: SignedInRequest) -> HttpResponse:
    now = timezone.now()
    today = timezone.localdate(now)
    offices = offices_of(request.user, today)
    rows = Application.objects.paid_without_statement_by(request.user, on=today).select_related(
        "offering__provider", "agreement", "home_municipality", "moved_to"
    )
    page = list_page(request, rows.order_by("-submitted_at", "-pk"), size=PAGE_SIZE)
    shown = list(page.rows)
    note_for_payer(shown, person=request.user, where=Where.LIST, now=now)
    context = {"page": page, "rows": [Row(one) for one in shown], "offices": offices}
    return render(request, "applications/residents.html", context)
