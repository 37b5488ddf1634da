"""Applications to shared courses, the places they hold, and what others decide about them."""

from applications.models.answer_link import AnswerLink
from applications.models.application import Application, HomeSource
from applications.models.attachment import Attachment
from applications.models.consent import Consent
from applications.models.course_change import CourseChange
from applications.models.decisions import AdmissionDecision, ReceptionDecision, ReplacedAdmission
from applications.models.draft import Draft
from applications.models.forgotten import Forgotten
from applications.models.learner import Learner
from applications.models.message import Message
from applications.models.reading import Reading
from applications.models.seat import Seat, SeatSource
from applications.models.selection import Selection
from applications.models.statement import HomeStatement
from applications.models.transfer import Cause, Transfer, TransferState

__all__ = [
    "AdmissionDecision",
    "AnswerLink",
    "Application",
    "Attachment",
    "Cause",
    "Consent",
    "CourseChange",
    "Draft",
    "Forgotten",
    "HomeSource",
    "HomeStatement",
    "Learner",
    "Message",
    "Reading",
    "ReceptionDecision",
    "ReplacedAdmission",
    "Seat",
    "SeatSource",
    "Selection",
    "Transfer",
    "TransferState",
]
