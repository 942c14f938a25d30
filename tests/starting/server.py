"""A process that has imported the program, and forks itself for whatever is started.

Run as `python -m tests.starting.server NUMBER`, with the number of a connected socket. The forked
process goes on as `python -c CODE` would: with the streams, the folder, the environment and the
signals of its starter. It becomes the starter's own child when the process between them ends.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Any

from tests.starting.importing import import_program

MAX_BYTES = 200_000
_STREAMS = 3
_OF_PYTHON: Mapping[int, Any] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGPIPE: signal.SIG_IGN,
    signal.SIGXFSZ: signal.SIG_IGN,
}
"""What Python does about signals when it starts; the others are left to the system."""

_IN_C = "surrogateescape"
"""What Python does about bytes that are no UTF-8 in the locale C, which the tests have."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to start."""

    code: str
    words: tuple[str, ...]
    """The command line behind the code."""
    folder: str
    environment: dict[str, str]
    ignored: frozenset[int]
    """The signals that the starter ignores."""
    umask: int


def serve(connection: socket.socket) -> Order | None:
    """Fork for every order; only a forked process returns its order, and the server None."""
    while True:
        content, streams, _, _ = socket.recv_fds(connection, MAX_BYTES, _STREAMS)
        if not content:
            return None
        between = os.fork()
        if between == 0:
            child = os.fork()
            if child:
                connection.send(str(child).encode())
                os._exit(0)
            connection.close()
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
                os.close(stream)
            order: Order = pickle.loads(content)
            return order
        for stream in streams:
            os.close(stream)
        os.waitpid(between, 0)
        connection.send(b"ended")


def become(order: Order) -> None:
    """Be what was ordered."""
    os.chdir(order.folder)
    os.umask(order.umask)
    os.environ.clear()
    os.environ.update(order.environment)
    time.tzset()
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        usual = _OF_PYTHON.get(number, signal.SIG_DFL)
        signal.signal(number, signal.SIG_IGN if number in order.ignored else usual)
    # Made anew: the server's own remember what kind of file they were.
    sys.stdin = TextIOWrapper(os.fdopen(0, "rb", closefd=False), "utf-8", _IN_C)
    sys.stdout = _writing(1, _IN_C, by_line=os.isatty(1))
    sys.stderr = _writing(2, "backslashreplace", by_line=True)
    sys.argv = ["-c", *order.words]
    exec(order.code, {"__name__": "__main__"})


def _writing(number: int, errors: str, *, by_line: bool) -> TextIOWrapper:
    raw = os.fdopen(number, "wb", closefd=False)
    return TextIOWrapper(raw, "utf-8", errors, line_buffering=by_line)


if __name__ == "__main__":
    import_program()
    accepted = serve(socket.socket(fileno=int(sys.argv[1])))
    if accepted is not None:
        become(accepted)
