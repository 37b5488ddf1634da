"""Why a form is not saved that others have saved meanwhile: who did, or the same person in another window."""

from __future__ import annotations

from typing import Protocol

from django.utils.translation import gettext as _

from kopa.base.errors import ChangedMeanwhile


class Act(Protocol):
    """Whatever tells who did it: an entry of the journal, or what a form saved by itself."""

    @property
    def actor(self) -> object | None: ...


def form_sentence(act: Act | None, *, reader: object) -> str:
    """Why the form is not saved, and by whom the thing was saved meanwhile: ``act`` is the last one."""
    if act is None or act.actor is None:
        return str(ChangedMeanwhile())
    if act.actor == reader:
        return _(
            "You have saved this yourself in another window since you opened it here. What you typed here is"
            " not lost: compare it with the saved version before you save."
        )
    return _(
        "%(person)s has changed this since you opened it. Your text is still here: compare it with the saved"
        " version before you save."
    ) % {"person": act.actor}
