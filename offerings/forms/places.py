"""The forms in which places are counted and a course is cancelled."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kopa.base.names import LANGUAGES
from municipalities.cache import gazetteer
from offerings.forms.fields import WholeNumberField
from offerings.forms.offering import Texts
from offerings.models import PlaceCounter

SHORT_NUMBER: Final = re.compile("[0-9]{1,18}")
STEP: Final = re.compile("(plus|minus) ([0-9]{1,18})")


class PlacesForm(forms.Form):
    """Places given outside KOPA, one number per source, with the number that was shown."""

    use_required_attribute = False

    def __init__(self, data: Any = None, *, counters: Sequence[PlaceCounter]) -> None:
        super().__init__(data)
        self.counters = counters
        places = gazetteer()
        for counter in counters:
            label = (
                _("Reserved for %(municipality)s, given elsewhere")
                % {"municipality": places.whose(counter.quota.municipality)}
                if counter.quota
                else _("Open places given elsewhere")
            )
            self.fields[f"taken_{counter.pk}"] = WholeNumberField(
                label=label,
                initial=counter.taken_elsewhere,
                help_text=_("Of %(seats)s places. Saved now: %(number)s.")
                % {"seats": counter.seats, "number": counter.taken_elsewhere},
                error_messages={"required": _("Write a number, 0 if none has been given.")},
            )
            self.fields[f"seen_{counter.pk}"] = forms.IntegerField(
                initial=counter.taken_elsewhere, required=False, widget=forms.HiddenInput
            )

    @property
    def sources(self) -> list[tuple[forms.BoundField, PlaceCounter]]:
        return [(self[f"taken_{counter.pk}"], counter) for counter in self.counters]

    def beside_what_is_saved(self, counters: Sequence[PlaceCounter]) -> PlacesForm:
        """The same numbers typed, beside what somebody else has saved meanwhile."""
        data = dict(self.data.items())
        data |= {f"seen_{counter.pk}": str(counter.taken_elsewhere) for counter in counters}
        return PlacesForm(data, counters=counters)

    def taken(self) -> dict[int, int]:
        return {counter.pk: self.cleaned_data[f"taken_{counter.pk}"] for counter in self.counters}

    def seen(self) -> dict[int, int]:
        """What the person was shown; a source without it counts as not seen."""
        shown = {counter.pk: self.cleaned_data.get(f"seen_{counter.pk}") for counter in self.counters}
        return {pk: -1 if number is None else number for pk, number in shown.items()}


def stepped(data: QueryDict) -> QueryDict | None:
    """The numbers as a button for one more or one fewer means them: ``act`` is ``plus 12`` or ``minus 12``,
    with the counter's id. None where another button was pressed.
    """
    step = STEP.fullmatch(data.get("act", ""))
    if step is None:
        return None
    name, meant = f"taken_{step[2]}", data.copy()
    typed = str(data.get(name, ""))
    if SHORT_NUMBER.fullmatch(typed):
        meant[name] = str(int(typed) + (1 if step[1] == "plus" else -1))
    return meant


def seen_numbers(data: Mapping[str, str]) -> dict[int, int]:
    """The numbers that a button for confirming was shown beside: ``seen_12=3``. Others are left out."""
    found = {}
    for name, value in data.items():
        source = name.removeprefix("seen_")
        if source != name and SHORT_NUMBER.fullmatch(source) and SHORT_NUMBER.fullmatch(value):
            found[int(source)] = int(value)
    return found


REASON_LABELS: Final = {
    "fi": gettext_lazy("Why is the course cancelled? In Finnish"),
    "sv": gettext_lazy("Why is the course cancelled? In Swedish"),
    "en": gettext_lazy("Why is the course cancelled? In English"),
}


class CancelForm(forms.Form):
    """The reason in each language; ``needed`` are those that it cannot do without."""

    use_required_attribute = False

    def __init__(self, data: Any = None, *, needed: Sequence[str], initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.needed = [*needed] or ["fi"]
        for language in sorted(LANGUAGES, key=lambda one: one not in self.needed):
            self.fields[f"reason_{language}"] = forms.CharField(
                label=REASON_LABELS[language],
                max_length=1000,
                required=language in needed,
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text=_("Shown on the course's page. Write nothing about single persons."),
                error_messages={"required": _("Tell applicants why the course is cancelled.")},
            )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not any(given.values()):
            self.add_error(f"reason_{self.needed[0]}", _("Tell applicants why the course is cancelled."))
        return given

    def reasons(self) -> dict[str, str]:
        return {language: self.cleaned_data[f"reason_{language}"] for language in LANGUAGES}

    @property
    def texts(self) -> Texts:
        others = [language for language in LANGUAGES if language not in self.needed]
        return Texts(
            [self[f"reason_{language}"] for language in self.needed],
            [self[f"reason_{language}"] for language in others],
        )
