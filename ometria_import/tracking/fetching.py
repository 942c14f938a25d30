"""One page from the web, by rules that keep a tool with keys from being used as a probe.

HTTPS only, GET, no cookies, no key, no proxy, ten seconds and five megabytes for all of it. Names
are resolved here, and the connection goes to the very address that was looked at: whoever owns a
name cannot let it mean another machine a moment later. Source: reference/tracking.md, "Rules for
URLs".
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import quote, urljoin, urlsplit

from ometria_import.delivery.api.transport import trusting
from ometria_import.errors import SourceError
from ometria_import.problems import shorten
from ometria_import.tracking.page.text import MAX_BYTES
from ometria_import.version import __version__

TIMEOUT_S = 10.0
_HOPS = 5
_PIECE = 65_536
_OK, _MULTIPLE, _BAD = 200, 300, 400
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_HEADERS = {
    "Accept": "text/html,*/*;q=0.5",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": f"ometria-import/{__version__}",
}
_BY_HAND = "Save the page from the browser instead, and check the file."
_PRIVATE = (
    "Pages of your own network are read only if you say --allow-private; or save the page from the "
    "browser, and check the file."
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server answered."""

    status: int
    content: bytes
    charset: str
    """As the server said; empty where it did not."""
    redirects: tuple[str, ...] = ()
    """Where the server sent the request to, one after the other."""


def fetch(url: str, *, allows_private: bool = False) -> Fetched:
    """Get what is at an HTTPS address, whatever status the server gives it.

    Raises:
        SourceError: the address may not be asked, or does not answer as it should.
    """
    deadline = time.monotonic() + TIMEOUT_S
    redirects: list[str] = []
    while True:
        place = _Place.of(url)
        answer, location = _get(place, place.addresses(deadline, allows_private), deadline)
        if not (_MULTIPLE <= answer.status < _BAD and location):
            return Fetched(answer.status, answer.content, answer.charset, tuple(redirects))
        target = urljoin(url, location)
        if _Place.of(target).origin != place.origin:
            raise SourceError(
                f"it redirects to another host, {shorten(urlsplit(target).netloc)}",
                hint="If that is the shop, name that address yourself.",
            )
        redirects.append(target)
        if len(redirects) > _HOPS:
            raise SourceError("it redirects again and again", hint=_BY_HAND)
        url = target


@dataclass(frozen=True, slots=True)
class _Place:
    """An address, taken to pieces."""

    host: str
    port: int
    target: str

    @property
    def origin(self) -> tuple[str, int]:
        return self.host, self.port

    @classmethod
    def of(cls, url: str) -> _Place:
        """Take an address to pieces.

        Raises:
            SourceError: it is none, or not HTTPS.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or http.client.HTTPS_PORT
            host = host if ":" in host else host.encode("idna").decode()
        except (ValueError, UnicodeError):
            host, port, parts = "", 0, urlsplit("")
        if parts.scheme != "https":
            raise SourceError("only https:// addresses are read", hint=_BY_HAND)
        if not host or "@" in parts.netloc:
            raise SourceError(
                "it is no address of a page", hint="Write it like a browser shows it."
            )
        target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
        query = quote(parts.query, safe="/%:@!$&'()*+,;=~?")
        return cls(host, port, f"{target}?{query}" if query else target)

    def addresses(self, deadline: float, allows_private: bool) -> list[str]:  # noqa: FBT001
        """The numeric addresses of the host, all of which may be asked.

        Raises:
            SourceError: there is none, or one is of this machine or a private network.
        """
        found = _resolved(self.host, self.port, deadline)
        if not found:
            raise SourceError(
                f"the host {shorten(self.host)} is not known", hint="Is the address right?"
            )
        private = next((each for each in found if not is_public(each)), None)
        if private is not None and not allows_private:
            raise SourceError(
                f"{shorten(self.host)} is at {private}, which is not on the public internet",
                hint=_PRIVATE,
            )
        return found


def is_public(address: str) -> bool:
    """Whether a numeric address is one of the public internet, whatever it is wrapped in."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        # One with a scope is of this machine's own networks.
        return False
    if isinstance(found, ipaddress.IPv6Address):
        within: ipaddress.IPv4Address | None = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            within = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if found.teredo is not None:
            return False
        if within is not None:
            found = within
    return found.is_global and not (
        found.is_multicast or found.is_reserved or found.is_unspecified or found.is_loopback
    )


def _resolved(host: str, port: int, deadline: float) -> list[str]:
    """The addresses of a host; none where the name means nothing, or nobody answers in time."""
    found: list[str] = []

    def resolve() -> None:
        try:
            told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend(dict.fromkeys(str(each[4][0]) for each in told))

    # The system's own limit for names that nobody answers is far longer.
    thread = threading.Thread(target=resolve, daemon=True)
    thread.start()
    thread.join(max(deadline - time.monotonic(), 0))
    return list(found)


class _Pinned(http.client.HTTPSConnection):
    """A connection to addresses that are known, for a host that its certificate must name."""

    def __init__(self, place: _Place, addresses: Sequence[str], deadline: float) -> None:
        self._trusted = trusting(None)
        super().__init__(place.host, place.port, context=self._trusted)
        self._addresses = addresses
        self._deadline = deadline

    def connect(self) -> None:
        """Connect to the first address that answers."""
        failure: OSError = TimeoutError()
        for address in self._addresses:
            left_s = self._deadline - time.monotonic()
            if left_s <= 0:
                break
            try:
                opened = socket.create_connection((address, self.port), left_s)
            except OSError as error:
                failure = error
                continue
            self.sock = opened
            self.sock = self._trusted.wrap_socket(opened, server_hostname=self.host)
            return
        raise failure

    def hang_up(self) -> None:
        """End whatever is being waited for; may be called by another thread."""
        if self.sock is not None:
            # Not the TLS socket's own, which another thread reads from.
            with_plain = socket.socket.shutdown
            try:
                with_plain(self.sock, socket.SHUT_RDWR)
            except OSError:
                return


def _get(place: _Place, addresses: Sequence[str], deadline: float) -> tuple[Fetched, str]:
    """One request; returns the answer, and where it sends on to."""
    connection = _Pinned(place, addresses, deadline)
    watch = threading.Timer(max(deadline - time.monotonic(), 0), connection.hang_up)
    watch.daemon = True
    watch.start()
    try:
        connection.request("GET", place.target, headers=_HEADERS)
        response = connection.getresponse()
        location = response.headers.get("Location", "")
        content = _content(response) if response.status == _OK else b""
        is_whole = response.length in {None, 0} or response.status != _OK
        charset = response.headers.get_content_charset("")
        if time.monotonic() > deadline or not is_whole:
            raise TimeoutError
        return Fetched(response.status, content, charset), location
    except (OSError, http.client.HTTPException, ValueError) as error:
        _refuse(error, deadline)
    finally:
        watch.cancel()
        connection.close()


def _content(response: http.client.HTTPResponse) -> bytes:
    content = bytearray()
    while piece := response.read(_PIECE):
        content += piece
        if len(content) > MAX_BYTES:
            break
    if response.headers.get("Content-Encoding", "identity").lower() in {"gzip", "deflate"}:
        # Some servers pack what nobody asked to be packed; no more of it than is allowed.
        try:
            unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
            content = bytearray(unpacking.decompress(bytes(content), MAX_BYTES + 1))
        except zlib.error:
            raise SourceError("its contents are packed and damaged", hint=_BY_HAND) from None
    if len(content) > MAX_BYTES:
        raise SourceError(f"it is larger than {MAX_BYTES // 1_000_000} MB", hint=_BY_HAND)
    return bytes(content)


def _refuse(error: Exception, deadline: float) -> NoReturn:
    if isinstance(error, TimeoutError) or time.monotonic() > deadline:
        raise SourceError(
            f"it does not answer within {TIMEOUT_S:g} seconds", hint=_BY_HAND
        ) from None
    if isinstance(error, ssl.SSLCertVerificationError):
        raise SourceError(
            f"its certificate is not trusted: {error.verify_message}", hint=_BY_HAND
        ) from None
    if isinstance(error, OSError):
        reason = error.strerror or type(error).__name__
        raise SourceError(f"it cannot be reached: {reason}", hint=_BY_HAND) from None
    raise SourceError("its server does not answer as web servers do", hint=_BY_HAND) from None
