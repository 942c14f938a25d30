"""Listening sockets: where the emulator takes connections."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from ometria_import.emulator.errors import EmulatorError
from ometria_import.emulator.http.incoming import BASE_PATH
from ometria_import.emulator.settings import Settings

_AGAIN_S = 0.1


class Listener:
    """One listening socket, which it owns; connections that it took outlive it.

    asyncio's own server forgets a connection that it accepts in the moment in which it is closed
    (CPython 3.11 and later, `Server._attach`): it is neither served nor closed, and its sender
    waits until the garbage is collected.
    """

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
        """Stop listening at once."""
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
            # The process may open no more files: without a pause, this would be called endlessly.
            self._loop.remove_reader(self._socket)
            self._loop.call_later(_AGAIN_S, self._take_again)
            return
        taken.settimeout(0)
        entering = self._loop.connect_accepted_socket(self._connection, taken)
        task = self._loop.create_task(entering)
        self._entering.add(task)
        task.add_done_callback(self._entering.discard)

    def _take_again(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.add_reader(self._socket, self._take)


def listen(settings: Settings) -> socket.socket:
    """Listen where the settings say.

    Raises:
        EmulatorError: the address cannot be used.
    """
    try:
        return bound(settings.host, settings.port)
    except (OSError, OverflowError) as error:
        raise EmulatorError(
            f"{settings.host} port {settings.port} cannot be used: {error}"
        ) from error


def bound(host: str, port: int) -> socket.socket:
    """Listen on a port; 0 takes a free one.

    Raises:
        OSError: it is in use, or cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, else asyncio leaves Nagle's algorithm on and each answer takes 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except (OSError, OverflowError):
        listener.close()
        raise
    return listener


def base_url(listener: socket.socket) -> str:
    """The address of the API behind a listening socket."""
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}{BASE_PATH}"
