"""The form of a course that saves itself while it is typed; ``static/kopa/autosave.js`` asks here.

A draft takes everything that is right as it stands; what is wrong is said at its field and stays typed. What
is public changes only when somebody presses the button: until then the typed form is kept in the person's
session. So is a form without a title, of which no draft can be made yet.
"""

from __future__ import annotations

from typing import Any, Final, cast

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kopa.accounts import typed
from kopa.accounts.requests import SignedInRequest
from kopa.audit.meanwhile import form_sentence
from kopa.base import writing
from kopa.base.errors import ChangedMeanwhile, RuleBroken, TransitionNotAllowed
from kopa.base.parameters import version_of
from offerings import services
from offerings.completeness import completeness
from offerings.desk_requests import mark_of, sitting_of
from offerings.forms import OfferingForm
from offerings.forms.choices import MOMENTS, time_of
from offerings.meanwhile import last_act
from offerings.models import Offering
from offerings.services import OfferingInput
from offerings.services.acts import at_their_fields
from offerings.states import GIVEN, OfferingStatus

TITLES: Final = frozenset({"title_fi", "title_sv", "title_en"})
# Rules that speak of several fields: where the one they name is right by itself, none of the others is saved.
TOGETHER: Final = (
    frozenset({"starts_on", "ends_on", *MOMENTS}),
    frozenset({"capacity", "min_group", "max_group", "quotas"}),
    frozenset({"credits", "credit_unit_id"}),
    frozenset({"sites", "elsewhere", "co_hosts"}),
    TITLES,
)


def autosave(request: SignedInRequest, offering: Offering) -> HttpResponse:
    form = OfferingForm(request.POST, offering=offering)
    form.is_valid()
    if offering.status in GIVEN:
        form.add_reasons(form.reasons(anew=False))
        return _kept(request, form)
    if _is_blank(offering) and not any(form.cleaned_data.get(name) for name in TITLES):
        for name in TITLES & set(form.errors):
            del form.errors[name]
        return _kept(request, form)
    try:
        saved = _save_what_can_be(request, form)
    except ChangedMeanwhile:
        sentence = form_sentence(last_act(offering), reader=request.user)
        return _answer(request, form, state="stopped", said=sentence)
    except TransitionNotAllowed:
        sentence = _("This is no draft any more, so nothing saves itself. What you typed is still here.")
        return _answer(request, form, state="stopped", said=sentence)
    except (RuleBroken, ValidationError) as refused:
        form.add_refusal(refused)
        return _answer(request, form, state="refused", said=_("Not saved: look at the fields marked below."))
    if _is_blank(offering):
        typed.forget(request)  # what was kept of it before it had a title
    state = "partly" if form.errors else "saved"
    return _answer(request, form, state=state, said=_saved_sentence(form), saved=saved)


def _save_what_can_be(request: SignedInRequest, form: OfferingForm) -> Offering:
    """Saves all that is typed but what is wrong, which the form says. Raises what cannot be left out."""
    given = cast("dict[str, Any]", form.given())
    for name in form.errors:
        _leave_out(given, name)
    while True:
        try:
            return _save(request, form.offering, cast("OfferingInput", given))
        except (ChangedMeanwhile, TransitionNotAllowed):
            raise
        except (RuleBroken, ValidationError) as refused:
            left_out = [_leave_out(given, name) for name in _places(refused)]
            if not any(left_out):
                raise
            form.add_refusal(refused)


def _save(request: SignedInRequest, offering: Offering, given: OfferingInput) -> Offering:
    sitting, mark = sitting_of(request.POST), mark_of(request.POST)
    if sitting is None:
        raise ChangedMeanwhile
    if not _is_blank(offering):
        version = version_of(request.POST)
        return services.autosave(
            offering_id=offering.pk, version=version, sitting=sitting, given=given, by=request.user
        )
    if mark is None:
        raise ChangedMeanwhile
    return services.autosave_new(
        provider_id=offering.provider_id, sitting=sitting, given=given, by=request.user, created_from=mark
    )


def _leave_out(given: dict[str, Any], place: str) -> bool:
    """Without the field, or what it hangs together with; False where there is nothing left to leave out."""
    meant = {place, f"{place}_id", *(moment for moment in MOMENTS if time_of(moment) == place)}
    names = meant & set(given)
    if not names:
        names = next((set(group) & set(given) for group in TOGETHER if meant & group), set())
    for name in names:
        del given[name]
    return bool(names)


def _places(refused: RuleBroken | ValidationError) -> list[str]:
    """The fields that a refusal speaks of."""
    if isinstance(refused, RuleBroken):
        return [getattr(refused, "field", "")]
    if not hasattr(refused, "error_dict"):  # the database refused, not full_clean
        refused = at_their_fields(ValidationError({"__all__": [refused]}))
    return list(refused.error_dict)


def _kept(request: SignedInRequest, form: OfferingForm) -> HttpResponse:
    """Not saved, but there again when the person comes back."""
    if not typed.hold(request):
        return _answer(request, form, state="refused", said=_("Not kept: this is longer than KOPA can keep."))
    at = {"time": _clock(form.offering)}
    if _is_blank(form.offering):
        sentence = _("Kept for you at %(time)s. With a title it becomes a draft.")
    else:
        sentence = _("Kept for you at %(time)s, not public yet: save the changes when you are ready.")
    return _answer(request, form, state="kept", said=sentence % at)


def _saved_sentence(form: OfferingForm) -> str:
    sentence = _("Saved at %(time)s.") % {"time": _clock(form.offering)}
    if not form.errors:
        return sentence
    number = len(form.errors)
    but = ngettext(
        "%(number)s field is wrong and not saved.", "%(number)s fields are wrong and not saved.", number
    )
    return f"{sentence} {but % {'number': number}}"


def _is_blank(offering: Offering) -> bool:
    """Nothing of it is saved yet."""
    return offering._state.adding  # noqa: SLF001 - Django's documented Model._state


def _clock(offering: Offering) -> str:
    return writing.clock(timezone.now(), country=offering.country)


def _answer(
    request: SignedInRequest, form: OfferingForm, *, state: str, said: str, saved: Offering | None = None
) -> HttpResponse:
    is_draft = form.offering.status == OfferingStatus.DRAFT
    context = {
        "form": form,
        "state": state,
        "said": said,
        "version": saved.version if saved is not None else "",
        "address": reverse("offerings:edit", args=[saved.pk]) if saved is not None else "",
        "completeness": completeness(form.facts()) if is_draft else None,
    }
    return render(request, "offerings/_autosaved.html", context)
