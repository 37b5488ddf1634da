"""KOPA's addresses, and the plain version of sending."""

from __future__ import annotations

from django.urls import path

from bench.plain.applying import check
from kopa.urls import urlpatterns as own

urlpatterns = [path("plain/<int:pk>/<uuid:key>", check), *own]
