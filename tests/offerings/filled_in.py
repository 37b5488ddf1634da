"""What a person types into the desk's form, as the browser sends it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from kopa.codes.models import DeliveryMode, EducationForm, FieldOfEducation, TeachingLanguage
from providers.models import Organisation
from tests.factories import code
from tests.offerings.given import a_site


def typed_course(provider: Organisation, **other: Any) -> dict[str, Any]:
    """A welding course of which nothing is missing; ``other`` says otherwise, None leaves a field out."""
    for model, value in (
        (EducationForm, "vocational"), (FieldOfEducation, "071"), (DeliveryMode, "contact"),
        (DeliveryMode, "distance"), (TeachingLanguage, "fi"), (TeachingLanguage, "sv"),
    ):  # fmt: skip
        code(model, value)
    typed: dict[str, Any] = {
        "title_fi": "Hitsaaja",
        "title_sv": "Svetsare",
        "form": "vocational",
        "field": "071",
        "languages": ["fi"],
        "mode": "contact",
        "sites": [str(a_site(provider).pk)],
        "starts_on": "2027-01-25",
        "ends_on": "2027-06-04",
        "applications_open_at": "2026-11-16",
        "applications_close_at": "2026-12-31",
        "open_to": "all",
        "selection_rule": "registration_order",
        "precedence": "reserved_first",
        "capacity": "16",
        "contact_email": "opintotoimisto@example.org",
        "price_basis": "none",
        "act": "save",
    } | other
    return {name: value for name, value in typed.items() if value is not None}


def desk(name: str, *arguments: Any, **query: Any) -> str:
    address = reverse(f"offerings:{name}", args=arguments)
    return address + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")
