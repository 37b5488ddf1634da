"""A coordinator writes about a group; nothing is lost, everything is told."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils.translation import override

from kopa.accounts.models import User
from kopa.audit.models import AuditEvent
from kopa.base.errors import ChangedMeanwhile
from pilots import services
from pilots.models import EDITED, PilotGroup
from tests.factories import PilotGroupFactory, UserFactory, organisation_of, today
from tests.reading import main, words

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

ADDRESS = "/en/areas/kopa-4/edit/"
LINK = {"url": "https://example.org/", "label": "Site", "language": "en"}


@pytest.fixture
def group() -> PilotGroup:
    return PilotGroupFactory(number=4, name_fi="Jokilaakso", members=["FI-854"])


@pytest.fixture
def desk(client: Client, kaisa: User) -> Client:
    client.force_login(kaisa)
    return client


def sent(**fields: Any) -> dict[str, Any]:
    empty = {name: "" for name in EDITED if name != "links"}
    return empty | {"version": "1", "name_fi": "Jokilaakso"} | fields


def edit(group: PilotGroup, by: User, version: int = 1, **given: Any) -> PilotGroup:
    return services.edit_group(group_id=group.pk, version=version, given=given, by=by)


def test_an_edit_is_saved_as_a_new_version_and_told(group: PilotGroup, kaisa: User) -> None:
    edit(group, kaisa, name_sv="Älvdalen", links=[LINK])

    group.refresh_from_db()
    assert (group.name_fi, group.name_sv, group.links, group.version) == ("Jokilaakso", "Älvdalen", [LINK], 2)
    event = AuditEvent.objects.get(target="pilots.pilotgroup", target_id=group.pk)
    assert (event.verb, event.actor, event.role) == ("pilot_group.edit", kaisa, "coordinator")
    assert event.organisation_id == organisation_of("FI-851").pk
    assert event.changes == {"name_sv": ["", "Älvdalen"], "links": [[], [LINK]]}


def test_nothing_changed_is_no_act(group: PilotGroup, kaisa: User) -> None:
    edit(group, kaisa, name_fi="Jokilaakso")

    group.refresh_from_db()
    assert group.version == 1
    assert not AuditEvent.objects.exists()


def test_the_later_of_two_does_not_win_silently(group: PilotGroup, kaisa: User) -> None:
    edit(group, kaisa, name_fi="Ensin")

    with pytest.raises(ChangedMeanwhile):
        edit(group, kaisa, name_fi="Sitten")

    group.refresh_from_db()
    assert group.name_fi == "Ensin"


def test_nothing_else_is_written(group: PilotGroup, kaisa: User) -> None:
    edit(group, kaisa, name_fi="Uusi", number=9, valid_to=dt.date(2030, 1, 1), code="x")

    group.refresh_from_db()
    assert (group.name_fi, group.number, group.code, group.valid_to) == (
        "Uusi", 4, "kopa-4", dt.date(2021, 12, 31),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["sami", "aino", "bengt", "olli", "ritva", "matti", "anna"])
def test_only_a_coordinator_writes(
    client: Client, group: PilotGroup, request: pytest.FixtureRequest, name: str
) -> None:
    client.force_login(request.getfixturevalue(name))

    assert client.post(ADDRESS, sent(name_fi="Oma")).status_code == 403
    group.refresh_from_db()
    assert (group.name_fi, group.version) == ("Jokilaakso", 1)


def test_a_role_that_is_over_writes_no_more(desk: Client, group: PilotGroup, kaisa: User) -> None:
    role = kaisa.role_assignments.get()
    role.valid_to = today() - dt.timedelta(days=1)
    role.save()

    assert desk.post(ADDRESS, sent(name_fi="Myöhässä")).status_code == 403
    group.refresh_from_db()
    assert group.name_fi == "Jokilaakso"


def test_what_is_too_long_is_refused_and_nothing_is_saved(group: PilotGroup, kaisa: User) -> None:
    with pytest.raises(ValidationError):
        edit(group, kaisa, summary_fi="x" * 2001)

    group.refresh_from_db()
    assert (group.summary_fi, group.version) == ("", 1)


@pytest.mark.parametrize("email", ["bengt@example.org", "BENGT@example.org"])
def test_a_person_s_address_is_refused_whoever_asks(group: PilotGroup, kaisa: User, email: str) -> None:
    UserFactory(name="Bengt", email="bengt@example.org")

    with override("en"), pytest.raises(ValidationError, match="shared address"):
        edit(group, kaisa, contact_email=email)

    group.refresh_from_db()
    assert (group.contact_email, group.version) == ("", 1)
    assert not AuditEvent.objects.exists()


def test_a_long_history_is_read_page_by_page(desk: Client, group: PilotGroup, kaisa: User) -> None:
    for number in range(1, 23):
        edit(group, kaisa, version=number, name_fi=f"Nimi {number:02}")

    first, second = (words(main(desk.get(ADDRESS + query))) for query in ("", "?page=2"))

    assert first.count("Changes by Kaisa") == 20
    assert "Jokilaakso Nimi 01" not in first
    assert second.count("Changes by Kaisa") == 2
    assert "Jokilaakso Nimi 01" in second


def test_the_form_saves_and_the_page_shows_it(desk: Client, group: PilotGroup) -> None:
    fields = sent(
        summary_en="We plan together.", contact_en="Joint office", contact_email="office@example.org",
        link_1_label="Site", link_1_url="example.org", link_1_language="sv",
    )  # fmt: skip

    answer = desk.post(ADDRESS, fields, follow=True)

    assert answer.redirect_chain == [("/en/areas/kopa-4/", 302)]
    page = words(main(answer))
    for said in ("The group's page is saved and public.", "We plan together.", "Joint office", "Edit texts"):
        assert said in page
    group.refresh_from_db()
    assert group.links == [{"url": "https://example.org", "label": "Site", "language": "sv"}]


def test_the_history_stands_under_the_form(desk: Client, group: PilotGroup, kaisa: User) -> None:
    edit(group, kaisa, name_fi="Uusi nimi", links=[LINK])
    edit(group, kaisa, version=2, name_fi="Uusin nimi")

    page = words(main(desk.get(ADDRESS)))

    history = page[page.index("What has been changed") :]
    assert "Kaisa, 24 November 2026 at 10:00" in history
    assert "Name in Finnish Uusi nimi Uusin nimi" in history
    assert "Name in Finnish Jokilaakso Uusi nimi" in history
    assert "Links – Site (en): https://example.org/" in history
    assert history.index("Uusin nimi") < history.index("Jokilaakso")


def test_a_form_that_was_open_too_long_shows_both(desk: Client, group: PilotGroup, kaisa: User) -> None:
    edit(group, kaisa, name_fi="Toisen nimi", summary_fi="Toisen teksti")

    answer = desk.post(ADDRESS, sent(name_fi="Minun nimi"))

    page = words(main(answer))
    assert answer.status_code == 200
    assert "Name in Finnish Toisen nimi Minun nimi" in page
    assert "Summary in Finnish Toisen teksti –" in page
    assert 'name="version" value="2"' in main(answer)
    group.refresh_from_db()
    assert group.name_fi == "Toisen nimi"

    desk.post(ADDRESS, sent(name_fi="Minun nimi", version="2"))

    group.refresh_from_db()
    assert (group.name_fi, group.summary_fi, group.version) == ("Minun nimi", "", 3)


def test_a_form_says_who_has_saved_meanwhile(
    desk: Client, group: PilotGroup, kaisa: User, anna: User
) -> None:
    edit(group, kaisa, name_fi="Oma nimi")
    own = words(main(desk.post(ADDRESS, sent(name_fi="Minun nimi"))))
    assert "You have saved this yourself in another window since you opened it here." in own

    edit(group, anna, version=2, name_fi="Toisen nimi")
    other = words(main(desk.post(ADDRESS, sent(name_fi="Minun nimi", version="2"))))
    assert "Anna has changed this since you opened it." in other


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40, "²"])
def test_a_form_without_its_version_overwrites_nothing(desk: Client, group: PilotGroup, version: str) -> None:
    answer = desk.post(ADDRESS, sent(name_fi="Minun nimi", version=version))

    assert answer.status_code == 200
    group.refresh_from_db()
    assert group.name_fi == "Jokilaakso"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"contact_email": "bengt@example.org"}, "Give the shared address of an office or a role."),
        ({"contact_email": "BENGT@example.org"}, "Give the shared address of an office or a role."),
        ({"contact_email": "no address"}, "valid email address"),
        ({"link_1_url": "https://example.org"}, "Give the link a text."),
        ({"link_2_label": "Sivu"}, "Give the link an address."),
        ({"link_1_label": "x", "link_1_url": "javascript:alert(1)"}, "valid URL"),
        ({"name_sv": "x" * 201}, "200"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    desk: Client, group: PilotGroup, fields: dict[str, str], said: str
) -> None:
    UserFactory(name="Bengt", email="bengt@example.org")

    answer = desk.post(ADDRESS, sent(name_fi="Minun nimi", **fields))

    page = main(answer)
    assert said in words(page)
    assert 'value="Minun nimi"' in page
    group.refresh_from_db()
    assert group.version == 1


def test_a_link_is_taken_away_by_clearing_its_row(desk: Client, group: PilotGroup) -> None:
    group.links = [LINK, LINK | {"label": "Other"}]
    group.save()

    desk.post(ADDRESS, sent(link_2_label="Other", link_2_url=LINK["url"], link_2_language="en"))

    group.refresh_from_db()
    assert [link["label"] for link in group.links] == ["Other"]


def test_what_was_typed_survives_signing_in(client: Client, group: PilotGroup, kaisa: User) -> None:
    answer = client.post(ADDRESS, sent(name_fi="Kirjoitettu"))
    assert answer.status_code == 403
    carried = answer.context["typed"]

    client.force_login(kaisa)
    brought = main(client.post(ADDRESS, {"typed": carried}))

    assert 'value="Kirjoitettu"' in brought
    assert "before your session ended" in words(brought)
    group.refresh_from_db()
    assert group.name_fi == "Jokilaakso"


def test_what_was_typed_can_be_let_go(desk: Client, group: PilotGroup) -> None:
    assert desk.get(f"{ADDRESS}?discard=1").headers["Location"] == ADDRESS
