"""What the host's people type about an application."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from applications.cases import Case
from applications.host_grounds import appeal_text, grounds_in_force
from applications.priorities import priority_groups
from applications.services.deciding import Refusal
from offerings.forms.fields import DayInput, NumberField

TITLE: Final = gettext_lazy("Your title, as the decision shows it")


class TitleForm(forms.Form):
    """Who decides is a named official (R-APP-11): the name is the account's."""

    title = forms.CharField(label=TITLE, max_length=120, required=False)


class RefusalForm(TitleForm):
    """The ground from the list, the reasons in one's own words, and how to appeal (R-APP-5)."""

    ground = forms.ChoiceField(
        label=pgettext_lazy("of a refusal", "Ground"), choices=(), widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a ground.")},
    )
    text = forms.CharField(
        label=gettext_lazy("Reasons"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": gettext_lazy("Write the reasons.")},
    )
    appeal = forms.CharField(
        label=gettext_lazy("How to appeal"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": gettext_lazy("Say how to appeal.")},
    )
    field_order = ("ground", "text", "appeal", "title")

    def __init__(
        self,
        data: Any = None,
        *,
        case: Case,
        language_name: str,
        title: str,
        before: dict[str, Any] | None = None,
    ) -> None:
        """``before`` fills in what was typed before, without judging it."""
        application = case.application
        self.is_admission = case.reception is not None
        said = appeal_text(application, is_admission=self.is_admission)
        super().__init__(data, initial={"appeal": said, "title": title} | (before or {}))
        country, today = application.offering.provider.country, timezone.localdate()
        offered = grounds_in_force(
            country, is_admission=self.is_admission, on=today, is_missed=case.is_missed
        )
        self._choices("ground", [(one.code, one.text) for one in offered])
        self.fields["text"].help_text = _(
            "Write in the language of the decision: %(language)s."
        ) % {"language": language_name}

    def _choices(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices

    @property
    def refusal(self) -> Refusal:
        cleaned = self.cleaned_data
        return Refusal(ground=cleaned["ground"], text=cleaned["text"], appeal=cleaned["appeal"])


class RankForm(forms.Form):
    """What the selection goes by."""

    priority_group = forms.TypedChoiceField(
        label=gettext_lazy("Priority group"), coerce=int, empty_value=None, required=False, choices=()
    )
    score = NumberField(
        label=gettext_lazy("Selection score"), max_digits=8, decimal_places=3, required=False
    )

    def __init__(self, data: Any = None, *, case: Case) -> None:
        application = case.application
        given = {"priority_group": application.priority_group, "score": application.score}
        super().__init__(data, initial=given, prefix="rank")
        groups = priority_groups(application.offering).groups
        if not groups:
            del self.fields["priority_group"]
            return
        field = self.fields["priority_group"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 - declared above
        field.choices = [("", _("not set")), *((key, f"{key}. {said}") for key, said in groups.items())]

    @property
    def group_given(self) -> int | None:
        group: int | None = self.cleaned_data.get("priority_group")
        return group

    @property
    def score_given(self) -> Decimal | None:
        score: Decimal | None = self.cleaned_data["score"]
        return score


class DayForm(forms.Form):
    """The day of the first attendance."""

    on = forms.DateField(label=gettext_lazy("First day of studies"), widget=DayInput())

    def __init__(self, data: Any = None, *, starts_on: dt.date | None, today: dt.date) -> None:
        """Until teaching has begun its first day is offered, later today."""
        first = starts_on if starts_on is not None and starts_on > today else today
        super().__init__(data, initial={"on": first})
        self.today = today
