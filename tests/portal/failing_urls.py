"""The real addresses, and three that fail in different ways."""

from __future__ import annotations

from django.conf.urls.i18n import i18n_patterns
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.urls import path

from kopa.urls import urlpatterns as real


def fails(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret words")


def refuses(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def nonsense(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation


urlpatterns = [
    *i18n_patterns(path("fails/", fails), path("refuses/", refuses), path("nonsense/", nonsense)),
    *real,
]
