"""What an applicant confides."""

from __future__ import annotations

from typing import Final

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST: Final = 4000


class GroundsForm(forms.Form):
    """Health, language, circumstances: in the applicant's own words, or nothing."""

    use_required_attribute = False

    text = forms.CharField(
        label=_("What those who decide should know"),
        help_text=_("Empty the field to take it back."),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off"}),
    )
