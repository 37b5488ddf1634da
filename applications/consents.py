"""The texts of consents, by version (R-PRIV-2). A text that changes is another version; the old one stays."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from applications.models.consent import Purpose

TEXTS: Final[dict[Purpose, tuple[str | Promise, ...]]] = {
    Purpose.PROFILE: (
        _(
            "KOPA may keep my name, e-mail address, date of birth and telephone number after my last"
            " application has been removed, so that I need not type them again. Nobody else sees them. I can"
            " withdraw this at any time, here, with one button; it has no effect on any application."
        ),
    ),
}


def version(purpose: Purpose) -> int:
    """Of the text that is shown today; the first is 1."""
    return len(TEXTS[purpose])


def text(purpose: Purpose, number: int) -> str:
    """In the language of the moment."""
    return str(TEXTS[purpose][number - 1])
