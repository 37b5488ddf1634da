"""KOPA's settings, with its whole middleware, and one address more: sending as it is usually written."""

from __future__ import annotations

from kopa.settings import *  # noqa: F403

ROOT_URLCONF = "bench.plain.applying_urls"
