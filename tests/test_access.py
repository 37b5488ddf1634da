"""Who gets what at every address: a route without a row fails, and so does a row without a route.

TESTPLAN A1 to A5 and A17. A row names a route, the thing it is asked about and what each person gets. A
stranger to a thing gets 404, not 403: whether it exists is nobody else's business. Whoever is not signed in,
and whoever may not sign in any more, is sent to the sign-in page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any, Final

import pytest
from django.db import models
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from django.utils.translation import override

from applications.models import (
    AdmissionDecision,
    AnswerLink,
    Application,
    Attachment,
    Draft,
    HomeStatement,
    Reading,
    ReceptionDecision,
    ReplacedAdmission,
    Seat,
)
from applications.services import accept_transfer, answer_links, confide, withdraw
from corrections.models import ErrorReport
from kopa.accounts.models import User
from kopa.audit.models import AuditEvent
from offerings.models import Offering, PlaceCounter, Quota
from offerings.presenting import address
from offerings.services import copy_to_next_term
from pilots.models import PilotGroup
from providers import invitations
from providers.models import Role, RoleAssignment
from tests.applications.given import apply, begun, moving, statement_given
from tests.factories import (
    ActTogetherFactory,
    AgreementFactory,
    AttachmentFactory,
    ConfirmationRequestFactory,
    DataSourceFactory,
    ErrorReportFactory,
    ImportRowFactory,
    ImportRunFactory,
    InstitutionFactory,
    InvitationFactory,
    LetterFactory,
    OfferingFactory,
    OrganisationFactory,
    PasskeyFactory,
    PilotGroupFactory,
    RoleAssignmentFactory,
    SignInLinkFactory,
    UserFactory,
    municipality,
    organisation_of,
    today,
)
from tests.people import NAMES
from tests.policies import policies_missing

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

PEOPLE: Final = ("anonymous", "gone", *NAMES)
OK, AWAY, WRONG, NO, UNKNOWN, NOT_SO, NOT_NOW = 200, 302, 400, 403, 404, 405, 409
LANGUAGE: Final = "en"
ASKED: Final = f"c.{'a' * 43}"
LINK: Final = f"l.{'a' * 43}"
OFFER: Final = f"o.{'a' * 43}"


@dataclass(frozen=True)
class Row:
    """``about`` names a thing of the world or its address; ``others`` is what everybody else gets."""

    route: str
    others: int
    about: str = ""
    method: str = "get"
    data: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    people: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join(part for part in (self.method, self.route, self.about, self.query) if part)

    def expected(self) -> dict[str, int]:
        return dict.fromkeys(PEOPLE, self.others) | self.people


def everybody(route: str, status: int = OK, about: str = "", **more: Any) -> Row:
    return Row(route, status, about, **more)


def signed_in(route: str, others: int, about: str = "", stranger: int = AWAY, **more: Any) -> Row:
    """``stranger`` is what people get who are not signed in, or may not be any more."""
    people = {name: more.pop(name) for name in NAMES if name in more}
    return Row(route, others, about, people={"anonymous": stranger, "gone": stranger} | people, **more)


# Posted without a session, a long form's text is kept: the answer is the sign-in page itself, with 403.
KEPT: Final = NO
TABLE: Final = (
    # Everybody, signed in or not
    everybody("front_door", AWAY),
    everybody("robots"),
    everybody("favicon", AWAY),
    everybody("health_live"),
    everybody("health_ready"),
    everybody("metrics"),
    everybody("portal:home"),
    everybody("portal:start", AWAY),
    everybody("portal:about"),
    everybody("portal:register_search", query="q=pello"),
    everybody("portal:accessibility"),
    everybody("portal:privacy"),
    everybody("portal:licences"),
    # Open in the demonstration that `up` runs, and nowhere else (tests/letters/test_mailbox.py)
    everybody("portal:mailbox", UNKNOWN),
    everybody("portal:letter", UNKNOWN, about="letter"),
    everybody("municipalities:list"),
    everybody("municipalities:list_csv"),
    everybody("municipalities:regions"),
    everybody("municipalities:regions_csv"),
    everybody("municipalities:region", about="lappi"),
    everybody("municipalities:suggest", query="q=pel"),
    everybody("municipalities:detail", about="pello"),
    everybody("municipalities:population_csv", about="pello"),
    everybody("providers:list"),
    everybody("providers:list_csv"),
    everybody("providers:detail", about="lappia"),
    everybody("pilots:list"),
    everybody("pilots:list", query="municipality=FI-854"),
    everybody("pilots:groups_csv"),
    everybody("pilots:members_csv"),
    everybody("pilots:detail", about="pilot group"),
    everybody("pilots:detail", UNKNOWN, about="key kopa-99"),
    # What is told of a group: coordinators; the group is public, so others are told that they may not
    signed_in("pilots:edit", NO, "pilot group", kaisa=OK),
    signed_in("pilots:edit", NO, "pilot group", KEPT, method="post", kaisa=OK),
    signed_in("pilots:edit", UNKNOWN, "key kopa-99"),
    everybody("agreements:detail", about="agreement"),
    everybody("agreements:detail", UNKNOWN, about="key none-such"),
    everybody("offerings:search"),
    everybody("offerings:search", query="q=hitsaaja&home=FI-854"),
    # An offering's page: drafts for the host's own people, cancelled ones for everybody once they were public
    everybody("offerings:detail", about="published of lappia"),
    everybody("offerings:detail", about="cancelled of lappia"),
    everybody("offerings:detail", about="published of pello"),
    Row("offerings:detail", UNKNOWN, "draft of lappia", people={"bengt": OK}),
    Row("offerings:detail", UNKNOWN, "draft of pello", people={"aino": OK}),
    Row("offerings:detail", UNKNOWN, "draft of loviisa", people={"olli": OK}),
    Row("offerings:detail", UNKNOWN, "cancelled draft of lappia", people={"bengt": OK}),
    everybody("offerings:calendar", about="published of lappia"),
    everybody("offerings:calendar", UNKNOWN, about="draft of lappia"),
    # Accounts
    Row("accounts:sign_in", AWAY, people={"anonymous": OK, "gone": OK}),
    everybody("accounts:sign_out", AWAY, method="post"),
    everybody("accounts:sign_out", NOT_SO),
    # Second factors: the step itself is open to who has just typed the password, and to nobody else
    everybody("accounts:second_step", AWAY),
    everybody("accounts:second_step", AWAY, method="post"),
    everybody("accounts:passkey_question", method="post"),
    everybody("accounts:passkey_question", NOT_SO),
    everybody("accounts:passkey_sign_in", WRONG, method="post"),
    signed_in("accounts:confirm", OK),
    signed_in("accounts:confirm", OK, method="post"),
    signed_in("accounts:add_app", OK),
    signed_in("accounts:add_app", OK, method="post"),
    signed_in("accounts:remove_app", OK),
    signed_in("accounts:remove_app", AWAY, method="post"),
    signed_in("accounts:recovery_codes", AWAY, bengt=OK),
    signed_in("accounts:add_passkey", OK),
    signed_in("accounts:add_passkey", OK, method="post"),
    signed_in("accounts:passkey", UNKNOWN, "passkey of bengt", bengt=OK),
    signed_in("accounts:passkey", UNKNOWN, "passkey of bengt", method="post", bengt=OK),
    signed_in("accounts:profile", OK),
    signed_in("accounts:act_as", AWAY, method="post"),
    signed_in("accounts:end_sessions", AWAY, method="post"),
    everybody("accounts:forgotten_password"),
    everybody("accounts:new_password", UNKNOWN, about="key MQ.none"),
    # A link in a letter: whoever has it; the page names the address and lets nobody in by being opened
    everybody("accounts:ask_link"),
    everybody("accounts:ask_link", method="post"),
    everybody("accounts:use_link", about=f"key {LINK}"),
    everybody("accounts:use_link", UNKNOWN, about="key l.none"),
    everybody("accounts:use_link", UNKNOWN, about="key l.none", method="post"),
    # An offer's letter: whoever has it; the page names the course and nobody
    everybody("applications:offer", about=f"key {OFFER}"),
    everybody("applications:offer", AWAY, about=f"key {OFFER}", method="post"),
    everybody("applications:offer", UNKNOWN, about="key o.none"),
    everybody("applications:offer", UNKNOWN, about="key o.none", method="post"),
    everybody("applications:offer_decline", about=f"key {OFFER}"),
    everybody("applications:offer_decline", AWAY, about=f"key {OFFER}", method="post"),
    everybody("applications:offer_decline", UNKNOWN, about="key o.none"),
    everybody("applications:offer_decline", UNKNOWN, about="key o.none", method="post"),
    # Invitations and substitutes: who invites, and who holds the role
    signed_in("invitations:list", NO, kaisa=OK, anna=OK),
    signed_in("invitations:list", NO, method="post", kaisa=OK, anna=OK),
    signed_in("invitations:take_back", UNKNOWN, "invitation of kaisa", method="post", kaisa=AWAY, anna=AWAY),
    everybody("invitations:answer", UNKNOWN, about="key k.none"),
    everybody("invitations:answer", UNKNOWN, about="key k.none", method="post"),
    # One for somebody else, who has an account: who is not signed in is asked to, and pressing gives nothing
    signed_in("invitations:answer", UNKNOWN, "key k.somebody", OK),
    signed_in("invitations:answer", UNKNOWN, "key k.somebody", OK, method="post"),
    signed_in("invitations:give_up", UNKNOWN, "role of bengt", bengt=OK),
    signed_in("invitations:give_up", UNKNOWN, "substitute of bengt", method="post"),
    signed_in("invitations:substitute", UNKNOWN, "role of bengt", bengt=OK),
    signed_in("invitations:substitute", UNKNOWN, "role of bengt", method="post", bengt=OK),
    signed_in("invitations:end_substitute", UNKNOWN, "role of bengt", method="post"),
    signed_in("invitations:end_substitute", UNKNOWN, "substitute of bengt", method="post", bengt=AWAY),
    # The desk: whoever publishes for an organisation, and only what is theirs
    signed_in("offerings:desk", NO, aino=OK, bengt=OK, olli=OK),
    signed_in("offerings:own", NO, aino=OK, bengt=OK, olli=OK),
    signed_in("offerings:own_csv", NO, query="columns=all", aino=OK, bengt=OK, olli=OK),
    signed_in("offerings:own_xlsx", NO, query="columns=all", aino=OK, bengt=OK, olli=OK),
    signed_in("offerings:columns", NO, method="post", aino=AWAY, bengt=AWAY, olli=AWAY),
    signed_in("offerings:columns", NOT_SO),
    # Acts on many: the preview shows one's own alone and changes nothing, a plan that is none does nothing
    signed_in("offerings:together", NO, query="act=close&all=1", aino=OK, bengt=OK, olli=OK),
    signed_in(
        "offerings:together", NO, query="act=shift&number=1&unit=weeks&which=all&row={draft}&row={published}",
        aino=AWAY, bengt=OK, olli=AWAY,
    ),
    signed_in("offerings:together", NO, method="post", aino=AWAY, bengt=AWAY, olli=AWAY),
    signed_in("offerings:together_done", UNKNOWN, "act of bengt", bengt=OK),
    signed_in("offerings:together_done", NOT_SO, "act of bengt", method="post"),
    # Applying: anybody, and a draft is whoever's who has its key until its owner has come; then hers alone
    everybody("applications:apply", about="applied for of lappia", people={"sami": AWAY}),
    everybody("applications:apply", about="applied for of lappia", method="post", people={"sami": AWAY}),
    everybody("applications:apply", NOT_NOW, about="published of lappia"),
    Row("applications:apply", UNKNOWN, "draft of lappia", people={"bengt": NOT_NOW}),
    everybody("applications:apply_me", about="draft of somebody"),
    everybody("applications:apply_background", about="draft of somebody"),
    everybody("applications:apply_check", about="draft of somebody"),
    everybody("applications:apply_link", NOT_SO, about="draft of somebody"),
    everybody("applications:apply_discard", NOT_SO, about="draft of somebody"),
    signed_in("applications:apply_me", UNKNOWN, "draft of sami", sami=OK),
    signed_in("applications:apply_me", UNKNOWN, "draft of sami", KEPT, method="post", sami=OK),
    signed_in("applications:apply_background", UNKNOWN, "draft of sami", sami=OK),
    signed_in("applications:apply_check", UNKNOWN, "draft of sami", sami=OK),
    signed_in("applications:apply_check", UNKNOWN, "draft of sami", method="post", sami=NOT_NOW),
    signed_in("applications:apply_link", UNKNOWN, "draft of sami", method="post", sami=AWAY),
    signed_in("applications:apply_discard", UNKNOWN, "spare draft of sami", method="post", sami=AWAY),
    # The applicant's own: hers alone, whoever else may see the application on pages of their own
    signed_in("applications:own", OK),
    signed_in("applications:numbers", NO, kaisa=OK, matti=OK),
    # What is held of whoever is signed in; what she confides, and who decides
    signed_in("applications:my_data", OK),
    signed_in("applications:my_data_zip", OK),
    signed_in("applications:consent", AWAY, method="post"),
    signed_in("applications:consent", NOT_SO),
    signed_in("applications:erase", OK),
    # A protected identity: the applicant's own word, or an official's in a case of hers
    signed_in("applications:protected_own", UNKNOWN, sami=OK),
    signed_in("applications:protected_own", UNKNOWN, method="post", sami=OK),
    signed_in("applications:protected_case", UNKNOWN, "asked of pello", sami=AWAY, aino=OK, bengt=OK),
    signed_in(
        "applications:protected_case", UNKNOWN, "asked of pello", method="post", sami=AWAY, aino=OK, bengt=OK
    ),
    signed_in("applications:grounds", UNKNOWN, "application to lappia", sami=OK),
    signed_in("applications:grounds", UNKNOWN, "withdrawn of sami", method="post", sami=AWAY),
    signed_in("applications:grounds_read", UNKNOWN, "application to lappia"),
    signed_in("applications:grounds_read", UNKNOWN, "asked of pello", aino=OK, bengt=OK),
    signed_in("applications:detail", UNKNOWN, "application to lappia", sami=OK),
    signed_in("applications:receipt", UNKNOWN, "application to lappia", sami=OK),
    signed_in("applications:download", UNKNOWN, "application to lappia", sami=OK),
    signed_in("applications:download_all", UNKNOWN, "application to lappia", sami=OK),
    # A file that was sent along: its owner, and the host's people
    signed_in("applications:attachment", UNKNOWN, "file to lappia", sami=OK, bengt=OK),
    signed_in("applications:accept", UNKNOWN, "application to lappia", method="post", sami=AWAY),
    signed_in("applications:accept", NOT_SO, "application to lappia"),
    signed_in("applications:answer", UNKNOWN, "application to lappia", KEPT, method="post", sami=AWAY),
    signed_in("applications:answer", UNKNOWN, "application to lappia", sami=OK),
    signed_in("applications:decline", UNKNOWN, "application to lappia", sami=OK),
    signed_in("applications:decline", UNKNOWN, "application to lappia", method="post", sami=AWAY),
    signed_in("applications:withdraw", UNKNOWN, "application to lappia", sami=OK),
    signed_in("applications:withdraw", UNKNOWN, "withdrawn of sami", method="post", sami=AWAY),
    signed_in("applications:revise", UNKNOWN, "application to lappia", sami=OK),
    signed_in("applications:revise", UNKNOWN, "withdrawn of sami", KEPT, method="post", sami=AWAY,
              data={"version": "1", "language": "fi"}),
    signed_in("applications:reply_calendar", UNKNOWN, "offered to sami", sami=OK),
    signed_in("applications:transfer_decline", UNKNOWN, "offered to sami", sami=OK),
    signed_in("applications:transfer_accept", NOT_SO, "offered to sami"),
    # Answered already: the answer is the same, and nothing is written
    signed_in("applications:transfer_accept", UNKNOWN, "moved of sami", method="post", sami=AWAY),
    signed_in("applications:transfer_decline", UNKNOWN, "moved of sami", method="post", sami=AWAY),
    # Applications: the host's people those to its courses, nobody else; a neighbour's are not there
    signed_in("applications:host_courses", NO, aino=OK, bengt=OK, olli=OK),
    signed_in("applications:host_course", UNKNOWN, "applied for of lappia", bengt=OK),
    signed_in("applications:host_course", NOT_SO, "applied for of lappia", method="post"),
    signed_in("applications:host_course_csv", UNKNOWN, "applied for of lappia", bengt=OK),
    signed_in("applications:host_course_xlsx", UNKNOWN, "applied for of lappia", bengt=OK),
    signed_in("applications:host_together", UNKNOWN, "applied for of lappia", bengt=OK),
    signed_in(
        "applications:host_together", UNKNOWN, "applied for of lappia", method="post",
        data={"preview": "1"}, bengt=OK,
    ),
    signed_in("applications:host_selection", UNKNOWN, "selected of lappia", bengt=OK),
    signed_in("applications:host_selection", UNKNOWN, "selected of lappia", method="post", bengt=AWAY),
    signed_in("applications:host_case", UNKNOWN, "application to lappia", bengt=OK),
    signed_in("applications:host_case", UNKNOWN, "application to lappia", method="post", bengt=OK),
    signed_in("applications:host_course_print", UNKNOWN, "applied for of lappia", bengt=OK),
    signed_in("applications:host_case_print", UNKNOWN, "application to lappia", bengt=OK),
    signed_in("applications:host_message", UNKNOWN, "applied for of lappia", bengt=OK),
    signed_in("applications:host_message", UNKNOWN, "applied for of lappia", KEPT, method="post", bengt=OK),
    signed_in("applications:host_transfer", UNKNOWN, "applied for of lappia", bengt=OK),
    signed_in("applications:host_transfer", UNKNOWN, "applied for of lappia", method="post", bengt=OK),
    signed_in("applications:host_refuse", UNKNOWN, "application to lappia", bengt=OK),
    signed_in("applications:host_refuse", UNKNOWN, "application to lappia", KEPT, method="post", bengt=OK),
    # The home municipality: its own officers, and nobody else's; a neighbour sees an empty list of its own
    signed_in("applications:statements", NO, aino=OK, olli=OK),
    signed_in("applications:statement", UNKNOWN, "statement of pello", aino=OK),
    signed_in("applications:statement", UNKNOWN, "statement of pello", KEPT, method="post", aino=OK),
    signed_in("applications:statement_remit", UNKNOWN, "statement of pello", method="post", aino=AWAY),
    signed_in("applications:statement_remit", NOT_SO, "statement of pello"),
    signed_in(
        "applications:statement_set_aside", UNKNOWN, "statement of pello", method="post",
        data={"version": "1"}, aino=AWAY,
    ),
    signed_in("applications:statement_set_aside", NOT_SO, "statement of pello"),
    signed_in("applications:statement_appeal", UNKNOWN, "statement of pello", aino=OK),
    signed_in("applications:statement_appeal", UNKNOWN, "statement of pello", KEPT, method="post", aino=OK),
    signed_in("applications:statement_uphold", UNKNOWN, "statement of pello", aino=OK),
    signed_in("applications:statement_uphold", UNKNOWN, "statement of pello", KEPT, method="post", aino=OK),
    # What is paid without a statement: each officer her own municipality's
    signed_in("applications:residents", NO, aino=OK, olli=OK),
    signed_in("applications:residents", NOT_SO, method="post"),
    # The host's decisions as a document: the applicant and the host, not the home municipality
    signed_in("applications:decision_document", UNKNOWN, "application to lappia"),
    signed_in("applications:decision_document", UNKNOWN, "offered to sami", sami=OK, bengt=OK),
    # A move is told by the applicant, the host, or the municipality that is asked
    signed_in("applications:moved", UNKNOWN, "asked of pello", sami=OK, aino=OK, bengt=OK),
    signed_in(
        "applications:moved", UNKNOWN, "asked of pello", KEPT, method="post", sami=OK, aino=OK, bengt=OK
    ),
    # The statement as a document: the applicant, the host, the municipality that gave it
    signed_in("applications:statement_document", UNKNOWN, "stated by pello", sami=OK, aino=OK, bengt=OK),
    # On paper, where nobody acts for the municipality: the applicant and the host, who records the answer
    signed_in("applications:statement_request", UNKNOWN, "asked of kemi", sami=OK, bengt=OK),
    signed_in("applications:statement_outside", UNKNOWN, "asked of kemi", bengt=OK),
    signed_in("applications:statement_outside", UNKNOWN, "asked of kemi", KEPT, method="post", bengt=OK),
    signed_in("applications:statement_outside", UNKNOWN, "stated by pello"),
    # Municipalities and numbers
    signed_in("applications:statements_overview", NO, kaisa=OK),
    # What was done to a course: its own people
    signed_in("offerings:history", UNKNOWN, "draft of lappia", bengt=OK),
    signed_in("offerings:history", UNKNOWN, "published of pello", aino=OK),
    signed_in("offerings:history", UNKNOWN, "cancelled draft of lappia", bengt=OK),
    signed_in("offerings:history", NOT_SO, "published of pello", method="post"),
    signed_in("offerings:create", UNKNOWN, aino=OK, bengt=OK, olli=OK),
    signed_in("offerings:create", UNKNOWN, "", query="provider={lappia}", bengt=OK),
    signed_in("offerings:create", UNKNOWN, "", KEPT, method="post", aino=OK, bengt=OK, olli=OK),
    signed_in("offerings:edit", UNKNOWN, "draft of lappia", bengt=OK),
    signed_in("offerings:edit", UNKNOWN, "draft of pello", aino=OK),
    signed_in("offerings:edit", UNKNOWN, "draft of loviisa", olli=OK),
    signed_in("offerings:edit", UNKNOWN, "published of lappia", bengt=OK),
    signed_in("offerings:edit", UNKNOWN, "cancelled of lappia", bengt=AWAY),
    signed_in("offerings:edit", UNKNOWN, "draft of lappia", KEPT, method="post", bengt=OK),
    signed_in("offerings:preview", UNKNOWN, "draft of lappia", bengt=OK),
    signed_in("offerings:preview", UNKNOWN, "published of pello", aino=OK),
    signed_in("offerings:preview", UNKNOWN, "cancelled of lappia", bengt=OK),
    signed_in("offerings:preview", UNKNOWN, "cancelled draft of lappia", bengt=OK),
    signed_in("offerings:publish", NOT_SO, "draft of lappia"),
    signed_in("offerings:publish", UNKNOWN, "draft of lappia", method="post", bengt=AWAY),
    signed_in("offerings:publish", UNKNOWN, "draft of pello", method="post", aino=AWAY),
    signed_in("offerings:copy", NOT_SO, "copied of lappia"),
    signed_in("offerings:copy", UNKNOWN, "copied of lappia", method="post", bengt=AWAY),
    signed_in("offerings:copy", UNKNOWN, "copied of pello", method="post", aino=AWAY),
    signed_in("offerings:copy", UNKNOWN, "copied of loviisa", method="post", olli=AWAY),
    signed_in(
        "offerings:edit", UNKNOWN, "draft of lappia", KEPT, method="post", query="by=itself",
        data={"act": "autosave"}, bengt=OK,
    ),
    signed_in("offerings:places", UNKNOWN, "published of lappia", bengt=OK),
    signed_in("offerings:places", UNKNOWN, "published of pello", aino=OK),
    signed_in("offerings:places", UNKNOWN, "published of lappia", KEPT, method="post", bengt=OK),
    signed_in("offerings:cancel", UNKNOWN, "published of lappia", bengt=OK),
    signed_in("offerings:cancel", UNKNOWN, "published of pello", aino=OK),
    signed_in("offerings:cancel", UNKNOWN, "published of lappia", KEPT, method="post", bengt=OK),
    # The letter that asks whether places still hold: whoever has the link, which says only what is public
    everybody("offerings:confirm_places", about=f"key {ASKED}"),
    everybody("offerings:confirm_places", AWAY, about=f"key {ASKED}", method="post"),
    everybody("offerings:confirm_places", UNKNOWN, about="key c.none"),
    everybody("offerings:confirm_places", UNKNOWN, about="key c.none", method="post"),
    # Letters that one may do without: whoever has the link, or is signed in
    everybody("letters:end", UNKNOWN, about="key none.none"),
    everybody("letters:end", UNKNOWN, about="key none.none", method="post"),
    signed_in("letters:choose", UNKNOWN, method="post"),
    signed_in("letters:choose", AWAY, method="post", data={"kind": "places.confirm"}, query="act=end"),
    signed_in("letters:choose", NOT_SO),
    # The coordinator's desk: counts and states, no drafts; and who verifies an organisation
    signed_in("portal:coordination", NO, kaisa=OK, anna=OK),
    signed_in("portal:coordination_group", NO, "pilot group", kaisa=OK, anna=OK),
    signed_in("portal:coordination_group", NO, "key kopa-99", kaisa=UNKNOWN, anna=UNKNOWN),
    signed_in("portal:verification", NO, "lappia", kaisa=OK, anna=OK),
    signed_in("portal:verification", NO, "lappia", method="post", kaisa=OK, anna=OK),
    signed_in("portal:verification", NO, "waiting organisation", kaisa=OK, anna=OK),
    signed_in("portal:letter_kinds", NO, kaisa=OK, anna=OK),
    signed_in("portal:letter_sample", NO, "sample invitation sv", kaisa=OK, anna=OK),
    signed_in("portal:letter_sample", NO, "sample nothing sv", kaisa=UNKNOWN, anna=UNKNOWN),
    # Files that people bring: those who publish for the organisation; a neighbour sees and changes nothing
    signed_in("offerings:imports", UNKNOWN, aino=OK, bengt=OK, olli=OK),
    signed_in("offerings:imports", UNKNOWN, method="post", aino=OK, bengt=OK, olli=OK),
    signed_in("offerings:import_template", UNKNOWN, aino=OK, bengt=OK, olli=OK),
    signed_in("offerings:import", UNKNOWN, "file of lappia", bengt=OK),
    signed_in("offerings:import_row", UNKNOWN, "row of lappia", bengt=OK),
    signed_in("offerings:import_row", UNKNOWN, "row of lappia", method="post", bengt=AWAY),
    signed_in("offerings:import_wrong", UNKNOWN, "file of lappia", bengt=OK),
    signed_in("offerings:import_act", UNKNOWN, "file of lappia", method="post", bengt=AWAY),
    signed_in("offerings:import_act", NOT_SO, "file of lappia"),
    # Reporting an error: anybody, about what is public; answering: coordinators and the administrator
    everybody("corrections:report", query="about=municipality:FI-854"),
    everybody("corrections:report", query="about=offering:{published}"),
    everybody("corrections:report", UNKNOWN, query="about=offering:{draft}"),
    everybody("corrections:report", method="post", query="about=municipality:FI-854"),
    everybody("corrections:thanks", query="about=municipality:FI-854"),
    signed_in("corrections:list", NO, aino=OK, bengt=OK, olli=OK, kaisa=OK, anna=OK),
    signed_in("corrections:detail", UNKNOWN, "report of pello", aino=OK, kaisa=OK, anna=OK),
    signed_in("corrections:detail", UNKNOWN, "report of lappia", bengt=OK, kaisa=OK, anna=OK),
    signed_in("corrections:detail", UNKNOWN, "report of a region", kaisa=OK, anna=OK),
    signed_in(
        "corrections:detail", UNKNOWN, "report of pello", KEPT, method="post", aino=NO, kaisa=OK, anna=OK
    ),
    # Data quality: the whole for coordinators, analysts and the administrator, one's own for its people
    signed_in("corrections:quality", NO, aino=AWAY, bengt=AWAY, olli=AWAY, kaisa=OK, matti=OK, anna=OK),
    signed_in("corrections:quality_kind", NO, "kind closed", kaisa=OK, matti=OK, anna=OK),
    signed_in("corrections:quality_file", NO, "kind closed", kaisa=OK, matti=OK, anna=OK),
    signed_in("corrections:quality_of", UNKNOWN, "lappia", bengt=OK, kaisa=OK, matti=OK, anna=OK),
    signed_in("corrections:quality_of", UNKNOWN, "organisation pello", aino=OK, kaisa=OK, matti=OK, anna=OK),
    signed_in(
        "corrections:quality_kind_of", UNKNOWN, "kind closed of lappia", bengt=OK, kaisa=OK, matti=OK, anna=OK
    ),
    signed_in(
        "corrections:quality_file_of", UNKNOWN, "kind closed of lappia", bengt=OK, kaisa=OK, matti=OK, anna=OK
    ),
    # What the API has of applications: whoever is signed in what her pages show, nobody else anything
    signed_in("api_application-list", OK, stranger=NO),
    signed_in("api_application-detail", UNKNOWN, "application to lappia", NO, sami=OK, bengt=OK),
    signed_in("api_application-detail", UNKNOWN, "asked of pello", NO, sami=OK, bengt=OK),
    signed_in("api_statement-list", OK, stranger=NO),
    signed_in("api_statement-detail", UNKNOWN, "statement of pello", NO, aino=OK),
    signed_in("api_application_counts-list", NO, stranger=NO, aino=OK, bengt=OK, olli=OK, kaisa=OK),
    signed_in(
        "api_application_counts-detail", NO, "applied for of lappia", NO,
        aino=UNKNOWN, bengt=OK, olli=UNKNOWN, kaisa=OK,
    ),
    # All else of the API is public, whoever asks: a session gives nothing more
    everybody("api_index"),
    everybody("api_schema"),
    everybody("api_docs"),
    everybody("api_offering-list"),
    everybody("api_offering-list", query="facets=1&home=FI-854&q=hitsaaja"),
    everybody("api_offering-detail", about="published of lappia"),
    everybody("api_offering-detail", UNKNOWN, about="draft of lappia"),
    everybody("api_offering-detail", UNKNOWN, about="draft of pello"),
    everybody("api_municipality-list"),
    everybody("api_municipality-detail", about="key FI-854"),
    everybody("api_region-list"),
    everybody("api_region-detail", about="key FI-R19"),
    everybody("api_provider-list"),
    everybody("api_provider-detail", about="lappia"),
    everybody("api_institution-list"),
    everybody("api_institution-detail", about="institution"),
    everybody("api_site-list"),
    everybody("api_site-detail", about="site"),
    everybody("api_pilot_group-list"),
    everybody("api_pilot_group-detail", about="pilot group"),
    everybody("api_code_list-list"),
    everybody("api_code_list-detail", about="key delivery_modes"),
    everybody("api_source-list"),
    everybody("api_source-detail", about="key test"),
)  # fmt: skip


def routes(
    patterns: list[Any] | None = None, namespace: str = ""
) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every route of the address table with its view; one without a name is a fault."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        match pattern:
            case URLResolver():
                inside = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
                yield from routes(pattern.url_patterns, inside)
            case URLPattern():
                assert pattern.name, f"{pattern.pattern} has no name"
                yield f"{namespace}{pattern.name}", pattern.callback


def test_every_route_has_a_row_and_every_row_a_route():
    assert {row.route for row in TABLE} == {name for name, _view in routes()}


def test_no_row_stands_twice():
    said = [str(row) for row in TABLE]

    assert len(set(said)) == len(said)


@pytest.fixture
def people(request) -> dict[str, User | None]:
    found = {name: request.getfixturevalue(name) for name in NAMES}
    # Worked for Lappia, and the assignment was never ended; the account was.
    gone = UserFactory(name="Gone", email="gone@example.org", is_active=False)
    RoleAssignmentFactory(person=gone, organisation=request.getfixturevalue("lappia"))
    return {"anonymous": None, "gone": gone} | found


@pytest.fixture
def world(people, lappia, pello) -> SimpleNamespace:
    """Offerings in every state, of three organisations; what is not public names its owner in its title."""
    hosts = {"lappia": lappia, "pello": pello, "loviisa": organisation_of("FI-434")}
    things: dict[str, Any] = {"lappia": lappia, "pello": pello.municipality}
    things["lappi"] = pello.municipality.region
    for name, host in hosts.items():
        secret = f"Salaisuus {name}"  # the words of its address are written otherwise
        things[f"published of {name}"] = OfferingFactory(provider=host, capacity=16, taken=9)
        things[f"draft of {name}"] = OfferingFactory(
            provider=host, status="draft", title_fi=secret, title_sv=secret, title_en=secret
        )
        # Copied again it is the same draft: nothing is written.
        things[f"copied of {name}"] = things[f"draft of {name}"]
        copy_to_next_term(offering_id=things[f"draft of {name}"].pk, by=people["anna"])
    things["cancelled of lappia"] = OfferingFactory(provider=lappia, status="cancelled")
    things["cancelled draft of lappia"] = OfferingFactory(
        provider=lappia, status="cancelled", published_at=None, title_fi="Salaisuus lappia"
    )
    things["applied for of lappia"] = OfferingFactory(provider=lappia, takes_applications=True)
    things["selected of lappia"] = OfferingFactory(
        provider=lappia, takes_applications=True, selection_rule="score"
    )
    things["application to lappia"] = apply(
        things["applied for of lappia"], "FI-854", person=people["sami"]
    )
    asks = {"provider": lappia, "takes_applications": True, "form": "basic"}
    homes = {"asked of pello": "FI-854", "stated by pello": "FI-854", "asked of kemi": "FI-240"}
    for name, home in homes.items():
        municipality(home)
        things[name] = apply(OfferingFactory(**asks), home, person=people["sami"])
    things["statement of pello"] = things["asked of pello"].statements.get()
    confide(application_id=things["asked of pello"].pk, text="Epilepsia", by=people["sami"])
    statement_given(things["stated by pello"])
    gone = OfferingFactory(provider=lappia, takes_applications=True)
    things["withdrawn of sami"] = withdraw(
        application_id=apply(gone, "FI-854", person=people["sami"]).pk, by=people["sami"]
    )
    for name in ("offered to sami", "moved of sami"):
        offering = OfferingFactory(provider=lappia, takes_applications=True)
        things[name] = moving(apply(offering, "FI-854", person=people["sami"]))
    accept_transfer(transfer_id=things["moved of sami"].transfers.get().pk, by=people["sami"])
    things["file to lappia"] = AttachmentFactory(
        matter=things["application to lappia"].key, added_by=people["sami"]
    )
    things["draft of somebody"] = begun(things["applied for of lappia"])
    for name in ("draft of sami", "spare draft of sami"):
        things[name] = begun(things["applied for of lappia"], by=people["sami"])
    things["agreement"] = AgreementFactory(code="sopimus", parties=["FI-854"])
    things["pilot group"] = PilotGroupFactory(number=4, members=["FI-854", lappia])
    things["institution"] = InstitutionFactory(organisation=lappia)
    things["site"] = lappia.sites.get()
    things["act of bengt"] = ActTogetherFactory(by=people["bengt"])
    things["role of bengt"] = people["bengt"].role_assignments.get()
    things["invitation of kaisa"] = InvitationFactory(invited_by=people["kaisa"], ended_at=timezone.now())
    # Ended already: the answer is the same, and nothing is written
    things["substitute of bengt"] = RoleAssignmentFactory(
        organisation=lappia, on_behalf_of=things["role of bengt"], valid_to=today(), ended_at=timezone.now()
    )
    InvitationFactory(
        email=UserFactory().email, invited_by=people["anna"], organisation=lappia,
        key_digest=invitations._digest("k.somebody"),
    )  # fmt: skip
    things["passkey of bengt"] = PasskeyFactory(person=people["bengt"])
    SignInLinkFactory(key=LINK, person=people["bengt"])
    about = things["application to lappia"]
    AnswerLink.objects.create(
        application=about, key_digest=answer_links._digest(OFFER), stamp=answer_links._stamp(about),
        made_at=timezone.now(), expires_at=timezone.now() + dt.timedelta(days=7),
    )  # fmt: skip
    things["waiting organisation"] = OrganisationFactory(status="draft")
    ConfirmationRequestFactory(key=ASKED, person=people["bengt"], offerings=[things["published of lappia"]])
    things["letter"] = LetterFactory(address="aino@demo.kopa.example")
    things["file of lappia"] = ImportRunFactory(provider=lappia)
    things["row of lappia"] = ImportRowFactory(run=things["file of lappia"])
    things["organisation pello"] = pello
    things["report of pello"] = ErrorReportFactory(place="FI-854")
    things["report of lappia"] = ErrorReportFactory(
        subject_type="provider", subject_key=str(lappia.pk), organisation=lappia
    )
    things["report of a region"] = ErrorReportFactory(subject_type="region", subject_key="FI-R19")
    DataSourceFactory()
    return SimpleNamespace(hosts=hosts, things=things)


AFTER: Final = {"applications:host_together": ("decide",)}


def name_of(thing: Any, route: str) -> Any:
    """As the route's address calls the thing."""
    if route == "municipalities:population_csv":
        return thing.slug
    return thing.key if isinstance(thing, Application) else getattr(thing, "code", thing.pk)


def path_of(row: Row, world: SimpleNamespace) -> str:
    thing = world.things.get(row.about)
    if row.route == "offerings:detail":
        path = address(thing)
    elif row.route in {"municipalities:detail", "municipalities:region", "providers:detail"}:
        path = thing.get_absolute_url()
    elif row.route == "offerings:import_row":
        path = reverse(row.route, args=[thing.run_id, thing.number])
    elif isinstance(thing, Attachment):
        path = reverse(row.route, args=[thing.matter, thing.key])
    elif isinstance(thing, Draft):
        path = reverse(row.route, args=[thing.offering_id, thing.key])
    elif row.about.startswith("key "):
        path = reverse(row.route, args=[row.about.removeprefix("key ")])
    elif row.about.startswith("sample "):
        path = reverse(row.route, args=row.about.split()[1:])
    elif row.about.startswith("kind "):
        code, _, owner = row.about.removeprefix("kind ").partition(" of ")
        path = reverse(row.route, args=[world.hosts[owner].pk, code] if owner else [code])
    else:
        named = [] if thing is None else [name_of(thing, row.route), *AFTER.get(row.route, ())]
        path = reverse(row.route, args=named)
    return path + (f"?{row.query}" if row.query else "").format(
        lappia=world.hosts["lappia"].pk,
        published=world.things["published of lappia"].pk,
        draft=world.things["draft of lappia"].pk,
    )


def client_of(person: User | None, **options: Any) -> Client:
    client = Client(**options)
    if person is not None:
        was_active, person.is_active = person.is_active, True
        client.force_login(person)
        person.is_active = was_active
    return client


WRITTEN: Final = (ErrorReport, Offering, PilotGroup, PlaceCounter, Quota, AuditEvent, RoleAssignment)


def rows_of(*tables: type[models.Model]) -> list[tuple[Any, ...]]:
    return [row for table in tables for row in table.objects.order_by("pk").values_list()]


PARTS: Final = sorted({row.route.partition(":")[0].partition("_")[0] for row in TABLE})


@pytest.mark.parametrize("part", PARTS)
def test_each_person_gets_what_the_table_says(part, people, world):
    """TESTPLAN A1 and A5, R-PRIV-4: who sees what, lists and refusals too."""
    rows = [row for row in TABLE if row.route.partition(":")[0].partition("_")[0] == part]
    before = rows_of(*WRITTEN)
    got: dict[str, dict[str, int]] = {}
    for name, person in people.items():
        client = client_of(person)
        for row in rows:
            with override(LANGUAGE):
                answer = getattr(client, row.method)(path_of(row, world), row.data)
            refuse_leaks(answer, name, row)
            got.setdefault(str(row), {})[name] = answer.status_code
            if row.route == "accounts:sign_out":
                client = client_of(person)

    assert got == {str(row): row.expected() for row in rows}
    assert rows_of(*WRITTEN) == before


# Who acts for which of the organisations in the world.
ACTS_FOR: Final = {"aino": "pello", "bengt": "lappia", "olli": "loviisa"}


def refuse_leaks(answer: Any, name: str, row: Row) -> None:
    """A draft's title is in nobody's page but that of its host's own people, not even in a refusal."""
    page = answer.getvalue()
    for host in ("lappia", "pello", "loviisa"):
        if f"Salaisuus {host}".encode() in page:
            assert ACTS_FOR.get(name) == host, f"{row}: {name} sees a draft of {host}"


def test_every_answer_carries_the_policies(people, world):
    """TESTPLAN W1 to W3 for every row; other errors are in tests/portal/test_policies.py."""
    missing = {}
    for name in ("anonymous", "bengt"):
        for row in TABLE:
            with override(LANGUAGE):
                answer = getattr(client_of(people[name]), row.method)(path_of(row, world), row.data)
            if policies_missing(answer):
                missing[name, str(row)] = policies_missing(answer)
            answer.getvalue()  # closes what it is read from

    assert missing == {}


def test_a_sign_in_page_is_where_strangers_are_sent(people, world):
    for row in TABLE:
        if row.others != AWAY and row.expected()["anonymous"] == AWAY:
            for name in ("anonymous", "gone"):
                with override(LANGUAGE):
                    path, sign_in = path_of(row, world), reverse("accounts:sign_in")
                    answer = getattr(client_of(people[name]), row.method)(path, row.data)
                assert answer["Location"].startswith(f"{sign_in}?next="), f"{row}: {name}"


# Whose addresses lead to people who apply, or to agreements.
OF_APPLICANTS: Final = ("applications:", "agreements:", "api_application", "api_statement")
REFUSED: Final = {NO, UNKNOWN, NOT_SO, NOT_NOW}


@pytest.fixture
def outsiders(people, lappia, pello) -> dict[str, User | None]:
    """Everybody who comes near an application and has no business with it."""
    yesterday = today() - dt.timedelta(days=1)

    def holding(role: Role, organisation: Any, **days: Any) -> User:
        person: User = RoleAssignmentFactory(role=role, organisation=organisation, **days).person
        return person

    return {
        "anonymous": None,
        "gone": people["gone"],
        "another student": UserFactory(),
        "a neighbour's officer": holding(Role.OFFICER, organisation_of("FI-976")),
        "a former officer": holding(Role.OFFICER, pello, valid_to=yesterday),
        "a former employee": holding(Role.PROVIDER_STAFF, lappia, valid_to=yesterday),
        "another provider's": holding(Role.PROVIDER_STAFF, OrganisationFactory()),
        "a coordinator": people["kaisa"],
        "a counsellor": people["ritva"],
        "an analyst": people["matti"],
        "an administrator": people["anna"],
    }


def test_no_outsider_learns_of_an_application_at_any_address(outsiders, world, people):
    """R-PRIV-4, TESTPLAN A1 to A5: every page and API route of applications and agreements, read and pressed;
    what is open has nothing of anybody's application in it, and nothing is written.
    """
    rows = [row for row in TABLE if row.route.startswith(OF_APPLICANTS)]
    assert {row.route for row in rows} == {name for name, _ in routes() if name.startswith(OF_APPLICANTS)}
    applications = [thing for thing in world.things.values() if isinstance(thing, Application)]
    secrets = [one.reference for one in applications] + [people["sami"].email]
    # What is open is one's own to press: a draft that has no owner yet, one's own consent.
    opened = {
        (row.route, row.about) for row in rows
        if row.about == "draft of somebody" or row.others in {OK, AWAY} or row.expected()["anonymous"] == OK
    }  # fmt: skip
    decisions = (ReceptionDecision, AdmissionDecision, ReplacedAdmission)
    touched = (Application, HomeStatement, Seat, *decisions, Reading, Draft)
    before = rows_of(*touched)
    wrong = []
    for name, person in outsiders.items():
        client = client_of(person)
        for row in {(row.route, row.about): row for row in rows}.values():
            is_open = (row.route, row.about) in opened
            for method in ("get",) if is_open else ("get", "post"):
                with override(LANGUAGE):
                    answer = getattr(client, method)(path_of(row, world), row.data)
                page = answer.getvalue()
                said = page.decode(errors="replace")
                away = answer.get("Location", "").startswith("/en/sign-in/")
                if any(secret in said for secret in secrets):
                    wrong.append((name, method, str(row), "tells"))
                if not (is_open or away or answer.status_code in REFUSED or row.route in LISTS_OF_ONE_S_OWN):
                    wrong.append((name, method, str(row), answer.status_code))

    assert wrong == []
    assert rows_of(*touched) == before


# Empty for whoever has nothing; the numbers of a coordinator have no person in them.
LISTS_OF_ONE_S_OWN: Final = {
    "applications:host_courses", "applications:statements", "applications:statements_overview",
    "applications:numbers", "applications:residents",
    "api_application_counts-list", "api_application_counts-detail",
}  # fmt: skip


BODIES: Final = (
    ("{}", "application/json"),
    ("{}", "text/plain"),
    ("a=b", "application/x-www-form-urlencoded"),
)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_what_changes_things_is_refused_without_the_form_s_token(method, people, world):
    """TESTPLAN A17, also for a body that claims to be plain text. The API only reads: nothing to forge."""
    before = rows_of(*WRITTEN)
    got, expected = {}, {}
    client = client_of(people["bengt"], enforce_csrf_checks=True)
    for row in {row.route: row for row in reversed(TABLE)}.values():
        is_api = row.route.startswith("api_") and row.route != "api_docs"
        for body, kind in BODIES:
            with override(LANGUAGE):
                answer = client.generic(method.upper(), path_of(row, world), body, content_type=kind)
            got[row.route, kind] = answer.status_code
            expected[row.route, kind] = NOT_SO if is_api else NO

    assert got == expected
    assert rows_of(*WRITTEN) == before


@pytest.mark.parametrize("name", ["aino", "bengt", "olli"])
@pytest.mark.parametrize(
    "change", ["ended", "not begun", "removed", "of another organisation", "another role"]
)
def test_a_role_counts_at_the_very_next_request(name, change, people, world, clock):
    """TESTPLAN A9 and A13: what is taken away in mid-session is gone at once."""
    client = client_of(people[name])
    with override(LANGUAGE):
        own = reverse("offerings:edit", args=[world.things[f"draft of {ACTS_FOR[name]}"].pk])
        desk = reverse("offerings:own")
    assert (client.get(own).status_code, client.get(desk).status_code) == (OK, OK)
    role = people[name].role_assignments.get()
    desk_after = NO
    match change:
        case "ended":
            role.valid_to = today() - dt.timedelta(days=1)
        case "not begun":
            role.valid_from = today() + dt.timedelta(days=1)
        case "removed":
            role.delete()
        case "of another organisation":
            role.organisation, desk_after = organisation_of("FI-240"), OK
        case "another role":
            role.role = "counsellor"
    if change != "removed":
        role.save()

    assert (client.get(own).status_code, client.get(desk).status_code) == (UNKNOWN, desk_after)


def test_a_role_holds_on_its_first_and_its_last_day(people, world, clock):
    role = people["bengt"].role_assignments.get()
    role.valid_from, role.valid_to = today() + dt.timedelta(days=1), today() + dt.timedelta(days=2)
    role.save()
    with override(LANGUAGE):
        desk = reverse("offerings:own")
    client = client_of(people["bengt"])

    statuses = [client.get(desk).status_code]
    for _ in range(3):
        clock.shift(dt.timedelta(days=1))
        client = client_of(people["bengt"])  # the session of twelve hours is over
        statuses.append(client.get(desk).status_code)

    assert statuses == [HTTPStatus.FORBIDDEN, HTTPStatus.OK, HTTPStatus.OK, HTTPStatus.FORBIDDEN]
