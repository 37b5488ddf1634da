"""The real addresses, and one that hands out a file: tests/base/test_uploads.py."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import path

from kopa.base import uploads
from kopa.urls import urlpatterns as real


def download(request: HttpRequest, key: str) -> Any:
    return uploads.answer(key, name=request.GET["name"], kind=request.GET["kind"])


urlpatterns = [path("download/<path:key>", download), *real]
