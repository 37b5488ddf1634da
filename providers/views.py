"""Pages of invitations: for who invites, who is invited, and who names a substitute."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from kopa.accounts.addresses import start_page
from kopa.accounts.confirming import asks_who_it_is
from kopa.accounts.errors import LinkOver
from kopa.accounts.models import User
from kopa.accounts.requests import SignedInRequest
from kopa.base.db import Busy
from kopa.base.errors import RuleBroken
from kopa.base.names import reader_language
from providers import invitations, rules, services
from providers.errors import OwnAddress
from providers.forms import InvitationForm, NewPersonForm, SubstituteForm
from providers.models import Invitation, RoleAssignment

PASSWORDS = "django.contrib.auth.backends.ModelBackend"


@asks_who_it_is
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_list(request: SignedInRequest) -> HttpResponse:
    """My open invitations (an administrator's: everybody's), and a form for one more."""
    if not rules.roles_invited_to(request.user, on=timezone.localdate()):
        raise PermissionDenied
    posted = request.POST if request.method == "POST" else None
    wanted = {name: request.GET.get(name, "") for name in ("role", "organisation")}
    form = InvitationForm(posted, by=request.user, initial=wanted | {"language": reader_language()})
    if posted is not None and form.is_valid():
        try:
            invitation = invitations.invite(by=request.user, **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error("email" if isinstance(refusal, OwnAddress) else None, str(refusal))
        else:
            messages.success(
                request, _("A letter is on its way to %(address)s.") % {"address": invitation.email}
            )
            return redirect("invitations:list")
    kept = rules.invitations_kept_by(request.user, on=timezone.localdate()).open(at=timezone.now())
    context = {"form": form, "invitations": kept.select_related("organisation", "invited_by")}
    return render(request, "invitations/list.html", context)


@login_required
@require_POST
def take_back(request: SignedInRequest, pk: int) -> HttpResponse:
    kept = rules.invitations_kept_by(request.user, on=timezone.localdate())
    invitation = get_object_or_404(kept, pk=pk)
    if invitations.take_back(invitation=invitation, by=request.user):
        messages.success(request, _("The invitation has been taken back."))
    own_substitute = invitation.on_behalf_of_id and invitation.invited_by_id == request.user.pk
    return redirect("accounts:profile" if own_substitute else "invitations:list")


@never_cache
@sensitive_post_parameters("password", "repeated")
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, key: str) -> HttpResponse:
    """Opening the link changes nothing; the button does."""
    try:
        invitation = invitations.find(key)
        if request.user.is_authenticated:
            return _answer_signed_in(request, key, invitation, request.user)
        if User.objects.filter(email=invitation.email).exists():
            sign_in = f"{reverse('accounts:sign_in')}?next={request.path}"
            context = {"invitation": invitation, "sign_in": sign_in}
            return render(request, "invitations/answer.html", context)
        return _answer_as_new(request, key, invitation)
    except LinkOver:
        return render(request, "invitations/over.html", status=404)


def _answer_signed_in(request: HttpRequest, key: str, invitation: Invitation, person: User) -> HttpResponse:
    if person.email != invitation.email:
        raise LinkOver
    if request.method == "POST":
        try:
            invitations.accept(key=key, person=person)
        except (ValidationError, Busy) as refusal:
            said = refusal.messages[0] if isinstance(refusal, ValidationError) else str(refusal)
            messages.error(request, said)
        else:
            messages.success(request, _("You have accepted the invitation."))
            return redirect("accounts:profile")
    return render(request, "invitations/answer.html", {"invitation": invitation})


def _answer_as_new(request: HttpRequest, key: str, invitation: Invitation) -> HttpResponse:
    form = NewPersonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            person = invitations.accept_as_new(key=key, name=facts["name"], password=facts["password"])
        except ValidationError as wrong:
            form.add_error("password", wrong.messages)
        except Busy as refusal:
            form.add_error(None, str(refusal))
        else:
            login(request, person, backend=PASSWORDS)
            return redirect(start_page())
    return render(request, "invitations/answer.html", {"invitation": invitation, "form": form})


@asks_who_it_is
@require_http_methods(["GET", "HEAD", "POST"])
def substitute(request: SignedInRequest, pk: int) -> HttpResponse:
    """Somebody else acts in my role until a day."""
    assignment = get_object_or_404(RoleAssignment.objects.select_related("organisation"), pk=pk)
    if not rules.may_name_a_substitute(request.user, assignment, on=timezone.localdate()):
        return render(request, "404.html", status=404)
    posted = request.POST if request.method == "POST" else None
    form = SubstituteForm(posted, initial={"language": reader_language()})
    if posted is not None and form.is_valid():
        try:
            invitation = invitations.name_substitute(
                assignment=assignment, by=request.user, **form.cleaned_data
            )
        except RuleBroken as refusal:
            form.add_error("email" if isinstance(refusal, OwnAddress) else "valid_to", str(refusal))
        else:
            messages.success(
                request, _("A letter is on its way to %(address)s.") % {"address": invitation.email}
            )
            return redirect("invitations:substitute", pk=pk)
    today = timezone.localdate()
    context = {
        "form": form,
        "assignment": assignment,
        "substitutes": assignment.substitutes.active(on=today).select_related("person"),
        "invitations": assignment.invitations.open(at=timezone.now()),
    }
    return render(request, "invitations/substitute.html", context)


@login_required
@require_POST
def end_substitute(request: SignedInRequest, pk: int) -> HttpResponse:
    substitutes = RoleAssignment.objects.select_related("on_behalf_of").filter(on_behalf_of__isnull=False)
    assignment = get_object_or_404(substitutes, pk=pk)
    replaced = assignment.on_behalf_of
    if replaced is None or not rules.may_name_a_substitute(request.user, replaced, on=timezone.localdate()):
        return render(request, "404.html", status=404)
    if services.end_role(assignment=assignment, by=request.user, acting=replaced.role):
        messages.success(request, _("The substitute acts no more."))
    return redirect("invitations:substitute", pk=assignment.on_behalf_of_id)


@asks_who_it_is
@require_http_methods(["GET", "HEAD", "POST"])
def give_up(request: SignedInRequest, pk: int) -> HttpResponse:
    """Opening the page changes nothing; the button does."""
    assignment = get_object_or_404(RoleAssignment.objects.select_related("organisation"), pk=pk)
    if not rules.may_give_up(request.user, assignment, on=timezone.localdate()):
        return render(request, "404.html", status=404)
    if request.method == "POST":
        try:
            services.give_up(assignment=assignment, by=request.user)
        except RuleBroken as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("You have given up the role."))
        return redirect("accounts:profile")
    return render(request, "invitations/give_up.html", {"assignment": assignment})
