from __future__ import annotations

import pytest
from django.utils import translation

from kopa.base.errors import TransitionNotAllowed
from offerings.states import CHANGEABLE, OFFERING, OfferingStatus

pytestmark = pytest.mark.unit

STEPS = {
    ("publish", "draft"): "published",
    ("start", "published"): "running",
    ("complete", "running"): "completed",
    ("resume", "completed"): "running",
    ("put_off", "running"): "published",
    ("put_off", "completed"): "published",
    ("cancel", "draft"): "cancelled",
    ("cancel", "published"): "cancelled",
}


@pytest.mark.parametrize("state", OfferingStatus.values)
@pytest.mark.parametrize("verb", OFFERING.steps)
def test_every_verb_in_every_state(verb, state):
    assert OFFERING.allows(verb, state) == ((verb, state) in STEPS)
    if (verb, state) in STEPS:
        assert OFFERING.target(verb, state) == STEPS[verb, state]
    else:
        with pytest.raises(TransitionNotAllowed):
            OFFERING.target(verb, state)


def test_what_is_cancelled_is_not_changed_any_more():
    assert {state.value for state in CHANGEABLE} == {"draft", "published", "running", "completed"}


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_states_have_names_in_every_language(language):
    with translation.override("en"):
        english = {state: str(state.label) for state in OfferingStatus}
    with translation.override(language):
        assert all(str(state.label) and str(state.label) != english[state] for state in OfferingStatus)
