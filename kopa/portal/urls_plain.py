"""Addresses without a language: the front door, health, metrics, the language switch."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
