"""What the tests of second factors share: an app, and a passkey made of software."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256

import pyotp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from tests.factories import APP_KEY

HERE = "http://localhost"


def url(name: str, *args: object) -> str:
    with override("en"):
        return reverse(f"accounts:{name}", args=args)


def code_now(key: str = APP_KEY, *, steps: int = 0) -> str:
    """What the app shows now, or so many half minutes later."""
    return pyotp.TOTP(key).at(int(timezone.now().timestamp()) + 30 * steps)


def type_code(client: Client, code: str):
    return client.post(url("second_step"), {"code": code})


def answer(client: Client, said: str):
    return client.post(url("second_step"), {"answer": said})


@dataclass
class SoftKey:
    """An authenticator: ``made`` and ``used`` answer the questions of a page as a browser writes it down."""

    origin: str = HERE
    host: str = "localhost"
    counts: bool = True
    verifies: bool = True
    present: bool = True
    uses: int = 0
    handle: bytes = b""
    credential_id: bytes = b"a-key-of-software"
    secret: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def made(self, options: dict) -> str:
        asked = options["publicKey"]
        self.handle = websafe_decode(asked["user"]["id"])
        key = ES256.from_cryptography_key(self.secret.public_key())
        data = AttestedCredentialData.create(bytes(16), self.credential_id, key)
        client_data = self._client_data("webauthn.create", asked["challenge"])
        attested = AttestationObject.create("none", self._authenticator_data(data), {})
        return self._written(clientDataJSON=client_data, attestationObject=attested)

    def used(self, options: dict, *, signature: bytes | None = None, handle: bytes | None = None) -> str:
        client_data = self._client_data("webauthn.get", options["publicKey"]["challenge"])
        data = self._authenticator_data(None)
        signed = self.secret.sign(data + sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        return self._written(
            clientDataJSON=client_data,
            authenticatorData=data,
            signature=signature or signed,
            userHandle=self.handle if handle is None else handle,
        )

    def _client_data(self, kind: str, challenge: str) -> CollectedClientData:
        return CollectedClientData.create(kind, websafe_decode(challenge), self.origin)

    def _authenticator_data(self, credential: AttestedCredentialData | None) -> AuthenticatorData:
        if self.counts:
            self.uses += 1
        flags = AuthenticatorData.FLAG.UP if self.present else AuthenticatorData.FLAG(0)
        if self.verifies:
            flags |= AuthenticatorData.FLAG.UV
        if credential:
            flags |= AuthenticatorData.FLAG.AT
        data = credential or b""
        return AuthenticatorData.create(sha256(self.host.encode()).digest(), flags, self.uses, data)

    def _written(self, **parts: bytes) -> str:
        response = {name: websafe_encode(part) for name, part in parts.items()}
        key = websafe_encode(self.credential_id)
        said = {"id": key, "rawId": key, "type": "public-key", "response": response}
        return json.dumps(said | {"clientExtensionResults": {}})
