"""Refusals of what people do with applications, one class per rule. ``field`` is where a form shows it."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from kopa.base.errors import RuleBroken


class ApplicationRefused(RuleBroken):
    field: ClassVar[str] = ""


class NotAppliedForHere(ApplicationRefused):
    code = "not_applied_for_here"
    message = _("This course is not applied for in KOPA. Its page says how to apply.")


class NotOpenForApplications(ApplicationRefused):
    """Not published, cancelled, not open yet, or teaching has started."""

    code = "not_open_for_applications"
    message = _("Applications to this course are not open.")


class ClosedAndFull(ApplicationRefused):
    """R-APP-4: late applications are accepted while places are vacant."""

    code = "closed_and_full"
    message = _("Applications have closed, and no place is free for you.")


class NotOpenToYou(ApplicationRefused):
    """R-CAP-6: the host lets only residents of other municipalities apply."""

    code = "not_open_to_you"
    field = "home_municipality"
    message = _("This course is not open to residents of your home municipality.")


class NotOfAge(ApplicationRefused):
    """R-MIN-1, as long as guardians have no part in KOPA."""

    code = "not_of_age"
    field = "birth_on"
    message = _(
        "You must be 18 to apply here by yourself. Contact the provider: they help you and your guardian."
    )


class PlaceGone(ApplicationRefused):
    """Whoever was shown a free place is not put in the queue without being asked (FIELD.md 17)."""

    code = "place_gone"
    message = _("The last place was given to somebody else while you were applying.")


class AppliedAlready(ApplicationRefused):
    """R-APP-1: one live application per learner and offering."""

    code = "applied_already"
    message = _("You have applied to this course already.")


class RevisedTooLate(ApplicationRefused):
    """R-APP-1: what was sent is edited until applications close."""

    code = "revised_too_late"
    message = _("Applications have closed: what you sent can no longer be changed.")


class SentBySomebodyElse(ApplicationRefused):
    """A draft's key opens nothing of another person's."""

    code = "sent_by_somebody_else"
    message = _("This form has been sent before, by somebody else or to another course. Begin a new one.")


class NobodyDecides(ApplicationRefused):
    """The host has nobody who handles applications."""

    code = "nobody_decides"
    message = _("The provider has nobody in KOPA who handles applications just now. Contact the provider.")


class TakesNobody(ApplicationRefused):
    """R-CAP-8: cancelled, over, or two weeks into its teaching: no place is offered any more."""

    code = "takes_nobody"
    message = _(
        "This course takes nobody in any more: it is cancelled or over, or its teaching began more than two"
        " weeks ago."
    )


class CourseCancelled(ApplicationRefused):
    code = "course_cancelled"
    message = _("The course is cancelled.")


class NoFreePlaces(ApplicationRefused):
    code = "no_free_places"
    message = _("No place is free for this applicant.")


class StatementMissing(ApplicationRefused):
    """R-APP-3: no admission before the home municipality has answered where it must."""

    code = "statement_missing"
    message = _("The home municipality has not given its statement yet.")


class NotMissedYet(ApplicationRefused):
    """A place is taken back from whoever does not come, once she could have come."""

    code = "not_missed_yet"
    message = _(
        "The studies have not begun, or the student accepted the place today: the place can be taken back"
        " from the next day on."
    )


class NotReceived(ApplicationRefused):
    """R-APP-5: admission follows reception."""

    code = "not_received"
    message = _("Decide on the reception first.")


class OwnMatter(ApplicationRefused):
    """An official is disqualified from her own matter (R-APP-11)."""

    code = "own_matter"
    message = _("You have applied to this course yourself: a colleague of yours does this.")


class DecidedAlready(ApplicationRefused):
    code = "decided_already"
    message = _("This has been decided already. Load the page again to see the decision.")


class AnsweredTooLate(ApplicationRefused):
    """R-CAP-9: the last second of the offer is over."""

    code = "answered_too_late"
    message = _("The time for answering this offer is over.")


class AnotherPlaceTaken(ApplicationRefused):
    """R-CAP-10: one taken place per overlapping full-time period."""

    code = "another_place_taken"
    message = _(
        "You have a place in another full-time course at the same time. Choose which one you give up."
    )


class SelectionNotYet(ApplicationRefused):
    """Ranking runs after applications have closed (R-APP-12)."""

    code = "selection_not_yet"
    message = _("Applications are still open: the selection follows when they have closed.")


class SelectionNotNeeded(ApplicationRefused):
    """R-APP-12: the order of registration is the selection."""

    code = "selection_not_needed"
    message = _("This course takes students in the order of registration: there is nothing to select.")


class UnknownGround(ApplicationRefused):
    """R-HOME-5: a ground from the list, as it stands on the day of the decision."""

    code = "unknown_ground"
    field = "ground"
    message = _("Choose a ground from the list.")


class HomeAnswersHere(ApplicationRefused):
    """What came outside KOPA is recorded only where nobody can answer in it."""

    code = "home_answers_here"
    message = _("The home municipality has an officer in KOPA, who gives the statement here.")


class AskedAlready(ApplicationRefused):
    code = "asked_already"
    field = "question"
    message = _("The applicant has been asked already and has not answered yet.")


class NothingAsked(ApplicationRefused):
    code = "nothing_asked"
    message = _("Nothing is being asked just now.")


class TransferOffered(ApplicationRefused):
    code = "transfer_offered"
    message = _("The applicant has been offered another course already and has not answered yet.")


class NoTransferOffered(ApplicationRefused):
    code = "no_transfer_offered"
    message = _("That offer of another course is over. Your application says what is offered to you now.")


class NoTransferToSelection(ApplicationRefused):
    """R-APP-12: whoever is ranked has applied there."""

    code = "no_transfer_to_selection"
    field = "to"
    message = _("That course selects among those who apply to it: nobody can be moved there.")


class MoveUnconfirmed(ApplicationRefused):
    """R-HOME-2: no admission on the applicant's word alone."""

    code = "move_unconfirmed"
    message = _("The applicant has told of a move. Confirm it, or put it right, first.")


class ProtectedByOthers(ApplicationRefused):
    """R-PRIV-6: an official takes back only what her own organisation has said."""

    code = "protected_by_others"
    message = _("Your organisation has not marked this identity as protected: only who has takes it back.")


class WrongDay(ApplicationRefused):
    """Of an appeal, or of its end; says what is wrong with it."""

    code = "wrong_day"
    field = "on"


class NoMoveToConfirm(ApplicationRefused):
    code = "no_move_to_confirm"
    message = _("There is no move to confirm.")


class MovedTooLate(ApplicationRefused):
    """R-HOME-1: a move after the start changes nothing."""

    code = "moved_too_late"
    field = "moved_on"
    message = _("The move is not before the start of the course, so it does not change who pays.")
