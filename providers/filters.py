"""How providers, institutions and sites are narrowed, for the pages and the API alike."""

from __future__ import annotations

import django_filters
from django.utils.translation import gettext_lazy as _

from kopa.codes.models import InstitutionType
from municipalities.models import Country, Municipality
from providers.models import Institution, Organisation, OrganisationKind, Site
from providers.querysets import InstitutionQuerySet, OrganisationQuerySet, SiteQuerySet

LONGEST = 100


class ProviderFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    q = django_filters.CharFilter(
        label=_("Name of the provider, institution or municipality"),
        max_length=LONGEST,
        method="filter_q",
        help_text=_("Words of the provider's name, of one of its institutions, or its home municipality."),
    )
    country = django_filters.ChoiceFilter(
        label=_("Country"),
        choices=Country.choices,
        empty_label=_("Both countries"),
        help_text=_("FI or SE; without it both."),
    )
    kind = django_filters.ChoiceFilter(
        label=_("Type of organisation"),
        choices=OrganisationKind.choices,
        empty_label=_("All types"),
        help_text=_("What the organisation is by law."),
    )
    municipality = django_filters.ModelChoiceFilter(
        label=_("Home municipality"),
        field_name="home_municipality",
        queryset=Municipality.objects.all(),
        to_field_name="key",
        help_text=_("Key of the organisation's home municipality, as FI-854."),
    )

    class Meta:
        model = Organisation
        fields: list[str] = []

    def filter_q(self, rows: OrganisationQuerySet, _name: str, text: str) -> OrganisationQuerySet:
        return rows.named(text)


class InstitutionFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    q = django_filters.CharFilter(
        label=_("Name of the institution"),
        max_length=LONGEST,
        method="filter_q",
        help_text=_("Words of the institution's name, in any language."),
    )
    provider = django_filters.ModelChoiceFilter(
        label=_("Provider"),
        field_name="organisation",
        queryset=Organisation.objects.all(),
        help_text=_("Id of the organisation that runs the institution."),
    )
    municipality = django_filters.ModelChoiceFilter(
        label=_("Municipality"),
        queryset=Municipality.objects.all(),
        to_field_name="key",
        help_text=_("Key of the institution's municipality, as FI-854."),
    )
    type = django_filters.ModelChoiceFilter(
        label=_("Type of institution"),
        queryset=InstitutionType.objects.all(),
        help_text=_("Code of the list institution_types, as 21."),
    )

    class Meta:
        model = Institution
        fields: list[str] = []

    def filter_q(self, rows: InstitutionQuerySet, _name: str, text: str) -> InstitutionQuerySet:
        return rows.named(text)


class SiteFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    q = django_filters.CharFilter(
        label=_("Name of the site"),
        max_length=LONGEST,
        method="filter_q",
        help_text=_("Words of the site's name, in any language."),
    )
    country = django_filters.ChoiceFilter(
        label=_("Country"),
        field_name="municipality__country",
        choices=Country.choices,
        help_text=_("FI or SE; without it both."),
    )
    provider = django_filters.ModelChoiceFilter(
        label=_("Provider"),
        field_name="organisation",
        queryset=Organisation.objects.all(),
        help_text=_("Id of the organisation whose site it is."),
    )
    institution = django_filters.ModelChoiceFilter(
        label=_("Institution"),
        queryset=Institution.objects.all(),
        to_field_name="code",
        help_text=_("Code of the institution whose site it is."),
    )
    municipality = django_filters.ModelChoiceFilter(
        label=_("Municipality"),
        queryset=Municipality.objects.all(),
        to_field_name="key",
        help_text=_("Key of the site's municipality, as FI-854."),
    )

    class Meta:
        model = Site
        fields: list[str] = []

    def filter_q(self, rows: SiteQuerySet, _name: str, text: str) -> SiteQuerySet:
        return rows.named(text)
