"""Fields of answers that several apps give."""

from __future__ import annotations

import datetime as dt
from typing import Any

from rest_framework import serializers


class NullWhenEmpty(serializers.CharField):
    """A text; null where the model has an empty one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, **options)

    def get_attribute(self, instance: Any) -> str | None:
        return super().get_attribute(instance) or None


class SourcesField(serializers.ListField):
    """Codes of the sources of a row, which the model keeps in one text with spaces between."""

    child = serializers.CharField()

    def __init__(self, **options: Any) -> None:
        super().__init__(source="source", read_only=True, **options)

    def to_representation(self, data: Any) -> list[str]:
        return str(data).split()


class MomentField(serializers.DateTimeField):
    """A moment in UTC."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default_timezone=dt.UTC, **options)
