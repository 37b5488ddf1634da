"""Municipalities and regions, for anybody to read."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from kopa.base.api.fields import MomentField, SourcesField
from kopa.base.api.paging import Pages
from kopa.base.api.texts import TextField
from kopa.base.api.views import ReadingViewSet
from kopa.base.parameters import AsOfForm
from municipalities import divisions
from municipalities.cache import gazetteer
from municipalities.filters import MunicipalityFilter, RegionFilter
from municipalities.models import (
    Authority,
    Country,
    LanguageStatus,
    Municipality,
    MunicipalityAlias,
    PointBasis,
    Region,
)
from municipalities.population import People, of_municipalities


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


class MergedSerializer(MunicipalityInShortSerializer):
    """A municipality that was merged into another."""

    last_day = serializers.DateField(source="valid_to", help_text=_("Its last day."))


class AuthoritySerializer(serializers.Serializer):
    """A state authority with its area."""

    key = serializers.CharField(help_text=_("Kind and code, as in evk-10."))
    kind = serializers.ChoiceField(
        Authority.Kind.choices, help_text=_("ely until the end of 2025, evk since 2026.")
    )
    name = TextField(help_text=_("Its name."))
    sources = SourcesField(help_text=_("Codes of its sources, for /sources/."))


class OfADay(serializers.Serializer):
    """A thing as of the day that was asked for."""

    as_of = serializers.SerializerMethodField(help_text=_("The day for which the answer is told."))

    @property
    def day(self) -> dt.date:
        return self.context["as_of"] or timezone.localdate()

    @extend_schema_field({"type": "string", "format": "date"})
    def get_as_of(self, _thing: object) -> str:
        return self.day.isoformat()


class DatedPages(Pages):
    """A list that is empty for days of which nothing is known says from which day on it is."""

    def get_paginated_response(self, data: Any) -> Response:
        known = divisions.known_from()
        return Response({**self.answer, "known_from": known and known.isoformat(), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        said = super().get_paginated_response_schema(schema)
        known = {
            "type": ["string", "null"],
            "format": "date",
            "description": _(
                "The first day for which divisions are known; the list of a day before is empty."
            ),
        }
        results = said["properties"].pop("results")
        return {
            **said,
            "required": [*said["required"], "known_from"],
            "properties": {**said["properties"], "known_from": known, "results": results},
        }


class DatedViewSet(ReadingViewSet):
    """A list and its things, told for a day."""

    pagination_class = DatedPages

    def parameter_forms(self) -> list[type[forms.Form]]:
        return [*super().parameter_forms(), *([AsOfForm] if self.action != "list" else [])]

    def get_serializer_context(self) -> dict[str, Any]:
        asked = getattr(self, "parameters", {}).get("as_of")
        return {**super().get_serializer_context(), "as_of": asked, "people": {}}


class RegionSerializer(OfADay):
    """A region of Finland or a county of Sweden."""

    key = serializers.CharField(help_text=_("Country and code, as in FI-R19."))
    country = serializers.ChoiceField(Country.values, help_text=_("The country it is in."))
    code = serializers.CharField(help_text=_("The country's own code."))
    name = TextField(help_text=_("Its name. Counties of Sweden have their Swedish name in every language."))
    municipalities = serializers.SerializerMethodField(
        help_text=_("Keys of the municipalities that belonged to it on as_of.")
    )
    sources = SourcesField(help_text=_("Codes of its sources, for /sources/."))
    updated_at = MomentField(help_text=_("When the entry last changed."))

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_municipalities(self, region: Region) -> list[str]:
        places = gazetteer()
        of_the_day = divisions.regions_on(self.day)
        return sorted(places.by_id[pk].key for pk, one in of_the_day.items() if one.pk == region.pk)


class MunicipalitySerializer(OfADay):
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
    region = serializers.SerializerMethodField(
        help_text=_("Its region or county on as_of, the last one of a dissolved one; null when not known.")
    )
    authorities = serializers.SerializerMethodField(
        help_text=_("State authorities to whose area it belonged on as_of; Finland only.")
    )
    language_status = serializers.SerializerMethodField(
        help_text=_("Its languages by law, in Finland; null in Sweden.")
    )
    latitude = serializers.FloatField(allow_null=True, help_text=_("WGS84 degrees; null when not known."))
    longitude = serializers.FloatField(allow_null=True, help_text=_("WGS84 degrees; null when not known."))
    point_basis = serializers.SerializerMethodField(help_text=_("What the point is the middle of."))
    population = serializers.SerializerMethodField(
        help_text=_(
            "Inhabitants at the end of population_year, the newest count before as_of; those of a dissolved"
            " one are counted in its successor. Null when not known."
        )
    )
    population_year = serializers.SerializerMethodField(help_text=_("The year of the population."))
    last_day = serializers.DateField(
        source="valid_to", allow_null=True, help_text=_("Its last day, when it is dissolved; else null.")
    )
    successor = serializers.SerializerMethodField(
        help_text=_("Key of the municipality it was merged into; else null.")
    )
    merged = serializers.SerializerMethodField(
        help_text=_("Municipalities that were merged into it before as_of.")
    )
    url = serializers.SerializerMethodField(help_text=_("Its page for people."))
    updated_at = MomentField(help_text=_("When the entry last changed."))

    @extend_schema_field(RegionInShortSerializer(allow_null=True))
    def get_region(self, municipality: Municipality) -> Any:
        region = divisions.region_or_last(municipality, self.day)
        return region and RegionInShortSerializer(region, context=self.context).data

    @extend_schema_field(AuthoritySerializer(many=True))
    def get_authorities(self, municipality: Municipality) -> Any:
        found = divisions.authorities_of(municipality, self.day)
        return AuthoritySerializer(found, many=True, context=self.context).data

    @extend_schema_field(MergedSerializer(many=True))
    def get_merged(self, municipality: Municipality) -> Any:
        found = gazetteer().merged_before(municipality, self.day)
        return MergedSerializer(found, many=True, context=self.context).data

    @extend_schema_field({"type": ["string", "null"], "enum": [*LanguageStatus.values, None]})
    def get_language_status(self, municipality: Municipality) -> str | None:
        return municipality.language_status or None

    @extend_schema_field({"type": ["string", "null"], "enum": [*PointBasis.values, None]})
    def get_point_basis(self, municipality: Municipality) -> str | None:
        return municipality.point_basis or None

    def people(self, municipality: Municipality) -> People | None:
        """Of all at once: the day is the same for every one of an answer."""
        read: dict[int, People] = self.context["people"]
        if not read:
            read.update(of_municipalities(self.day))
        return read.get(municipality.pk)

    @extend_schema_field({"type": ["integer", "null"], "minimum": 0})
    def get_population(self, municipality: Municipality) -> int | None:
        people = self.people(municipality)
        return people.count if people else None

    @extend_schema_field({"type": ["integer", "null"]})
    def get_population_year(self, municipality: Municipality) -> int | None:
        people = self.people(municipality)
        return people.year if people else None

    @extend_schema_field({"type": ["string", "null"]})
    def get_successor(self, municipality: Municipality) -> str | None:
        return municipality.successor.key if municipality.successor else None

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, municipality: Municipality) -> str:
        address: str = self.context["request"].build_absolute_uri(municipality.get_absolute_url())
        return address


class MunicipalityViewSet(DatedViewSet):
    """Municipalities of today in both countries; with ``include=dissolved`` those of yesterday too."""

    queryset = Municipality.objects.select_related("successor").prefetch_related("aliases")
    serializer_class = MunicipalitySerializer
    filterset_class = MunicipalityFilter
    lookup_field = "key"
    lookup_value_regex = r"(FI-[0-9]{3}|SE-[0-9]{4})"
    changed_field = "updated_at"
    summaries: ClassVar = {"list": _("Municipalities"), "retrieve": _("One municipality")}
    descriptions: ClassVar = {
        "list": _(
            "Those of today, or of as_of; with include=dissolved those that were no more too, with their"
            " successor. A name of a dissolved one finds its successor."
        ),
    }
    examples: ClassVar = {
        "list": [
            (_("Municipalities of Sweden"), "/api/v1/municipalities/?country=SE&lang=sv"),
            (_("By a name in another language"), "/api/v1/municipalities/?q=Borg%C3%A5"),
            (_("Divisions of 2020"), "/api/v1/municipalities/?as_of=2020-06-15&region=FI-R19&lang=en"),
            (_("By the name of one that was merged"), "/api/v1/municipalities/?q=Honkajoki"),
            (_("With the dissolved ones"), "/api/v1/municipalities/?country=FI&include=dissolved"),
        ],
        "retrieve": [
            (_("Pello"), "/api/v1/municipalities/FI-854/"),
            (_("Divisions of 2020"), "/api/v1/municipalities/FI-854/?as_of=2020-06-15&lang=en"),
        ],
    }


class RegionViewSet(DatedViewSet):
    """Regions of Finland and counties of Sweden, with their municipalities of a day."""

    queryset = Region.objects.all()
    serializer_class = RegionSerializer
    filterset_class = RegionFilter
    lookup_field = "key"
    lookup_value_regex = r"(FI|SE)-R[0-9]{2}"
    changed_field = "updated_at"
    summaries: ClassVar = {"list": _("Regions"), "retrieve": _("One region")}
    examples: ClassVar = {
        "list": [
            (_("Counties of Sweden"), "/api/v1/regions/?country=SE&lang=sv"),
            (_("Regions of 2020 with their municipalities"), "/api/v1/regions/?country=FI&as_of=2020-06-15"),
        ],
        "retrieve": [(_("Lapland"), "/api/v1/regions/FI-R19/")],
    }
