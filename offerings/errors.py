"""Refusals of what people do with offerings, one class per rule. ``field`` is where a form shows it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kopa.base import writing
from kopa.base.errors import RuleBroken


class OfferingRefused(RuleBroken):
    """A rule about one offering refuses; ``field`` names what the person must mend."""

    field: ClassVar[str] = ""


class QuotasWithoutPlaces(OfferingRefused):
    """Places are reserved, but nobody has said how many there are in all."""

    code = "quotas_without_places"
    field = "capacity"
    message = gettext_lazy("Say how many places there are in all before you reserve some of them.")


class QuotasExceedPlaces(OfferingRefused):
    """R-CAP-2: Σ quota seats ≤ capacity."""

    code = "quotas_exceed_places"
    field = "quotas"

    def __init__(self, *, reserved: int, places: int) -> None:
        sentence = ngettext(
            "There is %(places)s place in all, but %(reserved)s are reserved.",
            "There are %(places)s places in all, but %(reserved)s are reserved.",
            places,
        )
        super().__init__(sentence % {"places": places, "reserved": reserved})


class PlacesBelowGiven(OfferingRefused):
    """R-CAP-2: the open places would be fewer than have been given already."""

    code = "places_below_given"
    field = "capacity"

    def __init__(self, *, given: int, lowest: int) -> None:
        sentence = ngettext(
            "%(given)s open place has already been given: there must be at least %(lowest)s places in all.",
            "%(given)s open places have already been given: there must be at least %(lowest)s places in all.",
            given,
        )
        said = sentence % {"given": given, "lowest": lowest}
        reserved = lowest - given
        if reserved:
            beside = ngettext("%(reserved)s is reserved.", "%(reserved)s are reserved.", reserved)
            said = f"{said} {beside % {'reserved': reserved}}"
        super().__init__(said)


class QuotaBelowGiven(OfferingRefused):
    """Reserved places of a municipality would be fewer than its residents have been given already."""

    code = "quota_below_given"
    field = "quotas"

    def __init__(self, *, municipality: str, given: int) -> None:
        sentence = ngettext(
            "%(given)s place reserved for %(municipality)s has already been given: reserve that many.",
            "%(given)s places reserved for %(municipality)s have already been given: reserve that many.",
            given,
        )
        super().__init__(sentence % {"given": given, "municipality": municipality})


class QuotaReleased(OfferingRefused):
    """R-CAP-4: what was reserved has been released; its number is history."""

    code = "quota_released"
    field = "quotas"

    def __init__(self, *, municipality: str, reserved: int) -> None:
        sentence = ngettext(
            "%(reserved)s place reserved for %(municipality)s is released: leave its number as it was.",
            "%(reserved)s places reserved for %(municipality)s are released: leave their number as it was.",
            reserved,
        )
        super().__init__(sentence % {"reserved": reserved, "municipality": municipality})


class MoreGivenThanSeats(OfferingRefused):
    """More places would be given than the source has (R-CAP-1)."""

    code = "more_given_than_seats"

    def __init__(self, *, counter_id: int, most: int) -> None:
        super().__init__(_("At most %(most)s can be given here.") % {"most": most})
        self.counter_id = counter_id


class UnknownSource(OfferingRefused):
    """The numbers speak of reserved places that this offering does not have, or not any more."""

    code = "unknown_source"
    message = gettext_lazy(
        "The reserved places have changed since you opened this page. Look at the numbers before you save."
    )


class AlreadyCopied(OfferingRefused):
    """The course has a copy in the term; ``copy_to_next_term`` answers with it."""

    code = "already_copied"
    message = gettext_lazy("This course has been copied to the term already.")


class ReasonMissing(OfferingRefused):
    code = "reason_missing"
    field = "reason"
    message = gettext_lazy("Tell applicants why the course is cancelled.")


class TimeDoesNotExist(OfferingRefused):
    """The wall clock skips this time when summer time begins."""

    code = "time_does_not_exist"

    def __init__(self, *, day: dt.date, skipped_to: str) -> None:
        sentence = _("There is no such time on %(day)s: clocks are put forward. Choose %(time)s or later.")
        super().__init__(sentence % {"day": writing.day(day), "time": skipped_to})


class YearNotMeant(OfferingRefused):
    """A date of a course lies, or would lie, in a year that nobody can mean."""

    code = "year_not_meant"

    def __init__(self, *, first: int, last: int) -> None:
        sentence = _("A date would lie before %(first)s or after %(last)s.")
        super().__init__(sentence % {"first": first, "last": last})


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an offering cannot be published: the field to mend, a stable code, a sentence."""

    field: str
    code: str
    message: str | Promise


class NotReady(OfferingRefused):
    """Something that a published offering needs is missing; ``reasons`` has every one of them."""

    code = "not_ready"
    message = gettext_lazy("The course cannot be published yet.")

    def __init__(self, reasons: list[Reason]) -> None:
        super().__init__()
        self.reasons = reasons


class NotOpen(OfferingRefused):
    """There is nothing to close."""

    code = "not_open"
    field = "applications_close_at"
    message = gettext_lazy("Students cannot apply at this moment: there is nothing to close.")


class PrecedenceFixed(OfferingRefused):
    """R-CAP-7: published with the offering, it cannot change once applications have opened."""

    code = "precedence_fixed"
    field = "precedence"
    message = gettext_lazy("Applications have opened: which places are used first cannot change any more.")


class SelectionRuleFixed(OfferingRefused):
    """R-APP-12: those who have applied hold places, or stand in a line, by the rule that they were told."""

    code = "selection_rule_fixed"
    field = "selection_rule"
    message = gettext_lazy("Applications have opened: how students are selected cannot change any more.")


class StartedAlready(OfferingRefused):
    """DOMAIN.md §3.6: any before running → cancelled."""

    code = "started_already"
    message = gettext_lazy(
        "Teaching has started: the course cannot be cancelled. If its first day is wrong, set that right"
        " first."
    )


class EnrolledAlready(OfferingRefused):
    """DOMAIN.md §3.6: what has started does not start later, unless nobody has begun."""

    code = "enrolled_already"
    field = "starts_on"
    message = gettext_lazy("Students have been enrolled: teaching cannot start later.")


class StartPast(OfferingRefused):
    """A course that is or becomes public would run at once, and the search would never show it."""

    code = "start_past"
    field = "starts_on"
    message = gettext_lazy("This day is past: say on which day teaching starts.")


class NothingToMove(OfferingRefused):
    code = "nothing_to_move"
    message = gettext_lazy("The course has none of these dates yet.")


class PlacesNotSaid(OfferingRefused):
    code = "places_not_said"
    field = "capacity"
    message = gettext_lazy("Nobody has said yet how many places there are.")


class NotPublicYet(OfferingRefused):
    """Nobody is told how many places a draft has left."""

    code = "not_public_yet"
    message = gettext_lazy("The course is a draft: publishing it confirms its places.")


class ChangedSincePreview(OfferingRefused):
    """One of many courses is not as the preview showed it any more."""

    code = "changed_since_preview"
    message = gettext_lazy("Somebody has changed this course since the preview: nothing was done to it.")


class NotYours(OfferingRefused):
    """The person published for the organisation when the preview was made, and does not any more."""

    code = "not_yours"
    message = gettext_lazy("You do not publish for this organisation any more.")


class DoneAlready(OfferingRefused):
    """The same preview was sent twice; what came of it the first time stands."""

    code = "done_already"
    message = gettext_lazy("This has been done already.")
