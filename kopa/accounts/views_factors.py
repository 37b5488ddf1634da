"""One's own second factors, and showing who one is before they change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import segno
from axes.handlers.proxy import AxesProxyHandler
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from kopa.accounts import confirming, factors, seals
from kopa.accounts.addresses import own_page
from kopa.accounts.confirming import asks_who_it_is
from kopa.accounts.errors import CodeRefused, HasAnApp
from kopa.accounts.forms import AppCodeForm, PasswordForm
from kopa.accounts.views import too_many

if TYPE_CHECKING:
    from kopa.accounts.requests import SignedInRequest

KEY_IN_SESSION: Final = "app_key"


@login_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: SignedInRequest) -> HttpResponse:
    """The password once more; wrong ones count as at sign-in."""
    wanted = own_page((request.POST if request.method == "POST" else request.GET).get("next", ""))
    form = PasswordForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid():
        credentials = {"username": request.user.email, "password": form.cleaned_data["password"]}
        if authenticate(request, **credentials) is not None:
            confirming.note(request.session)
            return redirect(wanted or "accounts:profile")
        if getattr(request, "axes_locked_out", False):
            minutes = AxesProxyHandler.get_implementation().minutes_left(request, credentials)
            form.add_error(None, too_many(minutes))
            status = 429
        else:
            form.add_error("password", _("The password is wrong."))
    context = {"form": form, "next": wanted or ""}
    return render(request, "accounts/confirm.html", context, status=status)


@asks_who_it_is
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def add_app(request: SignedInRequest) -> HttpResponse:
    """A picture for the app, and the app's first code as the proof that it has been read."""
    if factors.of(request.user).app is not None:
        messages.warning(request, str(HasAnApp.message))
        return redirect("accounts:profile")
    key = _key(request)
    form = AppCodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = factors.add_app(
                person=request.user, key=key, code=form.cleaned_data["code"],
                here=request.session.session_key,
            )  # fmt: skip
        except CodeRefused as refusal:
            form.add_error("code", str(refusal))
        except HasAnApp as refusal:
            form.add_error(None, str(refusal))
        else:
            del request.session[KEY_IN_SESSION]
            messages.success(request, _("The authenticator app has been added."))
            if codes:
                return render(request, "accounts/recovery_codes.html", {"codes": codes})
            return redirect("accounts:profile")
    address = factors.address_of_key(request.user, key)
    context = {
        "form": form,
        "address": address,
        "picture": _picture(address),
        "key": " ".join(key[start : start + 4] for start in range(0, len(key), 4)),
    }
    return render(request, "accounts/app_add.html", context)


def _key(request: SignedInRequest) -> str:
    """The one that is being added; the same for as long as the page is tried."""
    sealed = request.session.get(KEY_IN_SESSION, "")
    try:
        return seals.opened(sealed, owner=request.user.pk)
    except seals.CannotBeOpened:
        key = factors.new_key()
        request.session[KEY_IN_SESSION] = seals.seal(key, owner=request.user.pk)
        return key


def _picture(address: str) -> SafeString:
    """A QR code as SVG, drawn with attributes alone; the letters of ``address`` become squares."""
    drawn = segno.make(address, error="m", micro=False)
    return SafeString(drawn.svg_inline(border=4, omitsize=True, svgclass="k-qr", lineclass=None))


@asks_who_it_is
@require_http_methods(["GET", "HEAD", "POST"])
def remove_app(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST":
        if factors.remove_app(person=request.user, here=request.session.session_key):
            messages.success(request, _("The authenticator app has been removed."))
        return redirect("accounts:profile")
    return render(request, "accounts/app_remove.html", {"own": factors.of(request.user)})


@asks_who_it_is
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_codes(request: SignedInRequest) -> HttpResponse:
    """New ones, shown in the answer to the form and nowhere again."""
    own = factors.of(request.user)
    if not own:
        return redirect("accounts:profile")
    if request.method == "POST":
        codes = factors.new_recovery_codes(person=request.user)
        return render(request, "accounts/recovery_codes.html", {"codes": codes})
    return render(request, "accounts/recovery_codes.html", {"own": own})
