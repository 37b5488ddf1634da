"""The desk's first page: what is due and the figures, each with the way to it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from offerings.duties import SHOWN, Duties, Duty
from offerings.models import Offering
from offerings.standing import Standing
from tests.factories import (
    ImportRunFactory,
    JointAuthorityMemberFactory,
    OfferingFactory,
    RoleAssignmentFactory,
    in_days,
    municipality,
    today,
)
from tests.offerings.filled_in import desk

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def at_desk(client, bengt):
    client.force_login(bengt)
    return client


def confirmed(by) -> dict[str, object]:
    return {"places_confirmed_at": timezone.now(), "places_confirmed_by": by}


def kinds(lappia) -> dict[str, list[str]]:
    found = Duties([lappia], now=timezone.now()).kinds
    return {kind.name: [str(duty.title) for duty in kind.duties] for kind in found}


def test_what_is_due_is_found_by_its_kind(lappia, bengt):
    now = confirmed(bengt)
    JointAuthorityMemberFactory(organisation=lappia, municipality=municipality("FI-434"))
    facts = {"provider": lappia, "title_en": ""}
    OfferingFactory(title_fi="Kiire", closes_in_days=3, **now, **facts)
    OfferingFactory(title_fi="Vanha", **facts)
    OfferingFactory(title_fi="Yksikielinen", title_sv="", **now, **facts)
    OfferingFactory(title_fi="Luonnos", status="draft", applications_open_at=in_days(1), **facts)
    OfferingFactory(title_fi="Myöhempi", status="draft", applications_open_at=in_days(20), **facts)
    OfferingFactory(title_fi="Päätettävä", start_decision_at=in_days(13), closes_in_days=12, **now, **facts)
    OfferingFactory(
        title_fi="Vapautuva", capacity=10, taken={"": 8}, quotas={"FI-854": 2}, closes_in_days=-1,
        applications_open_at=in_days(-20), quota_release_at=in_days(9), **facts,
    )  # fmt: skip
    ImportRunFactory(provider=lappia, file_name="syksy.xlsx", new=18, wrong=2)
    ImportRunFactory(provider=lappia, file_name="ennen.xlsx", state="waiting")

    assert kinds(lappia) == {
        "closing": ["Kiire", "Päätettävä"],
        "drafts": ["Luonnos"],
        "release": ["Vapautuva"],
        "decision": ["Päätettävä"],
        "unconfirmed": ["Vanha"],
        "texts": ["Yksikielinen"],
        "files": ["syksy.xlsx"],
    }


def test_each_thing_leads_to_where_it_is_done(at_desk, lappia, bengt):
    closing = OfferingFactory(provider=lappia, closes_in_days=0, **confirmed(bengt))
    draft = OfferingFactory(provider=lappia, status="draft", applications_open_at=in_days(-3))
    run = ImportRunFactory(provider=lappia, new=18, changed=1, wrong=2)

    page = at_desk.get(desk("desk")).text

    for address in (desk("places", closing.pk), desk("edit", draft.pk), desk("import", run.pk)):
        assert f'href="{address}"' in page
    assert "Rows to save: 19. Wrong rows: 2." in page
    assert ">today<" in page
    assert ">past<" in page


def test_each_thing_says_how_it_stands(lappia, bengt):
    JointAuthorityMemberFactory(organisation=lappia, municipality=municipality("FI-434"))
    long_ago = {"places_confirmed_at": in_days(-61), "places_confirmed_by": bengt}
    OfferingFactory(provider=lappia, title_fi="Vanha", taken=19, **long_ago)
    OfferingFactory(provider=lappia, title_fi="Uusi", closes_in_days=20)
    OfferingFactory(provider=lappia, title_fi="Yksi", title_sv="", closes_in_days=3, **confirmed(bengt))
    OfferingFactory(
        provider=lappia, title_fi="Luonnos", status="draft", applications_open_at=in_days(1), starts_on=None,
        ends_on=None, start_decision_at=None,
    )  # fmt: skip
    found = {kind.name: [duty.sentence for duty in kind.duties] for kind in
             Duties([lappia], now=timezone.now()).kinds}  # fmt: skip

    assert found == {
        "closing": ["20 of 20 places are free"],
        "drafts": ["Nobody finds it before it is published"],
        "unconfirmed": [
            "20 of 20 places are free; never confirmed",
            "1 of 20 places is free; confirmed 24\u00a0September\u00a02026",
        ],
        "texts": ["Starts 23\u00a0January\u00a02027"],
    }


def test_the_nearest_deadlines_stand_beside(at_desk, lappia, bengt):
    later = OfferingFactory(provider=lappia, closes_in_days=9, **confirmed(bengt))
    sooner = OfferingFactory(provider=lappia, closes_in_days=2, **confirmed(bengt))
    OfferingFactory(provider=lappia, status="draft", applications_open_at=in_days(-3))

    found = at_desk.get(desk("desk")).context["duties"].next

    assert [str(duty.title) for duty in found] == [str(sooner.title()), str(later.title())]
    assert [(duty.days_text, duty.colour) for duty in found] == [("2 days", "danger"), ("9 days", "warning")]
    assert Duty("", "", "", "").days_text == ""


def test_figures_lead_to_the_list_that_they_count(at_desk, lappia, bengt):
    OfferingFactory(provider=lappia, capacity=20, taken=8, **confirmed(bengt))
    OfferingFactory(provider=lappia, capacity=10, taken=10)
    OfferingFactory(provider=lappia, capacity=5, status="draft")
    OfferingFactory(provider=lappia, capacity=7, applications_open_at=in_days(3), **confirmed(bengt))
    OfferingFactory(provider=lappia, status="draft", capacity=None)

    duties = at_desk.get(desk("desk")).context["duties"]

    assert {one.standing: (one.courses, one.places, one.free) for one in duties.standings if one.courses} == {
        Standing.DRAFT: (2, 5, 5), Standing.OPENING: (1, 7, 7), Standing.OPEN: (2, 30, 12),
    }  # fmt: skip
    for one in duties.standings:
        assert len(at_desk.get(one.url).context["rows"]) == one.courses
    for kind in duties.kinds:
        assert len(at_desk.get(kind.url).context["rows"]) == kind.total


def test_a_long_kind_shows_some_and_counts_all(lappia, bengt):
    for number in range(SHOWN + 2):
        OfferingFactory(provider=lappia, closes_in_days=1 + number, **confirmed(bengt))

    kind = Duties([lappia], now=timezone.now()).kinds[0]

    assert (kind.total, len(kind.duties)) == (SHOWN + 2, SHOWN)
    assert kind.duties[0].days == 1


def test_empty_desks_say_what_to_do(at_desk, lappia, bengt):
    empty = at_desk.get(desk("desk")).text
    OfferingFactory(provider=lappia, **confirmed(bengt))
    nothing = at_desk.get(desk("desk")).text

    assert "There are no courses yet." in empty
    assert desk("imports") in empty
    assert "Nothing is due." in nothing


def test_the_desk_says_what_it_downloads_and_denies_no_missing_text(at_desk, lappia, bengt):
    """Only the needed languages are counted; the list names the others too."""
    course = OfferingFactory(provider=lappia, title_sv="", title_en="", **confirmed(bengt))

    page = at_desk.get(desk("desk"))

    assert page.context["without_texts"] == 0
    assert "other languages may be missing" in page.text
    assert f'href="{desk("own_csv")}">Download our courses (CSV)</a>' in page.text
    listed = at_desk.get(desk("own")).text
    assert str(course.title()) in listed
    assert "Swedish, English" in listed


def test_the_desk_is_where_one_stands_after_signing_in(at_desk):
    answer = at_desk.get(reverse("portal:start"))

    assert answer["Location"] == desk("desk")
    assert f'<a href="{desk("desk")}" aria-current="page">Desk</a>' in at_desk.get(desk("desk")).text


def test_the_role_acted_in_decides(at_desk, lappia, pello, bengt):
    role = RoleAssignmentFactory(person=bengt, organisation=pello)
    OfferingFactory(provider=lappia, closes_in_days=3)
    theirs = OfferingFactory(provider=pello, closes_in_days=3)
    at_desk.post(reverse("accounts:act_as"), {"role": role.pk})

    found = at_desk.get(desk("desk")).context

    assert found["hosts"] == [pello]
    assert [str(duty.title) for duty in found["duties"].next] == [str(theirs.title())]


@pytest.mark.parametrize("name", ["sami", "kaisa", "ritva", "matti", "anna"])
def test_who_publishes_for_nobody_has_no_such_desk(client, request, name):
    client.force_login(request.getfixturevalue(name))

    for page in ("desk", "own", "own_csv", "own_xlsx", "together"):
        assert client.get(desk(page)).status_code == 403
    assert client.post(desk("columns")).status_code == 403


@pytest.mark.parametrize("number", [1, 3])
def test_the_desk_costs_the_same_however_much_is_due(
    at_desk, lappia, bengt, number, django_assert_num_queries
):
    for _ in range(number):
        OfferingFactory(provider=lappia, closes_in_days=3, start_decision_at=in_days(12))
        ImportRunFactory(provider=lappia)

    # Session and person; roles for the page and the menu; six kinds of duties, files and the figures; courses
    # that were applied for; statements that wait for an office; whether invented data is loaded.
    with django_assert_num_queries(15):
        page = at_desk.get(desk("desk"))

    assert page.context["due"] == 4 * number


def test_a_neighbours_desk_has_nothing_of_it(client: Client, aino, lappia):
    OfferingFactory(provider=lappia, title_fi="Salaisuus", closes_in_days=3)
    ImportRunFactory(provider=lappia, file_name="salaisuus.xlsx")
    client.force_login(aino)

    assert "alaisuus" not in client.get(desk("desk")).text
    assert Offering.objects.filter(provider=lappia, starts_on__gt=today()).exists()
