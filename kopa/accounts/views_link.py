"""Pages for signing in by a link in a letter."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from kopa.accounts import factors, links, second_step, typed
from kopa.accounts.addresses import own_page, start_page
from kopa.accounts.errors import LinkAskedTooOften, LinkOver
from kopa.accounts.forms import AddressForm
from kopa.base.addresses import counted_address

# What was typed into a long form waits in this browser until the link is used in it.
CARRIED: Final = "carried_to_link"


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def ask_link(request: HttpRequest) -> HttpResponse:
    """The answer is the same whether the account exists, is closed, or never was.

    A button of the sign-in page comes here too, with all that its form carries.
    """
    is_sent = request.method == "POST"
    wanted = own_page((request.POST if is_sent else request.GET).get("next", "")) or ""
    form = AddressForm(request.POST if is_sent else None)
    status = 200
    if is_sent and form.is_valid():
        email = form.cleaned_data["email"]
        try:
            links.ask(email=email, asked_from=counted_address(request), wanted=wanted)
        except LinkAskedTooOften as refusal:
            form.add_error(None, str(refusal))
            status = 429
        else:
            if typed.opened(carried := request.POST.get(typed.FIELD, "")):
                request.session[CARRIED] = carried
            context = {"email": email, "lasts": links.said_of(settings.SIGN_IN_LINK_LASTS)}
            return render(request, "accounts/link_asked.html", context)
    carried = request.POST.get(typed.FIELD, "")
    context = {"form": form, "next": wanted, "typed": carried if typed.opened(carried) else ""}
    return render(request, "accounts/ask_link.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def use_link(request: HttpRequest, key: str) -> HttpResponse:
    """Opening the link changes nothing; the button signs in, or leads to the second step."""
    try:
        if request.method != "POST":
            return render(request, "accounts/use_link.html", {"link": links.find_link(key)})
        link = links.use_link(key)
    except LinkOver as refusal:
        context = {"said": str(refusal), "form": AddressForm(), "next": links.wanted_by(key)}
        context["start"] = start_page()
        return render(request, "accounts/sign_in_link_over.html", context, status=404)
    carried, person = request.session.pop(CARRIED, ""), link.person
    assert person is not None  # noqa: S101 - using a link makes its person
    if factors.are_asked_of(person):
        second_step.begin(request, person, wanted=link.wanted, carried=carried)
        return redirect("accounts:second_step")
    return redirect(second_step.let_in(request, person, wanted=link.wanted, carried=carried))
