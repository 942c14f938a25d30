"""Whether the emulator takes connections, and what it does to those that are open.

Connection faults need the socket below ASGI. Chosen: uvicorn's own h11 protocol, extended by a
few lines, hands its transport to the application in the request's state. A TCP proxy in front
would have been a second parser of HTTP, and could not tell a request that was processed from one
that was not.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

from uvicorn.protocols.http.h11_impl import H11Protocol

ADMIN_PATH = "/_admin"

_AGAIN_S = 0.01
_FIRST_LINE_BYTES = 64

Mode = Literal["open", "refused", "reset", "close"]


class ConnectionControl:
    """Opens and closes the port; the server says how with `attach`."""

    def __init__(self) -> None:
        self.mode: Mode = "open"
        self._transports: set[asyncio.Transport] = set()
        self._spared: set[asyncio.Transport] = set()
        self._stop: Callable[[], None] = lambda: None
        self._start: Callable[[], None] = lambda: None
        self._starting: asyncio.Task[None] | None = None
        self._is_listening = True
        self._is_shut = False

    def attach(self, stop: Callable[[], None], start: Callable[[], None]) -> None:
        """Take over a listening server: how to stop listening, and to begin again."""
        self._stop, self._start = stop, start
        if not self._is_listening:
            stop()

    def enter(self, transport: asyncio.Transport) -> None:
        """Know of a connection; one that was on its way when the port was closed ends here."""
        self._transports.add(transport)
        if self.mode == "refused":
            hang_up(transport, is_reset=True)

    def leave(self, transport: asyncio.Transport) -> None:
        """Forget a connection."""
        self._transports.discard(transport)
        self._spared.discard(transport)

    def spare(self, transport: asyncio.Transport) -> None:
        """Leave a connection alone: the admin's own, which would cut itself off."""
        self._transports.discard(transport)
        self._spared.add(transport)

    def move(self, mode: Mode) -> None:
        """Change the mode; every change ends the connections that are open but to `open`."""
        if mode == self.mode:
            return
        self.mode = mode
        if mode != "open":
            for transport in list(self._transports):
                hang_up(transport, is_reset=mode != "close")
        if self._is_shut:
            return
        if mode == "refused" and self._is_listening:
            self._is_listening = False
            self._stop()
        elif mode != "refused" and not self._is_listening and self._starting is None:
            self._starting = asyncio.create_task(self._start_again())

    async def _start_again(self) -> None:
        while self.mode != "refused" and not self._is_listening:
            # The port may be another's for a moment, such as one end of a connection.
            with suppress(OSError):
                self._start()
                self._is_listening = True
                break
            await asyncio.sleep(_AGAIN_S)
        self._starting = None

    async def shut(self) -> None:
        """Listen no more for good, whatever the mode."""
        self._is_shut = True
        if self._starting is not None:
            self._starting.cancel()
            with suppress(asyncio.CancelledError):
                await self._starting
        self._stop()

    async def close(self) -> None:
        """End the connections that outlived their requests."""
        for transport in self._transports | self._spared:
            transport.abort()
        # An aborted connection lets go of its socket in the loop's next turn.
        await asyncio.sleep(0)


class GatedProtocol(H11Protocol):
    """Asks the control before anything is read, and shows its transport to the application."""

    def connection_made(  # type: ignore[override]  # as its parent narrows it
        self, transport: asyncio.Transport
    ) -> None:
        """Tell the control of the connection."""
        super().connection_made(transport)
        self._connections: ConnectionControl | None = self.app_state.get("connections")
        self.app_state = self.app_state | {"transport": transport}
        if self._connections is not None:
            self._connections.enter(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the control that the connection is over."""
        if self._connections is not None:
            self._connections.leave(self.transport)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what arrived, where the control lets it through."""
        if self._connections is not None:
            if f" {ADMIN_PATH}/".encode() in data[:_FIRST_LINE_BYTES]:
                self._connections.spare(self.transport)
            elif self._connections.mode in ("reset", "close"):
                hang_up(self.transport, is_reset=self._connections.mode == "reset")
                return
        read = self.app_state.get("read")
        if read is not None:
            # Here and not where it is counted: that comes later when there is other work.
            self.app_state["reading"] = read()
        super().data_received(data)


def hang_up(transport: asyncio.BaseTransport, *, is_reset: bool) -> None:
    """End a connection at once, by a TCP reset or by closing it; nothing more is sent."""
    connection: Any = transport.get_extra_info("socket")
    if connection is not None:
        # Lingering for no time makes the kernel reset the connection instead of closing it.
        linger = struct.pack("ii", 1 if is_reset else 0, 0)
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            if not is_reset:
                # Unread bytes would turn a plain close into a reset.
                connection.shutdown(socket.SHUT_WR)
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
