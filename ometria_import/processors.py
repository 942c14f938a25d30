"""How many threads are worth starting on this machine."""

from __future__ import annotations

import os

_MOST = 4
"""More would only wait for each other, as what they do between Arrow's functions is Python."""


def _usable() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


WORKERS = min(_usable(), _MOST)
