"""What the tests of the API read: a handful of offerings that differ in all that a parameter asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.test import Client

from kopa.accounts.models import User
from kopa.codes.models import DataSource
from offerings.models import Offering
from providers.models import Organisation, Role
from tests.applications.given import apply, student
from tests.factories import (
    InstitutionFactory,
    MunicipalityAliasFactory,
    OfferingFactory,
    PilotGroupFactory,
    RegionFactory,
    RoleAssignmentFactory,
    in_days,
    municipality,
    today,
)


@pytest.fixture(autouse=True)
def reads_are_unlimited(settings):
    """Tests ask more than a reader may in a second; those of the throttle set their own."""
    settings.API_READS_PER_SECOND = 1_000_000
    settings.API_READ_BURST = 1_000_000


class Reader:
    """Reads ``/api/v1/…`` and wants the status it says."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __call__(self, address: str, status: int = 200, **headers: str) -> Any:
        answer = self.client.get(f"/api/v1/{address}", headers=headers)
        assert answer.status_code == status, (address, answer.status_code, answer.content[:2000])
        return answer.json()

    def ids(self, address: str) -> list[Any]:
        return [one["id"] for one in self(address)["results"]]

    def refused(self, address: str) -> list[tuple[str, str]]:
        problem = self(address, status=400)
        assert problem["code"] == "bad_parameters"
        return [(error["parameter"], error["code"]) for error in problem["errors"]]


@pytest.fixture
def read(client: Client) -> Reader:
    return Reader(client)


@pytest.fixture
def courses(lappia: Organisation, overtornea: Organisation) -> Mapping[str, Offering]:
    """By what is special about each. ``found`` names those that a search without filters finds."""
    welding = OfferingFactory(
        provider=lappia,
        title_fi="Hitsauksen perusteet",
        title_sv="Grundkurs i svetsning",
        title_en="Welding",
        capacity=16,
        taken=9,
        quotas={"FI-854": 2},
        closes_in_days=20,
        quota_release_at=in_days(30),
    )
    nursing = OfferingFactory(
        provider=overtornea, title_fi="", title_sv="Undersköterska", title_en="", form="komvux", field="091",
        mode="blended", contact_days=12, learner_fee_cents=25_000, closes_in_days=25,
        starts_on=today().replace(year=2027, month=4),
    )  # fmt: skip
    online = OfferingFactory(
        provider=lappia, title_fi="Matematiikka", title_sv="", title_en="Mathematics", field="07",
        form="general_upper_secondary", mode="distance", languages=["en"], applications_open_at=in_days(5),
        open_to="regions", open_to_regions=[RegionFactory(country="SE", code="25")], capacity=5,
    )  # fmt: skip
    full = OfferingFactory(
        provider=lappia, title_fi="Lähihoitaja", field="092", capacity=4, taken=4, sites=["FI-854"]
    )
    cancelled = OfferingFactory(provider=lappia, status="cancelled", title_fi="Peruttu")
    closed = OfferingFactory(provider=lappia, title_fi="Suljettu", closes_in_days=-1)
    started = OfferingFactory(
        provider=lappia, title_fi="Alkanut", starts_on=today(), applications_close_at=None, ends_on=None
    )
    draft = OfferingFactory(provider=lappia, status="draft", title_fi="Luonnos")
    municipality("FI-091")
    return {
        "welding": welding, "nursing": nursing, "online": online, "full": full, "cancelled": cancelled,
        "closed": closed, "started": started, "draft": draft,
    }  # fmt: skip


FOUND = ("welding", "nursing", "online", "full")


def ids(courses: Mapping[str, Offering], *names: str) -> list[int]:
    return [courses[name].pk for name in names]


@pytest.fixture
def world(courses, lappia, overtornea, reader):
    """One of everything that an address can name."""
    MunicipalityAliasFactory()
    dissolved = municipality("FI-099")
    dissolved.valid_to, dissolved.successor = "2020-12-31", municipality("FI-854")
    dissolved.save()
    PilotGroupFactory(number=4, members=["FI-854", lappia])
    PilotGroupFactory(number=None, code="tunturi", kind="co_operation_area", members=["FI-091"])
    InstitutionFactory(code="90001", municipality=municipality("FI-091"), type__code="63")
    for number in range(2):
        DataSource.objects.create(
            code=f"source-{number}", publisher="Verket", name_fi="Lähde", name_sv="Källa", name_en="Source",
            year=2016, licence="CC-BY-4.0", obtained_from="the test",
        )  # fmt: skip
    applied = OfferingFactory(provider=lappia, takes_applications=True, form="basic", title_fi="Perusopinnot")
    sent = [apply(applied, "FI-854", person=student(name)) for name in ("Sanna", "Aili")]
    apply(OfferingFactory(provider=lappia, takes_applications=True, title_fi="Puhallinsoittimet"), "FI-854")
    return {
        "applied": applied.pk, "application": sent[0].key, "statement": sent[0].statements.get().pk,
        "id": courses["welding"].pk, "key": "FI-854", "code": "10069", "list": "forms_of_education",
        "lappia": lappia.pk, "overtornea": overtornea.pk,
        "site": lappia.sites.get(institution__isnull=False).pk,
    }  # fmt: skip


@pytest.fixture
def reader(bengt, pello) -> User:
    """Reads all there is: decides for Lappia, and is an officer of Pello too."""
    RoleAssignmentFactory(person=bengt, role=Role.OFFICER, organisation=pello)
    return bengt


def address(path: str, world: dict[str, Any]) -> str:
    facts = dict(world)
    if path.startswith("/api/v1/regions/"):
        facts["key"] = "FI-R19"
    if path.startswith("/api/v1/pilot-groups/"):
        facts["code"] = "kopa-4"
    if path.startswith("/api/v1/sources/"):
        facts["code"] = "source-0"
    if path.startswith(("/api/v1/providers/", "/api/v1/sites/")):
        facts["id"] = world["lappia"] if "providers" in path else world["site"]
    if path.startswith("/api/v1/applications/"):
        facts["key"] = world["application"]
    if path.startswith("/api/v1/statements/"):
        facts["id"] = world["statement"]
    if path.startswith("/api/v1/application-counts/"):
        facts["id"] = world["applied"]
    return path.format(**facts)
