"""Somebody keeps a course locked longer than one waits: the page says so, keeps what is typed, changes
nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import connections, transaction

from offerings.models import Offering
from tests.factories import OfferingFactory
from tests.offerings.filled_in import desk, typed_course
from tests.together import impatient

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("english"),
]
BUSY = "Somebody else is just changing this. Nothing was saved: try again in a moment."


@pytest.fixture
def locked(lappia) -> Iterator[Offering]:
    """A published course that another transaction keeps locked; this one waits only 50 ms for locks."""
    offering = OfferingFactory(provider=lappia)
    is_locked, is_done = threading.Event(), threading.Event()

    def keep() -> None:
        with transaction.atomic():
            Offering.objects.select_for_update().get(pk=offering.pk)
            is_locked.set()
            is_done.wait(timeout=30)
        connections.close_all()

    keeper = threading.Thread(target=keep)
    keeper.start()
    assert is_locked.wait(timeout=10)
    with impatient(50):
        yield offering
        is_done.set()
        keeper.join()


def test_a_form_comes_back_with_everything_typed(client, lappia, bengt, locked):
    client.force_login(bengt)

    response = client.post(
        desk("edit", locked.pk), typed_course(lappia, title_fi="Levyseppä", version="1", act="save")
    )

    assert response.context["form"].non_field_errors() == [BUSY]
    assert response.context["form"]["title_fi"].value() == "Levyseppä"


def test_places_and_a_reason_come_back_too(client, bengt, locked):
    client.force_login(bengt)
    counter = locked.counters.get()

    places = client.post(
        desk("places", locked.pk), {f"taken_{counter.pk}": "7", f"seen_{counter.pk}": "0", "act": "count"}
    )
    cancel = client.post(desk("cancel", locked.pk), {"reason_fi": "Hakijoita oli liian vähän."})

    assert places.context["form"].non_field_errors() == [BUSY]
    assert places.context["form"][f"taken_{counter.pk}"].value() == "7"
    assert cancel.context["form"].non_field_errors() == [BUSY]
    assert cancel.context["form"]["reason_fi"].value() == "Hakijoita oli liian vähän."


@pytest.mark.parametrize(("page", "data"), [("places", {"act": "confirm"}), ("publish", {"version": "1"})])
def test_a_button_says_that_it_did_nothing(client, bengt, locked, page, data):
    client.force_login(bengt)

    response = client.post(desk(page, locked.pk), data, follow=True)

    assert [str(message) for message in response.context["messages"]] == [BUSY]
