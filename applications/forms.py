"""The forms of the three steps, and those of the applicant's own page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.choices import LANGUAGES
from applications.services import Revision
from kopa.accounts.models import User
from kopa.base import uploads
from kopa.codes.cache import OfLoad
from kopa.codes.models import PriorEducation
from municipalities.lookup import find_municipality
from offerings.homes import Home, find_home

OLDEST: Final = 120  # years
PRIOR_EDUCATION: Final = OfLoad(lambda: list(PriorEducation.objects.all()))


class HomeSelect(forms.Select):
    """Every municipality of today; ``static/kopa/home.js`` makes a box with suggestions of it."""

    template_name = "applications/widgets/home.html"

    def id_for_label(self, id_: str, index: str | None = None) -> str:  # noqa: ARG002
        """The whole field: of the list and the box over it only one is seen."""
        return f"{id_}_field"


class HomeField(forms.Field):
    """A key of the list, or words that mean one municipality. Cleaned it is a ``Home``."""

    widget = HomeSelect
    default_error_messages = {
        "required": gettext_lazy("Choose the municipality in which you live."),
        "unknown": gettext_lazy("No municipality has this name. Choose one of the list."),
        "several": gettext_lazy("Several municipalities have such a name. Choose one of the list."),
    }

    def clean(self, value: Any) -> Home | None:
        words = str(value or "").strip()
        self.validate(words)
        found = find_home(words)
        if found is not None:
            return found
        meant = find_municipality(words)
        if len(meant) == 1:
            return find_home(meant[0].key)
        code = "several" if meant else "unknown"
        raise ValidationError(self.error_messages[code], code=code)


class BirthdayField(forms.DateField):
    """Typed in figures: the calendars of browsers are made for next week, not for forty years ago."""

    default_error_messages = {
        "required": gettext_lazy("Write your date of birth."),
        "invalid": gettext_lazy("Write the day, the month and the year in figures, for example 31.3.1999."),
    }

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(
            format="%d.%m.%Y", attrs={"inputmode": "text", "autocomplete": "bday", "class": "k-short"}
        )
        formats = ["%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%d %m %Y", "%d%m%Y"]
        super().__init__(**{"widget": widget, "input_formats": formats, **options})

    def to_python(self, value: Any) -> dt.date | None:
        return super().to_python(value.strip().rstrip(".") if isinstance(value, str) else value)

    def clean(self, value: Any) -> dt.date | None:
        day: dt.date | None = super().clean(value)
        today = timezone.localdate()
        if day is not None and not today.year - OLDEST < day.year <= today.year:
            raise ValidationError(_("Check the year of your birth."), code="year")
        return day


class MeForm(forms.Form):
    """Step 1. Name and address of somebody signed in are the account's."""

    use_required_attribute = False

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Write your name.")},
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        help_text=gettext_lazy("We send a link to it: with it you confirm the address and can go on later."),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": gettext_lazy("Write your e-mail address.")},
    )
    phone = forms.CharField(
        label=gettext_lazy("Telephone (not compulsory)"),
        help_text=gettext_lazy("If the provider may call you about your application."),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    birth_on = BirthdayField(
        label=gettext_lazy("Date of birth"),
        help_text=gettext_lazy(
            "For example 31.3.1999. Asked because whoever is under 18 does not apply here alone."
        ),
    )
    home_municipality = HomeField(
        label=gettext_lazy("Home municipality"),
        help_text=gettext_lazy("Where you are registered as living today. It decides who pays."),
    )
    is_protected = forms.BooleanField(
        label=gettext_lazy("My identity is protected by a decision of the authorities"),
        help_text=gettext_lazy(
            "A non-disclosure for personal safety, for example. Then your name and your home stand in no list"
            " and no file of those who handle applications, and nobody finds you by your name."
        ),
        required=False,
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of letters and decisions"),
        choices=LANGUAGES,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a language.")},
    )

    def __init__(self, *arguments: Any, person: User | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if person is not None:
            del self.fields["name"], self.fields["email"]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()

    def answers(self) -> dict[str, str]:
        """As a draft keeps them."""
        said = self.cleaned_data
        kept = {"birth_on": said["birth_on"].isoformat(), "home_municipality": said["home_municipality"].key}
        kept["is_protected"] = "true" if said["is_protected"] else ""
        return kept | {name: said[name] for name in ("name", "phone") if name in said}


class BackgroundForm(forms.Form):
    """Step 2."""

    use_required_attribute = False

    prior_education = forms.ChoiceField(
        label=gettext_lazy("What you have completed before"),
        required=False,
        widget=forms.Select,
    )
    motivation = forms.CharField(
        label=gettext_lazy("What you want to say to the provider (not compulsory)"),
        help_text=gettext_lazy(
            "For example why you apply, and what you can already. Nothing about health, please: the provider"
            " asks for it where it is needed."
        ),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 7}),
    )

    file = forms.FileField(
        label=gettext_lazy("Add a file (not compulsory)"),
        help_text=gettext_lazy(
            "A certificate, for example: a PDF or a picture (JPEG, PNG), at most 10 megabytes. The provider"
            " sees it."
        ),
        required=False,
        allow_empty_file=True,  # the service says it in better words
        widget=forms.FileInput(attrs={"accept": uploads.ACCEPT}),
    )

    def __init__(self, *arguments: Any, country: str, takes_files: bool = False, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if not takes_files:
            del self.fields["file"]
        named: Sequence[tuple[str, str]] = [
            (one.pk, str(one.name(country=country))) for one in PRIOR_EDUCATION.now()
        ]
        field = self.fields["prior_education"]
        field.choices = [("", _("Not chosen")), *named]  # type: ignore[attr-defined]

    def answers(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("prior_education", "motivation")}


class ReviseForm(BackgroundForm):
    """What was sent, said anew (R-APP-1). ``version``: what the applicant has in front of her."""

    phone = MeForm.declared_fields["phone"]
    language = MeForm.declared_fields["language"]
    version = forms.IntegerField(widget=forms.HiddenInput)

    def revision(self) -> Revision:
        said = self.cleaned_data
        return Revision(
            phone=said["phone"],
            language=said["language"],
            motivation=said["motivation"],
            prior_education_id=said["prior_education"] or None,
        )


class AnswerForm(forms.Form):
    """What the home municipality has asked for."""

    use_required_attribute = False

    answer = forms.CharField(
        label=gettext_lazy("Your answer"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": gettext_lazy("Write your answer.")},
    )

