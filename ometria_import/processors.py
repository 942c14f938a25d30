"""How many threads are worth starting on this machine, and how they work ahead."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import TypeVar

_T = TypeVar("_T")

_MOST = 4
"""More threads would only wait for each other, because what they do between Arrow's functions is
Python."""


def _usable() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


WORKERS = min(_usable(), _MOST)


def in_order(pool: Executor, tasks: Iterable[Callable[[], _T]], ahead: int) -> Iterator[_T]:
    """What tasks return, in their order, while a pool works on a few tasks ahead."""
    waiting: deque[Future[_T]] = deque()
    try:
        for task in tasks:
            waiting.append(pool.submit(task))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
