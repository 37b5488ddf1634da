from __future__ import annotations

from django.urls import path
from django.utils.translation import pgettext_lazy

from offerings import views

app_name = "offerings"
urlpatterns = [
    path(pgettext_lazy("address", "places/"), views.search, name="search"),
    path(pgettext_lazy("address", "places/<int:pk>/"), views.detail, name="detail"),
    path(pgettext_lazy("address", "places/<int:pk>-<slug:words>/"), views.detail, name="detail"),
    path(pgettext_lazy("address", "places/<int:pk>/calendar.ics"), views.calendar_file, name="calendar"),
]
