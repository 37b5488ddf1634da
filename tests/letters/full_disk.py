"""A mail backend whose disk is full: writing fails after it was opened."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.mail.backends.console import EmailBackend


class FullDisk(EmailBackend):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Linux's own full disk; line by line, so that the writing itself fails.
        full = Path("/dev/full").open("w", buffering=1, encoding="utf-8")  # noqa: SIM115 - closed below
        super().__init__(*args, **kwargs, stream=full)

    def close(self) -> None:
        with suppress(OSError):
            self.stream.close()
