from __future__ import annotations

from django.urls import path
from django.utils.translation import pgettext_lazy

from kopa.portal import lists, register

app_name = "providers"
urlpatterns = [
    path(pgettext_lazy("address", "providers/"), lists.provider_list, name="list"),
    path(pgettext_lazy("address", "providers/providers.csv"), lists.provider_list_csv, name="list_csv"),
    path(pgettext_lazy("address", "providers/<slug:slug>/"), register.provider_detail, name="detail"),
]
