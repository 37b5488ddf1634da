"""What is wrong with a cell; refusals of a whole file or of its saving."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from kopa.base import writing
from kopa.base.errors import RuleBroken

SOMETHING_FAILED: Final = _(
    "Something went wrong here that is not your fault; it has been recorded. Try again, and tell us if it"
    " happens anew."
)


class Wrong(Exception):
    """What is wrong with a cell, as a sentence for the person who mends it."""


class FileRefused(RuleBroken):
    """The file cannot be read; the sentence says where and why."""

    code = "file_refused"

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)


class TooManyRows(FileRefused):
    code = "too_many_rows"

    def __init__(self, most: int) -> None:
        super().__init__(
            gettext("The file has more than %(most)s rows. Divide it into several.")
            % {"most": writing.number(most)}
        )


class TooManyOpen(RuleBroken):
    """Files that somebody brought and nobody has saved or discarded."""

    code = "too_many_open_imports"

    def __init__(self, number: int) -> None:
        sentence = ngettext(
            "%(number)s file of your organisation is neither saved nor discarded yet. Open it in the list"
            " below, save or discard it, and bring the new one then.",
            "%(number)s files of your organisation are neither saved nor discarded yet. Open some of them in"
            " the list below, save or discard them, and bring the new one then.",
            number,
        )
        super().__init__(sentence % {"number": number})


class NotChecked(RuleBroken):
    code = "import_not_checked"
    message = _("This file is not waiting to be saved. Load the page again.")


class RowChanged(RuleBroken):
    """Somebody else has mended the row since its form was shown."""

    code = "import_row_changed"
    message = _(
        "Somebody else has mended this row meanwhile; nothing of yours is saved yet. Look at what stands"
        " there now, and save again if yours is right."
    )


class NothingToSave(RuleBroken):
    code = "import_has_nothing_to_save"
    message = _("No row of this file would change anything.")


class RowsRefused(RuleBroken):
    """Something has changed since the check, or a rule of saving refuses; nothing was saved."""

    code = "import_rows_refused"
    message = _("Nothing was saved: some rows do not fit what is there now. They are marked below.")

    def __init__(self, errors: dict[int, dict[str, list[str]]], message: str | Promise | None = None) -> None:
        super().__init__(message)
        self.errors = errors


class RightsEnded(RuleBroken):
    """The person who ordered it held a role then, and holds none when it is done."""

    code = "import_rights_ended"
    message = _("Nothing was done: %(person)s does not act for the organisation any more.")

    def __init__(self, person: str) -> None:
        super().__init__(str(self.message) % {"person": person})


class TooLateToUndo(RuleBroken):
    code = "import_too_late_to_undo"
    message = _("What was saved can be undone for 24 hours; they have passed.")
