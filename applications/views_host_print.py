"""What the provider prints: the list of a course, one case. On screen they look as on paper."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from applications.cases import cases, queue_numbers
from applications.host_filters import HostFilter
from applications.host_lists import course_rows
from applications.host_requests import note_reading, own_application, own_course
from applications.models import Application
from applications.models.reading import Where
from applications.views_host import case_context
from kopa.accounts.requests import SignedInRequest


@login_required
@never_cache
@require_GET
def course(request: SignedInRequest, pk: int) -> HttpResponse:
    """The whole list as it is narrowed on its page; everybody in it is noted as read (R-PRIV-10)."""
    offering = own_course(request, pk)
    now = timezone.now()
    others = Application.objects.filter(offering=offering).of_others_than(request.user)
    filters = HostFilter(request.GET, others.with_case().with_namesakes(), request=request)
    listed = list(filters.qs)
    note_reading(request, listed, offering, Where.FILE)
    context = {
        "offering": offering,
        "row": course_rows([offering], now=now)[0],
        "is_narrowed": filters.is_narrowed,
        "cases": cases(listed, now=now, numbers=queue_numbers(offering.pk)),
        "now": now,
    }
    return render(request, "applications/host_course_print.html", context)


@login_required
@never_cache
@require_GET
def case(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    application = own_application(request, key)
    note_reading(request, [application], application.offering, Where.FILE)
    now = timezone.now()
    return render(
        request, "applications/host_case_print.html", case_context(application, now=now) | {"now": now}
    )
