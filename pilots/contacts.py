"""What may stand as a group's contact: an office or a role, never a person."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kopa.accounts.models import User


def check_shared(email: str) -> None:
    """Raises ValidationError for an address with which a person signs in.

    The message does not say why: who has an account is nobody's business.
    """
    if email and User.objects.filter(email__iexact=email).exists():
        raise ValidationError(_("Give the shared address of an office or a role."))
