"""What a person says of an act on many courses."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kopa.base.parameters import WholeNumber
from offerings.models import Together
from offerings.services.dates import Shift, Unit, Which


class ChosenForm(forms.Form):
    """The act, and on which rows of the table: the ticked ones, or all that are found."""

    act = forms.ChoiceField(choices=Together.choices)
    all = forms.BooleanField(required=False)

    def rows(self) -> list[int]:
        """Ids of the ticked courses; what is none counts as not ticked."""
        ticked = self.data.getlist("row")  # type: ignore[attr-defined]  # the data of a request
        return [int(one) for one in ticked if WholeNumber.digits.fullmatch(one)]


class ReasonForm(forms.Form):
    """Why it is done; nobody has to say it."""

    reason = forms.CharField(
        label=gettext_lazy("Why (if you like)"),
        help_text=gettext_lazy("Your organisation reads it in the history of each course."),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"form": "do"}),  # the buttons' form, which stays in sight below
    )


class ShiftForm(forms.Form):
    number = forms.IntegerField(
        label=gettext_lazy("Move by"),
        help_text=gettext_lazy("A negative number moves the dates back."),
        validators=[MinValueValidator(-1000), MaxValueValidator(1000)],
        widget=forms.NumberInput(attrs={"step": "1"}),
    )
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=Unit.choices, initial=Unit.WEEKS)
    which = forms.ChoiceField(
        label=gettext_lazy("Which dates"), choices=Which.choices, initial=Which.ALL, widget=forms.RadioSelect
    )

    def clean_number(self) -> int:
        number: int = self.cleaned_data["number"]
        if number == 0:
            raise forms.ValidationError(_("Write another number than 0."), code="zero")
        return number

    def shift(self) -> Shift:
        given: dict[str, Any] = self.cleaned_data
        return Shift(given["number"], Unit(given["unit"]), Which(given["which"]))
