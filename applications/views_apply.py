"""Applying in three steps: each is a page of its own, saved when it is left."""

from __future__ import annotations

import dataclasses
import functools
import uuid
from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from applications import services, sessions
from applications.applying import Applying, Seen
from applications.errors import ApplicationRefused, AppliedAlready, PlaceGone
from applications.forms import BackgroundForm, MeForm
from applications.models import Application, Draft
from applications.own_list import drafts_of
from applications.prospects import Outlook
from applications.services.drafting import is_link_sent
from applications.services.knowing import draft_of_page, offering_with_host
from kopa.accounts import typed
from kopa.accounts.errors import LinkAskedTooOften
from kopa.accounts.models import User
from kopa.base.addresses import counted_address
from kopa.base.db import Busy, saying_busy
from kopa.base.uploads import UploadRefused
from offerings.models import Offering
from offerings.remembered import remembered_home

# Which step follows a button of the second one; the others lead to the third.
NEXT: Final = {"back": "me", "attach": "background", "remove": "background"}

View = Callable[..., HttpResponse]
Course = Callable[[HttpRequest, int], Offering]


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Step 1 before anything is saved. The form brings the draft's key, so sending it twice makes one."""
    applying = Applying(_offering(request, pk), timezone.now(), _person(request))
    before = _before(request, applying)
    if before is not None:
        return before
    if applying.reasons_now:
        return _cannot(request, applying, applying.reasons_now)
    if request.method == "POST":
        key = _key(request)
        if Draft.objects.filter(key=key).exists() or Application.objects.filter(key=key).exists():
            return me(request, pk, key)
        return _saved_me(request, applying, key)
    home = request.GET.get("home") or remembered_home(request)
    form = MeForm(initial=applying.shown | {"home_municipality": home}, person=applying.person)
    return _me_page(request, applying, form, key=uuid.uuid4())


def _before(request: HttpRequest, applying: Applying) -> HttpResponse | None:
    """To what the person has sent to this course, or begun, before; None where there is nothing."""
    person, course = applying.person, applying.offering.pk
    if person is None:
        return None
    sent = Application.objects.of(person).live().filter(offering=course).first()
    if sent is not None:
        messages.info(request, str(AppliedAlready.message))
        return redirect("applications:detail", key=sent.key)
    draft = drafts_of(person).filter(offering=course).first()
    if draft is None or request.method == "POST":
        return None
    messages.info(request, _("You have begun this application before: go on where you were."))
    return redirect("applications:apply_me", pk=course, key=draft.key)


def of_draft(
    view: Callable[[HttpRequest, Applying], HttpResponse], *,
    is_long: bool = False, course: Course | None = None,
) -> View:  # fmt: skip
    """For a page of a draft: whoever may open it gets on, a sent one leads to its application.

    ``is_long``: what was typed when the session ran out comes back after signing in. ``course`` reads as much
    of the course as the page needs; by default everything that it may show.
    """

    @never_cache
    @sensitive_post_parameters()
    @functools.wraps(view)
    def opened(request: HttpRequest, pk: int, key: uuid.UUID) -> HttpResponse:
        draft = draft_of_page(key, pk)
        if draft is None:
            return _sent_already(key, pk)
        person = _person(request)
        if person is not None and draft.confirmed_at is None:
            services.confirm_draft(draft_id=draft.pk, by=person)
            draft.refresh_from_db()
        if draft.confirmed_at is not None and (person is None or person.email != draft.email):
            if person is None and is_long and request.method == "POST":
                return typed.ask_to_sign_in(request)
            if person is None:
                return redirect_to_login(request.get_full_path())
            raise Http404
        offering = (course or _offering)(request, pk)
        try:
            return view(request, Applying(offering, timezone.now(), person, draft))
        except Draft.DoesNotExist:  # sent, or deleted, in another tab at this moment
            return _sent_already(key, pk)

    return opened


of_draft_long = functools.partial(of_draft, is_long=True)


@of_draft_long
@require_http_methods(["GET", "HEAD", "POST"])
def me(request: HttpRequest, applying: Applying) -> HttpResponse:
    assert applying.draft is not None  # noqa: S101 - of_draft
    if request.method == "POST":
        return _saved_me(request, applying, applying.draft.key)
    form = MeForm(initial=applying.shown | _typed(request), person=applying.person)
    return _me_page(request, applying, form, key=applying.draft.key)


@of_draft_long
@require_http_methods(["GET", "HEAD", "POST"])
def background(request: HttpRequest, applying: Applying) -> HttpResponse:
    if not applying.me.is_valid():
        return _step(applying, "me")
    how: dict[str, Any] = {"country": applying.offering.country, "takes_files": applying.person is not None}
    if request.method == "POST":
        form = BackgroundForm(request.POST, request.FILES, **how)
        if form.is_valid():
            _save(applying, form.answers())
            typed.forget(request)
            _change_files(request, applying, form)
        if form.is_valid():
            return _step(applying, NEXT.get(request.POST.get("act", "").partition(" ")[0], "check"))
    else:
        form = BackgroundForm(initial=applying.kept | _typed(request), **how)
    return render(request, "applications/apply_background.html", {"applying": applying, "form": form})


def _typed(request: HttpRequest) -> dict[str, Any]:
    """What had been typed when the session ran out."""
    waiting = typed.waiting(request)
    return dict(waiting.items()) if waiting else {}


def _change_files(request: HttpRequest, applying: Applying, form: BackgroundForm) -> None:
    """A file is added, or one taken out; the form says what stands in the way."""
    assert applying.draft is not None  # noqa: S101 - of_draft
    file = form.cleaned_data.get("file")
    if file is not None and applying.person is not None:
        try:
            services.attach(draft_id=applying.draft.pk, file=file, by=applying.person)
        except UploadRefused as refusal:
            form.add_error("file", str(refusal))
    act, _, which = request.POST.get("act", "").partition(" ")
    if act == "remove":
        services.detach(draft_id=applying.draft.pk, key=_uuid(which))


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, pk: int, key: uuid.UUID) -> HttpResponse:
    """Shown with the whole course, sent with as little as sending needs."""
    return (sending if request.method == "POST" else checking)(request, pk, key)


@of_draft
def checking(request: HttpRequest, applying: Applying) -> HttpResponse:
    if not applying.is_ready:
        return _step(applying, "me")
    if applying.reasons:
        return _cannot(request, applying, applying.reasons)
    if not applying.is_background_seen:
        return _step(applying, "background")
    return _check_page(request, applying)


def _course_to_send_to(_request: HttpRequest, pk: int) -> Offering:
    try:
        return offering_with_host(pk, now=timezone.now())[0]
    except Offering.DoesNotExist:
        raise Http404 from None


@functools.partial(of_draft, course=_course_to_send_to)
def sending(request: HttpRequest, applying: Applying) -> HttpResponse:
    """Led on to the receipt, or shown step 3 once more with what stands against it."""
    if not applying.is_ready:
        return _step(applying, "me")
    shown = Seen.read(request.POST.get("seen", ""))
    if applying.person is not None and shown is not None and shown.holds(applying.seen):
        return _send(request, applying, shown)
    whole = _whole(request, applying)
    if whole.reasons:
        return _cannot(request, whole, whole.reasons)
    is_changed = applying.person is not None
    return _check_page(request, whole, shown=shown, is_changed=is_changed)


def _whole(request: HttpRequest, applying: Applying) -> Applying:
    """The same with the whole course, looked at anew; the forms are judged already."""
    whole = dataclasses.replace(applying, offering=_offering(request, applying.offering.pk))
    whole.me, whole.background = applying.me, applying.background
    return whole


@of_draft
@require_POST
def send_link(request: HttpRequest, applying: Applying) -> HttpResponse:
    """The letter with the link once more."""
    if applying.me.is_valid() and applying.person is None:
        _send_link(request, applying)
    return _step(applying, "check")


@of_draft
@require_POST
def discard(request: HttpRequest, applying: Applying) -> HttpResponse:
    assert applying.draft is not None  # noqa: S101 - of_draft
    services.discard_draft(draft_id=applying.draft.pk)
    messages.success(request, _("What you had filled in has been deleted. Nothing was sent."))
    return redirect("offerings:detail", pk=applying.offering.pk)


def _send(request: HttpRequest, applying: Applying, shown: Seen) -> HttpResponse:
    assert applying.person is not None  # noqa: S101 - sending
    try:
        with saying_busy():
            application = services.submit(
                applying.submission(not_to_queue=shown.prospect.outlook == Outlook.PLACE)
            )
    except PlaceGone:
        return _check_page(request, _whole(request, applying), shown=shown, is_changed=True)
    except AppliedAlready:
        answer = _before(request, applying)
        assert answer is not None  # noqa: S101 - there is a live one
        return answer
    except ApplicationRefused as refusal:
        return _cannot(request, _whole(request, applying), [refusal])
    except Busy as refusal:
        messages.error(request, str(refusal))
        return _step(applying, "check")
    sessions.note(request)
    return redirect("applications:receipt", key=application.key)


def _check_page(
    request: HttpRequest, applying: Applying, *, shown: Seen | None = None, is_changed: bool = False
) -> HttpResponse:
    draft = applying.draft
    assert draft is not None  # noqa: S101 - of_draft
    sent = applying.person is None and is_link_sent(draft, name=applying.name)
    place_gone = (
        is_changed
        and shown is not None
        and shown.prospect.outlook == Outlook.PLACE
        and applying.prospect.outlook == Outlook.QUEUE
    )
    context = {
        "applying": applying, "is_changed": is_changed, "place_gone": place_gone, "is_link_sent": sent,
        "seen": str(applying.seen),
    }  # fmt: skip
    return render(request, "applications/apply_check.html", context, status=409 if is_changed else 200)


def _saved_me(request: HttpRequest, applying: Applying, key: uuid.UUID) -> HttpResponse:
    form = MeForm(request.POST, person=applying.person)
    if form.is_valid():
        home, birth_on = form.cleaned_data["home_municipality"], form.cleaned_data["birth_on"]
        trial = Applying(applying.offering, applying.now, applying.person)
        trial.me = form
        for reason in trial.reasons:
            form.add_error(reason.field if reason.field in form.fields else None, str(reason))
        context = {"is_minor": trial.is_minor, "home": home, "birth_on": birth_on}
        if not form.errors:
            return _keep_me(request, applying, form, key)
        return _me_page(request, applying, form, key=key, **context)
    return _me_page(request, applying, form, key=key)


def _keep_me(request: HttpRequest, applying: Applying, form: MeForm, key: uuid.UUID) -> HttpResponse:
    applying.draft = services.save_draft(
        key=key,
        offering_id=applying.offering.pk,
        answers=form.answers(),
        language=form.cleaned_data["language"],
        email=form.cleaned_data.get("email", ""),
        by=applying.person,
        begins=applying.draft is None,
    )
    typed.forget(request)
    applying.__dict__.pop("kept", None)
    if applying.person is not None:
        sessions.note(request)
    if applying.person is None and not is_link_sent(applying.draft, name=applying.name):
        _send_link(request, applying)
    return _step(applying, "background")


def _send_link(request: HttpRequest, applying: Applying) -> None:
    assert applying.draft is not None  # noqa: S101 - of_draft
    try:
        services.send_draft_link(
            draft_id=applying.draft.pk, name=applying.name, asked_from=counted_address(request)
        )
    except LinkAskedTooOften as refusal:
        messages.error(request, str(refusal))
    else:
        said = _("We have sent a link to %(email)s. With it you confirm the address and can go on later.")
        messages.success(request, said % {"email": applying.email})


def _save(applying: Applying, answers: dict[str, str]) -> None:
    assert applying.draft is not None  # noqa: S101 - of_draft
    services.save_draft(
        key=applying.draft.key,
        offering_id=applying.offering.pk,
        answers=answers,
        language=applying.draft.language,
        by=applying.person,
        begins=False,
    )


def _me_page(
    request: HttpRequest, applying: Applying, form: MeForm, *, key: uuid.UUID, **more: Any
) -> HttpResponse:
    context = {"applying": applying, "form": form, "key": key, **more}
    return render(request, "applications/apply_me.html", context)


def _cannot(request: HttpRequest, applying: Applying, reasons: list[Any]) -> HttpResponse:
    context = {"applying": applying, "reasons": reasons}
    return render(request, "applications/apply_cannot.html", context, status=409)


def _step(applying: Applying, which: str) -> HttpResponse:
    assert applying.draft is not None  # noqa: S101 - only drafts have further steps
    return redirect(f"applications:apply_{which}", pk=applying.offering.pk, key=applying.draft.key)


def _sent_already(key: uuid.UUID, pk: int) -> HttpResponse:
    """Back to what was sent: by the back button, a second tab, or an answer that never arrived."""
    application = get_object_or_404(Application, key=key, offering=pk)
    return redirect("applications:detail", key=application.key)


def _key(request: HttpRequest) -> uuid.UUID:
    return _uuid(request.POST.get("key", ""))


def _uuid(written: str) -> uuid.UUID:
    """A new one, which names nothing, where none is written."""
    try:
        return uuid.UUID(written)
    except ValueError:
        return uuid.uuid4()


def _offering(request: HttpRequest, pk: int) -> Offering:
    today = timezone.localdate()
    return get_object_or_404(Offering.objects.visible_to(request.user, on=today).for_list(), pk=pk)


def _person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
