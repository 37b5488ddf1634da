"""A coordinator writes about a group; everybody else reads (``kopa/portal/pilots.py``)."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kopa.accounts import typed
from kopa.accounts.requests import SignedInRequest
from kopa.audit.meanwhile import form_sentence
from kopa.base.errors import ChangedMeanwhile, RuleBroken
from kopa.base.lists import list_page
from kopa.base.parameters import version_of
from pilots import services
from pilots.forms import PilotGroupForm
from pilots.history import edits_of, written_out
from pilots.models import PilotGroup
from pilots.rules import may_edit_groups

EDITS_A_PAGE: Final = 20


@typed.keeps_what_is_typed
@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, code: str) -> HttpResponse:
    group = get_object_or_404(PilotGroup, code=code)
    if not may_edit_groups(request.user, on=timezone.localdate()):
        raise PermissionDenied
    if request.method == "GET" and "discard" in request.GET:
        typed.forget(request)
        return redirect("pilots:edit", code=code)
    if request.method == "GET" or typed.FIELD in request.POST:
        waiting = typed.waiting(request)
        initial = {} if waiting is None else dict(waiting.items())
        return _page(request, group, PilotGroupForm(instance=group, initial=initial))
    form = PilotGroupForm(request.POST, instance=group)
    if form.is_valid():
        try:
            services.edit_group(
                group_id=group.pk, version=version_of(request.POST), given=form.given(), by=request.user
            )
        except ChangedMeanwhile:
            form.add_error(None, form_sentence(edits_of(group).first(), reader=request.user))
            return _page(request, group, form, is_changed=True)
        except (RuleBroken, ValidationError) as refused:
            form.add_error(None, str(refused) if isinstance(refused, RuleBroken) else refused.messages)
            return _page(request, group, form)
        typed.forget(request)
        messages.success(request, _("The group's page is saved and public."))
        return redirect(group.get_absolute_url())
    return _page(request, group, form)


def _page(
    request: SignedInRequest, group: PilotGroup, form: PilotGroupForm, *, is_changed: bool = False
) -> HttpResponse:
    saved = PilotGroup.objects.get(pk=group.pk)  # the form has written what was typed into ``group``
    waiting = typed.waiting(request)
    version = (request.POST if waiting is None else waiting).get("version", "")
    page = list_page(request, edits_of(saved), size=EDITS_A_PAGE)
    context = {
        "form": form,
        "group": saved,
        "version": saved.version if is_changed or not version.isdigit() else version,
        "is_brought_back": waiting is not None,
        "page": page,
        "history": written_out(page.rows),
        "differences": form.differences(saved) if is_changed else None,
    }
    return render(request, "pilots/edit.html", context)
