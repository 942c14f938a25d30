"""Addresses to which a key may go at all, whoever names them."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from ometria_import.errors import UsageError
from ometria_import.problems import shorten

DEFAULT_BASE_URL = "https://api.ometria.com/v2"
_HOST_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?", re.ASCII)
"""What every reader of addresses takes for the same host: no backslash, no percent sign."""


def checked_base_url(text: str) -> str:
    """Refuse an address to which no key may go; returns it without a slash at its end.

    Raises:
        UsageError: it is no address, carries a password, or is plain HTTP to another machine.
    """
    hint = f"Write it like {DEFAULT_BASE_URL}."
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise UsageError("base_url is not an address", hint=hint) from None
    if not host or not text.isascii() or not text.isprintable() or " " in text:
        raise UsageError("base_url is not an address", hint=hint)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise UsageError("base_url holds more than a host and a path", hint=hint)
    if not (_HOST_NAME.fullmatch(host) or _is_ip(host)):
        raise UsageError(f"base_url names {shorten(host)!r}, which is no host", hint=hint)
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError(
            f"base_url is plain HTTP to {shorten(host)}: the key and the shoppers' data would "
            "travel readable",
            hint="Use https://. Plain HTTP is for an emulator on this machine (127.0.0.1).",
        )
    if parts.scheme not in {"http", "https"}:
        raise UsageError("base_url is neither https:// nor http://", hint=hint)
    return text.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host of an address can only be this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_ip(host: str) -> bool:
    try:
        return not getattr(ipaddress.ip_address(host), "scope_id", None)
    except ValueError:
        return False
