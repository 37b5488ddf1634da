"""The home municipality's desk: its list of statements, one case, the statement as a document.

Somebody else's case is 404; the list itself is 403 for those who are nobody's officer.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import rules, services
from applications.days import home_day
from applications.errors import ApplicationRefused, DecidedAlready
from applications.forms_statements import AppealForm, OutsideForm, StatementForm, UpheldForm
from applications.models import Application, HomeStatement
from applications.models.reading import Where
from applications.services.reading import note
from applications.statement_case import WORDS, CasePage, Document, Row, way_back
from applications.statement_filters import StatementFilter
from kopa.accounts import typed
from kopa.accounts.models import User
from kopa.accounts.requests import SignedInRequest
from kopa.base.db import saying_busy
from kopa.base.errors import RuleBroken
from kopa.base.lists import list_page, without_hints
from kopa.base.parameters import version_of
from kopa.base.uploads import UploadRefused
from municipalities.cache import gazetteer
from providers.models import Organisation, Role, RoleAssignment
from providers.rules import holds_role, organisations_acted_for

PAGE_SIZE: Final = 25
# Municipalities and numbers, no persons (R-PRIV-4).
COORDINATES: Final = (Role.COORDINATOR,)


@login_required
@never_cache
@require_safe
def worklist(request: SignedInRequest) -> HttpResponse:
    now = timezone.now()
    today = timezone.localdate(now)
    offices = offices_of(request.user, today)
    rows = HomeStatement.objects.visible_to(request.user, on=today).for_list()
    filters = StatementFilter(request.GET, queryset=rows, request=request)
    page = list_page(request, filters.qs, size=PAGE_SIZE, form=without_hints(filters.form))
    _note_list(request, page.rows, offices, now)
    context = {
        "filters": filters,
        "page": page,
        "rows": [Row(one, now) for one in page.rows],
        "offices": offices,
        "words": WORDS[offices[0].country],
        "is_narrowed": any(request.GET.get(name) for name in filters.form.fields),
    }
    return render(request, "applications/statements.html", context)


def offices_of(person: User, today: dt.date) -> list[Organisation]:
    """The municipalities that the person is an officer of.

    Raises PermissionDenied where there is none.
    """
    acts_for = organisations_acted_for(person, Role.OFFICER, on=today)
    offices = list(acts_for.filter(municipality__isnull=False).select_related("municipality").by_name())
    if not offices:
        raise PermissionDenied
    return offices


def _note_list(
    request: SignedInRequest, shown: Iterable[HomeStatement], offices: Iterable[Organisation],
    now: dt.datetime,
) -> None:  # fmt: skip
    """R-PRIV-10: each in the name of the municipality that is asked."""
    places, by_place = gazetteer(), {one.municipality_id: one.pk for one in offices}
    by_office: dict[int, list[Application]] = defaultdict(list)
    for one in shown:
        place = one.municipality_id
        office = by_place.get(place) or by_place[places.today(one.municipality).pk]
        by_office[office].append(one.application)
    for office, applications in by_office.items():
        note(applications, person=request.user, role=Role.OFFICER, organisation_id=office, where=Where.LIST,
             now=now)  # fmt: skip


@typed.keeps_what_is_typed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: SignedInRequest, pk: int) -> HttpResponse:
    """The facts, and the decision: written, looked at as the applicant will read it, confirmed."""
    if _is_over(request, pk):
        return redirect("applications:statements")
    statement, role = _own_statement(request, pk)
    is_sent = request.method == "POST" and typed.FIELD not in request.POST
    if is_sent:
        answer = _sent(request, statement, StatementForm(request.POST, statement=statement), role)
    else:
        answer = _case_page(request, statement, _first_form(request, statement))
    if not answer.has_header("Location"):
        note([statement.application], person=request.user, role=role.role,
             organisation_id=_office(role), where=Where.PAGE)  # fmt: skip
    return answer


def _is_over(request: SignedInRequest, pk: int) -> bool:
    """The officer is told that the statement does not count any more."""
    over = HomeStatement.objects.over_for(request.user, on=timezone.localdate()).filter(pk=pk).exists()
    if over:
        messages.info(request, _(
            "Nobody waits for that statement any more: the application has ended, or the applicant has moved."
        ))  # fmt: skip
    return over


def _sent(
    request: SignedInRequest, statement: HomeStatement, form: StatementForm, role: RoleAssignment
) -> HttpResponse:
    pk = statement.pk
    act = request.POST.get("act", "preview")
    if act == "edit" or not form.is_valid():
        return _case_page(request, statement, form)
    try:
        with saying_busy():
            if act == "confirm":
                _confirm(request, statement, form, role)
            elif not form.asks:
                version = form.cleaned_data["version"]
                drafted = services.draft_statement(
                    statement_id=pk, given=form.input(), version=version, **_acting(request, role)
                )
                statement.version = drafted.version
    except (RuleBroken, ValidationError) as refused:
        return _refused(request, pk, form, refused)
    if act == "confirm":
        typed.forget(request)
        return redirect("applications:statement", pk=pk)
    if act == "save":
        typed.forget(request)
        messages.success(request, _("The draft is saved. Nobody but your colleagues sees it."))
        return redirect("applications:statement", pk=pk)
    return _preview_page(request, statement, form)


def _confirm(
    request: SignedInRequest, statement: HomeStatement, form: StatementForm, role: RoleAssignment
) -> None:
    version = form.cleaned_data["version"]
    if form.asks:
        question = form.cleaned_data["question"].replace("\r\n", "\n")
        services.ask_for_more(
            statement_id=statement.pk, question=question, version=version, **_acting(request, role)
        )
        messages.success(request, _("The applicant has been asked. The answer comes to your list."))
        return
    services.issue_statement(
        statement_id=statement.pk, given=form.input(), version=version, **_acting(request, role)
    )
    messages.success(request, _("The decision has been given. The applicant and the provider are told."))


def _refused(
    request: SignedInRequest, pk: int, form: StatementForm, refused: RuleBroken | ValidationError
) -> HttpResponse:
    """The second of two officers sees what the first has done, and her own text is still there."""
    statement, _role = _own_statement(request, pk)
    form.statement = statement
    if isinstance(refused, ValidationError):
        form.add_error(None, refused.messages)
    else:
        form.add_error(_field_of(refused), str(refused))
        # What she sees now is the newest: sent again it is her word against it.
        form.data = request.POST.dict() | {"version": str(statement.version)}
    status = HTTPStatus.CONFLICT if isinstance(refused, RuleBroken) else HTTPStatus.OK
    return _case_page(request, statement, form, status=status, lost=isinstance(refused, DecidedAlready))


def _field_of(refused: RuleBroken) -> str | None:
    return refused.field or None if isinstance(refused, ApplicationRefused) else None


def _first_form(request: SignedInRequest, statement: HomeStatement) -> StatementForm:
    """What was typed before signing in stands in it again and is not sent yet."""
    waiting = typed.waiting(request)
    initial = dict(waiting.items()) if waiting else StatementForm.first_values(statement, request.user)
    return StatementForm(statement=statement, initial=initial)


def _case_page(
    request: SignedInRequest, statement: HomeStatement, form: StatementForm, *,
    status: int = HTTPStatus.OK, lost: bool = False, appeal: AppealForm | UpheldForm | None = None,
) -> HttpResponse:  # fmt: skip
    page = CasePage(statement, timezone.now())
    context: dict[str, Any] = {"page": page, "statement": statement, "form": form, "lost": lost}
    if statement.is_awaited:
        other = statement.drafted_by
        context["colleague"] = other if other is not None and other != request.user else None
    else:
        context["document"] = Document(statement)
    context["appeal"] = appeal or _appeal_form(statement)
    return render(request, "applications/statement.html", context, status=status)


def _appeal_form(statement: HomeStatement) -> AppealForm | UpheldForm:
    form = UpheldForm if statement.is_appealed else AppealForm
    return form(statement=statement, initial={"version": statement.version})


def _preview_page(
    request: SignedInRequest, statement: HomeStatement, form: StatementForm
) -> HttpResponse:
    """The decision, or the question, as the applicant will read it; nothing has left yet."""
    hidden = [(name, request.POST.get(name, "")) for name in form.fields if name != "version"]
    context: dict[str, Any] = {"statement": statement, "form": form, "hidden": hidden}
    context["version"] = form.cleaned_data["version"] if form.asks else statement.version
    if not form.asks:
        given = form.input()
        for name in ("outcome", "limits", "ground", "text", "appeal", "official_name", "official_title",
                     "decided_on"):  # fmt: skip
            setattr(statement, name, getattr(given, name))
    context["document"] = Document(statement)
    return render(request, "applications/statement_preview.html", context)


@typed.keeps_what_is_typed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: SignedInRequest, pk: int) -> HttpResponse:
    """An appeal has arrived on paper."""
    said = _("The appeal is recorded. The applicant is told; the decision stays in force meanwhile.")
    return _of_appeal(request, pk, AppealForm, services.record_appeal, said)


@typed.keeps_what_is_typed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def uphold(request: SignedInRequest, pk: int) -> HttpResponse:
    """The appeal was decided and has changed nothing."""
    said = _("The end of the appeal is recorded. The applicant is told that the decision stands.")
    return _of_appeal(request, pk, UpheldForm, services.uphold_statement, said)


def _of_appeal(
    request: SignedInRequest, pk: int, kind: type[AppealForm | UpheldForm],
    act: Callable[..., HomeStatement], said: str,
) -> HttpResponse:  # fmt: skip
    """The case page with what is typed into its form, until that is recorded."""
    if _is_over(request, pk):
        return redirect("applications:statements")
    statement, role = _own_statement(request, pk)
    is_sent = request.method == "POST" and typed.FIELD not in request.POST
    waiting = typed.waiting(request)
    initial = (dict(waiting.items()) if waiting else {}) | {"version": statement.version}
    form = kind(request.POST if is_sent else None, statement=statement, initial=initial)
    status = HTTPStatus.OK
    if form.is_valid():
        try:
            with saying_busy():
                act(statement_id=pk, **form.cleaned_data, **_acting(request, role))
        except RuleBroken as refused:
            form.statement, role = _own_statement(request, pk)
            form.add_error(_field_of(refused), str(refused))
            form.data = request.POST.dict() | {"version": str(form.statement.version)}
            status = HTTPStatus.CONFLICT
        else:
            typed.forget(request)
            messages.success(request, said)
            return redirect("applications:statement", pk=pk)
    statement = form.statement
    first = StatementForm(statement=statement, initial=StatementForm.first_values(statement, request.user))
    note([statement.application], person=request.user, role=role.role, organisation_id=_office(role),
         where=Where.PAGE)  # fmt: skip
    return _case_page(request, statement, first, status=status, appeal=form)


@login_required
@require_POST
def remit(request: SignedInRequest, pk: int) -> HttpResponse:
    """The appeal has sent it back: it is written anew."""
    said = _("Write the decision anew. The earlier one is kept as it was given.")
    return _sent_back(request, pk, services.remit_statement, said)


@login_required
@require_POST
def set_aside(request: SignedInRequest, pk: int) -> HttpResponse:
    """The appeal has succeeded, and the application is over."""
    said = _("The end of the appeal is recorded. The applicant is told that the decision does not count.")
    return _sent_back(request, pk, services.set_statement_aside, said)


def _sent_back(
    request: SignedInRequest, pk: int, act: Callable[..., HomeStatement], said: str
) -> HttpResponse:
    statement, role = _own_statement(request, pk)
    version = version_of(request.POST)
    try:
        with saying_busy():
            act(statement_id=statement.pk, version=version, **_acting(request, role))
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("applications:statement", pk=pk)


# Documents for the applicant, the host and the municipality


@login_required
@never_cache
@require_safe
def document(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    """The statement that was given (R-PRIV-11: here, and in no letter)."""
    application, statement, role = _seen(request, key)
    if statement.is_awaited:
        raise Http404
    context = {
        "application": application,
        "statement": statement,
        "document": Document(statement),
        "back": way_back(application, role),
    }
    return render(request, "applications/statement_document.html", context)


@login_required
@never_cache
@require_safe
def request_paper(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    """The request for a statement on paper, for a municipality that nobody acts for in KOPA."""
    application, statement, role = _seen(request, key)
    if not _is_without_officer(statement):
        raise Http404
    context = {
        "application": application,
        "statement": statement,
        "page": CasePage(statement, timezone.now()),
        "document": Document(statement),
        "back": way_back(application, role),
    }
    return render(request, "applications/statement_request.html", context)


@typed.keeps_what_is_typed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def outside(request: SignedInRequest, key: uuid.UUID) -> HttpResponse:
    """The host records what such a municipality has answered it."""
    today = timezone.localdate()
    theirs = Application.objects.to_courses_of(request.user, on=today).select_related(
        "offering__provider", "learner__person"
    )
    application = get_object_or_404(theirs, key=key)
    statement = _in_force(application)
    if not _is_without_officer(statement):
        raise Http404
    role = rules.deciding_role(request.user, application.offering, on=today)
    assert role is not None  # noqa: S101 - it is one of their courses
    is_sent = request.method == "POST" and typed.FIELD not in request.POST
    waiting = typed.waiting(request)
    its_day = home_day(statement.municipality.country, timezone.now())
    initial = dict(waiting.items()) if waiting else {"decided_on": its_day}
    sent = (request.POST, request.FILES) if is_sent else ()
    form = OutsideForm(*sent, statement=statement, initial=initial)
    if form.is_valid():
        try:
            with saying_busy():
                services.record_answer_from_outside(
                    statement_id=statement.pk, given=form.input(), file=form.cleaned_data["document"],
                    **_acting(request, role),
                )  # fmt: skip
        except UploadRefused as refused:
            form.add_error("document", str(refused))
        except RuleBroken as refused:
            form.add_error(None, str(refused))
        except ValidationError as refused:
            form.add_error(None, refused.messages)
        else:
            typed.forget(request)
            messages.success(request, _("The municipality's answer is recorded. The applicant is told."))
            return redirect("applications:host_case", key=key)
    note([application], person=request.user, role=role.role, organisation_id=_office(role),
         where=Where.PAGE)  # fmt: skip
    context = {"application": application, "statement": statement, "form": form}
    return render(request, "applications/statement_outside.html", context)


# The coordinator's page


@login_required
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    """Municipalities whose statements are late or that nobody acts for: numbers and days alone."""
    now = timezone.now()
    today = timezone.localdate(now)
    if not holds_role(request.user, *COORDINATES, on=today):
        raise PermissionDenied
    awaited = HomeStatement.objects.awaited()
    context = {
        "overdue": _by_place(awaited.overdue(now=now).by_municipality(), now),
        "alone": _by_place(awaited.without_officer(on=today).by_municipality(), now),
    }
    return render(request, "applications/statements_overview.html", context)


def _by_place(rows: Iterable[dict[str, Any]], now: dt.datetime) -> list[dict[str, Any]]:
    places = gazetteer()
    found = [row | {"place": places.by_id[row["municipality"]]} for row in rows]
    return [row | {"is_overdue": row["oldest"] < home_day(row["place"].country, now)} for row in found]


# What the views have in common


def _own_statement(request: SignedInRequest, pk: int) -> tuple[HomeStatement, RoleAssignment]:
    today = timezone.localdate()
    rows = HomeStatement.objects.visible_to(request.user, on=today).for_list().select_related(
        "application__agreement", "application__prior_education", "application__home_municipality"
    )
    statement = get_object_or_404(rows, pk=pk)
    role = rules.stating_role(request.user, statement, on=today)
    assert role is not None  # noqa: S101 - visible_to says so
    return statement, role


def _seen(
    request: SignedInRequest, key: uuid.UUID
) -> tuple[Application, HomeStatement, RoleAssignment | None]:
    """For whoever may see the application; staff leave a trace (R-PRIV-10). No role: the applicant's own."""
    today = timezone.localdate()
    rows = Application.objects.visible_to(request.user, on=today).select_related(
        "offering__provider", "learner__person", "agreement"
    )
    application = get_object_or_404(rows, key=key)
    statement, role = _in_force(application), None
    if not rules.is_applicant(request.user, application):
        role = rules.deciding_role(request.user, application.offering, on=today) or rules.stating_role(
            request.user, statement, on=today
        )
        assert role is not None  # noqa: S101 - visible_to says so
        note([application], person=request.user, role=role.role, organisation_id=_office(role),
             where=Where.PAGE)  # fmt: skip
    return application, statement, role


def _in_force(application: Application) -> HomeStatement:
    statement = get_object_or_404(
        HomeStatement.objects.in_force().select_related("municipality", "document"), application=application
    )
    statement.application = application
    return statement


def _is_without_officer(statement: HomeStatement) -> bool:
    rows = HomeStatement.objects.awaited().filter(pk=statement.pk)
    return rows.without_officer(on=timezone.localdate()).exists()


def _office(role: RoleAssignment) -> int:
    assert role.organisation_id is not None  # noqa: S101 - officers and staff act for one
    return role.organisation_id


def _acting(request: SignedInRequest, role: RoleAssignment) -> dict[str, Any]:
    return {"by": request.user, "role": role.role, "organisation_id": _office(role)}
