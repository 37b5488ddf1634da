"""What a form's field says in words, and where two forms of the same offering differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from offerings.forms.offering import OfferingForm


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that was saved otherwise than it was typed."""

    field: forms.BoundField
    saved: str
    typed: str


def differences(typed: OfferingForm, saved: OfferingForm) -> list[Difference]:
    """Where what was typed is not what is saved, in the form's order."""
    found = ((typed[name], shown(saved[name]), shown(typed[name])) for name in typed.fields)
    return [Difference(field, was, now) for field, was, now in found if was != now]


def shown(field: forms.BoundField) -> str:
    """The field's value as people read it."""
    widget, value = field.field.widget, field.value()
    if isinstance(widget, forms.CheckboxInput):
        return _("Yes") if value else _("No")
    if isinstance(widget, forms.Select | forms.RadioSelect):
        labels = dict(_flat(widget.choices))
        chosen = {str(one) for one in widget.format_value(value)} - {""}
        return ", ".join(str(label) for code, label in labels.items() if code in chosen)
    return str(widget.format_value(value) or "")


def _flat(choices: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from _flat(label)
        else:
            yield str(value), label
