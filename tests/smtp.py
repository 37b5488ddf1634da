"""A small real mail server: it keeps what it is given, or refuses, or hangs up, as a test wants."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from typing import Any


class MailServer(socketserver.ThreadingTCPServer):
    """``answer`` is what it says after a whole letter; empty: it keeps the letter and hangs up unsaid.

    ``refuses``: of an address that it does not know.
    ``takes_one``: it hangs up after each letter. ``calls``: how often somebody connected. ``hangs_at``: what
    it never answers, and lets nobody go either: "greeting", the beginning of a line, or "letter", which it
    keeps. ``drips``: the pause in seconds between the characters of what it says.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Dialogue)
        self.letters: list[EmailMessage] = []
        self.greeting = "220 mail.example ready"
        self.answer = "250 kept"
        self.recipient_answer = "250 known"
        self.refuses = ""
        self.noop_answer = "250 here"
        self.takes_one = False
        self.calls = 0
        self.hangs_at = ""
        self.drips = 0.0


class _Dialogue(socketserver.StreamRequestHandler):
    server: MailServer

    def say(self, line: str) -> None:
        said = f"{line}\r\n".encode()
        if not self.server.drips:
            self.wfile.write(said)
            return
        for byte in said:
            self.wfile.write(bytes([byte]))
            time.sleep(self.server.drips)

    def perhaps_hang(self, moment: str) -> None:
        """Until the other side goes."""
        if self.server.hangs_at and moment.startswith(self.server.hangs_at):
            while self.rfile.readline():
                pass

    def handle(self) -> None:
        with suppress(ConnectionError):
            self.talk()

    def talk(self) -> None:
        self.server.calls += 1
        self.perhaps_hang("greeting")
        self.say(self.server.greeting)
        while line := self.rfile.readline().decode().strip():
            self.perhaps_hang(line)
            match line.split(maxsplit=1)[0].upper():
                case "EHLO" | "HELO" | "MAIL" | "RSET":
                    self.say("250 mail.example")
                case "NOOP":
                    self.say(self.server.noop_answer)
                case "RCPT":
                    is_refused = bool(self.server.refuses) and self.server.refuses in line
                    self.say("550 nobody here" if is_refused else self.server.recipient_answer)
                case "DATA":
                    self.say("354 go on")
                    self.take_letter()
                    self.perhaps_hang("letter")
                    if not self.server.answer:
                        return
                    self.say(self.server.answer)
                    if self.server.takes_one:
                        return
                case "QUIT":
                    self.say("221 bye")
                    return
                case _:
                    self.say("502 unknown")

    def take_letter(self) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if self.server.answer.startswith("250") or not self.server.answer:
            message: Any = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
            self.server.letters.append(message)


@contextmanager
def mail_server(settings: Any) -> Iterator[MailServer]:
    """Runs, and is where KOPA sends its letters to, until the end of the block."""
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        settings.EMAIL_BACKEND = "kopa.letters.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address[:2]
        settings.EMAIL_TIMEOUT = 5
        yield server
        server.shutdown()
