"""What an applicant is asked, and what never."""

from __future__ import annotations

import re

import pytest
from django.apps import apps

from applications.forms import BackgroundForm, MeForm

pytestmark = pytest.mark.unit
NUMBER_OF_IDENTITY = re.compile(r"hetu|personnummer|(identity|social_security)_(number|code)|national_id|ssn")


def test_only_what_the_purpose_needs_is_asked_and_no_identity_number_is_stored() -> None:
    """R-PRIV-3: the keyed hash of a verified identity comes with the identity provider's issue."""
    assert set(MeForm.base_fields) == {
        "name", "email", "phone", "birth_on", "home_municipality", "is_protected", "language",
    }  # fmt: skip
    assert set(BackgroundForm.base_fields) == {"prior_education", "motivation", "file"}
    fields = ((model, field) for model in apps.get_models() for field in model._meta.get_fields())
    columns = [f"{model.__name__}.{field.name}" for model, field in fields]
    assert len(columns) > 300
    assert [name for name in columns if NUMBER_OF_IDENTITY.search(name.lower())] == []
