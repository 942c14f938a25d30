"""Plays the trials of a seed, several side by side."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

from tests.torture.faults.catalogue import choose, named
from tests.torture.faults.fault import Fault
from tests.torture.faults.machine import can_mount
from tests.torture.launching import Launcher
from tests.torture.trial import Trial, Verdict


@dataclass(frozen=True, slots=True)
class Series:
    """What the trials of one call have in common."""

    seed: str
    fault: str = ""
    """Only faults whose name holds this."""
    mutant: str = ""
    keep: Path | None = None
    """Where the folders of broken trials are left."""


class Players:
    """Processes that play trials side by side; a context manager that ends them."""

    def __init__(self, jobs: int) -> None:
        # Not forked: a trial's emulator is a thread, and threads and forks do not go together.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(jobs, mp_context=context)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def play(
        self, trials: Iterable[tuple[Series, int]], budget_s: float = float("inf")
    ) -> Iterator[tuple[Series, Verdict]]:
        """Yield each trial's verdict as it comes; after `budget_s` no trial is begun."""
        stop_at = time.time() + budget_s
        waiting = {
            self._pool.submit(play_one, series, number, stop_at): series
            for series, number in trials
        }
        try:
            for done in as_completed(waiting):
                verdict = done.result()
                if verdict is not None:
                    yield waiting[done], verdict
        finally:
            for future in waiting:
                future.cancel()


def play_one(series: Series, number: int, stop_at: float = float("inf")) -> Verdict | None:
    """Play one trial in this process; None where it is too late to begin it."""
    if time.time() > stop_at:
        return None
    launcher, has_mounts = _this_process()
    faults = _faults(series, number, has_mounts=has_mounts)
    folder = Path(tempfile.mkdtemp(prefix=f"torture-{number}-"))
    trial = Trial(number, series.seed, faults, folder, launcher, mutant=series.mutant)
    try:
        verdict = trial.run()
    except Exception:  # noqa: BLE001 -- a harness that fails is reported like a trial that broke
        names = tuple(fault.name for fault in faults)
        said = f"the harness failed: {traceback.format_exc()}"
        verdict = Verdict(number, names, (said,), 0, 0, 0.0, 0, 0)
    if verdict.broken and series.keep is not None:
        series.keep.mkdir(parents=True, exist_ok=True)
        kept = series.keep / f"{series.seed}-{number}"
        shutil.move(folder, kept)
        (kept / "transcript.txt").write_text("\n".join([*verdict.broken, verdict.transcript]))
    shutil.rmtree(folder, ignore_errors=True)
    return verdict


def _faults(series: Series, number: int, *, has_mounts: bool) -> list[Fault]:
    if series.fault:
        found = named(series.fault)
        if not found:
            message = f"no fault is called {series.fault!r}"
            raise ValueError(message)
        return [found[number % len(found)]()]
    chance = random.Random(f"{series.seed}/{number}/faults")
    return choose(number, chance, has_mounts=has_mounts)


@cache
def _this_process() -> tuple[Launcher, bool]:
    has_mounts = can_mount()
    return Launcher(), has_mounts
