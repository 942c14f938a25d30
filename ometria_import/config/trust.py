"""Where a key may go: what a settings file may not decide alone, and which addresses are none.

A settings file may come from somebody else, in a folder that was copied or unpacked. What the
user's own command line and environment name is trusted, and so are Ometria's hosts.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from ometria_import.config.accounts import DEFAULT_BASE_URL, AccountSettings
from ometria_import.errors import UsageError
from ometria_import.problems import shorten

BASE_HOST_VARIABLE = "OMETRIA_IMPORT_BASE_HOST"
_OMETRIAS = ".ometria.com"
_OWN_VARIABLE = re.compile(r"OMETRIA_[A-Z0-9_]+", re.ASCII)
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", re.ASCII)
_CA_VARIABLE = "SSL_CERT_FILE"
_HOST_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?", re.ASCII)
"""What every reader of addresses takes for the same host: no backslash, no percent sign."""


class UntrustedAddressError(UsageError):
    """The settings send a key to where nobody but the settings file says that it may go."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What the user's own command line and environment vouch for."""

    hosts: frozenset[str] = frozenset()
    """In small letters, with or without a port."""
    key_envs: frozenset[str] = frozenset()
    """Environment variables that hold a key though they are not called like one of ours."""
    ca_file: Path | None = None
    """Certificate authorities that the environment names."""
    is_asked: bool = False
    """Whether the user has confirmed the address of this account when asked."""

    @classmethod
    def of(
        cls,
        hosts: Iterable[str],
        key_envs: Iterable[str],
        environ: Mapping[str, str] = MappingProxyType({}),
    ) -> Trust:
        """Read what the user named, hosts also in the environment.

        Raises:
            UsageError: one of them is not a host, or not the name of a variable.
        """
        names = frozenset(key_envs)
        if not all(name.isascii() and name.isidentifier() for name in names):
            # It is not repeated: it may be the key itself.
            raise UsageError(
                "--key-env is not the name of an environment variable",
                hint="Name the variable that holds the key, such as --key-env SHOP_KEY.",
            )
        of_environment = environ.get(BASE_HOST_VARIABLE, "").split(",")
        hosts = [*hosts, *(host for host in of_environment if host.strip())]
        ca_file = environ.get(_CA_VARIABLE)
        return cls(frozenset(map(_host_of_text, hosts)), names, Path(ca_file) if ca_file else None)

    def vouches_for_host(self, base_url: str) -> bool:
        """Whether the user named the host of an address, or it is Ometria's or this machine."""
        parts = urlsplit(base_url)
        host = parts.hostname or ""
        return (
            is_loopback(host)
            or is_ometrias(base_url)
            or host in self.hosts
            or f"{host}:{parts.port}" in self.hosts
        )

    def require_address(self, account: AccountSettings) -> None:
        """Stop before a key goes to where only the settings file says that it may.

        Raises:
            UntrustedAddressError: the host is not Ometria's, or the file names authorities of
                its own for the certificate, and the user vouches for neither.
        """
        host = host_of(account.base_url)
        if self.is_asked or is_loopback(host):
            return
        if not self.vouches_for_host(account.base_url):
            raise UntrustedAddressError(
                f"account {account.name}: the settings file sends the key in {account.key_env} and "
                f"the data to {shorten(account.base_url)}, and {shorten(host)} is not Ometria's",
                hint=f"If that is meant, name the host yourself: --base-host {shorten(host)}, or "
                f"{BASE_HOST_VARIABLE}={shorten(host)} in the environment. --yes does not do.",
            )
        own = account.ca_file
        if own is not None and (self.ca_file is None or self.ca_file.resolve() != own.resolve()):
            raise UntrustedAddressError(
                f"account {account.name}: the settings file trusts {own} to say who "
                f"{shorten(host)} is, in place of the public authorities",
                hint=f"If that is meant, name the file yourself: {_CA_VARIABLE}={own} "
                "in the environment. --yes does not do.",
            )

    def key_env_of(self, account: AccountSettings) -> str:
        """The variable that holds an account's key: the user's own word wins over the settings.

        Raises:
            UsageError: the settings name one that is not called like a key of ours.
        """
        if account.key_env not in self.key_envs and len(self.key_envs) == 1:
            (named,) = self.key_envs
            return named
        if account.key_env in self.key_envs or _OWN_VARIABLE.fullmatch(account.key_env):
            return account.key_env
        is_name = _VARIABLE.fullmatch(account.key_env)
        # Anything else is not repeated: people put the key itself here by mistake.
        name = account.key_env if is_name else "a variable"
        raise UsageError(
            f"account {account.name}: the settings file takes the key from {name}, "
            "which does not begin with OMETRIA_ and may hold another secret of yours",
            hint=f"If that is meant, say so: --key-env {name if is_name else 'NAME'}. Or put the "
            "key into "
            f"OMETRIA_{account.name.upper()}_KEY and leave key_env out.",
        )


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
        raise UsageError(f"base_url names {shorten(host)!r}, which is not a host", hint=hint)
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


def host_of(base_url: str) -> str:
    """The host of an address, in small letters."""
    return urlsplit(base_url).hostname or ""


def is_ometrias(base_url: str) -> bool:
    """Whether an address is one of Ometria's own hosts, over HTTPS."""
    parts = urlsplit(base_url)
    return parts.scheme == "https" and (parts.hostname or "").endswith(_OMETRIAS)


def _host_of_text(text: str) -> str:
    """The host that a user named, with its port if they said it; addresses are taken as well."""
    text = text.strip().lower()
    try:
        parts = urlsplit(text if "//" in text else f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or "@" in text:
        raise UsageError(
            f"--base-host: {shorten(text)!r} is not a host",
            hint=f"Use --base-host api.example.com, or set {BASE_HOST_VARIABLE}; separate several "
            "hosts with commas.",
        )
    return host if port is None else f"{host}:{port}"
