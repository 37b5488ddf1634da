"""Rows that are read and judged together say what each of them says alone."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from kopa.codes.models import DeliveryMode, EducationForm, TeachingLanguage
from offerings.imports import checking
from offerings.imports.rows import Rows
from tests.factories import LicenceFactory, code, municipality, today
from tests.offerings.imports.files import a_row

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]
PAST, YESTERDAY, SOON, LATER = ((today() + dt.timedelta(days=n)).isoformat() for n in (-4000, -1, 30, 60))
SECONDARY = "general_upper_secondary"
# What may stand in the cells; the first is right.
TEXTS = {
    "own_reference": ["A1", "B2", "", "=A1", "'=A1", "x" * 90],
    "status": ["julkaistu", "luonnos", ""],
    "title_fi": ["Hitsaaja", "Kokki", "", "=1+1", "'-Hitsaaja", "x" * 500],
    "title_sv": ["Svetsare", ""],
    "description_fi": ["Opit hitsaamaan.", "Opit\nhitsaamaan.", "Opit\x07", ""],
    "form_id": ["Ammatillinen koulutus", SECONDARY, "Amatillinen", ""],
    "field_id": ["071", "", "999"],
    "languages": ["suomi", "ruotsi", "suomi; ruotsi", ";", ""],
    "mode_id": ["Lähiopetus", "Etäopetus", ""],
    "places": ["Tornio", "Pello", "Tornio; Pello", ";", "Xyzzylä", ""],
    "starts_on": [LATER, PAST, "31.31.2027", ""],
    "applications_open_at": [YESTERDAY, ""],
    "applications_close_at": [SOON, ""],
    "quota_release_at": ["", SOON],
    "capacity": ["16", "0", "paljon", ""],
    "quotas": ["", "Pello 2", "Pello 0", "Pello 40"],
    "open_to": ["all", "municipalities", "regions", ""],
    "open_to_municipalities": ["", "Pello", ";"],
    "selection_rule": ["registration_order", "score", "lottery", ""],
    "apply_url": ["https://example.org/haku", "http://ÄÖ.example/", "example", ""],
    "is_national_joint_application": ["ei", "kyllä", ""],
    "contact_email": ["opinto@example.org", "opinto", ""],
    "learner_fee_cents": ["10", ""],
    "price_basis": ["none", ""],
    "licence_reason": ["", "Sopimus"],
}
# What stands in these decides what the rules of publishing say of others.
DECISIVE = (
    "languages", "mode_id", "places", "form_id", "starts_on", "open_to", "selection_rule",
    "applications_close_at", "is_national_joint_application", "licence_reason",
)  # fmt: skip


def brought(number, seed):
    """Pairs of rows that differ in one cell, right but for some, a few of them without some columns."""
    chance = random.Random(seed)
    for _ in range(number):
        row = {name: texts[0] for name, texts in TEXTS.items()}
        changed = chance.sample(DECISIVE, chance.randrange(7)) + chance.sample([*TEXTS], chance.randrange(2))
        for name in changed:
            row[name] = chance.choice(TEXTS[name])
        if chance.random() < 0.05:
            row.pop(chance.choice(list(TEXTS)))
        yield row
        differing = chance.choice([name for name in DECISIVE if name in row])
        yield row | {differing: chance.choice(TEXTS[differing])}


def judged(judge, rows):
    return [
        (row.own_reference, row.given, row.errors, row.publishes)
        for row in (
            judge.check(number, cells, read)
            for number, (cells, read) in enumerate(zip(rows, judge.read(rows), strict=True))
        )
    ]


@pytest.mark.parametrize("with_licences", [False, True])
def test_rows_together_are_judged_as_each_alone(with_licences, lappia):
    for key in ("FI-851", "FI-854", "FI-240"):
        municipality(key)
    a_row("A1")
    for model, value in ((TeachingLanguage, "sv"), (DeliveryMode, "distance"), (EducationForm, SECONDARY)):
        code(model, value)
    if with_licences:
        licence = LicenceFactory(organisation=lappia, form=code(EducationForm, "vocational"))
        licence.municipalities.add(municipality("FI-851"))
    provider = checking.with_what_rules_need(lappia.pk)
    rows = list(brought(250, seed=1))

    together = judged(Rows(provider), rows)

    assert together == [found for cells in rows for found in judged(Rows(provider), [cells])]
    assert 40 < sum(not errors for _reference, _given, errors, _publishes in together) < 450
