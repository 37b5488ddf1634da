"""What is asked of who invites and who is invited."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kopa.accounts.forms import NewPasswordForm
from kopa.accounts.models import User
from providers.models import ROLES_WITH_AN_ORGANISATION, Organisation
from providers.rules import organisations_invited_for, roles_invited_to


def _day(**more: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **more)


class SubstituteForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    valid_to = _day(label=_("Last day"))
    language = forms.ChoiceField(label=_("Language of the letter"), choices=settings.LANGUAGES)


class InvitationForm(forms.Form):
    """Offers what the person who invites may give, nothing else."""

    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=_("Role"))
    organisation = forms.ModelChoiceField(
        label=_("Organisation"),
        queryset=Organisation.objects.none(),
        required=False,
        empty_label=_("Not chosen"),
        help_text=_("Analysts and administrators have none."),
    )
    valid_to = _day(label=_("Last day"), required=False, help_text=_("Empty: until further notice."))
    language = forms.ChoiceField(label=_("Language of the letter"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        roles: Any = self.fields["role"]
        roles.choices = [(role.value, role.label) for role in roles_invited_to(by, on=today)]
        organisations: Any = self.fields["organisation"]
        organisations.queryset = organisations_invited_for(by, on=today).by_name()

    def clean_valid_to(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["valid_to"]
        if day and day < timezone.localdate():
            raise ValidationError(_("The last day is past."), code="past")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        needs = cleaned.get("role") in ROLES_WITH_AN_ORGANISATION
        if needs and "organisation" in cleaned and cleaned["organisation"] is None:
            self.add_error("organisation", _("This role is held for an organisation: choose one."))
        if not needs:
            cleaned["organisation"] = None
        return cleaned


class NewPersonForm(NewPasswordForm):
    name = forms.CharField(
        label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    field_order = ["name", "password", "repeated"]
