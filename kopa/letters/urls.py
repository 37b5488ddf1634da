from __future__ import annotations

from django.urls import path
from django.utils.translation import pgettext_lazy

from kopa.letters import views

app_name = "letters"
urlpatterns = [
    path(pgettext_lazy("address", "my-details/letters/"), views.choose, name="choose"),
    path(pgettext_lazy("address", "no-more-letters/<str:key>/"), views.end, name="end"),
]
