"""What people and the clock do with applications: one function, one verb, one transaction.

Locks are taken in one order: the course's places and the course (``offerings.services.acts.lock``), its
counters, the application, its statement. Who may do it is asked before (``applications.rules``).
"""

from applications.services.answering import accept, decline, lapse_unanswered
from applications.services.appealing import record_appeal, set_statement_aside, uphold_statement
from applications.services.asking import ask_for_more, give_more
from applications.services.attaching import attach, detach, forget_stray_attachments
from applications.services.confiding import confide
from applications.services.deciding import admit, receive, refuse, take_place_back
from applications.services.drafting import (
    confirm_draft,
    discard_draft,
    forget_old_drafts,
    save_draft,
    send_draft_link,
)
from applications.services.erasing import erase, what_may_go
from applications.services.filling import follow, takes_more, what_to_follow
from applications.services.forgetting import count_what_is_over, forget_what_is_over
from applications.services.many import (
    as_if,
    decide_on,
    end_queue,
    enrol_all,
    offer_transfers,
    transfer_all,
)
from applications.services.moving import confirm_move, record_move
from applications.services.protecting import is_protected, protect, unprotect
from applications.services.ranking import rank
from applications.services.recounting import recount
from applications.services.revising import Revision, add_file, revise, take_out_file
from applications.services.seats import live_seat
from applications.services.selecting import run_selection, selection_preview
from applications.services.statements import (
    draft_statement,
    issue_statement,
    record_answer_from_outside,
    remit_statement,
)
from applications.services.studying import complete, enrol, interrupt
from applications.services.submitting import Submission, submit
from applications.services.telling import write_to
from applications.services.transferring import (
    accept_transfer,
    decline_transfer,
    lapse_transfers,
    offer_transfer,
)
from applications.services.withdrawing import withdraw

__all__ = [
    "Revision",
    "Submission",
    "accept",
    "accept_transfer",
    "add_file",
    "admit",
    "as_if",
    "ask_for_more",
    "attach",
    "complete",
    "confide",
    "confirm_draft",
    "confirm_move",
    "count_what_is_over",
    "decide_on",
    "decline",
    "decline_transfer",
    "detach",
    "discard_draft",
    "draft_statement",
    "end_queue",
    "enrol",
    "enrol_all",
    "erase",
    "follow",
    "forget_old_drafts",
    "forget_stray_attachments",
    "forget_what_is_over",
    "give_more",
    "interrupt",
    "is_protected",
    "issue_statement",
    "lapse_transfers",
    "lapse_unanswered",
    "live_seat",
    "offer_transfer",
    "offer_transfers",
    "protect",
    "rank",
    "receive",
    "record_answer_from_outside",
    "record_appeal",
    "record_move",
    "recount",
    "refuse",
    "remit_statement",
    "revise",
    "run_selection",
    "save_draft",
    "selection_preview",
    "send_draft_link",
    "set_statement_aside",
    "submit",
    "take_out_file",
    "take_place_back",
    "takes_more",
    "transfer_all",
    "unprotect",
    "uphold_statement",
    "what_may_go",
    "what_to_follow",
    "withdraw",
    "write_to",
]
