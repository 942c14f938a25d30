"""An event loop on which waiting takes no time: hours of a delivery pass in seconds."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from ometria_import.delivery.pacing.limiter import Clock

T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its time stands still while anything runs, and jumps to whatever is due next."""

    def __init__(self) -> None:
        self.now = 1000.3
        super().__init__(_Jumping(self))

    def time(self) -> float:
        return self.now


class _Jumping(selectors.DefaultSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        events = super().select(0)
        if not events:
            assert timeout is not None, "everybody waits and nothing will ever happen"
            self._loop.now += max(timeout, 0.0)
        return events


def now() -> float:
    """Seconds on the running loop's clock."""
    return asyncio.get_running_loop().time()


VIRTUAL_CLOCK = Clock(monotonic=now, sleep=asyncio.sleep, wall=now)
"""Time as the delivery sees it on such a loop."""


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run to the end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)
