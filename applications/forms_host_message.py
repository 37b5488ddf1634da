"""What the host writes to the applicants of a course, and to which of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from applications.models import Application
from applications.states import UNDECIDED, ApplicationStatus
from kopa.base import writing
from kopa.base.names import LANGUAGES
from offerings.models import Offering
from offerings.readiness import needed_languages

S = ApplicationStatus


@dataclass(frozen=True, slots=True)
class Audience:
    label: str | Promise
    who: Q


AUDIENCES: Final = {
    "all": Audience(gettext_lazy("Everybody who has applied and has not left"), Q()),
    "placed": Audience(
        gettext_lazy("Those who have a place or an offer"), Q(status__in=[S.OFFERED, S.ACCEPTED, S.ENROLLED])
    ),
    "undecided": Audience(gettext_lazy("Those who wait for a decision or a place"), Q(status__in=UNDECIDED)),
}
IN: Final = {
    "fi": pgettext_lazy("a message", "In Finnish"),
    "sv": pgettext_lazy("a message", "In Swedish"),
    "en": pgettext_lazy("a message", "In English"),
}


class MessageForm(forms.Form):
    """Each reader sees it in her own language where it is written in it, else in one in which it is. A
    bilingual host writes in Finnish and Swedish, others in their own language and the course's (R-LANG-2).
    """

    key = forms.UUIDField(widget=forms.HiddenInput)
    to = forms.ChoiceField(
        label=gettext_lazy("To whom"), widget=forms.RadioSelect, initial="all",
        choices=[(name, one.label) for name, one in AUDIENCES.items()],
    )  # fmt: skip

    def __init__(self, data: Any = None, *, offering: Offering, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        self._offering = offering
        rows = Application.objects.filter(offering=offering).live().order_by().values("language")
        speak = dict(rows.annotate(number=Count("pk")).values_list("language", "number"))
        for language in sorted(LANGUAGES, key=lambda one: -speak.get(one, 0)):
            self.fields[f"text_{language}"] = forms.CharField(
                label=IN[language], max_length=2000, required=False,
                widget=forms.Textarea(attrs={"rows": 4, "lang": language}),
                help_text=_speakers(speak.get(language, 0)),
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.texts and not any(name.startswith("text_") for name in self.errors):
            first = next(name for name in self.fields if name.startswith("text_"))
            self.add_error(first, ValidationError(_("Write the message in at least one language.")))
            return cleaned
        taught = self._offering.languages.values_list("pk", flat=True)
        for language, why in needed_languages(self._offering.provider, taught).items():
            name = f"text_{language}"
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, ValidationError(_("Needed too: %(why)s.") % {"why": why}))
        return cleaned

    @property
    def texts(self) -> dict[str, str]:
        """Those that were written, by language."""
        said = {language: self.cleaned_data.get(f"text_{language}", "") for language in LANGUAGES}
        return {language: text for language, text in said.items() if text}


def _speakers(number: int) -> str:
    if not number:
        return ""
    return ngettext(
        "%(n)s applicant uses this language.", "%(n)s applicants use this language.", number
    ) % {"n": writing.number(number)}
