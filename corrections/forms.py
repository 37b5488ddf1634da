"""The form in which anybody reports an error, and the one in which it is answered."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from corrections.models import LONGEST_ANSWER, LONGEST_TEXT, ErrorKind
from kopa.base.parameters import WholeNumber

ACTS: Final = (
    ("mend", _("It was an error and has been mended")),
    ("dismiss", _("It is not an error")),
    ("mark_duplicate", _("The same has been reported before")),
)


class ReportForm(forms.Form):
    """Two questions; who asks is nobody's business."""

    use_required_attribute = False

    kind = forms.ChoiceField(
        label=_("What is wrong?"),
        choices=ErrorKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is wrong.")},
    )
    text = forms.CharField(
        label=_("Tell in your own words"),
        help_text=_(
            "What is wrong, and what would be right? If you know where the right fact can be seen, say that"
            " too. Write nothing about single persons."
        ),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Tell what is wrong.")},
    )

    def clean_text(self) -> str:
        """Lines end as ours do, whatever the browser sends."""
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")


class HandleForm(forms.Form):
    """How the report is answered, and why."""

    use_required_attribute = False

    act = forms.ChoiceField(
        label=_("Answer"),
        choices=ACTS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose an answer.")},
    )
    original = WholeNumber(
        label=_("Number of the first report"),
        help_text=_("Only where the same has been reported before."),
        required=False,
        min_value=1,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 8}),
    )
    answer = forms.CharField(
        label=_("Reason"),
        help_text=_("What was found or done. It stays in the journal: write nothing about single persons."),
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write what was found or done.")},
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        is_duplicate = given.get("act") == "mark_duplicate"
        if is_duplicate and given.get("original") is None and "original" not in self.errors:
            self.add_error("original", _("Give the number of the first report."))
        return given
