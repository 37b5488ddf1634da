"""The page between the password and the session."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from kopa.accounts import factors, passkeys
from kopa.accounts import second_step as step
from kopa.accounts.errors import CodeRefused, PasskeyRefused, TooManyCodes
from kopa.accounts.forms import CodeForm
from kopa.accounts.models import User


@never_cache
@sensitive_post_parameters("code", "answer")
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Opened without a right password, or too late, it leads back to the beginning."""
    person = step.person_of(request)
    if person is None:
        messages.warning(request, _("Signing in took too long, or was not begun here. Begin again."))
        return redirect("accounts:sign_in")
    if request.method != "POST":
        return _ask(request, person, CodeForm())
    refused = _by_passkey(request, person) if "answer" in request.POST else _by_code(request, person)
    return refused or redirect(step.finish(request, person))


def _by_passkey(request: HttpRequest, person: User) -> HttpResponse | None:
    """The page again where the passkey was refused."""
    try:
        passkeys.check(session=request.session, person=person, answer=request.POST["answer"])
    except PasskeyRefused as refusal:
        return _ask(request, person, CodeForm(), said=str(refusal), status=400)
    return None


def _by_code(request: HttpRequest, person: User) -> HttpResponse | None:
    """The page again where the code was refused, or none was looked at."""
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _ask(request, person, form)
    try:
        factors.accept_code(person=person, code=form.cleaned_data["code"])
    except CodeRefused as refusal:
        form.add_error("code", str(refusal))
        return _ask(request, person, form)
    except TooManyCodes as refusal:
        form.add_error(None, str(refusal))
        answer = _ask(request, person, form, status=429)
        answer["Retry-After"] = str(refusal.minutes * 60)
        return answer
    return None


def _ask(
    request: HttpRequest, person: User, form: CodeForm, *, said: str = "", status: int = 200
) -> HttpResponse:
    own = factors.of(person)
    options = passkeys.ask_for_one(request.session, person) if own.passkeys else None
    context = {"form": form, "own": own, "options": json.dumps(options) if options else "", "said": said}
    return render(request, "accounts/second_step.html", context, status=status)
