from __future__ import annotations

from django.urls import path
from django.utils.translation import pgettext_lazy

from kopa.accounts import views, views_password

app_name = "accounts"
urlpatterns = [
    path(pgettext_lazy("address", "sign-in/"), views.sign_in, name="sign_in"),
    path(pgettext_lazy("address", "sign-out/"), views.sign_out, name="sign_out"),
    path(pgettext_lazy("address", "my-details/"), views.profile, name="profile"),
    path(pgettext_lazy("address", "my-details/act-as/"), views.act_as, name="act_as"),
    path(pgettext_lazy("address", "my-details/end-sign-ins/"), views.end_sessions, name="end_sessions"),
    path(
        pgettext_lazy("address", "forgotten-password/"),
        views_password.forgotten_password,
        name="forgotten_password",
    ),
    path(
        pgettext_lazy("address", "new-password/<str:key>/"), views_password.new_password, name="new_password"
    ),
]
