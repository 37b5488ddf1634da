"""A file is done by one at a time, and by somebody who acts for its organisation."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import override

from kopa.accounts.models import User
from offerings.imports.errors import NotChecked, RightsEnded
from offerings.models import ImportRun, ImportState
from providers.rules import publishing_roles


def locked(run_id: int, *states: ImportState) -> ImportRun:
    """Raises NotChecked when the run is in another state, or somebody is just doing something with it."""
    runs = ImportRun.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
    run = runs.select_related("provider").filter(pk=run_id, state__in=states).first()
    if run is None:
        raise NotChecked
    return run


def role_of(run: ImportRun, by: User) -> str:
    """In which they act, now that it is done. Raises RightsEnded."""
    held = publishing_roles(by, on=timezone.localdate()).filter(organisation=run.provider_id).first()
    if held is None:
        with override(run.language):
            raise RightsEnded(str(by))
    return held.role
