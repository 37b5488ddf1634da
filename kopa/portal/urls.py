from __future__ import annotations

from django.urls import path
from django.utils.translation import pgettext_lazy

from kopa.portal import register_search, views, views_coordination, views_letters, views_mailbox

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path(pgettext_lazy("address", "start/"), views.start, name="start"),
    path(pgettext_lazy("address", "register/"), register_search.register_search, name="register_search"),
    path(pgettext_lazy("address", "about/"), views.about, name="about"),
    path(pgettext_lazy("address", "accessibility/"), views.accessibility, name="accessibility"),
    path(pgettext_lazy("address", "privacy/"), views.privacy, name="privacy"),
    path(pgettext_lazy("address", "licences/"), views.licences, name="licences"),
    path(pgettext_lazy("address", "desk/coordination/"), views_coordination.overview, name="coordination"),
    path(
        pgettext_lazy("address", "desk/coordination/<slug:code>/"),
        views_coordination.group,
        name="coordination_group",
    ),
    path(
        pgettext_lazy("address", "desk/verification/<int:pk>/"),
        views_coordination.verification,
        name="verification",
    ),
    path(pgettext_lazy("address", "desk/letters/"), views_letters.kinds, name="letter_kinds"),
    path(
        pgettext_lazy("address", "desk/letters/<slug:code>/<slug:language>/"),
        views_letters.sample,
        name="letter_sample",
    ),
    path(pgettext_lazy("address", "demonstration-letters/"), views_mailbox.mailbox, name="mailbox"),
    path(pgettext_lazy("address", "demonstration-letters/<int:pk>/"), views_mailbox.letter, name="letter"),
]
