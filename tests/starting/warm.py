"""Processes of the program that start at once, since another one has imported it already."""

from __future__ import annotations

import atexit
import ctypes
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, AnyStr

from tests.starting.server import Order

PROGRAM = "from ometria_import.cli.main import main\nmain()"
_ROOT = Path(__file__).parents[2]
_NEED_A_START = {"preexec_fn", "pass_fds", "start_new_session"}
"""What only a process that is started anew can be given."""
_SET_CHILD_SUBREAPER = 36
"""Source: https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html"""
_WORD_BYTES = 20
_lock = threading.Lock()


def start(*words: str, code: str = PROGRAM, **options: Any) -> subprocess.Popen[Any]:
    """Start Python code, by default the program, as a process of its own.

    Args:
        words: The command line behind the code.
        code: What to run.
        options: As for `Popen`.
    """
    environment = options.get("env") or os.environ
    if (
        sys.platform != "linux"
        or not _NEED_A_START.isdisjoint(options)
        or _of_python(environment) != _of_python(os.environ)
    ):
        return subprocess.Popen([sys.executable, "-c", code, *words], **options)
    return _Forked([code, *words], **options)


def _of_python(environment: Mapping[str, str]) -> dict[str, str]:
    """What Python reads only when it starts."""
    return {name: value for name, value in environment.items() if name.startswith("PYTHON")}


class _Forked(subprocess.Popen[AnyStr]):
    """A process that the server forks, and a child of this one all the same."""

    def _execute_child(self, args: Sequence[str], *others: Any) -> None:
        """Take the place of what the standard library does to fork and to execute."""
        folder, environment = others[4:6]
        pipes: tuple[int, ...] = others[9:15]
        code, *words = args
        numbers = signal.valid_signals()
        order = Order(
            code,
            tuple(words),
            os.fspath(folder or Path.cwd()),
            dict(environment or os.environ),
            frozenset(each for each in numbers if signal.getsignal(each) == signal.SIG_IGN),
            _umask(),
        )
        own_ends = (pipes[0], pipes[3], pipes[5])
        streams = [number if end < 0 else end for number, end in enumerate(own_ends)]
        self.pid = _fork(order, streams)
        self._child_created = True
        for end, other_end in zip(own_ends, (pipes[1], pipes[2], pipes[4]), strict=True):
            if end >= 0 and other_end >= 0:
                os.close(end)
        if hasattr(self, "_devnull"):
            os.close(self._devnull)


def _fork(order: Order, streams: Sequence[int]) -> int:
    """Let the server fork; the new process's id."""
    with _lock, _adopting_orphans():
        server = _server()
        socket.send_fds(server, [pickle.dumps(order)], streams)
        pid = int(server.recv(_WORD_BYTES))
        server.recv(_WORD_BYTES)
    return pid


def _umask() -> int:
    """Nobody can read it without setting it."""
    os.umask(umask := os.umask(0o077))
    return umask


@contextmanager
def _adopting_orphans() -> Iterator[None]:
    """Let processes whose parents end go over to this one, so that it can wait for them."""
    prctl = ctypes.CDLL(None).prctl
    prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


@cache
def _server() -> socket.socket:
    """The connection with the server, which ends with this process."""
    own, of_server = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.starting.server", str(of_server.fileno())],
        cwd=_ROOT,
        stdin=subprocess.DEVNULL,
        pass_fds=[of_server.fileno()],
    )
    of_server.close()

    def end() -> None:
        own.close()
        process.wait()

    atexit.register(end)
    return own
