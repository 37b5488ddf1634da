"""Short secrets that the database keeps and must not tell: encrypted with a key made from SECRET_KEY.

Written with SECRET_KEY, read also with those of SECRET_KEY_FALLBACKS, so that the key can be changed.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE: Final = b"kopa.accounts.seals"


class CannotBeOpened(Exception):
    """Sealed with a key that is not known any more, for somebody else, or changed since."""


def seal(secret: str, *, owner: int | str) -> str:
    """``secret`` so that only this portal reads it, and only for the same owner: a person's number, or a word
    without spaces that names something else.
    """
    return _box().encrypt(f"{owner} {secret}".encode()).decode()


def opened(sealed: str, *, owner: int | str) -> str:
    """What was sealed for the owner. Raises CannotBeOpened."""
    try:
        whose, _space, secret = _box().decrypt(sealed.encode()).decode().partition(" ")
    except InvalidToken as wrong:
        raise CannotBeOpened from wrong
    if whose != str(owner):
        raise CannotBeOpened
    return secret


def _box() -> MultiFernet:
    return MultiFernet([_fernet(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _fernet(key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(key.encode())
    return Fernet(urlsafe_b64encode(derived))
