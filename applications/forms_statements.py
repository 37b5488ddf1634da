"""The forms in which a home municipality gives its statement, and a host records one from outside KOPA."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from applications.days import home_day
from applications.forms import HomeField
from applications.grounds import appeal_text, decision_language, grounds_in_force
from applications.models import Application, HomeStatement
from applications.services.statements import StatementInput
from applications.states import StatementOutcome
from kopa.accounts.models import User
from kopa.base import uploads
from kopa.base.parameters import WholeNumber
from offerings.forms.fields import DayInput
from offerings.homes import Home

ASK: Final = "ask"
OUTCOMES: Final = (
    ("commits", gettext_lazy("We pay for the place")),
    ("commits_limited", gettext_lazy("We pay within limits")),
    ("declines", gettext_lazy("We do not pay")),
)


def _text(label: Any, rows: int, most: int, hint: Any = "") -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, help_text=hint, required=False, max_length=most, widget=area)


class OutcomeForm(forms.Form):
    """What a statement says, by whom and when; which texts it needs follows from the outcome (R-HOME-5)."""

    use_required_attribute = False

    outcome = forms.ChoiceField(
        label=gettext_lazy("Decision"), choices=OUTCOMES, widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a decision.")},
    )  # fmt: skip
    limits = _text(
        gettext_lazy("Limits"), 3, 1000, gettext_lazy("For example a period, or a number of credits.")
    )
    ground = forms.ChoiceField(label=gettext_lazy("Ground"), required=False)
    text = _text(gettext_lazy("Reasons"), 5, 4000, gettext_lazy("Needed where you do not pay."))
    official_name = forms.CharField(
        label=gettext_lazy("Official who decides"), max_length=200,
        error_messages={"required": gettext_lazy("Give the name of the official who decides.")},
    )  # fmt: skip
    official_title = forms.CharField(label=gettext_lazy("Title"), max_length=120, required=False)
    decided_on = forms.DateField(
        label=gettext_lazy("Day of the decision"), widget=DayInput,
        error_messages={"required": gettext_lazy("Give the day of the decision.")},
    )  # fmt: skip

    def __init__(self, *arguments: Any, statement: HomeStatement, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.statement = statement
        country = statement.municipality.country
        self.today = home_day(country, timezone.now())
        listed = grounds_in_force(country, on=self.today)
        choices = [("", gettext_lazy("Choose a ground")), *((one.code, one.text) for one in listed)]
        ground = self.fields["ground"]
        assert isinstance(ground, forms.ChoiceField)  # noqa: S101 - declared above
        ground.choices = choices
        # Shown only where the outcome needs them.
        for name in ("limits", "ground"):
            self.fields[name].is_marked = True  # type: ignore[attr-defined]

    def clean_decided_on(self) -> dt.date:
        return _not_ahead(self.cleaned_data["decided_on"], self.today)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("outcome") == StatementOutcome.COMMITS_LIMITED:
            self._need("limits", _("Say what the limits are."))
        return given

    def _need(self, name: str, sentence: str) -> None:
        if not self.cleaned_data.get(name) and name not in self.errors:
            self.add_error(name, sentence)

    def input(self) -> StatementInput:
        """Texts that the outcome has no use for stay out."""
        given = self.cleaned_data
        outcome = StatementOutcome(given["outcome"])
        declines, limited = outcome == StatementOutcome.DECLINES, outcome == StatementOutcome.COMMITS_LIMITED
        return StatementInput(
            outcome=outcome,
            official_name=given["official_name"],
            official_title=given["official_title"],
            ground=given["ground"] if declines else "",
            text=_lines(given["text"]),
            limits=_lines(given["limits"]) if limited else "",
            appeal=_lines(given.get("appeal", "")) if declines or limited else "",
            decided_on=given["decided_on"],
        )


class StatementForm(OutcomeForm):
    """The officer's, on the case page: a decision, or a question to the applicant."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Decision"), widget=forms.RadioSelect,
        choices=(*OUTCOMES, (ASK, gettext_lazy("Ask the applicant for more first"))),
        error_messages={"required": gettext_lazy("Choose a decision.")},
    )  # fmt: skip
    appeal = _text(
        gettext_lazy("How to appeal"), 6, 2000,
        gettext_lazy("Comes with the decision, in the applicant's language. Add your own addresses."),
    )  # fmt: skip
    question = _text(
        pgettext_lazy("to the applicant", "Question"), 4, 2000,
        gettext_lazy("The applicant gets a letter and answers on the application's page."),
    )  # fmt: skip
    version = WholeNumber(widget=forms.HiddenInput)

    field_order = (
        "outcome", "limits", "ground", "text", "appeal", "official_name", "official_title", "decided_on",
        "question", "version",
    )  # fmt: skip

    @classmethod
    def first_values(cls, statement: HomeStatement, by: User) -> dict[str, Any]:
        """What a colleague has drafted, or the beginning of a new one."""
        today = home_day(statement.municipality.country, timezone.now())
        application = statement.application
        language = decision_language(application.language, statement.municipality)
        new = {
            "official_name": by.name,
            "decided_on": today,
            "appeal": appeal_text(statement.municipality, on=today, language=language),
        }
        names = ("outcome", "limits", "ground", "text", "appeal", "official_name", "official_title")
        drafted = {name: value for name in names if (value := getattr(statement, name))}
        if statement.decided_on:
            drafted["decided_on"] = statement.decided_on
        return new | drafted | {"version": statement.version}

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("outcome") == ASK:
            self._need("question", _("Write the question."))
            for name in ("official_name", "decided_on"):
                self.errors.pop(name, None)
            return self.cleaned_data
        given = super().clean()
        if given.get("outcome") == StatementOutcome.DECLINES:
            self._need("ground", _("Choose a ground from the list."))
            self._need("text", _("Say why in words that the applicant understands."))
            self._need("appeal", _("Say how to appeal."))
        return given

    @property
    def asks(self) -> bool:
        return bool(self.cleaned_data["outcome"] == ASK)


class OutsideForm(OutcomeForm):
    """The host's: what a municipality without an officer in KOPA has answered it."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Answer"), widget=forms.RadioSelect,
        choices=(
            ("commits", gettext_lazy("It pays for the place")),
            ("commits_limited", gettext_lazy("It pays within limits")),
            ("declines", gettext_lazy("It does not pay")),
        ),
        error_messages={"required": gettext_lazy("Choose what the municipality has answered.")},
    )  # fmt: skip
    text = _text(
        gettext_lazy("What the answer says"), 5, 4000,
        gettext_lazy("Its number in the municipality's or your own register, and reasons if it has them."),
    )  # fmt: skip
    official_name = forms.CharField(
        label=gettext_lazy("Official who has decided"), max_length=200,
        error_messages={"required": gettext_lazy("Give the name of the official who has decided.")},
    )  # fmt: skip

    document = forms.FileField(
        label=gettext_lazy("The answer as a document"),
        help_text=gettext_lazy(
            "Photograph the letter or save the e-mail as PDF. A PDF or a picture (JPEG, PNG), at most 10"
            " megabytes; the applicant can read it."
        ),
        allow_empty_file=True,  # the service says it in better words
        widget=forms.FileInput(attrs={"accept": uploads.ACCEPT}),
        error_messages={"required": gettext_lazy("Choose the file with the municipality's answer.")},
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        del self.fields["ground"]

    def input(self) -> StatementInput:
        self.cleaned_data["ground"] = ""
        return super().input()


class AppealForm(forms.Form):
    """An appeal has arrived. Which days are possible says the service."""

    use_required_attribute = False

    on = forms.DateField(
        label=gettext_lazy("Day on which the appeal arrived"), widget=DayInput,
        error_messages={"required": gettext_lazy("Give the day on which the appeal arrived.")},
    )  # fmt: skip
    reference = forms.CharField(
        label=gettext_lazy("Number of the appeal"), max_length=60, required=False,
        help_text=gettext_lazy("As the court or authority that decides on it has it."),
    )  # fmt: skip
    version = WholeNumber(widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, statement: HomeStatement, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.statement = statement

    @property
    def fits(self) -> bool:
        """It is what can be said of the statement now."""
        return self.statement.may_be_appealed


class UpheldForm(forms.Form):
    """The appeal was decided and has changed nothing."""

    use_required_attribute = False

    on = forms.DateField(
        label=gettext_lazy("Day on which the appeal was decided"), widget=DayInput,
        error_messages={"required": gettext_lazy("Give the day on which the appeal was decided.")},
    )  # fmt: skip
    version = WholeNumber(widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, statement: HomeStatement, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.statement = statement

    @property
    def fits(self) -> bool:
        return self.statement.is_appealed


class MoveForm(forms.Form):
    """Where the applicant lives now (R-HOME-1)."""

    use_required_attribute = False

    home_municipality = HomeField(
        label=gettext_lazy("New home municipality"),
        help_text=gettext_lazy("As it stands in the population register now."),
        error_messages={"required": gettext_lazy("Choose the new home municipality.")},
    )
    moved_on = forms.DateField(
        label=gettext_lazy("Day of the move"), widget=DayInput,
        error_messages={"required": gettext_lazy("Give the day of the move.")},
    )  # fmt: skip

    def __init__(self, *arguments: Any, application: Application, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.lives_in = application.moved_to_id or application.home_municipality_id

    def clean_home_municipality(self) -> Home:
        home: Home = self.cleaned_data["home_municipality"]
        if home.id == self.lives_in:
            raise forms.ValidationError(_("This is the home municipality already."))
        return home

    def clean_moved_on(self) -> dt.date:
        return _not_ahead(self.cleaned_data["moved_on"], timezone.localdate())


def _not_ahead(day: dt.date, today: dt.date) -> dt.date:
    if day > today:
        raise forms.ValidationError(_("This day lies ahead."))
    return day


def _lines(text: str) -> str:
    """Lines end as ours do, whatever the browser sends."""
    return text.replace("\r\n", "\n")
