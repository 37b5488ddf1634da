"""How every form of KOPA looks: one renderer, one bound field (docs/architecture.md, forms)."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.functional import Promise


class KopaBoundField(forms.BoundField):
    """Gives every widget the design system's class; Django itself ties hint and error to it by id.

    No box cuts off what is pasted: what is too long is all kept, and the error says how much it is.
    """

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        built = super().build_widget_attrs(attrs, widget)
        built["class"] = f"{built.get('class', '')} ds-input".strip()
        built["maxlength"] = False  # so Django leaves out what the widget has by itself
        return built


def explained(form: forms.BaseForm, hints: Mapping[str, str | Promise]) -> None:
    """The fields stand on a page with these hints, the others with none.

    What a filter says of itself tells programs how to write an address; a page has names and lists to choose
    from.
    """
    for name, field in form.fields.items():
        own = copy(field)  # many forms share one field
        own.help_text = str(hints.get(name, ""))
        form.fields[name] = own


class KopaRenderer(TemplatesSetting):
    """Draws forms with the templates of ``templates/kopa/forms``."""

    form_template_name = "kopa/forms/form.html"
    field_template_name = "kopa/forms/field.html"
    bound_field_class = KopaBoundField
