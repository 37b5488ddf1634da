from __future__ import annotations

from django.urls import path
from django.utils.translation import pgettext_lazy

from agreements import views

app_name = "agreements"
urlpatterns = [path(pgettext_lazy("address", "agreements/<slug:code>/"), views.detail, name="detail")]
