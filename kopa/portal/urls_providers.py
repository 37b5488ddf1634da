from __future__ import annotations

from django.urls import path
from django.utils.translation import pgettext_lazy

from kopa.portal import register

app_name = "providers"
urlpatterns = [
    path(pgettext_lazy("address", "providers/"), register.provider_list, name="list"),
    path(pgettext_lazy("address", "providers/<slug:slug>/"), register.provider_detail, name="detail"),
]
