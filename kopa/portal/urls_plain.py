"""Addresses without a language: the front door, health, metrics."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from kopa.portal import health, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.front_door, name="front_door"),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("metrics", health.metrics, name="metrics"),
]
