import pytest
from django.utils import timezone

from kopa.celery import app
from kopa.codes.models import ReferenceLoad
from tests.factories import municipality


@pytest.fixture
def pello_place(db):
    return municipality("FI-854")


@pytest.fixture
def loaded(pello_place):
    """As after a load of the reference data: municipalities stay in memory, one question asks for changes."""
    for key in ("FI-240", "FI-851"):
        municipality(key)
    ReferenceLoad.objects.create(fingerprint="of the test", loaded_at=timezone.now())


@pytest.fixture
def at_once(monkeypatch):
    """Tasks that are ordered are done at once."""
    monkeypatch.setattr(app.conf, "task_always_eager", True)
