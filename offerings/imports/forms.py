"""Forms of the desk's spreadsheets."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from offerings.imports.columns import BY_NAME, plain
from offerings.imports.names import allowed, nearest
from offerings.imports.reading import MOST_BYTES
from offerings.imports.template import hint
from offerings.models import ImportRow, ImportRun, Verdict
from providers.models import Organisation


class UploadForm(forms.Form):
    provider = forms.ModelChoiceField(Organisation.objects.none(), label=gettext_lazy("Organisation"))
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("Excel (.xlsx) or CSV, at most 20,000 rows and 10 megabytes."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt,.tsv"}),
    )

    def __init__(self, *args: Any, hosts: list[Organisation]) -> None:
        super().__init__(*args)
        field = self.fields["provider"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = Organisation.objects.filter(pk__in=[host.pk for host in hosts])
        self.initial["provider"] = hosts[0].pk
        if len(hosts) == 1:
            field.widget = forms.HiddenInput()

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > MOST_BYTES:
            raise forms.ValidationError(
                _("The file is larger than 10 megabytes. Divide it into several."), code="too_large"
            )
        return upload


class VerdictForm(forms.Form):
    verdict = forms.ChoiceField(choices=[*Verdict.choices, ("all", "")], required=False)


class RowForm(forms.Form):
    """A row's cells as they stand in the file; what is wrong stands at each, and comes first.

    Where few words are allowed they can be chosen, and the nearest one is. A column that the file lacks can
    be filled in where its absence is wrong.
    """

    use_required_attribute = False

    def __init__(self, data: Any = None, *, run: ImportRun, row: ImportRow) -> None:
        super().__init__(data)
        self.wrong = [name for name in COLUMN_NAMES if name in row.errors]
        for name in [*self.wrong, *(name for name in run.columns if name not in row.errors)]:
            self.fields[name] = _cell(name, row.cells.get(name, ""), is_wrong=name in row.errors)
        if self.wrong:
            self.fields[self.wrong[0]].widget.attrs["autofocus"] = True
        if data is None:
            self._errors = forms.utils.ErrorDict()
            self.cleaned_data = {}
            for name, sentences in row.errors.items():
                self.add_error(name if name in self.fields else None, list(sentences))

    def tell_what_stands(self, row: ImportRow) -> None:
        """At each cell in which something else was typed."""
        for name, text in self.cells().items():
            stands = row.cells.get(name, "")
            if name in row.cells and plain(stands) != plain(text):
                self.add_error(name, _("Now “%(text)s” stands here.") % {"text": stands[:200]})

    def to_mend(self) -> list[forms.BoundField]:
        return [self[name] for name in self.wrong]

    def others(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in self.wrong]

    def cells(self) -> dict[str, str]:
        return {name: self.data.get(name, "") for name in self.fields if name in self.data}


def _cell(name: str, text: str, *, is_wrong: bool) -> forms.CharField:
    words = allowed(name) if is_wrong and BY_NAME[name].kind in CHOSEN_FROM else []
    widget: forms.Widget = forms.TextInput()
    if 0 < len(words) <= MOST_CHOICES:
        widget = forms.Select(choices=[("", _("Not chosen")), *((word, word) for word in words)])
        text = nearest(name, text)
    elif is_wrong and (near := nearest(name, text)):
        text = near
    elif name.startswith(("description", "entry", "accessibility", "licence_reason")):
        widget = forms.Textarea(attrs={"rows": 4})
    return forms.CharField(
        label=BY_NAME[name].heading(), required=False, initial=text, widget=widget, help_text=hint(name)
    )


MOST_CHOICES: Final = 150
CHOSEN_FROM: Final = frozenset({"code", "choice", "status", "yes"})
COLUMN_NAMES: Final = tuple(BY_NAME)
