"""Addresses without a language: the front door, what browsers and robots ask for, health, metrics."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from kopa.portal import health, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.front_door, name="front_door"),
    path("robots.txt", views.robots, name="robots"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("metrics", health.metrics, name="metrics"),
]
