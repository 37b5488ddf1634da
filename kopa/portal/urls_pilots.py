from __future__ import annotations

from django.urls import path
from django.utils.translation import pgettext_lazy

from kopa.portal import pilots as pages
from pilots import views

app_name = "pilots"
urlpatterns = [
    path(pgettext_lazy("address", "areas/"), pages.pilot_list, name="list"),
    path(pgettext_lazy("address", "areas/groups.csv"), pages.groups_csv, name="groups_csv"),
    path(pgettext_lazy("address", "areas/members.csv"), pages.members_csv, name="members_csv"),
    path(pgettext_lazy("address", "areas/<slug:code>/"), pages.pilot_detail, name="detail"),
    path(pgettext_lazy("address", "areas/<slug:code>/edit/"), views.edit, name="edit"),
]
