"""The plain version's addresses."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework.routers import DefaultRouter

from bench.plain.views import OfferingViewSet


def empty(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"{}", content_type="application/json")


router = DefaultRouter()
router.register("offerings", OfferingViewSet)
urlpatterns = [path("empty", empty), path("", include(router.urls))]
