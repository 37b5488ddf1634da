"""What an applicant confides of her health, her language or her circumstances (R-PRIV-9).

It is kept sealed, apart from everything that she sends, and opened for her and for whoever decides. It is in
no list, file, letter, search or log; the journal says that there is something, never what.
"""

from __future__ import annotations

from django.db import transaction

from applications.models import Application
from applications.sealed import confided, sealed
from applications.services import acts
from applications.states import UNDECIDED
from kopa.accounts.models import User
from kopa.base.errors import TransitionNotAllowed


@transaction.atomic
def confide(*, application_id: int, text: str, by: User) -> None:
    """This is what she says from now on, instead of what she said before; nothing, where it is empty.

    Raises TransitionNotAllowed once it has been decided: nobody would read it any more.
    """
    _offering, application = acts.lock(application_id)
    if application.status not in UNDECIDED:
        raise TransitionNotAllowed(verb="confide", state=application.status)
    application.sealed_grounds = sealed(application, text.strip())
    application.save(update_fields=["sealed_grounds"])
    acts.tell("confide", application, by=by, role="learner")


def reseal() -> int:
    """All is sealed with today's SECRET_KEY: how many there are. Raises CannotBeOpened."""
    with transaction.atomic():
        rows = list(Application.objects.exclude(sealed_grounds="").select_for_update(no_key=True))
        for one in rows:
            one.sealed_grounds = sealed(one, confided(one))
        Application.objects.bulk_update(rows, ["sealed_grounds"], batch_size=500)
    return len(rows)
