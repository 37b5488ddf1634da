"""Pages for whoever forgot the password."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from kopa.accounts import passwords
from kopa.accounts.errors import AskedTooOften, LinkOver
from kopa.accounts.forms import AddressForm, NewPasswordForm
from kopa.base.addresses import counted_address


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten_password(request: HttpRequest) -> HttpResponse:
    """The answer is the same whether the account exists, is disabled, or never was."""
    form = AddressForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            passwords.ask(email=form.cleaned_data["email"], asked_from=counted_address(request))
        except AskedTooOften as refusal:
            form.add_error(None, str(refusal))
            status = 429
        else:
            context = {"email": form.cleaned_data["email"], "lasts": passwords.lasts()}
            return render(request, "accounts/password_asked.html", context)
    return render(request, "accounts/forgotten_password.html", {"form": form}, status=status)


@never_cache
@sensitive_post_parameters("password", "repeated")
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest, key: str) -> HttpResponse:
    """Opening the link changes nothing; the form does."""
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    try:
        person = passwords.person_of(key)
        if request.method == "POST" and form.is_valid():
            passwords.set_new(key=key, password=form.cleaned_data["password"])
            messages.success(request, _("Your password has been changed. Sign in with the new one."))
            return redirect("accounts:sign_in")
    except LinkOver as refusal:
        return render(request, "accounts/link_over.html", {"said": str(refusal)}, status=404)
    except ValidationError as weak:
        form.add_error("password", weak)
    return render(request, "accounts/new_password.html", {"form": form, "person": person})
