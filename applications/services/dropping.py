"""Nobody needs to answer any more."""

from __future__ import annotations

from applications.models import Application
from applications.services import acts
from applications.states import WAITED_FOR, StatementState
from applications.steps import is_answer_needed
from kopa.accounts.models import User


def drop_statement(application: Application, *, by: User | None) -> None:
    """The home municipality is not asked any more: the application is over. It is locked.

    Not where somebody has studied: who pays for that is still to be said.
    """
    if is_answer_needed(application):
        return
    if application.statements.filter(state__in=WAITED_FOR).update(state=StatementState.DROPPED):
        acts.tell("drop_statement", application, by=by, to_state=StatementState.DROPPED)
