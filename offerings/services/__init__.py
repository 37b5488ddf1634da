"""What people do with offerings: one function, one verb, one transaction.

Locks are taken in one order: the offering, then its counters (the open source first, then quotas by id), then
the organisation where it gets a new site. Who may do it is asked before (``offerings.rules``); what an act
needs and refuses is said here.
"""

from offerings.services.around import Wanted, lock_many
from offerings.services.autosaving import autosave, autosave_new, end_idle_sittings
from offerings.services.bulk import NewOffering, Outcome, Saved, judge_many, publish_many, save_many
from offerings.services.copying import Copied, copy_to_next_term
from offerings.services.inputs import OfferingInput
from offerings.services.places import (
    Miscount,
    confirm_places,
    places_that_disagree,
    set_taken_elsewhere,
)
from offerings.services.publishing import cancel, languages_of_reason, may_be_cancelled, publish, publish_new
from offerings.services.running import follow_the_days
from offerings.services.writing import create_draft, save_offering

__all__ = [
    "Copied",
    "Miscount",
    "NewOffering",
    "OfferingInput",
    "Outcome",
    "Saved",
    "Wanted",
    "autosave",
    "autosave_new",
    "cancel",
    "confirm_places",
    "copy_to_next_term",
    "create_draft",
    "end_idle_sittings",
    "follow_the_days",
    "judge_many",
    "languages_of_reason",
    "lock_many",
    "may_be_cancelled",
    "places_that_disagree",
    "publish",
    "publish_many",
    "publish_new",
    "save_many",
    "save_offering",
    "set_taken_elsewhere",
]
