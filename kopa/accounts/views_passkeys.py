"""Passkeys: signing in with one, adding, naming and removing them."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from kopa.accounts import passkeys, second_step, typed
from kopa.accounts.addresses import own_page
from kopa.accounts.confirming import asks_who_it_is
from kopa.accounts.errors import PasskeyRefused, TooManyPasskeys
from kopa.accounts.forms import PasskeyNameForm, SignInForm
from kopa.base.api.throttle import bucket, reader

if TYPE_CHECKING:
    from kopa.accounts.requests import SignedInRequest

QUESTIONS_AT_ONCE: Final = 240
QUESTIONS_PER_SECOND: Final = 1.0


@never_cache
@require_POST
def question(request: HttpRequest) -> HttpResponse:
    """What the browser is asked when somebody signs in without a password.

    Each question is a session of nobody's: one address gets so many at once and then one a second.
    """
    seconds = bucket(settings.REDIS_URL, QUESTIONS_PER_SECOND, QUESTIONS_AT_ONCE).take(
        f"kopa:passkey:{reader(request)}"
    )
    if seconds:
        return JsonResponse({}, status=429, headers={"Retry-After": str(math.ceil(seconds))})
    return JsonResponse(passkeys.ask_for_one(request.session, None))


@never_cache
@sensitive_post_parameters("answer")
@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """A passkey for which the device asked a finger, a face or a PIN is password and second step in one."""
    wanted, carried = own_page(request.POST.get("next", "")), request.POST.get(typed.FIELD, "")
    try:
        person = passkeys.check(
            session=request.session, person=None, answer=request.POST.get("answer", "")
        )
    except PasskeyRefused as refusal:
        carried = carried if typed.opened(carried) else ""
        context = {"form": SignInForm(), "next": wanted or "", "typed": carried, "said": str(refusal)}
        return render(request, "accounts/sign_in.html", context, status=400)
    return redirect(second_step.let_in(request, person, wanted=wanted, carried=carried))


@asks_who_it_is
@sensitive_post_parameters("answer")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: SignedInRequest) -> HttpResponse:
    form = PasskeyNameForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        try:
            codes = passkeys.add(
                session=request.session, person=request.user, answer=request.POST.get("answer", ""), name=name
            )
        except (PasskeyRefused, TooManyPasskeys) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The passkey %(name)s has been added.") % {"name": name})
            if codes:
                return render(request, "accounts/recovery_codes.html", {"codes": codes})
            return redirect("accounts:profile")
    options = passkeys.ask_for_a_new_one(request.session, request.user)
    context = {"form": form, "options": json.dumps(options), "host": passkeys.host()}
    return render(request, "accounts/passkey_add.html", context)


@asks_who_it_is
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """A new name, or away with it."""
    passkey = get_object_or_404(request.user.passkeys.select_related("person"), pk=pk)
    if request.POST.get("act") == "remove":
        passkeys.remove(passkey=passkey, here=request.session.session_key)
        messages.success(request, _("The passkey has been removed."))
        return redirect("accounts:profile")
    form = PasskeyNameForm(
        request.POST if request.method == "POST" else None, initial={"name": passkey.name}
    )
    if request.method == "POST" and form.is_valid():
        passkeys.rename(passkey=passkey, name=form.cleaned_data["name"])
        messages.success(request, _("The passkey has a new name."))
        return redirect("accounts:profile")
    return render(request, "accounts/passkey.html", {"form": form, "passkey": passkey})
