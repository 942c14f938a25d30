"""`push` against the emulator, judged by what the emulator saw."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.generate import contacts_file
from benchmarks.preparing import Scale
from benchmarks.processes import (
    IMPORTER,
    STAGING_KEY,
    BenchmarkError,
    Emulator,
    emulator,
    run_measured,
)
from benchmarks.table import Row

_RATE_PER_S = 8
_RECORDS_PER_REQUEST = 100
_SPARE = 1.06
"""Rows beyond those of the window: some are wrong, and the run must not end within it."""
_USED_GOAL = 0.98
_REFUSED_GOAL = 0.001
_PATIENCE_S = 600.0


def pace_case(scale: Scale, folder: Path) -> Iterator[Row]:
    """How much of the permitted rate a push uses when each answer takes a second."""
    requests = scale.window_s * _RATE_PER_S
    path = contacts_file(int(requests * _RECORDS_PER_REQUEST * _SPARE))
    options = ("--rate", str(_RATE_PER_S), "--latency", "1")
    with emulator(folder, *options) as server:
        run_measured(push_command(path, folder, server))
        arrivals = pushes(server.database)
    first = arrivals[0][0]
    within = [status for arrived, status in arrivals if arrived < first + scale.window_s]
    refused = within.count(429)
    used = (len(within) - refused) / requests
    share = refused / len(within)
    yield Row(
        f"push at {_RATE_PER_S}/s, 1 s latency, {scale.window_s:.0f} s",
        f"{len(within) - refused} of {requests:.0f} requests, {refused} answered 429",
        "",
        f"{used:.1%} used, {share:.2%} answered 429",
        f"at least {_USED_GOAL:.0%}, under {_REFUSED_GOAL:.1%}",
        used >= _USED_GOAL and share < _REFUSED_GOAL,
    )


def push_command(
    path: Path,
    folder: Path,
    server: Emulator,
    rate_per_s: float = _RATE_PER_S,
    executable: str = IMPORTER,
) -> list[str]:
    """The command that pushes contacts to an emulator, its settings and runs in a folder."""
    config = folder / "ometria-import.toml"
    # What is measured is the sending, not the wait for late errors after it.
    lines = (
        *("[accounts.staging]", f'base_url = "{server.base_url}"'),
        *(f"rate = {rate_per_s}", "wait_for_errors = 0"),
    )
    config.write_text("\n".join(lines), encoding="utf-8")
    os.environ["OMETRIA_STAGING_KEY"] = STAGING_KEY
    return [executable, "push", f"contact={path}", "--to", "staging", *where(folder)]


def where(folder: Path) -> list[str]:
    """The options that say where settings and runs are."""
    return [
        "--home", str(folder / "home"), "--config", str(folder / "ometria-import.toml"), "--json",
    ]  # fmt: skip


def first_push_after(begun: float, database: Path, is_running: Callable[[], bool]) -> float:
    """Wait for a push that arrived after `begun`, and return when it did; Unix seconds."""
    give_up_at = time.monotonic() + _PATIENCE_S
    while time.monotonic() < give_up_at and is_running():
        later = [arrived for arrived, _ in pushes(database) if arrived > begun]
        if later:
            return later[0]
        time.sleep(0.05)
    raise BenchmarkError("no request reached the emulator")


def pushes(database: Path) -> list[tuple[float, int]]:
    """Arrival and status of every push that the emulator has answered, by arrival."""
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as store:
        rows = store.execute(
            "SELECT arrived_at, status FROM request WHERE method = 'POST' ORDER BY arrived_at"
        )
        return [(float(arrived), int(status)) for arrived, status in rows]
