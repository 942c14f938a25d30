"""Connections that check whether an answer belongs to its request.

An answer is trusted only if it began after its request was sent and no other bytes came with it.
Otherwise a server or proxy that mixes up its answers could make a request count as accepted that
was never processed.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterable
from typing import Any

import h11
import httpcore
import httpx

_LOOK_S, _CLOSING_S = 0.005, 0.02
"""How long to wait for bytes beyond an answer, or for the end of a connection that the server
closes. Both are normally there at once; busy machines may need this long."""
_MAX_HEAD_BYTES = 100 * 1024
"""As httpcore reads the head of an answer."""
_SILENT = (httpcore.NetworkError, httpcore.TimeoutException, OSError)
_SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


class StrayAnswerError(httpx.RemoteProtocolError):
    """Bytes arrived that belong to no request, so the outcome of the request is unknown."""

    retry_after_s: float | None = None
    """The seconds to wait that the answer asks for; obeying them is safe whatever it answers."""


class WatchedNetwork(httpcore.AsyncNetworkBackend):
    """Opens the connections of one client, each of them watched."""

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
    """A connection, plain or TLS, that carries one request and its answer."""

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
        """Write some of the request, but nothing if an answer has already arrived.

        Raises:
            StrayAnswerError: an answer arrived before the request was sent.
        """
        if not self._is_asked and await self._says_anything(_LOOK_S):
            message = "an answer was there before the request was sent"
            raise StrayAnswerError(message)
        self._is_asked = True
        self._answer.clear()
        await self._stream.write(buffer, timeout)

    async def refuse_leftovers(self) -> None:
        """Check that nothing came after the answer, once it was read to its end.

        Raises:
            StrayAnswerError: there were more bytes.
        """
        if _beyond_answer(bytes(self._answer)) or await self._says_anything(_CLOSING_S):
            message = "more came than one answer"
            raise StrayAnswerError(message)

    async def _says_anything(self, within_s: float) -> bool:
        # Checking whether the socket is readable is not enough: TLS sends messages itself, and
        # decrypted data is no longer in the socket.
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
        """Start TLS; the returned connection is watched, too."""
        stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        return WatchedStream(stream)

    def get_extra_info(self, info: str) -> Any:
        """Return the connection details that httpcore asks for."""
        return self._stream.get_extra_info(info)


class WholeAnswer(httpx.AsyncByteStream):
    """The body of an answer; its end raises an error if more bytes came than the answer."""

    def __init__(self, body: httpx.AsyncByteStream, connection: WatchedStream) -> None:
        self._body = body
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._body:
            yield chunk
        await self._connection.refuse_leftovers()

    async def aclose(self) -> None:
        """Release the connection."""
        await self._body.aclose()


def _beyond_answer(received: bytes) -> bytes:
    """The bytes after the first answer in the data that was read for it."""
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
