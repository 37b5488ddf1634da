"""What the tests of signing in share."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from tests.factories import PASSWORD

WRONG = "The e-mail address or the password is wrong."


def sign_in_url(language: str = "en") -> str:
    with override(language):
        return reverse("accounts:sign_in")


def sign_out_url(language: str = "en") -> str:
    with override(language):
        return reverse("accounts:sign_out")


def profile_url(language: str = "en") -> str:
    with override(language):
        return reverse("accounts:profile")


def front_page(language: str = "en") -> str:
    with override(language):
        return reverse("portal:home")


def sign_in(client: Client, email: str, password: str = PASSWORD, **more):
    headers = {name: more.pop(name) for name in ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR") if name in more}
    return client.post(sign_in_url(), {"email": email, "password": password, **more}, **headers)


def said(response) -> list[str]:
    return list(response.context["form"].non_field_errors())


def is_signed_in(client: Client) -> bool:
    return client.get(profile_url()).status_code == 200


def start_page(language: str = "en") -> str:
    with override(language):
        return reverse("portal:start")
