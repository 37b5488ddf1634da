"""The addresses of the API: each app brings its viewsets, this file gives them their places."""

from __future__ import annotations

from typing import ClassVar

from django.urls import path, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_orjson_renderer.renderers import ORJSONRenderer
from drf_spectacular.renderers import OpenApiYamlRenderer, OpenApiYamlRenderer2
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from applications.api.views import ApplicationCountsViewSet, ApplicationViewSet, StatementViewSet
from kopa.base.api.views import StrictView
from kopa.codes.api import CodeListViewSet, SourceViewSet
from kopa.portal.api_description import LICENCE, description_in
from kopa.portal.views_api_docs import api_docs
from municipalities.api import MunicipalityViewSet, RegionViewSet
from offerings.api.views import OfferingViewSet
from pilots.api import PilotGroupViewSet
from providers.api import InstitutionViewSet, ProviderViewSet, SiteViewSet


class IndexSerializer(serializers.Serializer):
    """Where everything is. Made from the router, so nothing is forgotten."""

    lists = serializers.DictField(
        child=serializers.URLField(), help_text=_("Address of each list, by its name in the address.")
    )
    schema = serializers.URLField(help_text=_("Description of the API, OpenAPI 3.1."))
    documentation = serializers.URLField(help_text=_("The documentation page for people."))
    licence = serializers.CharField(help_text=_("Licence of the data, as SPDX names it."))


class IndexView(StrictView):
    """What the API has."""

    summaries: ClassVar = {"get": _("What the API has")}

    @extend_schema(operation_id="index", tags=["index"], responses=IndexSerializer)
    def get(self, request: Request) -> Response:
        lists = {prefix: reverse(f"{basename}-list") for prefix, _viewset, basename in router.registry}
        return Response(
            {
                "lists": {name: request.build_absolute_uri(url) for name, url in lists.items()},
                "schema": request.build_absolute_uri(reverse("api_schema")),
                "documentation": request.build_absolute_uri(reverse("api_docs")),
                "licence": LICENCE,
            }
        )


class OpenApiJson(ORJSONRenderer):  # type: ignore[misc]  # comes without types
    """The description under the media type that OpenAPI registered."""

    media_type = "application/vnd.oai.openapi+json"


class SchemaView(StrictView):
    """The description of the API, made from the code that answers."""

    renderer_classes = (ORJSONRenderer, OpenApiJson, OpenApiYamlRenderer, OpenApiYamlRenderer2)
    summaries: ClassVar = {"get": _("This description")}
    descriptions: ClassVar = {
        "get": _("OpenAPI 3.1 as JSON, or as YAML with Accept: application/yaml; texts in lang.")
    }

    @extend_schema(operation_id="schema", tags=["index"], responses={(200, "*/*"): {"type": "object"}})
    def get(self, request: Request) -> Response:  # noqa: ARG002 - the framework's signature
        return Response(description_in(get_language() or "en"))


router = SimpleRouter()
router.register("offerings", OfferingViewSet, basename="api_offering")
router.register("municipalities", MunicipalityViewSet, basename="api_municipality")
router.register("regions", RegionViewSet, basename="api_region")
router.register("providers", ProviderViewSet, basename="api_provider")
router.register("institutions", InstitutionViewSet, basename="api_institution")
router.register("sites", SiteViewSet, basename="api_site")
router.register("pilot-groups", PilotGroupViewSet, basename="api_pilot_group")
router.register("applications", ApplicationViewSet, basename="api_application")
router.register("statements", StatementViewSet, basename="api_statement")
router.register("application-counts", ApplicationCountsViewSet, basename="api_application_counts")
router.register("codes", CodeListViewSet, basename="api_code_list")
router.register("sources", SourceViewSet, basename="api_source")

urlpatterns = [
    path("", IndexView.as_view(), name="api_index"),
    path("schema/", SchemaView.as_view(), name="api_schema"),
    path("docs/", api_docs, name="api_docs"),
    *router.urls,
]
