from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axes.handlers.proxy import AxesProxyHandler
from django.contrib import messages
from django.contrib.auth import authenticate, logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kopa.accounts import factors, second_step, typed
from kopa.accounts.addresses import own_page, start_page
from kopa.accounts.forms import SignInForm
from kopa.accounts.middleware import ACTING_AS
from kopa.accounts.models import User
from kopa.accounts.sessions import end, handle
from kopa.accounts.sessions import of as sessions_of

if TYPE_CHECKING:
    from kopa.accounts.requests import SignedInRequest

# Roles are named where accounts know nothing of them yet; providers.rules decides, these only show links.
REPLACED = frozenset({"officer", "provider_staff", "counsellor", "coordinator"})
INVITING = frozenset({"admin", "coordinator"})


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The answer to a wrong password is the same whether the account exists, is disabled, or never was."""
    wanted = own_page((request.POST if request.method == "POST" else request.GET).get("next", ""))
    if request.method == "POST":
        form = SignInForm(request.POST)
        return _try_to_sign_in(request, form, wanted) if form.is_valid() else _ask(request, form, wanted)
    if request.user.is_authenticated:
        return redirect(wanted or start_page())
    return _ask(request, SignInForm(), wanted)


def _try_to_sign_in(request: HttpRequest, form: SignInForm, wanted: str | None) -> HttpResponse:
    credentials = {"username": form.cleaned_data["email"], "password": form.cleaned_data["password"]}
    person = authenticate(request, **credentials)
    carried = request.POST.get(typed.FIELD, "")
    if isinstance(person, User):
        if factors.are_asked_of(person):
            second_step.begin(request, person, wanted=wanted, carried=carried)
            return redirect("accounts:second_step")
        return redirect(second_step.let_in(request, person, wanted=wanted, carried=carried))
    if not getattr(request, "axes_locked_out", False):
        form.add_error(None, _("The e-mail address or the password is wrong."))
        return _ask(request, form, wanted)
    minutes = AxesProxyHandler.get_implementation().minutes_left(request, credentials)
    form.add_error(None, too_many(minutes))
    answer = _ask(request, form, wanted, status=429)
    answer["Retry-After"] = str(minutes * 60)
    return answer


def too_many(minutes: int) -> str:
    sentence = ngettext(
        "Too many wrong passwords. You can try again in %(minutes)s minute.",
        "Too many wrong passwords. You can try again in %(minutes)s minutes.",
        minutes,
    )
    return sentence % {"minutes": minutes}


def _ask(request: HttpRequest, form: SignInForm, wanted: str | None, *, status: int = 200) -> HttpResponse:
    carried = request.POST.get(typed.FIELD, "")
    context = {"form": form, "next": wanted or "", "typed": carried if typed.opened(carried) else ""}
    return render(request, "accounts/sign_in.html", context, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("portal:home")


@login_required
@require_POST
def act_as(request: SignedInRequest) -> HttpResponse:
    """From now on, in this browser, only one of the person's roles; or all of them again.

    The switch at the top of each page leads to where that role's work is, the profile page back to itself.
    """
    chosen = request.POST.get("role", "")
    today = timezone.localdate()
    own = {str(role.pk): role.pk for role in request.user.role_assignments.active(on=today)}
    if chosen in own:
        request.session[ACTING_AS] = own[chosen]
    elif not chosen:
        request.session.pop(ACTING_AS, None)
    return redirect(start_page() if request.POST.get("then") == "start" else "accounts:profile")


@login_required
@require_POST
def end_sessions(request: SignedInRequest) -> HttpResponse:
    """One session by what the page calls it, or all but this one."""
    here = request.session.session_key
    chosen = {request.POST.get("which", "")}
    if request.POST.get("all_others"):
        chosen = {handle(one) for one in sessions_of(request.user) if one.session_key != here}
    if end(request.user, handles=chosen):
        messages.success(request, _("Signed out there."))
    return redirect("accounts:profile")


@login_required
@require_GET
def profile(request: SignedInRequest) -> HttpResponse:
    today = timezone.localdate()
    own = request.user.role_assignments.select_related("organisation", "on_behalf_of__person")
    assignments = own.order_by("-valid_from", "id")
    # A substitute's role ends with the other's too, whatever its own dates say.
    active = set(request.user.role_assignments.active(on=today).values_list("pk", flat=True))
    roles: list[dict[str, Any]] = [
        {
            "assignment": assignment,
            "is_over": assignment.pk not in active and assignment.valid_from <= today,
            "is_ahead": assignment.pk not in active and assignment.valid_from > today,
            "is_acted_in": assignment.pk in active and request.user.acting_as in {None, assignment.pk},
            "has_substitutes": assignment.role in REPLACED and assignment.on_behalf_of_id is None,
        }
        for assignment in assignments
    ]
    in_force = [role["assignment"] for role in roles if not role["is_over"] and not role["is_ahead"]]
    invites = any(
        one.role in INVITING and one.on_behalf_of_id is None and request.user.acting_as in {None, one.pk}
        for one in in_force
    )
    sessions = [
        {"session": one, "handle": handle(one), "is_this": one.session_key == request.session.session_key}
        for one in sessions_of(request.user)
    ]
    sessions.sort(key=lambda row: not row["is_this"])
    language = get_language_info(request.user.language)
    several = len(in_force) > 1 or request.user.acting_as is not None
    context = {
        "several": several,
        "in_force": in_force,
        "sessions": sessions,
        "roles": roles,
        "invites": invites,
        "language": language,
        "own": factors.of(request.user),
    }
    return render(request, "accounts/profile.html", context)
