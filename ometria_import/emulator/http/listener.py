"""Takes connections, and forgets none of them when it stops.

asyncio's own server forgets a connection that it accepts in the moment in which it is closed
(CPython 3.11 and later, `Server._attach`): it is neither served nor closed, and its sender waits
until the garbage is collected.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

_AGAIN_S = 0.1


class Listener:
    """One listening socket, which it owns; connections that it took outlive it."""

    def __init__(
        self, listening: socket.socket, connection: Callable[[], asyncio.Protocol]
    ) -> None:
        """Begin to take connections in the running loop; `connection` makes their protocols."""
        self._socket = listening
        self._socket.settimeout(0)
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._entering: set[asyncio.Task[object]] = set()
        self._loop.add_reader(self._socket, self._take)

    def close(self) -> None:
        """Listen no more, from this moment on."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._socket.close()

    async def wait_closed(self) -> None:
        """Return when every connection that was taken has its protocol."""
        await asyncio.gather(*self._entering, return_exceptions=True)

    def _take(self) -> None:
        try:
            taken, _ = self._socket.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError:
            # The process has no room for one more open file: it would be told so without end.
            self._loop.remove_reader(self._socket)
            self._loop.call_later(_AGAIN_S, self._take_again)
            return
        taken.settimeout(0)
        task = self._loop.create_task(self._enter(taken))
        self._entering.add(task)
        task.add_done_callback(self._entering.discard)

    async def _enter(self, taken: socket.socket) -> object:
        return await self._loop.connect_accepted_socket(self._connection, taken)

    def _take_again(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.add_reader(self._socket, self._take)
