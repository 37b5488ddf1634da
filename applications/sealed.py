"""What an applicant confides, sealed for her one application (R-PRIV-9). Who may open it is asked before."""

from __future__ import annotations

from applications.models import Application
from kopa.accounts import seals


def sealed(application: Application, text: str) -> str:
    """Empty for nothing."""
    return seals.seal(text, owner=_owner(application)) if text else ""


def confided(application: Application) -> str:
    """What she says; empty for nothing. Raises CannotBeOpened."""
    if not application.sealed_grounds:
        return ""
    return seals.opened(application.sealed_grounds, owner=_owner(application))


def _owner(application: Application) -> str:
    return f"application:{application.key}"
