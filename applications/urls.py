from __future__ import annotations

from django.urls import path
from django.utils.translation import pgettext_lazy

from applications import (
    views_apply,
    views_decisions,
    views_host,
    views_host_many,
    views_host_message,
    views_host_print,
    views_host_refuse,
    views_host_transfer,
    views_moves,
    views_numbers,
    views_offer,
    views_own,
    views_own_acts,
    views_privacy,
    views_protect,
    views_residents,
    views_statements,
)

app_name = "applications"
urlpatterns = [
    # Applying
    path(pgettext_lazy("address", "places/<int:pk>/apply/"), views_apply.start, name="apply"),
    path(pgettext_lazy("address", "places/<int:pk>/apply/<uuid:key>/"), views_apply.me, name="apply_me"),
    path(
        pgettext_lazy("address", "places/<int:pk>/apply/<uuid:key>/background/"),
        views_apply.background,
        name="apply_background",
    ),
    path(
        pgettext_lazy("address", "places/<int:pk>/apply/<uuid:key>/check/"),
        views_apply.check,
        name="apply_check",
    ),
    path(
        pgettext_lazy("address", "places/<int:pk>/apply/<uuid:key>/link/"),
        views_apply.send_link,
        name="apply_link",
    ),
    path(
        pgettext_lazy("address", "places/<int:pk>/apply/<uuid:key>/delete/"),
        views_apply.discard,
        name="apply_discard",
    ),
    # By the link in a letter
    path(pgettext_lazy("address", "offer/<str:key>/"), views_offer.offer, name="offer"),
    path(pgettext_lazy("address", "offer/<str:key>/decline/"), views_offer.decline, name="offer_decline"),
    # The applicant's own
    path(pgettext_lazy("address", "my/applications/"), views_own.own, name="own"),
    path(pgettext_lazy("address", "my/applications/<uuid:key>/"), views_own.detail, name="detail"),
    path(pgettext_lazy("address", "my/applications/<uuid:key>/answer/"), views_own.answer, name="answer"),
    path(
        pgettext_lazy("address", "my/applications/<uuid:key>/change/"), views_own_acts.revise, name="revise"
    ),
    path(
        pgettext_lazy("address", "my/applications/<uuid:key>/answer.ics"),
        views_own_acts.reply_calendar,
        name="reply_calendar",
    ),
    path(
        pgettext_lazy("address", "my/applications/<uuid:key>/move/"),
        views_own_acts.transfer_accept,
        name="transfer_accept",
    ),
    path(
        pgettext_lazy("address", "my/applications/<uuid:key>/do-not-move/"),
        views_own_acts.transfer_decline,
        name="transfer_decline",
    ),
    path(
        pgettext_lazy("address", "my/applications/<uuid:key>/application.json"),
        views_own.download,
        name="download",
    ),
    path(
        pgettext_lazy("address", "my/applications/<uuid:key>/everything.zip"),
        views_own.download_all,
        name="download_all",
    ),
    path(
        pgettext_lazy("address", "applications/<uuid:key>/files/<uuid:file>/"),
        views_own.attachment,
        name="attachment",
    ),
    path(
        pgettext_lazy("address", "applications/<uuid:key>/decisions/"),
        views_decisions.document,
        name="decision_document",
    ),
    # The provider
    path(pgettext_lazy("address", "desk/applications/"), views_host.courses, name="host_courses"),
    path(
        pgettext_lazy("address", "desk/applications/courses/<int:pk>/"),
        views_host.course,
        name="host_course",
    ),
    path(
        pgettext_lazy("address", "desk/applications/courses/<int:pk>/applications.csv"),
        views_host.course_csv,
        name="host_course_csv",
    ),
    path(
        pgettext_lazy("address", "desk/applications/courses/<int:pk>/applications.xlsx"),
        views_host.course_xlsx,
        name="host_course_xlsx",
    ),
    path(
        pgettext_lazy("address", "desk/applications/courses/<int:pk>/together/<slug:act>/"),
        views_host_many.together,
        name="host_together",
    ),
    path(
        pgettext_lazy("address", "desk/applications/courses/<int:pk>/selection/"),
        views_host_many.selection,
        name="host_selection",
    ),
    path(
        pgettext_lazy("address", "desk/applications/<uuid:key>/"), views_host.case, name="host_case"
    ),
    path(
        pgettext_lazy("address", "desk/applications/<uuid:key>/refuse/"),
        views_host_refuse.refuse,
        name="host_refuse",
    ),
    path(
        pgettext_lazy("address", "desk/applications/courses/<int:pk>/print/"),
        views_host_print.course,
        name="host_course_print",
    ),
    path(
        pgettext_lazy("address", "desk/applications/courses/<int:pk>/message/"),
        views_host_message.message,
        name="host_message",
    ),
    path(
        pgettext_lazy("address", "desk/applications/courses/<int:pk>/another-course/"),
        views_host_transfer.transfer,
        name="host_transfer",
    ),
    path(
        pgettext_lazy("address", "desk/applications/<uuid:key>/print/"),
        views_host_print.case,
        name="host_case_print",
    ),
    path(pgettext_lazy("address", "my/applications/<uuid:key>/receipt/"), views_own.receipt, name="receipt"),
    path(pgettext_lazy("address", "my/applications/<uuid:key>/accept/"), views_own.accept, name="accept"),
    path(pgettext_lazy("address", "my/applications/<uuid:key>/decline/"), views_own.decline, name="decline"),
    path(
        pgettext_lazy("address", "my/applications/<uuid:key>/withdraw/"), views_own.withdraw, name="withdraw"
    ),
    # The home municipality's statements
    path(pgettext_lazy("address", "desk/statements/"), views_statements.worklist, name="statements"),
    path(
        pgettext_lazy("address", "desk/statements/without/"), views_residents.residents, name="residents"
    ),
    path(pgettext_lazy("address", "desk/statements/<int:pk>/"), views_statements.case, name="statement"),
    path(
        pgettext_lazy("address", "desk/statements/<int:pk>/sent-back/"),
        views_statements.remit,
        name="statement_remit",
    ),
    path(
        pgettext_lazy("address", "desk/statements/<int:pk>/set-aside/"),
        views_statements.set_aside,
        name="statement_set_aside",
    ),
    path(
        pgettext_lazy("address", "desk/statements/<int:pk>/appeal/"),
        views_statements.appeal,
        name="statement_appeal",
    ),
    path(
        pgettext_lazy("address", "desk/statements/<int:pk>/appeal-decided/"),
        views_statements.uphold,
        name="statement_uphold",
    ),
    path(
        pgettext_lazy("address", "desk/statements/overview/"),
        views_statements.overview,
        name="statements_overview",
    ),
    path(
        pgettext_lazy("address", "desk/applications/<uuid:key>/statement-received/"),
        views_statements.outside,
        name="statement_outside",
    ),
    path(
        pgettext_lazy("address", "applications/<uuid:key>/statement/"),
        views_statements.document,
        name="statement_document",
    ),
    path(
        pgettext_lazy("address", "applications/<uuid:key>/statement-request/"),
        views_statements.request_paper,
        name="statement_request",
    ),
    path(pgettext_lazy("address", "applications/<uuid:key>/moved/"), views_moves.moved, name="moved"),
    path(pgettext_lazy("address", "desk/applications/numbers/"), views_numbers.numbers, name="numbers"),
    # What is held of the applicant
    path(pgettext_lazy("address", "my/data/"), views_privacy.my_data, name="my_data"),
    path(pgettext_lazy("address", "my/data/everything.zip"), views_privacy.everything, name="my_data_zip"),
    path(pgettext_lazy("address", "my/data/consent/"), views_privacy.consent, name="consent"),
    path(
        pgettext_lazy("address", "my/data/protected-identity/"), views_protect.own, name="protected_own"
    ),
    path(
        pgettext_lazy("address", "applications/<uuid:key>/protected-identity/"),
        views_protect.case,
        name="protected_case",
    ),
    path(pgettext_lazy("address", "my/data/remove/"), views_privacy.erase, name="erase"),
    path(
        pgettext_lazy("address", "my/applications/<uuid:key>/personal-grounds/"),
        views_privacy.grounds,
        name="grounds",
    ),
    path(
        pgettext_lazy("address", "applications/<uuid:key>/personal-grounds/"),
        views_privacy.grounds_read,
        name="grounds_read",
    ),
]
