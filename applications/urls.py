from __future__ import annotations

from django.urls import path
from django.utils.translation import pgettext_lazy

from applications import views_own

app_name = "applications"
urlpatterns = [
    path(pgettext_lazy("address", "my/applications/<uuid:key>/"), views_own.detail, name="detail"),
]
