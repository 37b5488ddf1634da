"""Everything that KOPA keeps about one application, for the applicant to take along (R-PRIV-8)."""

from __future__ import annotations

from typing import Any

from django.db import models

from applications.models import Application
from kopa.base.names import LANGUAGES

# Seals and rows of others say nothing of the applicant.
LEFT_OUT = frozenset({"id", "sealed_grounds", "drafted_by", "issued_by", "official", "person", "lot"})


def everything(application: Application) -> dict[str, Any]:
    """Plain values; moments are in UTC. Of those who have looked the organisations alone (R-PRIV-10)."""
    learner = application.learner
    return {
        "application": _row(application, "learner"),
        "applicant": {
            "name": learner.person.name,
            "email": learner.person.email,
            "birth_on": learner.birth_on,
            "phone": learner.phone,
        },
        "course": _course(application),
        "home_municipality": application.home_municipality.key,
        "statements": [_row(one, "application") for one in application.statements.all()],
        "reception": _decision(application, "receptiondecision"),
        "admission": _decision(application, "admissiondecision"),
        "places": [_row(one, "application", "counter") for one in application.seats.all()],
        "looked_at_by": [
            {"organisation": str(one.organisation.label()), "where": one.where, "at": one.at}
            for one in application.readings.select_related("organisation")
        ],
    }


def _course(application: Application) -> dict[str, Any]:
    offering = application.offering
    titles = {language: getattr(offering, f"title_{language}") for language in LANGUAGES}
    return {
        "id": offering.pk,
        "title": {language: title for language, title in titles.items() if title},
        "provider": str(offering.provider.label()),
        "starts_on": offering.starts_on,
        "ends_on": offering.ends_on,
    }


def _decision(application: Application, name: str) -> dict[str, Any] | None:
    decision = getattr(application, name, None)
    return _row(decision, "application") if decision is not None else None


def _row(thing: models.Model, *without: str) -> dict[str, Any]:
    fields = (field for field in thing._meta.concrete_fields if field.name not in LEFT_OUT.union(without))
    return {field.name: getattr(thing, field.attname) for field in fields}
