"""Starts the program as real processes, forked from one that has imported everything."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.torture import child
from tests.torture.child import Order

_PIECE_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Session:
    """One process of the program, ended."""

    words: tuple[str, ...]
    code: int
    """The exit code; that of a killed process is the signal's number below zero."""
    out: str
    err: str
    began_s: float
    """By the trial's clock."""
    ended_s: float

    @property
    def is_killed(self) -> bool:
        return self.code < 0


class _Pipe:
    """What a command writes, read through a named pipe: no limit of files' sizes is in its way."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path, 0o600)
        self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.content = b""

    def read(self) -> None:
        """Take what is there."""
        with suppress(BlockingIOError):
            while piece := os.read(self._descriptor, _PIECE_BYTES):
                self.content += piece

    def close(self) -> str:
        """Take the rest, once nobody writes any more."""
        if self._descriptor >= 0:
            self.read()
            os.close(self._descriptor)
            self._descriptor = -1
        return self.content.decode(errors="replace")


class Command:
    """A process of the program."""

    def __init__(self, order: Order, start: Callable[[], ForkServerProcess]) -> None:
        self._order = order
        self._out, self._err = _Pipe(order.out), _Pipe(order.err)
        self._began_s = order.warp.now()
        self._process = start()

    @property
    def pid(self) -> int:
        """Of the process."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def has_said_anything(self) -> bool:
        """Whether stderr has something; its signal handlers stand by then."""
        self._err.read()
        return bool(self._err.content)

    def send(self, number: signal.Signals) -> None:
        """Send a signal, unless the process has ended."""
        if self._process.is_alive():
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()

    def wait(self, seconds: float) -> bool:
        """Give the process a moment; whether it has ended."""
        self._process.join(seconds)
        return not self._process.is_alive()

    def end(self) -> Session:
        """What the process came to; waits for its end."""
        self._process.join()
        code = self._process.exitcode
        assert code is not None
        return Session(
            self._order.words,
            code,
            self._out.close(),
            self._err.close(),
            self._began_s,
            self._order.warp.now(),
        )


class Launcher:
    """Owns a fork server, which starts with the first command."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.torture.warm"])

    def start(self, order: Order) -> Command:
        """Run a command; returns at once."""

        def begin() -> ForkServerProcess:
            process = self._context.Process(target=child.run, args=(order,), daemon=True)
            process.start()
            return process

        return Command(order, begin)


def paths_of(folder: Path, number: int) -> tuple[Path, Path]:
    """The named pipes into which the n-th command of a trial writes stdout and stderr."""
    return folder / f"out-{number}", folder / f"err-{number}"
