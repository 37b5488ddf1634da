"""States of an organisation (DOMAIN.md §3.2). The register closes one, with its successor; people verify."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from kopa.base.states import Machine


class OrganisationStatus(models.TextChoices):
    DRAFT = "draft", _("waiting for verification")
    VERIFIED = "verified", _("verified")
    SUSPENDED = "suspended", _("suspended")
    CLOSED = "closed", _("closed")


S = OrganisationStatus

ORGANISATION: Final = Machine(
    S.values,
    {
        # verb: (from, to)
        "verify": ([S.DRAFT, S.SUSPENDED], S.VERIFIED),
        "suspend": ([S.VERIFIED], S.SUSPENDED),
    },
)
