"""People who sign in."""

from __future__ import annotations

import functools
from typing import Any, Final

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kopa.base.compiled import Compiled

# Stands in the compiled statement for the number that comes later.
ANY_PK: Final = -1


class UserManager(BaseUserManager["User"]):
    """Finds people; addresses are stored in lower case so that one person has one account."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())

    def get(self, *conditions: Any, **values: Any) -> User:
        """As Django's own; of all people by number, as every page asks for whoever is signed in, by a
        statement that the ORM writes only once.
        """
        pk = values.get("pk")
        if conditions or len(values) != 1 or type(pk) is not int or type(self) is not UserManager or self._db:
            return super().get(*conditions, **values)
        row = _question().ask({ANY_PK: pk})
        if row is None:
            raise User.DoesNotExist
        return User.from_db(DEFAULT_DB_ALIAS, _columns(), row)


class User(AbstractBaseUser):
    """A person who can sign in: an e-mail address, a name, a language. What the person may do is in
    ``providers.RoleAssignment``, never here. Operators make accounts with ``manage.py create_person``.
    """

    email = models.EmailField(
        _("e-mail address"), unique=True, error_messages={"unique": _("This address is taken.")}
    )
    name = models.CharField(_("name"), max_length=200)
    language = models.CharField(_("language"), max_length=2, default="fi")
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_demonstration = models.BooleanField(default=False, editable=False)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    # The one role assignment that the person acts in during this request; None: all of them.
    acting_as: int | None = None

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(name="user_email_is_lower_case", condition=models.Q(email=Lower("email"))),
            models.CheckConstraint(
                name="user_language_is_known", condition=models.Q(language__in=["fi", "sv", "en"])
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.email = self.email.strip().lower()


def _columns() -> list[str]:
    return [field.attname for field in User._meta.concrete_fields]


@functools.cache
def _question() -> Compiled:
    rows = User.objects.filter(pk=ANY_PK).order_by()
    return Compiled.of(rows.values_list(*_columns()))


class PersonSession(AbstractBaseSession):
    """One browser that somebody is signed in with, or that a message waits for. Whoever deletes it, ends it.

    Written by ``kopa.accounts.sessions`` from what the session holds.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")
    begun_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    browser = models.CharField(max_length=60, blank=True, default="")

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        # The engine needs this model.
        from kopa.accounts.sessions import SessionStore  # noqa: PLC0415

        return SessionStore


class Asked(models.Model):
    """Somebody asked for a letter with a link, for an address, perhaps one without an account.

    The page does the same work for every address; a worker looks whether there is an account. Deleted after a
    day: it is kept for counting alone.
    """

    email = models.EmailField()
    asked_from = models.CharField(max_length=64)
    asked_at = models.DateTimeField(db_index=True)
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M}"


class PasswordRequest(Asked):
    """For a link to choose a new password with."""


class LinkRequest(Asked):
    """For a link to sign in with."""

    # The page of KOPA that the person was on the way to; empty: the start page.
    wanted = models.CharField(max_length=500, blank=True, default="")


class SignInLink(models.Model):
    """A link in a letter that lets the owner of an address in, once. ``kopa.accounts.links`` writes it.

    Only the digest of its key is kept. ``stamp`` is a digest of what ends it when it changes: address and
    password. ``purpose``, ``target`` and ``target_id`` say what the letter was about; of each there is one
    open link for an address. Without a person yet, using it makes one of ``name`` and ``language``.
    """

    person = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, blank=True, related_name="sign_in_links"
    )
    email = models.EmailField()
    name = models.CharField(max_length=200, blank=True, default="")
    language = models.CharField(max_length=2)
    purpose = models.CharField(max_length=40)
    target = models.CharField(max_length=60, blank=True, default="")
    target_id = models.BigIntegerField(default=0)
    wanted = models.CharField(max_length=500, blank=True, default="")
    key_digest = models.CharField(max_length=64, unique=True)
    stamp = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    # Used, replaced by a newer one, or its account was closed.
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                name="one_link_is_open_for_an_address_and_a_thing",
                fields=["email", "purpose", "target", "target_id"],
                condition=models.Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="sign_in_link_email_is_lower_case", condition=models.Q(email=Lower("email"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.made_at:%Y-%m-%d %H:%M}"


class AuthenticatorApp(models.Model):
    """An app that shows another code every half minute (TOTP, RFC 6238). ``kopa.accounts.factors`` writes it.

    ``last_step`` is the half minute whose code was accepted last: neither it nor an older one is again.
    """

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="authenticator_app")
    sealed_key = models.TextField()
    last_step = models.BigIntegerField()
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"{self.added_at:%Y-%m-%d %H:%M}"


class Passkey(models.Model):
    """A key pair of which a device or a password manager keeps the secret half (WebAuthn).

    ``handle`` is what authenticators call the person by: random, the same in all passkeys of one person.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys")
    name = models.CharField(_("name"), max_length=60)
    credential_id = models.CharField(max_length=1400, unique=True, editable=False)
    credential = models.BinaryField()
    handle = models.BinaryField()
    # How often the device says it was used; stays 0 where passkeys are copied between devices.
    uses = models.BigIntegerField(default=0, editable=False)
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="passkey_has_a_name", condition=~models.Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name


class RecoveryCode(models.Model):
    """Lets its owner in once when the other factors are lost. Only its digest is kept."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.digest[:8]


class WrongCode(models.Model):
    """A code that was not accepted, for counting; deleted after a day."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="wrong_codes")
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
