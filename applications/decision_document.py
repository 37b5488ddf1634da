"""The host's decisions as documents, in the decision's language (R-APP-5, R-LANG-3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from applications.host_grounds import TAKEN_BACK, decision_language, ground_text
from applications.models import AdmissionDecision, Application, ReplacedAdmission
from applications.models.decisions import Decision
from applications.steps import admission_of, reception_of

NAME: Final = "decisions.html"
# By whether it is the admission, and whether it is favourable.
OUTCOMES: Final[dict[tuple[bool, bool], str | Promise]] = {
    (False, True): _("The applicant is received to the course."),
    (False, False): _("The applicant is not received to the course."),
    (True, True): _("The applicant is admitted to the course: to a place that is free for her, or as soon as"
                    " one is."),
    (True, False): _("The applicant is not admitted to the course."),
}  # fmt: skip
PLACE_TAKEN_BACK: Final = _("The place that the applicant had accepted is taken back.")


def outcome_of(*, is_admission: bool, is_positive: bool, ground: str) -> str | Promise:
    return PLACE_TAKEN_BACK if ground in TAKEN_BACK else OUTCOMES[is_admission, is_positive]


@dataclass(frozen=True, slots=True)
class Document:
    """One decision; its template sets the language."""

    application: Application
    decision: Decision

    @property
    def is_admission(self) -> bool:
        return isinstance(self.decision, AdmissionDecision | ReplacedAdmission)

    @property
    def title(self) -> str | Promise:
        return _("Decision on admission") if self.is_admission else _("Decision on reception")

    @property
    def outcome(self) -> str | Promise:
        one = self.decision
        return outcome_of(
            is_admission=self.is_admission, is_positive=one.is_positive, ground=one.ground
        )

    @property
    def ground(self) -> str:
        if self.decision.is_positive:
            return ""
        return ground_text(self.application, self.decision.ground, is_admission=self.is_admission)


def documents_of(application: Application) -> list[Document]:
    """The reception first, the admission in force last; three queries."""
    made = (
        reception_of(application), *application.replaced_admissions.all(), admission_of(application)
    )  # fmt: skip
    return [Document(application, one) for one in made if one is not None]


def kept(application: Application) -> dict[str, str]:
    """By the name of the file; a page that opens by itself, without the portal. Nothing where nothing is
    decided.
    """
    documents = documents_of(application)
    if not documents:
        return {}
    language = decision_language(application)
    with translation.override(language):
        context = {"application": application, "documents": documents, "language": language}
        return {NAME: render_to_string("applications/decisions_kept.html", context)}
