"""The form in which a coordinator writes about a group: name, summary, contact, links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _

from kopa.base.names import LANGUAGES
from pilots.contacts import check_shared
from pilots.history import told
from pilots.links import LONGEST_ADDRESS, LONGEST_LABEL, MOST_LINKS, SCHEMES, Link
from pilots.models import EDITED, PilotGroup

TEXTS: Final = tuple(name for name in EDITED if name != "links")
LANGUAGE_CHOICES: Final = [("fi", "suomi"), ("sv", "svenska"), ("en", "English")]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that was saved otherwise than it was typed."""

    label: str
    anchor: str
    saved: str
    typed: str


class PilotGroupForm(forms.ModelForm):
    """What a coordinator may write. Nothing else of a group can be edited."""

    use_required_attribute = False

    class Meta:
        model = PilotGroup
        fields = list(TEXTS)
        widgets = {f"summary_{language}": forms.Textarea(attrs={"rows": 5}) for language in LANGUAGES} | {
            "contact_email": forms.EmailInput(attrs={"autocomplete": "off"}),
            "contact_phone": forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for language in LANGUAGES:
            self.fields[f"contact_{language}"].help_text = _("An office or a role, no person's name.")
        self.fields["contact_email"].help_text = _("A shared address of the office or the role.")
        saved: list[Link] = self.instance.links
        for number in range(1, MOST_LINKS + 1):
            link = saved[number - 1] if number <= len(saved) else None
            self._add_link(number, link)

    def _add_link(self, number: int, link: Link | None) -> None:
        self.fields[f"link_{number}_label"] = forms.CharField(
            label=_("Link %(number)s: text") % {"number": number}, max_length=LONGEST_LABEL, required=False
        )
        self.fields[f"link_{number}_url"] = forms.URLField(
            label=_("Link %(number)s: address") % {"number": number},
            max_length=LONGEST_ADDRESS,
            required=False,
            assume_scheme=SCHEMES[0],
        )
        self.fields[f"link_{number}_language"] = forms.ChoiceField(
            label=_("Link %(number)s: language of the page") % {"number": number},
            choices=LANGUAGE_CHOICES,
            required=False,
        )
        for part in ("label", "url", "language"):
            value = link[part] if link else ""
            self.initial.setdefault(f"link_{number}_{part}", value)

    @property
    def texts(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The texts by what they are, each in the three languages."""
        titles = {"name": _("Name"), "summary": _("Summary"), "contact": _("Contact")}
        return [
            (title, [self[f"{stem}_{language}"] for language in LANGUAGES]) for stem, title in titles.items()
        ]

    @property
    def link_rows(self) -> list[list[forms.BoundField]]:
        return [
            [self[f"link_{number}_{part}"] for part in ("label", "url", "language")]
            for number in range(1, MOST_LINKS + 1)
        ]

    def clean_contact_email(self) -> str:
        email: str = self.cleaned_data["contact_email"]
        check_shared(email)
        return email

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        for number in range(1, MOST_LINKS + 1):
            label, url = found.get(f"link_{number}_label"), found.get(f"link_{number}_url")
            if url and not label and f"link_{number}_label" not in self.errors:
                self.add_error(f"link_{number}_label", _("Give the link a text."))
            if label and not url and f"link_{number}_url" not in self.errors:
                self.add_error(f"link_{number}_url", _("Give the link an address."))
        return found

    def given(self) -> dict[str, Any]:
        """What was typed, as the service takes it; empty rows of links fall away."""
        values = {name: self.cleaned_data[name] for name in TEXTS}
        return values | {"links": _links(self.cleaned_data)}

    def differences(self, saved: PilotGroup) -> list[Difference]:
        """Where what was typed is not what is saved by now, in the form's order."""
        typed = self.given()
        return [
            Difference(
                str(PilotGroup._meta.get_field(name).verbose_name),  # type: ignore[union-attr]  # a field of ours
                self["link_1_label" if name == "links" else name].id_for_label,
                told(name, getattr(saved, name)),
                told(name, typed[name]),
            )
            for name in EDITED
            if getattr(saved, name) != typed[name]
        ]


def _links(values: Mapping[str, Any]) -> list[Link]:
    rows = (
        Link(
            url=values[f"link_{number}_url"],
            label=values[f"link_{number}_label"],
            language=values[f"link_{number}_language"] or LANGUAGES[0],
        )
        for number in range(1, MOST_LINKS + 1)
    )
    return [row for row in rows if row["url"]]
