from __future__ import annotations

from django.urls import path
from django.utils.translation import pgettext_lazy

from kopa.accounts import (
    views,
    views_factors,
    views_link,
    views_passkeys,
    views_password,
    views_second_step,
)

app_name = "accounts"
urlpatterns = [
    path(pgettext_lazy("address", "sign-in/"), views.sign_in, name="sign_in"),
    path(
        pgettext_lazy("address", "sign-in/second-step/"), views_second_step.second_step, name="second_step"
    ),
    path(pgettext_lazy("address", "sign-in/passkey/"), views_passkeys.sign_in, name="passkey_sign_in"),
    path(
        pgettext_lazy("address", "sign-in/passkey/question/"),
        views_passkeys.question,
        name="passkey_question",
    ),
    path(pgettext_lazy("address", "sign-in/link/"), views_link.ask_link, name="ask_link"),
    path(pgettext_lazy("address", "sign-in/link/<str:key>/"), views_link.use_link, name="use_link"),
    path(pgettext_lazy("address", "sign-out/"), views.sign_out, name="sign_out"),
    path(pgettext_lazy("address", "my-details/"), views.profile, name="profile"),
    path(pgettext_lazy("address", "my-details/act-as/"), views.act_as, name="act_as"),
    path(pgettext_lazy("address", "my-details/end-sign-ins/"), views.end_sessions, name="end_sessions"),
    path(pgettext_lazy("address", "my-details/confirm/"), views_factors.confirm, name="confirm"),
    path(pgettext_lazy("address", "my-details/authenticator-app/"), views_factors.add_app, name="add_app"),
    path(
        pgettext_lazy("address", "my-details/authenticator-app/remove/"),
        views_factors.remove_app,
        name="remove_app",
    ),
    path(
        pgettext_lazy("address", "my-details/recovery-codes/"),
        views_factors.recovery_codes,
        name="recovery_codes",
    ),
    path(pgettext_lazy("address", "my-details/passkeys/add/"), views_passkeys.add, name="add_passkey"),
    path(pgettext_lazy("address", "my-details/passkeys/<int:pk>/"), views_passkeys.edit, name="passkey"),
    path(
        pgettext_lazy("address", "forgotten-password/"),
        views_password.forgotten_password,
        name="forgotten_password",
    ),
    path(
        pgettext_lazy("address", "new-password/<str:key>/"), views_password.new_password, name="new_password"
    ),
]
