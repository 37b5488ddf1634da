from __future__ import annotations

from django.urls import path
from django.utils.translation import pgettext_lazy

from kopa.portal import register
from municipalities import views

app_name = "municipalities"
urlpatterns = [
    path(pgettext_lazy("address", "municipalities/"), register.municipality_list, name="list"),
    path(pgettext_lazy("address", "municipalities/suggest/"), views.suggest, name="suggest"),
    path(
        pgettext_lazy("address", "municipalities/<slug:slug>/"), register.municipality_detail, name="detail"
    ),
]
