"""What a person types about a course, as the services take it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from kopa.codes.models import DeliveryMode, EducationForm, FieldOfEducation, TeachingLanguage
from offerings.models import PriceBasis
from offerings.services import OfferingInput
from providers.models import Organisation, Site
from tests.factories import SiteFactory, code, in_days, today


def a_course(provider: Organisation, **other: Any) -> OfferingInput:
    """A welding course with 16 places, ready for publication; ``other`` says otherwise."""
    language = "sv" if provider.country == "SE" else "fi"
    for model, value in (
        (EducationForm, "vocational"), (FieldOfEducation, "071"), (DeliveryMode, "contact"),
        (DeliveryMode, "distance"), (TeachingLanguage, language),
    ):  # fmt: skip
        code(model, value)
    given: dict[str, Any] = {
        f"title_{language}": "Hitsaaja" if language == "fi" else "Svetsare",
        "form_id": "vocational",
        "field_id": "071",
        "mode_id": "contact",
        "languages": [language],
        "sites": [a_site(provider).pk],
        "starts_on": today() + dt.timedelta(days=60),
        "ends_on": today() + dt.timedelta(days=240),
        "applications_open_at": in_days(-10, country=provider.country, hour=8),
        "applications_close_at": in_days(30, country=provider.country),
        "capacity": 16,
        "contact_email": "opintotoimisto@example.org",
        "price_basis": PriceBasis.NONE,
    }
    return OfferingInput(**(given | other))  # type: ignore[typeddict-item]


def a_site(provider: Organisation) -> Site:
    found = Site.objects.filter(organisation=provider).first()
    return found or SiteFactory(organisation=provider)
