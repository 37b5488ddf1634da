"""Talking to a mail server that may hang, and knowing how far a letter has got when it does."""

from __future__ import annotations

import smtplib
import socket
import threading
from contextlib import suppress
from typing import Any, Final

from django.conf import settings
from django.core.mail.backends import smtp

NO_TIMEOUT: Final = 60  # seconds, where the settings have none


class Dialogue(smtplib.SMTP):
    """An answer is waited for ``EMAIL_TIMEOUT`` seconds in all, however slowly a server lets it drip.

    What is no whole answer by then counts as hanging up, never as a refusal.
    """

    # The last thing said was a whole letter: should the server hang up now, it may have it all the same.
    has_said_it_all = False
    is_late = False

    def send(self, s: Any) -> None:
        """Commands are text, a letter is bytes."""
        self.has_said_it_all = isinstance(s, bytes)
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        limit = threading.Timer(settings.EMAIL_TIMEOUT or NO_TIMEOUT, self._hang_up)
        limit.daemon = True
        limit.start()
        try:
            code, said = super().getreply()
        finally:
            limit.cancel()
        if self.is_late or not 200 <= code < 600:
            self.close()
            raise smtplib.SMTPServerDisconnected("no whole answer")
        return code, said

    def _hang_up(self) -> None:
        """Who waits for an answer finds the connection at its end."""
        self.is_late = True
        if (waited_for := self.sock) is not None:
            with suppress(OSError):  # closed just now by who waited
                # The plain socket's own, also beneath TLS, whose object the waiting thread is using.
                socket.socket.shutdown(waited_for, socket.SHUT_RDWR)


class SealedDialogue(Dialogue, smtplib.SMTP_SSL):
    """The same with TLS from the start."""


class EmailBackend(smtp.EmailBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return SealedDialogue if self.use_ssl else Dialogue
