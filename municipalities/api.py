"""Municipalities and regions, for anybody to read."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kopa.base.api.fields import MomentField, SourcesField
from kopa.base.api.texts import TextField
from kopa.base.api.views import ReadingViewSet
from municipalities.filters import MunicipalityFilter, RegionFilter
from municipalities.models import (
    Country,
    LanguageStatus,
    Municipality,
    MunicipalityAlias,
    PointBasis,
    Region,
)


class MunicipalityInShortSerializer(serializers.Serializer):
    """A municipality in short."""

    key = serializers.CharField(help_text=_("Country and code, as in FI-854."))
    name = TextField(help_text=_("Its name."))


class RegionInShortSerializer(serializers.Serializer):
    """A region in short."""

    key = serializers.CharField(help_text=_("Country and code, as in FI-R19."))
    name = TextField(help_text=_("Its name."))


class OtherNameSerializer(serializers.Serializer):
    """Another name of a municipality."""

    name = serializers.CharField(help_text=_("The name."))
    language = serializers.CharField(allow_blank=True, help_text=_("Its language, ISO 639; may be empty."))
    kind = serializers.ChoiceField(MunicipalityAlias.Kind.choices, help_text=_("What kind of name it is."))
    sources = SourcesField(help_text=_("Codes of its sources, for /sources/."))


class RegionSerializer(serializers.Serializer):
    """A region of Finland or a county of Sweden."""

    key = serializers.CharField(help_text=_("Country and code, as in FI-R19."))
    country = serializers.ChoiceField(Country.values, help_text=_("The country it is in."))
    code = serializers.CharField(help_text=_("The country's own code."))
    name = TextField(help_text=_("Its name."))
    sources = SourcesField(help_text=_("Codes of its sources, for /sources/."))
    updated_at = MomentField(help_text=_("When the entry last changed."))


class MunicipalitySerializer(serializers.Serializer):
    """A municipality. Country and code say which it is, never its name."""

    key = serializers.CharField(help_text=_("Country and code, as in FI-854."))
    country = serializers.ChoiceField(Country.values, help_text=_("The country it is in."))
    code = serializers.CharField(help_text=_("The country's own code."))
    name = TextField(
        help_text=_("Its name. Municipalities of Sweden have their Swedish name in every language.")
    )
    other_names = OtherNameSerializer(
        source="aliases", many=True, help_text=_("Names in other languages, earlier ones, other spellings.")
    )
    region = RegionInShortSerializer(help_text=_("Its region or county."))
    language_status = serializers.SerializerMethodField(
        help_text=_("Its languages by law, in Finland; null in Sweden.")
    )
    latitude = serializers.FloatField(allow_null=True, help_text=_("WGS84 degrees; null when not known."))
    longitude = serializers.FloatField(allow_null=True, help_text=_("WGS84 degrees; null when not known."))
    point_basis = serializers.SerializerMethodField(help_text=_("What the point is the middle of."))
    population = serializers.IntegerField(
        allow_null=True, min_value=0, help_text=_("Inhabitants at the end of population_year.")
    )
    population_year = serializers.IntegerField(allow_null=True, help_text=_("The year of the population."))
    last_day = serializers.DateField(
        source="valid_to", allow_null=True, help_text=_("Its last day, when it is dissolved; else null.")
    )
    successor = serializers.SerializerMethodField(
        help_text=_("Key of the municipality it was merged into; else null.")
    )
    url = serializers.SerializerMethodField(help_text=_("Its page for people."))
    updated_at = MomentField(help_text=_("When the entry last changed."))

    @extend_schema_field({"type": ["string", "null"], "enum": [*LanguageStatus.values, None]})
    def get_language_status(self, municipality: Municipality) -> str | None:
        return municipality.language_status or None

    @extend_schema_field({"type": ["string", "null"], "enum": [*PointBasis.values, None]})
    def get_point_basis(self, municipality: Municipality) -> str | None:
        return municipality.point_basis or None

    @extend_schema_field({"type": ["string", "null"]})
    def get_successor(self, municipality: Municipality) -> str | None:
        return municipality.successor.key if municipality.successor else None

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, municipality: Municipality) -> str:
        address: str = self.context["request"].build_absolute_uri(municipality.get_absolute_url())
        return address


class MunicipalityViewSet(ReadingViewSet):
    """Municipalities of today in both countries; with ``include=dissolved`` those of yesterday too."""

    queryset = Municipality.objects.select_related("region", "successor").prefetch_related("aliases")
    serializer_class = MunicipalitySerializer
    filterset_class = MunicipalityFilter
    lookup_field = "key"
    lookup_value_regex = r"(FI-[0-9]{3}|SE-[0-9]{4})"
    changed_field = "updated_at"
    summaries: ClassVar = {"list": _("Municipalities"), "retrieve": _("One municipality")}
    descriptions: ClassVar = {
        "list": _("Those of today; with include=dissolved the dissolved ones too, with their successor."),
    }
    examples: ClassVar = {
        "list": [
            (_("Municipalities of Sweden"), "/api/v1/municipalities/?country=SE&lang=sv"),
            (_("By a name in another language"), "/api/v1/municipalities/?q=Borg%C3%A5"),
            (_("With the dissolved ones"), "/api/v1/municipalities/?country=FI&include=dissolved"),
        ],
        "retrieve": [(_("Pello"), "/api/v1/municipalities/FI-854/")],
    }


class RegionViewSet(ReadingViewSet):
    """Regions of Finland and counties of Sweden."""

    queryset = Region.objects.all()
    serializer_class = RegionSerializer
    filterset_class = RegionFilter
    lookup_field = "key"
    lookup_value_regex = r"(FI|SE)-R[0-9]{2}"
    changed_field = "updated_at"
    summaries: ClassVar = {"list": _("Regions"), "retrieve": _("One region")}
    examples: ClassVar = {
        "list": [(_("Counties of Sweden"), "/api/v1/regions/?country=SE&lang=sv")],
        "retrieve": [(_("Lapland"), "/api/v1/regions/FI-R19/")],
    }
