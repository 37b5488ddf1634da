"""Forms of the desk's spreadsheets."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from offerings.imports.columns import BY_NAME
from offerings.imports.reading import MOST_BYTES
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
    """A row's cells as they stand in the file; what is wrong stands at each."""

    use_required_attribute = False

    def __init__(self, data: Any = None, *, run: ImportRun, row: ImportRow) -> None:
        super().__init__(data)
        wrong_first = sorted(run.columns, key=lambda name: name not in row.errors)
        for name in wrong_first:
            text = row.cells.get(name, "")
            widget = forms.Textarea(attrs={"rows": 4}) if name.startswith(("descr", "entry")) else None
            self.fields[name] = forms.CharField(
                label=BY_NAME[name].heading(), required=False, initial=text, widget=widget
            )
        if data is None:
            self._errors = forms.utils.ErrorDict()
            self.cleaned_data = {}
            for name, sentences in row.errors.items():
                self.add_error(name if name in self.fields else None, list(sentences))

    def cells(self) -> dict[str, str]:
        return {name: self.data.get(name, "") for name in self.fields if name in self.data}
