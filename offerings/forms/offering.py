"""The form in which a course is described."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, cast

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kopa.base.errors import RuleBroken
from kopa.base.names import LANGUAGES
from kopa.codes.models import (
    CodeListEntry,
    CreditUnit,
    DeliveryMode,
    EducationForm,
    PriorEducation,
    TeachingLanguage,
)
from municipalities.cache import gazetteer
from offerings.deadlines import closing_hour_text, closing_moment, opening_moment
from offerings.errors import Reason, TimeDoesNotExist
from offerings.forms.choices import (
    MOMENTS,
    OPENS,
    agreement_choices,
    code_choices,
    field_choices,
    first_empty,
    initial_of,
    known_quotas,
    pilot_group_choices,
    region_choices,
    site_choices,
    time_of,
)
from offerings.forms.fields import (
    CoHostsField,
    DayField,
    MoneyField,
    MunicipalitiesField,
    NumberField,
    QuotasField,
    RowsWidget,
    ShareField,
    TimeInput,
    WholeNumberField,
)
from offerings.forms.hints import capacity_hint, quotas_hint
from offerings.models import Offering
from offerings.querysets import TEXTS
from offerings.readiness import Facts, needed_languages, reasons_against
from offerings.services import OfferingInput
from offerings.services.acts import at_their_fields
from offerings.services.inputs import LISTS, PLAIN, write_plain
from providers.models import Site

# Straight from the model: label, length and help text.
AS_IN_THE_MODEL: Final = (
    *(f"{text}_{language}" for text in TEXTS for language in LANGUAGES),
    "own_reference", "level", "course_codes", "is_apprenticeship", "study_form", "starts_on", "ends_on",
    "open_to", "selection_rule", "precedence", "takes_applications", "apply_contact",
    "is_national_joint_application", "contact_name",
    "contact_email", "contact_phone", "price_basis", "licence_reason",
)  # fmt: skip
WIDGETS: Final[dict[str, type[forms.Widget] | forms.Widget]] = {
    **{
        f"{text}_{language}": forms.Textarea(attrs={"rows": 4})
        for text in TEXTS[1:]
        for language in LANGUAGES
    },
    "licence_reason": forms.Textarea(attrs={"rows": 2}),
    "open_to": forms.RadioSelect(),
}
FIELDS: Final = {"starts_on": DayField, "ends_on": DayField}
NUMBERS: Final = {
    "contact_days": (gettext_lazy("Days on site"), ""),
    "pace_percent": (gettext_lazy("Pace, per cent of full time"), ""),
    "capacity": (gettext_lazy("Places in all"), gettext_lazy("The reserved ones included.")),
    "min_group": (
        gettext_lazy("Smallest group"),
        gettext_lazy("With fewer students the course does not start."),
    ),
    "max_group": (gettext_lazy("Largest group"), ""),
}
CODES: Final[dict[str, type[CodeListEntry]]] = {
    "form": EducationForm,
    "credit_unit": CreditUnit,
    "mode": DeliveryMode,
    "languages": TeachingLanguage,
    "prior_education": PriorEducation,
}
# One of a table: the services take the key.
CHOSEN: Final = frozenset({"form", "field", "credit_unit", "mode", "agreement"})
# As they stand on the page: the summary of errors follows it.
ORDER: Final = (
    *(f"title_{language}" for language in LANGUAGES), "form", "field", "level", "credits", "credit_unit",
    "languages", *(f"description_{language}" for language in LANGUAGES), "course_codes", "own_reference",
    "mode", "contact_share", "contact_days", "study_form", "pace_percent", "is_apprenticeship", "sites",
    "elsewhere",
    *(f"accessibility_note_{language}" for language in LANGUAGES), "co_hosts", "starts_on", "ends_on",
    OPENS, time_of(OPENS), "applications_close_at", "applications_close_time", "start_decision_at",
    "start_decision_time", "open_to", "open_to_regions", "open_to_municipalities",
    "open_to_pilot_groups", "agreement", "prior_education",
    *(f"entry_requirements_{language}" for language in LANGUAGES), "selection_rule", "capacity", "min_group",
    "max_group", "quotas", "quota_release_at", "quota_release_time", "precedence", "takes_applications",
    "apply_url", "apply_contact", "is_national_joint_application", "contact_name", "contact_email",
    "contact_phone", "learner_fee_cents", "price_basis", "price_cents", "licence_reason",
)  # fmt: skip
# These always have a value: what a request leaves out stays.
STAY: Final = ("open_to", "selection_rule", "precedence")
# A draft can do without; publishing cannot.
NEEDED: Final = frozenset(
    {"form", "field", "languages", "mode", "starts_on", OPENS, "capacity", "contact_email", "price_basis"}
)


@dataclass(frozen=True, slots=True)
class Texts:
    """One text in three languages: those that the host needs, and the others folded away."""

    needed: list[forms.BoundField]
    others: list[forms.BoundField]

    @property
    def others_stand_open(self) -> bool:
        return any(field.value() or field.errors for field in self.others)


class OfferingForm(forms.Form):
    """Everything a person says of a course. A title is enough for a draft; ``reasons`` asks for the rest.

    What is typed is checked here as it would be saved, so that everything wrong is said at once; the services
    check it again under the lock.
    """

    use_required_attribute = False

    form = forms.ChoiceField(label=gettext_lazy("Form of education"), required=False)
    field = forms.ChoiceField(label=gettext_lazy("Field"), required=False)
    credits = NumberField(label=gettext_lazy("Extent"), required=False, max_digits=6, decimal_places=1)
    credit_unit = forms.ChoiceField(label=gettext_lazy("Counted in"), required=False)
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Teaching languages"), required=False, widget=forms.CheckboxSelectMultiple
    )
    mode = forms.ChoiceField(label=gettext_lazy("Way of studying"), required=False, widget=forms.RadioSelect)
    contact_share = ShareField(label=gettext_lazy("Teaching on site, per cent of all"), required=False)
    sites = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Your sites"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Contact and blended teaching need a site, here or below."),
    )
    open_to_regions = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Regions whose residents may apply"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    open_to_pilot_groups = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Pilot groups whose municipalities' residents may apply"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    agreement = forms.TypedChoiceField(
        label=gettext_lazy("Agreement whose parties' residents may apply"),
        required=False,
        coerce=int,
        empty_value=None,
    )
    prior_education = forms.MultipleChoiceField(
        label=gettext_lazy("Prior education"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("One of the chosen ones is enough. Choose none if it does not matter."),
    )
    apply_url = forms.URLField(
        label=gettext_lazy("Web address for applying"),
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text=gettext_lazy("The button on the course's page leads there."),
        error_messages={
            "invalid": gettext_lazy(
                "Write the whole web address, for example https://www.example.fi/apply. An e-mail address or"
                " other instructions go into the next field."
            )
        },
    )

    def __init__(self, data: Any = None, *, offering: Offering, typed: Any = None) -> None:
        """``typed`` fills in what was typed before, without judging it."""
        super().__init__(data, initial=initial_of(offering))
        self.offering = offering
        self.counters = list(offering.counters.select_related("quota__municipality")) if offering.pk else []
        self._moments: dict[str, dt.datetime | None] = {}
        self.fields.update(
            forms.fields_for_model(Offering, fields=AS_IN_THE_MODEL, widgets=WIDGETS, field_classes=FIELDS)
        )
        self._add_numbers_and_sums()
        self._add_moments()
        self._add_rows()
        self.fields["apply_contact"].help_text = _(
            "Shown as you write it, not translated: write it in the languages of your students."
        )
        self.fields["precedence"].help_text = _(
            "Which places the residents of a municipality with reserved places use first. Published with the"
            " course; it cannot change once applications have opened."
        )
        self._fill_choices()
        self.order_fields(ORDER)
        for name in STAY:
            self.fields[name].required = False
        self.host_languages = [*needed_languages(offering.provider, ())] or ["fi"]
        for name in NEEDED | {f"title_{language}" for language in self.host_languages}:
            self.fields[name].is_needed = True  # type: ignore[attr-defined]
        if typed is not None:
            for name, field in self.fields.items():
                self.initial[name] = field.widget.value_from_datadict(typed, {}, name)

    # Making the fields

    def _add_numbers_and_sums(self) -> None:
        for name, (label, hint) in NUMBERS.items():
            self.fields[name] = WholeNumberField(label=label, required=False, help_text=hint)
        if self.offering.pk:
            self.fields["capacity"].help_text = capacity_hint(self.offering, self.counters)
        in_euros = self.offering.currency == "EUR"
        self.fields["learner_fee_cents"] = MoneyField(
            label=_("Fee for the student, euros") if in_euros else _("Fee for the student, kronor"),
            required=False,
            help_text=_("Leave empty when the course is free of charge for the student."),
        )
        self.fields["price_cents"] = MoneyField(
            label=_("Price for the home municipality, euros")
            if in_euros
            else _("Price for the home municipality, kronor"),
            required=False,
        )

    def _add_moments(self) -> None:
        usual = closing_hour_text(self.offering.country)
        labels = {
            OPENS: (_("Applications open"), ""),
            "applications_close_at": (
                _("Applications close"),
                _("Leave empty for continuous admission."),
            ),
            "quota_release_at": (
                _("Reserved places are released"),
                _("Then everybody may take them. Empty: ten days after applications close."),
            ),
            "start_decision_at": (_("The start is decided by"), ""),
        }
        for name, (label, hint) in labels.items():
            time = _("Time: %(what)s") % {"what": label}
            without = _("Empty: midnight") if name == OPENS else _("Empty: %(time)s") % {"time": usual}
            self.fields[name] = DayField(label=label, required=False, help_text=hint)
            self.fields[time_of(name)] = forms.TimeField(
                label=time, required=False, widget=TimeInput(), help_text=without
            )

    def _add_rows(self) -> None:
        offering = self.offering
        places = gazetteer()
        quotas = known_quotas(offering)
        open_to = list(offering.open_to_municipalities.all()) if offering.pk else []
        co_hosts = list(offering.co_hosts.select_related("organisation")) if offering.pk else []
        self.fields["elsewhere"] = MunicipalitiesField(
            label=_("Other municipalities where teaching is given"),
            help_text=_(
                "When the premises are not known yet or not yours: the municipality's centre is shown."
            ),
        )
        self.fields["open_to_municipalities"] = MunicipalitiesField(
            label=_("Municipalities whose residents may apply"),
            known={places.label(place): place.pk for place in open_to},
        )
        self.fields["quotas"] = QuotasField(
            label=_("Reserved places"),
            help_text=quotas_hint(self.counters),
            known={places.label(quota.municipality): quota.municipality_id for quota in quotas},
        )
        self.fields["co_hosts"] = CoHostsField(
            label=_("Organisations that carry the course with you"),
            known={str(one.organisation): one.organisation_id for one in co_hosts},
        )

    def _fill_choices(self) -> None:
        country = self.offering.country
        for name, model in CODES.items():
            choices = code_choices(model, country)
            is_select = isinstance(self.fields[name].widget, forms.Select)
            self._choices(name, first_empty(choices) if is_select else choices)
        self._choices("field", first_empty(field_choices(country)))
        self._choices("sites", site_choices(self.offering))
        self._choices("open_to_regions", region_choices())
        self._choices("open_to_pilot_groups", pilot_group_choices())
        self._choices("agreement", first_empty(agreement_choices(self.offering)))
        for name in ("level", "study_form", "price_basis"):
            self._choices(name, first_empty(cast("Iterable[Any]", self._choice_field(name).choices)))

    def _choice_field(self, name: str) -> forms.ChoiceField:
        return cast("forms.ChoiceField", self.fields[name])

    def _choices(self, name: str, choices: Iterable[Any]) -> None:
        self._choice_field(name).choices = list(choices)

    def go_on_with(self, rows: str) -> None:
        """The next empty row of this field is where the person writes next."""
        widget = self.fields[rows].widget if rows in self.fields else None
        if isinstance(widget, RowsWidget):
            widget.goes_on = True

    # Reading

    def clean(self) -> dict[str, Any]:
        self._read_moments()
        self._check_as_it_would_be_saved()
        return self.cleaned_data

    def given(self) -> OfferingInput:
        """What the services take; what is wrong is left out."""
        cleaned, given = self.cleaned_data, dict[str, Any](self._moments)
        for name in CHOSEN:
            if name in cleaned:
                given[f"{name}_id"] = cleaned[name] or None
        for name in (*LISTS, "elsewhere", "quotas", "co_hosts", *(PLAIN - set(MOMENTS))):
            if name in cleaned:
                given[name] = cleaned[name]
        for name in STAY:
            if not given.get(name, "x"):
                del given[name]
        if given.get("learner_fee_cents", 0) is None:
            given["learner_fee_cents"] = 0
        return cast("OfferingInput", given)

    def reasons(self, *, anew: bool) -> list[Reason]:
        """What stands against publishing the course as it is typed."""
        return reasons_against(self.facts(), anew=anew)

    def add_reasons(self, reasons: Iterable[Reason]) -> None:
        """Say each at its field, where nothing is said yet."""
        for reason in reasons:
            place = reason.field
            if place == "sites" and not self._choice_field("sites").choices:
                place = "elsewhere"  # without sites of its own the host has no boxes to tick
            if place not in self.errors:
                known = place if place in self.fields else None
                self.add_error(known, ValidationError(str(reason.message), code=reason.code))

    def add_refusal(self, refused: RuleBroken | ValidationError) -> None:
        """Say what a service refused, at its field where it has one."""
        if isinstance(refused, RuleBroken):
            field = getattr(refused, "field", "")
            self.add_error(field if field in self.fields else None, str(refused))
            return
        if not hasattr(refused, "error_dict"):  # the database refused, not full_clean
            refused = at_their_fields(ValidationError({NON_FIELD_ERRORS: [refused]}))
        for field, errors in refused.error_dict.items():
            for error in errors:
                self.add_error(field if field in self.fields else None, error)

    def facts(self) -> Facts:
        """Of the course as it is typed, but for what is wrong."""
        cleaned = self.cleaned_data
        sites = set(cleaned.get("sites", ()))
        places = Site.objects.filter(pk__in=sites, municipality__isnull=False).values_list(
            "municipality", flat=True
        )
        elsewhere = set(cleaned.get("elsewhere", ()))
        return Facts(
            offering=self._candidate(),
            languages=frozenset(cleaned.get("languages", ())),
            has_site=bool(sites | elsewhere),
            site_municipalities=frozenset(places) | elsewhere,
            has_quotas=any(cleaned.get("quotas", {}).values()),
            has_regions=bool(cleaned.get("open_to_regions")),
            has_municipalities=bool(cleaned.get("open_to_municipalities")),
            has_pilot_groups=bool(cleaned.get("open_to_pilot_groups")),
        )

    def _candidate(self) -> Offering:
        """The offering as it would be saved, but for what is wrong."""
        candidate = copy.copy(self.offering)
        write_plain(candidate, self.given())
        return candidate

    def _read_moments(self) -> None:
        for name in MOMENTS:
            if name in self.errors or time_of(name) in self.errors:
                continue
            if not {name, time_of(name)} & set(self.changed_data):
                self._moments[name] = getattr(self.offering, name)
                continue
            day, at = self.cleaned_data.get(name), self.cleaned_data.get(time_of(name))
            if day is None and at is not None:
                self.add_error(name, ValidationError(_("Give the day as well as the time."), code="no_day"))
                continue
            read = opening_moment if name == OPENS else closing_moment
            try:
                self._moments[name] = None if day is None else read(day, at, self.offering.country)
            except TimeDoesNotExist as refused:
                self.add_error(time_of(name), str(refused))

    def _check_as_it_would_be_saved(self) -> None:
        wrong = {name for name in self.errors if name in PLAIN | CHOSEN}
        wrong |= {name for name in MOMENTS if name not in self._moments}
        try:
            self._candidate().full_clean(exclude=wrong)
        except ValidationError as refused:
            said = at_their_fields(refused).error_dict
            # What a published course lacks is said at each field by ``reasons``.
            said = {
                place: [one for one in errors if one.code != "incomplete"] for place, errors in said.items()
            }
            self.add_refusal(ValidationError({place: errors for place, errors in said.items() if errors}))

    # Showing

    @property
    def titles(self) -> Texts:
        return self._texts("title")

    @property
    def descriptions(self) -> Texts:
        return self._texts("description")

    @property
    def requirements(self) -> Texts:
        return self._texts("entry_requirements")

    @property
    def accessibility_notes(self) -> Texts:
        return self._texts("accessibility_note")

    def _texts(self, text: str) -> Texts:
        others = [language for language in LANGUAGES if language not in self.host_languages]
        return Texts(
            [self[f"{text}_{language}"] for language in self.host_languages],
            [self[f"{text}_{language}"] for language in others],
        )
