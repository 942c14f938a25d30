"""Which part of the permitted rate a push uses, however the server counts and jitter bunches.

Every cell is an emulator process and a `push` process of its own. They are idle nearly all the
time (7 % of a core), so several run side by side; the emulators store nothing, which keeps it so.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from benchmarks.delivering import first_push_after, push_command, pushes
from benchmarks.generate import contacts_file
from benchmarks.preparing import Scale
from benchmarks.processes import Emulator, emulator, started
from benchmarks.table import Row
from ometria_import.emulator import COUNTERS, Settings, running
from ometria_import.emulator.limits import RateCounter, TokenBucket

_RATE_PER_S = 8
_FINDING_OUT_S = 30.0
_LONGER = 1.5
"""Than the other windows: one 429 costs a second, which is a point of a minute and a half."""
_SIDE_BY_SIDE = 4
"""More, and two cores make jitter of their own."""
_LATENCIES_S = (0.05, 1, 5)
_JITTERS_S = (0.005, 0.03)
_SPARE = 1.1
_UNSTORED = ("--drain", "0", "--queue", "100000000")
_HALF_S, _SETTLED_S, _WHOLE_FOR_S = 90.0, 10.0, 40.0
_FOUND_WITHIN_S = 180.0


@dataclass(frozen=True, slots=True)
class _Cell:
    counting: str
    latency_s: float
    jitter_s: float

    @property
    def goals(self) -> tuple[float, float]:
        """The least part of the rate that must be used, and the largest that may be refused."""
        if self.counting == "token-bucket":
            return 0.98, 0.001
        return (0.95 if self.jitter_s == _JITTERS_S[0] else 0.83), 0.005


def rate_case(scale: Scale, folder: Path) -> Iterator[Row]:
    """Every way of counting, at three latencies and two jitters; then half of the rate."""
    end_s = _FINDING_OUT_S + _LONGER * scale.window_s
    # In rounds, of one latency each, so that no push starts while others are being measured.
    cells = [
        _Cell(counting, latency_s, jitter_s)
        for latency_s, jitter_s, counting in product(_LATENCIES_S, _JITTERS_S, COUNTERS)
    ]
    contacts = contacts_file(int(end_s * _RATE_PER_S * 100 * _SPARE))
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        for first in range(0, len(cells), _SIDE_BY_SIDE):
            together = cells[first : first + _SIDE_BY_SIDE]
            times = [
                pool.map(lambda cell, n=seed: _counted(cell, n, contacts, folder, end_s), together)
                for seed in range(scale.repeats)
            ]
            for cell, *counts in zip(together, *times, strict=True):
                yield _row(cell, counts, end_s)
    if scale.window_s >= _HALF_S:
        yield _half_and_whole(folder)


def _counted(cell: _Cell, seed: int, contacts: Path, parent: Path, end_s: float) -> tuple[int, int]:
    """Push once, with one sequence of jitter; requests that were accepted and answered 429."""
    options = (
        "--rate", str(_RATE_PER_S), "--latency", str(cell.latency_s),
        "--jitter", str(cell.jitter_s), "--jitter-seed", str(seed),
        "--counting", cell.counting, *_UNSTORED,
    )  # fmt: skip
    folder = Path(tempfile.mkdtemp(dir=parent))
    with emulator(folder, *options) as server:
        arrivals = _arrivals(server, contacts, folder, end_s + cell.latency_s)
    return _counts(arrivals, _FINDING_OUT_S, end_s)


def _row(cell: _Cell, counts: Sequence[tuple[int, int]], end_s: float) -> Row:
    """The median of the runs; the least and the most of them beside it."""
    permitted = (end_s - _FINDING_OUT_S) * _RATE_PER_S
    used = [accepted / permitted for accepted, _ in counts]
    shares = [refused / max(accepted + refused, 1) for accepted, refused in counts]
    middle, share = statistics.median(used), statistics.median(shares)
    least, most = cell.goals
    return Row(
        f"{cell.counting}, latency {cell.latency_s:g} s, jitter {cell.jitter_s * 1000:g} ms",
        f"{min(used):.1%} to {max(used):.1%} used, {max(shares):.2%} answered 429 at most",
        "",
        f"{middle:.1%} used, {share:.2%} answered 429",
        f"at least {least:.0%}, at most {most:.1%}",
        middle >= least and share <= most,
    )


def _half_and_whole(folder: Path) -> Row:
    """An account that gives half of what is configured, and later all of it."""
    end_s = _HALF_S + _FOUND_WITHIN_S + _WHOLE_FOR_S

    class Changing:
        """Half of the rate at first, counted as a token bucket."""

        def __init__(self, rate: float) -> None:
            self._half, self._whole = TokenBucket(rate / 2), TokenBucket(rate)
            self._began: float | None = None

        def admit(self, now: float) -> float:
            self._began = now if self._began is None else self._began
            counter: RateCounter = self._whole if now - self._began > _HALF_S else self._half
            return counter.admit(now)

    settings = Settings(
        rate=_RATE_PER_S, latency=1, jitter=_JITTERS_S[0], rate_counter=Changing,
        drain=0, queue=100_000_000, database=folder / "half.db",
    )  # fmt: skip
    contacts = contacts_file(int(end_s * _RATE_PER_S * 100))
    with running(settings) as server:
        emulated = Emulator(server.base_url, server.database)
        arrivals = _arrivals(emulated, contacts, folder, end_s)
    half, refused = _counts(arrivals, _SETTLED_S, _HALF_S)
    whole, _ = _counts(arrivals, end_s - _WHOLE_FOR_S, end_s)
    used_half = half / ((_HALF_S - _SETTLED_S) * _RATE_PER_S / 2)
    used_whole = whole / (_WHOLE_FOR_S * _RATE_PER_S)
    return Row(
        f"4/s for {_HALF_S:.0f} s though 8 is configured, then 8/s; token bucket, latency 1 s",
        f"{used_half:.1%} of 4/s after {_SETTLED_S:.0f} s, {refused} answered 429",
        "",
        f"{used_whole:.1%} of 8/s, {_FOUND_WITHIN_S:.0f} s after the change",
        "at least 95% of each",
        min(used_half, used_whole) >= 0.95,
    )


def _arrivals(
    server: Emulator, contacts: Path, folder: Path, seconds: float
) -> list[tuple[float, int]]:
    """Push for so long; seconds since the first request arrived, and status of each."""
    begun = time.time()
    with started(push_command(contacts, folder, server)) as process:
        first = first_push_after(begun, server.database, lambda: process.poll() is None)
        time.sleep(max(first + seconds - time.time(), 0))
    return [(arrived - first, status) for arrived, status in pushes(server.database)]


def _counts(arrivals: list[tuple[float, int]], start_s: float, end_s: float) -> tuple[int, int]:
    statuses = [status for at, status in arrivals if start_s <= at < end_s]
    refused = statuses.count(429)
    return len(statuses) - refused, refused
