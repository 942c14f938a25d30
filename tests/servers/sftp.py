"""A server for SFTP on this machine that gives out the files of one folder."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paramiko

_GIVE_UP_S = 10


@contextmanager
def sftp_server(folder: Path, host_key: paramiko.PKey, breaks: Iterable[int] = ()) -> Iterator[int]:
    """Serve a folder to whoever has any key of their own; gives the port.

    Args:
        folder: What is served.
        host_key: Of this machine.
        breaks: For each file that is opened, where its connection breaks; then they hold.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(_GIVE_UP_S)
        transports: list[paramiko.Transport] = []
        thread = threading.Thread(
            target=_serve, args=(listener, folder, host_key, transports, iter(breaks))
        )
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(_GIVE_UP_S)
            for transport in transports:
                transport.close()


def _serve(
    listener: socket.socket,
    folder: Path,
    host_key: paramiko.PKey,
    transports: list[paramiko.Transport],
    breaks: Iterator[int],
) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        transport = paramiko.Transport(connection)
        transport.add_server_key(host_key)
        transport.set_subsystem_handler(
            "sftp", paramiko.SFTPServer, _Folder, folder=folder, breaks=breaks, transport=transport
        )
        transports.append(transport)
        try:
            transport.start_server(server=_AnyKey())
        except (paramiko.SSHException, EOFError):
            continue  # who does not know this host goes away


class _AnyKey(paramiko.ServerInterface):  # type: ignore[misc]
    def check_auth_publickey(self, *_: Any) -> int:
        return int(paramiko.common.AUTH_SUCCESSFUL)

    def get_allowed_auths(self, _: str) -> str:
        return "publickey"

    def check_channel_request(self, *_: Any) -> int:
        return int(paramiko.common.OPEN_SUCCEEDED)


class _Handle(paramiko.SFTPHandle):  # type: ignore[misc]
    def __init__(self, transport: paramiko.Transport, breaks_at: int | None) -> None:
        super().__init__(os.O_RDONLY)
        self._transport = transport
        self._breaks_at = breaks_at

    def read(self, offset: int, length: int) -> Any:
        if self._breaks_at is not None and offset >= self._breaks_at:
            self._transport.sock.close()
        return super().read(offset, length)


class _Folder(paramiko.SFTPServerInterface):  # type: ignore[misc]
    def __init__(
        self, *_: Any, folder: Path, breaks: Iterator[int], transport: paramiko.Transport
    ) -> None:
        self._folder = folder
        self._breaks = breaks
        self._transport = transport

    def _at(self, path: str) -> Path:
        return self._folder / path.lstrip("/")

    def list_folder(self, path: str) -> Any:
        return [
            paramiko.SFTPAttributes.from_stat(each.stat(), each.name)
            for each in self._at(path).iterdir()
        ]

    def stat(self, path: str) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat(self._at(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    lstat = stat

    def open(self, path: str, _: int, __: Any) -> Any:
        handle = _Handle(self._transport, next(self._breaks, None))
        handle.readfile = self._at(path).open("rb")
        handle.stat = lambda: self.stat(path)
        return handle
