"""Providers, institutions and sites, for anybody to read."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kopa.base.api.fields import MomentField, NullWhenEmpty, SourcesField
from kopa.base.api.texts import TextField
from kopa.base.api.views import ReadingViewSet
from municipalities.api import MunicipalityInShortSerializer
from municipalities.models import Country
from providers.filters import InstitutionFilter, ProviderFilter, SiteFilter
from providers.models import Institution, Organisation, OrganisationKind, Site
from providers.querysets import OrganisationQuerySet
from providers.states import OrganisationStatus

KNOWN_STATUSES = [one.value for one in OrganisationStatus if one is not OrganisationStatus.DRAFT]


class OrganisationInShortSerializer(serializers.Serializer):
    """An organisation in short."""

    id = serializers.IntegerField(help_text=_("Its number, for /providers/."))
    name = TextField(help_text=_("Its name."))


class InstitutionInShortSerializer(serializers.Serializer):
    """An institution in short."""

    code = serializers.CharField(help_text=_("Its number in the national register, for /institutions/."))
    name = TextField(help_text=_("Its name."))


class ProviderSerializer(serializers.Serializer):
    """An organisation that gives education."""

    id = serializers.IntegerField(help_text=_("Its number; it never changes."))
    name = TextField(help_text=_("Its name."))
    other_names = serializers.ListField(
        child=serializers.CharField(), help_text=_("Earlier and short names and other spellings.")
    )
    kind = serializers.ChoiceField(OrganisationKind.values, help_text=_("What the organisation is by law."))
    country = serializers.ChoiceField(Country.values, help_text=_("Its country: law, money and clock."))
    status = serializers.ChoiceField(KNOWN_STATUSES, help_text=_("Whether it may publish courses."))
    business_id = NullWhenEmpty(help_text=_("Its number as a business; null when not known."))
    register_number = NullWhenEmpty(
        source="oid", help_text=_("Its number in the Finnish register of education.")
    )
    municipality = serializers.CharField(
        source="municipality.key",
        default=None,
        allow_null=True,
        help_text=_("Key of the municipality that the organisation is, if it is one; else null."),
    )
    home_municipality = MunicipalityInShortSerializer(
        allow_null=True, help_text=_("Where its home is; null when not known.")
    )
    parent = OrganisationInShortSerializer(
        allow_null=True, help_text=_("Who owns it, where that is recorded.")
    )
    website = NullWhenEmpty(help_text=_("Its website; null when not known."))
    register_year = serializers.IntegerField(
        allow_null=True, help_text=_("Year of the facts: it may have closed or merged since.")
    )
    sources = SourcesField(help_text=_("Codes of its sources, for /sources/."))
    url = serializers.SerializerMethodField(help_text=_("Its page for people."))
    updated_at = MomentField(help_text=_("When the entry last changed."))

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, organisation: Organisation) -> str:
        address: str = self.context["request"].build_absolute_uri(organisation.get_absolute_url())
        return address


class InstitutionSerializer(serializers.Serializer):
    """An educational institution of Finland, as the national registers of 2016 and 2023 know it."""

    code = serializers.CharField(help_text=_("Its number in the national register."))
    name = TextField(help_text=_("Its name."))
    type = serializers.CharField(source="type_id", help_text=_("Code of the list institution_types."))
    provider = OrganisationInShortSerializer(
        source="organisation", allow_null=True, help_text=_("Who runs it; null when not known.")
    )
    municipality = MunicipalityInShortSerializer(
        allow_null=True, help_text=_("Where it is; null when the register does not say.")
    )
    teaching_languages = serializers.ListField(
        child=serializers.CharField(), help_text=_("Codes of the list teaching_languages.")
    )
    register_number = NullWhenEmpty(
        source="oid", help_text=_("Its number in the Finnish register of education.")
    )
    register_year = serializers.IntegerField(
        help_text=_(
            "Year of the national register that names it last: that of 2016 lists those that worked then,"
            " that of 2023 those numbered since. Neither tells which have closed."
        )
    )
    may_have_closed = serializers.BooleanField(
        help_text=_(
            "Its provider is closed or its municipality has ended since register_year, and nothing newer"
            " names it: no pilot group, no course published there. False does not say that it still works."
            " Computed when asked: a change of it alone does not change updated_at, so updated_since misses"
            " it."
        )
    )
    sources = SourcesField(help_text=_("Codes of its sources, for /sources/."))
    updated_at = MomentField(help_text=_("When the entry last changed."))


class SiteSerializer(serializers.Serializer):
    """A site where teaching is given."""

    id = serializers.IntegerField(help_text=_("Its number; it never changes."))
    name = TextField(help_text=_("Its name."))
    provider = OrganisationInShortSerializer(
        source="organisation", allow_null=True, help_text=_("Whose site it is; null when not known.")
    )
    institution = InstitutionInShortSerializer(
        allow_null=True, help_text=_("The institution whose site it is; null when it is of none.")
    )
    municipality = MunicipalityInShortSerializer(
        allow_null=True, help_text=_("Where it is; null when the register does not say.")
    )
    address = NullWhenEmpty(help_text=_("Street address; null when not known."))
    latitude = serializers.FloatField(allow_null=True, help_text=_("WGS84 degrees; null when not known."))
    longitude = serializers.FloatField(allow_null=True, help_text=_("WGS84 degrees; null when not known."))
    point_basis = serializers.ChoiceField(
        Site.PointBasis.values, help_text=_("What the point is: an address, or the municipality's centre.")
    )
    step_free = serializers.BooleanField(
        allow_null=True, help_text=_("Reached without steps; null: not known.")
    )
    updated_at = MomentField(help_text=_("When the entry last changed."))


class ProviderViewSet(ReadingViewSet):
    """Organisations with a licence, an institution or a published course, and Sweden's municipalities."""

    queryset: OrganisationQuerySet = Organisation.objects.select_related(
        "municipality", "home_municipality", "parent"
    )
    serializer_class = ProviderSerializer
    filterset_class = ProviderFilter
    lookup_value_regex = r"[0-9]{1,18}"
    changed_field = "updated_at"
    summaries: ClassVar = {"list": _("Providers"), "retrieve": _("One provider")}
    descriptions: ClassVar = {
        "list": _(
            "Organisations with a licence, an institution or a published course. In Sweden each municipality"
            " is itself the provider."
        ),
        "retrieve": _("Any verified organisation, also one that is no provider now."),
    }
    examples: ClassVar = {
        "list": [
            (_("By a word of its name"), "/api/v1/providers/?q=lappia&lang=fi"),
            (_("Joint authorities"), "/api/v1/providers/?kind=joint_authority"),
        ]
    }

    def get_queryset(self) -> QuerySet:
        rows = self.queryset.all()
        return rows.providers() if self.action == "list" else rows.exclude(status=OrganisationStatus.DRAFT)


class InstitutionViewSet(ReadingViewSet):
    """Educational institutions of Finland. No register of Swedish schools is at hand."""

    queryset = Institution.objects.select_related("organisation", "municipality").marked()
    serializer_class = InstitutionSerializer
    filterset_class = InstitutionFilter
    lookup_field = "code"
    lookup_value_regex = r"[0-9]{5}"
    changed_field = "updated_at"
    summaries: ClassVar = {"list": _("Institutions"), "retrieve": _("One institution")}
    descriptions: ClassVar = {
        "list": _(
            "Educational institutions of Finland, from the national registers of 2016 and 2023: some have"
            " closed since. No register of Swedish schools is at hand."
        ),
    }
    examples: ClassVar = {
        "list": [(_("Institutions of one municipality"), "/api/v1/institutions/?municipality=FI-851")]
    }


class SiteViewSet(ReadingViewSet):
    """Places where teaching is given."""

    queryset = Site.objects.select_related("organisation", "institution", "municipality")
    serializer_class = SiteSerializer
    filterset_class = SiteFilter
    lookup_value_regex = r"[0-9]{1,18}"
    changed_field = "updated_at"
    summaries: ClassVar = {"list": _("Sites"), "retrieve": _("One site")}
    descriptions: ClassVar = {
        "list": _("Without an address a site stands at its municipality's centre, and point_basis says so."),
    }
    examples: ClassVar = {"list": [(_("Sites in one municipality"), "/api/v1/sites/?municipality=FI-851")]}
