"""Stopping a delivery: the first request finishes batches in flight, the second drops them."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from ometria_import.errors import InterruptedRunError

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopSignal:
    """A stop request, set by signal handlers and obeyed by every wait of a delivery.

    `request` may be called before the event loop runs, and from a signal handler.
    """

    def __init__(self) -> None:
        self._requests = 0
        self._is_halted = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiters: set[asyncio.Future[None]] = set()

    @property
    def is_requested(self) -> bool:
        """Whether a person or the system asked to stop."""
        return self._requests > 0

    @property
    def is_immediate(self) -> bool:
        """Whether a stop was requested twice, so that batches in flight are dropped."""
        return self._requests > 1

    @property
    def is_stopping(self) -> bool:
        """Whether nothing new may be sent, for whatever reason."""
        return self.is_requested or self._is_halted

    def attach(self) -> None:
        """Let requests wake the running event loop; before this they are only remembered."""
        self._loop = asyncio.get_running_loop()

    def request(self) -> None:
        """Ask to stop; the second time, at once."""
        self._requests += 1
        self._wake()

    def halt(self) -> None:
        """Stop sending new batches because the run failed."""
        self._is_halted = True
        self._wake()

    async def sleep(self, seconds: float) -> None:
        """Sleep, but stop sleeping when a stop is requested.

        Raises:
            InterruptedRunError: the delivery stops; at once if it was stopping already.
        """
        self.attach()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not self.is_stopping:
            if loop.time() >= deadline:
                return
            with self._waiter() as waiter:
                # No `asyncio.timeout`: that wakes up some rounds of a busy loop later.
                timer = loop.call_at(deadline, _set, waiter)
                try:
                    await waiter
                finally:
                    timer.cancel()
        raise InterruptedRunError("stopped before the batch was settled")

    async def changed(self) -> None:
        """Wait until a stop is requested, or requested again."""
        with self._waiter() as waiter:
            await waiter

    @contextmanager
    def _waiter(self) -> Iterator[asyncio.Future[None]]:
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            yield waiter
        finally:
            self._waiters.discard(waiter)

    def _wake(self) -> None:
        # A loop that waits for the network notices a signal handler's doing only this way.
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._release)

    def _release(self) -> None:
        for waiter in self._waiters:
            _set(waiter)


def _set(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


@contextmanager
def stop_on_signals(stop: StopSignal) -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and SIGHUP ask to stop, while the block runs; main thread only.

    What is ignored stays ignored, as SIGHUP is under nohup and SIGINT behind a script's `&`.
    """

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.request()

    heard = [number for number in _SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, ask) for number in heard}
    try:
        yield
    finally:
        for number, action in before.items():
            signal.signal(number, action)
