"""Connections that show whether an answer belongs to its request.

An answer is believed only where it began after its request was sent, and nothing came with it.
A server, or a proxy before it, that lost count of its answers would otherwise have a request
count as accepted that was never processed.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterable
from typing import Any

import h11
import httpcore
import httpx

_LOOK_S, _CLOSING_S = 0.005, 0.02
"""What is there already is read at once, and so is the end of a connection that the server closes
with its answer; these are for machines that are busy."""
_MAX_HEAD_BYTES = 100 * 1024
"""As httpcore reads the head of an answer."""
_SILENT = (httpcore.NetworkError, httpcore.TimeoutException, OSError)
_SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


class StrayAnswerError(httpx.RemoteProtocolError):
    """Bytes came that belong to no request: nobody can say what the request came to."""

    retry_after_s: float | None = None
    """Seconds to wait that the answer asks for: heeding them harms nobody, whosever they are."""


class WatchedNetwork(httpcore.AsyncNetworkBackend):
    """Makes the connections of one client, each of them watched."""

    def __init__(self) -> None:
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> WatchedStream:
        """Connect as httpcore does."""
        stream = await self._network.connect_tcp(host, port, timeout, local_address, socket_options)
        return WatchedStream(stream)


class WatchedStream(httpcore.AsyncNetworkStream):
    """A connection, or the TLS on it, that carries one request and its answer."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._is_asked = False
        self._answer = bytearray()

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- httpcore's own signature
    ) -> bytes:
        """Read some of the answer."""
        content = await self._stream.read(max_bytes, timeout)
        self._answer += content
        return content

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109 -- httpcore's own signature
    ) -> None:
        """Write some of the request, but none of it where an answer is there already.

        Raises:
            StrayAnswerError: it is.
        """
        if not self._is_asked and await self._says_anything(_LOOK_S):
            message = "an answer was there before the request was sent"
            raise StrayAnswerError(message)
        self._is_asked = True
        self._answer.clear()
        await self._stream.write(buffer, timeout)

    async def refuse_leftovers(self) -> None:
        """Make sure that nothing came beyond the answer, which was read to its end.

        Raises:
            StrayAnswerError: something did.
        """
        if _beyond_answer(bytes(self._answer)) or await self._says_anything(_CLOSING_S):
            message = "more came than one answer"
            raise StrayAnswerError(message)

    async def _says_anything(self, within_s: float) -> bool:
        # Whether the socket is readable would not tell: TLS has messages of its own, and what
        # was decrypted already is no longer in the socket.
        try:
            return bool(await self._stream.read(1, within_s))
        except _SILENT:
            return False

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 -- httpcore's own signature
    ) -> WatchedStream:
        """Agree on TLS; what it carries is watched on its own."""
        stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        return WatchedStream(stream)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore wants to know of the connection."""
        return self._stream.get_extra_info(info)


class WholeAnswer(httpx.AsyncByteStream):
    """The body of an answer, which fails at its end where more came than the answer."""

    def __init__(self, body: httpx.AsyncByteStream, connection: WatchedStream) -> None:
        self._body = body
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._body:
            yield chunk
        await self._connection.refuse_leftovers()

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._body.aclose()


def _beyond_answer(received: bytes) -> bytes:
    """What follows the first answer in the bytes that were read for it."""
    reading = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD_BYTES)
    reading.send(h11.Request(method="POST", target="/", headers=[("Host", "any")]))
    reading.send(h11.EndOfMessage())
    reading.receive_data(received)
    event: Any = None
    while not isinstance(event, h11.EndOfMessage):
        event = reading.next_event()
        if event is h11.NEED_DATA:
            return b""  # such as an answer that ends with its connection
    return reading.trailing_data[0]
