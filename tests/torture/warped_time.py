"""A clock that runs faster than the world's, and whose date somebody may set.

`install` must come before the program is imported: what it keeps as `time.monotonic` is then
ours. Until `run` says otherwise, time passes as it does.
"""

from __future__ import annotations

import datetime as dt
import selectors
import sys
import time
from dataclasses import dataclass
from typing import Any

_monotonic, _wall, _sleep = time.monotonic, time.time, time.sleep


@dataclass(frozen=True, slots=True)
class Warp:
    """How time passes: the same for a program and for the emulator that it talks to."""

    speed: float = 1.0
    """Seconds of the clock in one second of the world."""
    origin_s: float = 0.0
    """The moment of the system's monotonic clock at which both agree."""
    date_changes: tuple[tuple[float, float], ...] = ()
    """When somebody sets the date, in the clock's seconds since `origin_s`, and by how much it
    is off from then on."""

    def now(self) -> float:
        """The clock's time, which no date changes."""
        return self.origin_s + (_monotonic() - self.origin_s) * self.speed

    def date_offset_s(self) -> float:
        """How far the date is off now."""
        passed_s = self.now() - self.origin_s
        offsets = [by for after_s, by in self.date_changes if after_s <= passed_s]
        return offsets[-1] if offsets else 0.0


_warp = Warp()


class _WarpedDatetime(dt.datetime):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
        return dt.datetime.fromtimestamp(time.time(), tz)


def install() -> None:
    """Let everything that is imported from now on ask this clock; once per process."""
    select = selectors.EpollSelector.select

    def monotonic() -> float:
        return _warp.now()

    def wall() -> float:
        return _wall() + _warp.date_offset_s()

    def sleep(seconds: float) -> None:
        _sleep(seconds / _warp.speed)

    def hasty(self: Any, timeout: float | None = None) -> Any:
        return select(self, timeout / _warp.speed if timeout and timeout > 0 else timeout)

    ours: dict[tuple[Any, str], Any] = {
        (time, "monotonic"): monotonic,
        (time, "time"): wall,
        (time, "sleep"): sleep,
        (selectors.EpollSelector, "select"): hasty,
    }
    for (owner, name), function in ours.items():
        setattr(owner, name, function)


def run(warp: Warp) -> None:
    """Let time pass like this from now on."""
    global _warp  # noqa: PLW0603 -- a process has one clock
    _warp = warp
    if warp.date_changes:
        for name, module in list(sys.modules.items()):
            if name.startswith(("ometria_import.cli", "ometria_import.delivery")) or (
                name == "ometria_import.config.home"
            ):
                _replace_datetime(module)


def _replace_datetime(module: Any) -> None:
    if getattr(module, "datetime", None) is dt.datetime:
        module.datetime = _WarpedDatetime
