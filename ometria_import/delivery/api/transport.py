"""The HTTP transport: a new connection for each request, through a proxy if one is set.

Certificates are always verified; this cannot be turned off.
"""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import httpcore
import httpx

from ometria_import.delivery.api.answer_watch import WatchedNetwork, WatchedStream, WholeAnswer
from ometria_import.delivery.api.proxies import Proxy
from ometria_import.errors import UsageError

ONE_REQUEST = {"Connection": "close"}
"""The header that closes a connection after a single request."""

_FILE, _FOLDER = "SSL_CERT_FILE", "SSL_CERT_DIR"


class OwnConnections(httpx.AsyncHTTPTransport):
    """Opens a connection for every request, and trusts an answer only if it is alone on it.

    On a reused connection, a late answer would be taken for that of the next request, and
    nothing in it would show the mistake.
    """

    def __init__(self, authorities: ssl.SSLContext, proxy: Proxy | None) -> None:
        # The parent's `__init__` is not called, because it creates another connection pool.
        self._pool = _pool(authorities, proxy)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; reading its answer to the end can fail, see `WholeAnswer`."""
        request.headers.update(ONE_REQUEST)
        response = await super().handle_async_request(request)
        connection = response.extensions["network_stream"]
        if isinstance(connection, WatchedStream) and isinstance(
            response.stream, httpx.AsyncByteStream
        ):
            response.stream = WholeAnswer(response.stream, connection)
        return response


def _pool(authorities: ssl.SSLContext, proxy: Proxy | None) -> httpcore.AsyncConnectionPool:
    """Create the connection pool, without a limit.

    In a limited pool, a cancelled request can occupy its place forever (httpcore 1.0.9), so
    callers limit the number of requests in flight.
    """
    network = WatchedNetwork()
    if proxy is None:
        return httpcore.AsyncConnectionPool(
            ssl_context=authorities, max_connections=None, network_backend=network
        )
    named = proxy.url
    address = httpcore.URL(
        scheme=named.url.raw_scheme,
        host=named.url.raw_host,
        port=named.url.port,
        target=named.url.raw_path,
    )
    if named.url.scheme.startswith("socks5"):
        return httpcore.AsyncSOCKSProxy(
            proxy_url=address,
            proxy_auth=named.raw_auth,
            ssl_context=authorities,
            max_connections=None,
            network_backend=network,
        )
    return httpcore.AsyncHTTPProxy(
        proxy_url=address,
        proxy_auth=named.raw_auth,
        proxy_headers=named.headers.raw,
        proxy_ssl_context=authorities if named.url.scheme == "https" else None,
        ssl_context=authorities,
        max_connections=None,
        network_backend=network,
    )


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """An SSL context that verifies the certificate and the host name.

    It trusts the authorities of `ca_file`, else those of the environment's SSL_CERT_FILE or
    SSL_CERT_DIR, else the public ones.

    Raises:
        UsageError: the file cannot be read, or holds no certificate.
    """
    named = str(ca_file) if ca_file else os.environ.get(_FILE, "")
    where = f"ca_file {named}" if ca_file else f"{named}, which {_FILE} names,"
    try:
        if not named:
            # httpx knows where the public ones are, and reads SSL_CERT_DIR.
            return httpx.create_ssl_context()
        return ssl.create_default_context(cafile=named)
    except OSError as error:
        no_certificate = isinstance(error, ssl.SSLError)
        reason = "it holds no certificate in PEM form" if no_certificate else error.strerror
        place = where if named else f"the folder of {_FOLDER}"
        raise UsageError(
            f"{place} cannot be used: {reason}",
            hint="Name a file with the certificates of the authorities to trust, in PEM form.",
        ) from None
