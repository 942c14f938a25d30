"""Finding the environment's proxy for an address, and naming it in messages."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import ip_address, ip_network
from types import MappingProxyType
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from ometria_import.config import Account, is_loopback
from ometria_import.delivery.api.sink import RetriableSinkError
from ometria_import.errors import OmetriaImportError, UsageError

_PASSWORD_WANTED = 407
_SERVER_ERROR = 500
_PASSING = frozenset({0, 408, 425, 429})
"""Statuses of temporary errors; 0 stands for a SOCKS proxy, which has no status."""
_PORTS = MappingProxyType({"http": 80, "https": 443})
_SCHEMES = frozenset({"http", "https", "socks5", "socks5h"})


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, and where it was configured."""

    url: httpx.Proxy = field(repr=False)
    """The URL, which may contain a password."""
    variable: str
    """The environment variable that names it; empty if it comes from the system settings."""

    def __str__(self) -> str:
        where = self.variable or "the system's settings"
        url = self.url.url
        port = f":{url.port}" if url.port else ""
        return f"the proxy {url.scheme}://{url.host}{port} ({where})"


def proxy_for(base_url: str, environ: Mapping[str, str]) -> Proxy | None:
    """The proxy for requests to an address, or None.

    This machine is reached without a proxy. Lower-case variables win, as in other programs.

    Raises:
        UsageError: the environment names a proxy that cannot be used.
    """
    parts = urlsplit(base_url)
    host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    if is_loopback(host):
        return None
    for name in (f"{parts.scheme}_proxy", "all_proxy"):
        for variable in (name, name.upper()):
            if address := environ.get(variable, ""):
                return None if _is_spared(host, port, environ) else _proxy(address, variable)
    address = getproxies().get(parts.scheme, "")
    return _proxy(address, "") if address and not proxy_bypass(host) else None


def proxy_error(account: Account, said: str) -> OmetriaImportError:
    """The error for an error answer that came from a proxy instead of the account's server.

    Args:
        account: The account that the request was for.
        said: The proxy's status line, such as `407 Proxy Authentication Required`.
    """
    proxy = proxy_for(account.base_url, os.environ)
    name = f"{proxy}" if proxy is not None else "a proxy on the way"
    place = (proxy.variable if proxy is not None else "") or "HTTPS_PROXY"
    status = int(said[:3]) if said[:3].isdigit() else 0
    if status == _PASSWORD_WANTED:
        return UsageError(
            f"{name} wants another user or password: it answered {said}",
            hint=f"Set them in {place}, like http://user:password@proxy.example.com:3128. Nothing "
            "is lost; then run: ometria-import resume",
        )
    if status >= _SERVER_ERROR or status in _PASSING:
        return RetriableSinkError(f"{name} does not pass it on: {said}")
    host = urlsplit(account.base_url).hostname
    return UsageError(
        f"{name} lets nothing through to {host}: it answered {said}",
        hint="Ask whoever runs the proxy, or put the host into NO_PROXY where none is needed. "
        "Nothing is lost; then run: ometria-import resume",
    )


def _is_spared(host: str, port: int, environ: Mapping[str, str]) -> bool:
    """Whether NO_PROXY covers a host, by its name, its domain or its network."""
    names = environ.get("no_proxy") or environ.get("NO_PROXY", "")
    for name in names.lower().replace(",", " ").split():
        wanted = name.removesuffix(f":{port}").strip("[]").removeprefix("*.").lstrip(".")
        is_within = host == wanted or host.endswith(f".{wanted}")
        if name == "*" or (wanted and is_within) or _is_in_network(host, wanted):
            return True
    return False


def _is_in_network(host: str, network: str) -> bool:
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False


def _proxy(address: str, variable: str) -> Proxy:
    try:
        url = httpx.URL(address if "://" in address else f"http://{address}")
        is_spoken = find_spec("socksio") or not url.scheme.startswith("socks")
        if url.scheme in _SCHEMES and url.host and is_spoken:
            return Proxy(httpx.Proxy(url), variable)
    except (ValueError, httpx.InvalidURL):
        pass
    # The library's message may contain the proxy's password.
    raise UsageError(
        "the proxy that the environment names cannot be used",
        hint=f"Look at {variable or 'the system settings'}. A proxy is named like "
        "http://proxy.example.com:3128; one that speaks SOCKS needs the package socksio. Then "
        "run the same command again.",
    )
