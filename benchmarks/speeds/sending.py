"""What sending costs the client, and how soon a resumed run sends."""

from __future__ import annotations

import json
import signal
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.delivering import first_push_after, push_command, where
from benchmarks.generate import contacts_file
from benchmarks.processes import BenchmarkError, emulator, run_measured, started
from benchmarks.speeds.bench import Bench, Figure, Goal, Installation

_RATE_PER_S = 100
_REQUESTS, _RECORDS = 1_000, 100
_LENGTHEN = Path(__file__).with_name("lengthen.py")
_TIMES = 100
_SETTLED_S = 1.0


def requests_speed(bench: Bench) -> Iterator[Figure]:
    """What processors take for requests: a push without what a dry run of its file takes."""
    count = bench.rows(_REQUESTS * _RECORDS)
    path = contacts_file(count)
    pushes: list[list[float]] = [[] for _ in bench.sides]
    dry_runs: list[list[float]] = [[] for _ in bench.sides]
    requests = 0
    for number in range(bench.repeats):
        for position, side in enumerate(bench.sides):
            folder = _folder(bench, f"push-{number}-{position}")
            with emulator(folder, "--rate", "100000") as server:
                command = push_command(path, folder, server, _RATE_PER_S, side.executable)
                pushed = run_measured(command)
            requests = int(json.loads(pushed.output)["requests"])
            pushes[position].append(pushed.cpu_s)
            dry_run = side.dry_run(f"contact={path}", home=folder / "dry")
            dry_runs[position].append(run_measured(dry_run).cpu_s)
    yield Goal(2, "{:.2f} CPU s").figure(
        f"push: 1,000 requests of {_RECORDS} contacts",
        [
            1_000 * (statistics.median(pushed) - statistics.median(dry)) / requests
            for pushed, dry in zip(pushes, dry_runs, strict=True)
        ],
    )


def resume_speed(bench: Bench) -> Iterator[Figure]:
    """How soon half of ten million records is sent on; the package is one repeated by library."""
    count = bench.rows(_REQUESTS * _RECORDS)
    waits = [_resumed(bench, side, count) for side in bench.sides]
    yield Goal(1, "{:.2f} s").figure(
        f"resume: {count * _TIMES:,} records, half of them sent, to the first request",
        [statistics.median(each) for each in waits],
        [f"{max(each):.2f} at worst" for each in waits],
    )


def _resumed(bench: Bench, side: Installation, count: int) -> list[float]:
    """Seconds to the first request of each of several resumes."""
    folder = _folder(bench, f"resume-{bench.sides.index(side)}")
    with emulator(folder, "--rate", "8") as server:
        push = push_command(contacts_file(count), folder, server, executable=side.executable)
        with started(push, stop_with=signal.SIGKILL) as process:
            first_push_after(0, server.database, lambda: process.poll() is None)
        # -P, so that the installation's own package is imported and not the one beside this file.
        run_measured([side.python, "-P", str(_LENGTHEN), str(folder), str(_TIMES)])
        waits = []
        for _ in range(bench.repeats):
            # What the killed process before had under way has arrived by then.
            time.sleep(_SETTLED_S)
            begun = time.time()
            resume = [side.executable, "resume", *where(folder)]
            with started(resume, stop_with=signal.SIGKILL) as process:
                arrived = first_push_after(begun, server.database, lambda: process.poll() is None)
            waits.append(arrived - begun)
    if not waits:
        raise BenchmarkError("nothing was resumed")
    return waits


def _folder(bench: Bench, name: str) -> Path:
    folder = bench.folder / name
    folder.mkdir()
    return folder
