"""What a coordinator fills in to verify or to suspend an organisation."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class VerificationForm(forms.Form):
    use_required_attribute = False

    business_id = forms.CharField(
        label=_("Business ID"),
        max_length=20,
        help_text=_("Look it up in the business register (in Finland ytj.fi) and compare the name."),
        error_messages={"required": _("Give the business ID.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class SuspensionForm(forms.Form):
    use_required_attribute = False

    reason = forms.CharField(
        label=_("Why is it suspended?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Stands in the journal and on this page. Write nothing about single persons."),
        error_messages={"required": _("Say why: it is written into the journal.")},
    )
