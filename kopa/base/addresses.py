"""Whom a request comes from, and under which address others find what it asked for."""

from __future__ import annotations

import ipaddress
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.encoding import iri_to_uri

IPV6_NETWORK: Final = 64  # one subscriber's share: within it anybody may change the address at will


def client_address(request: HttpRequest) -> str:
    """For counting only: the address a request comes from, or what the outermost of TRUSTED_PROXIES saw.

    Whatever a client itself writes into X-Forwarded-For stands further left and is never looked at. An IPv6
    address is reduced to its /64 network. Clients without an address (a Unix socket) are counted together.
    """
    seen = request.META.get("REMOTE_ADDR", "")
    proxies = settings.TRUSTED_PROXIES
    if proxies:
        chain = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        seen = chain[-proxies].strip() if len(chain) >= proxies else seen
    try:
        address = ipaddress.ip_address(seen)
    except ValueError:
        return "0.0.0.0"  # noqa: S104 - no address to listen on
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, IPV6_NETWORK), strict=False).network_address)
    return str(address)


def configured_address(path: str) -> str:
    """For letters: the address that the operators have set, whatever host a request claims to be for."""
    return f"{settings.PUBLIC_URL}{iri_to_uri(path)}"


def counted_address(request: HttpRequest) -> str:
    """``client_address`` for keeping in the database: hashed with the portal's key, it names nobody."""
    return salted_hmac("kopa.base.addresses", client_address(request), algorithm="sha256").hexdigest()


def public_address(request: HttpRequest, path: str) -> str:
    """The one address of a page for calendars and search engines, by whichever host name it was asked for.

    What ``up`` runs has no such name: there it is the one that the reader typed.
    """
    if settings.EMBEDDED:
        return request.build_absolute_uri(path)
    return f"{settings.PUBLIC_URL}{iri_to_uri(path)}"
