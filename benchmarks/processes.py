"""Whole processes: run and measured, or kept running beside a measurement."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

IMPORTER = str(Path(sys.executable).with_name("ometria-import"))
STAGING_KEY = "staging-key"
DONE_CODES = frozenset({0, 3})
"""Done, and done with rejects: the files hold wrong rows on purpose."""
_BASE_URL = re.compile(r"http://[\w.]+:[0-9]+[\w/]*")
_SAMPLE_EVERY_S = 0.05


class BenchmarkError(Exception):
    """A measured program did not do its work, so its time says nothing."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one process took, with everything that it started."""

    seconds: float
    """Wall time from its start to its end."""
    peak_mb: float
    """Resident memory."""
    output: str
    """Its standard output."""
    errors: str
    """Its standard error."""
    cpu_s: float
    """Time of processors, in the program and in the kernel for it."""


def run_measured(command: Sequence[str], done_codes: frozenset[int] = DONE_CODES) -> Usage:
    """Run a command to its end.

    The kernel's figure for the peak begins with the memory of the process that starts the
    command, so this program imports nothing large. It counts the largest process alone; where
    a command starts others, their sum is sampled as well and the larger figure taken.

    Raises:
        BenchmarkError: the exit code is none of `done_codes`.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=errors)
        sampler = _TreeSampler(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        sampler.stop()
        output.seek(0)
        errors.seek(0)
        said = errors.read().decode(errors="replace")
        if process.returncode not in done_codes:
            raise BenchmarkError(
                f"{shown(command)} ended with {process.returncode}: {said[-2000:]}"
            )
        peak_mb = max(usage.ru_maxrss * 1024 / 1e6, sampler.peak_mb)
        cpu_s = usage.ru_utime + usage.ru_stime
        return Usage(seconds, peak_mb, output.read().decode(errors="replace"), said, cpu_s)


def shown(command: Sequence[str]) -> str:
    """A command without the folders of this machine."""
    return " ".join(Path(part).name if os.sep in part else part for part in command)


class _TreeSampler:
    """Sums the resident memory of a process and its descendants, again and again."""

    def __init__(self, pid: int) -> None:
        self.peak_mb = 0.0
        self._pid = pid
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the sampling; `peak_mb` is final then."""
        self._stopped.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._stopped.wait(_SAMPLE_EVERY_S):
            pids = _with_descendants(self._pid)
            if len(pids) > 1:
                self.peak_mb = max(self.peak_mb, sum(map(_resident_mb, pids)))


def _with_descendants(pid: int) -> list[int]:
    found = [pid]
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _read(tasks).split():
            found += _with_descendants(int(child))
    return found


def _resident_mb(pid: int) -> float:
    fields = _read(Path(f"/proc/{pid}/statm")).split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6 if fields else 0.0


def _read(path: Path) -> str:
    """Empty where the process has ended in between."""
    try:
        return path.read_text()
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running emulator."""

    base_url: str
    database: Path


@contextmanager
def emulator(folder: Path, *options: str) -> Iterator[Emulator]:
    """Keep an emulator running on a free port; its database stays in `folder`."""
    database = folder / "received.db"
    command = [IMPORTER, "emulator", "--port", "0", "--database", str(database), *options]
    with started(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        address = _BASE_URL.search(line)
        if address is None:
            raise BenchmarkError(f"the emulator did not start: {line}")
        yield Emulator(address[0], database)


@contextmanager
def started(
    command: Sequence[str],
    *,
    stdout: int = subprocess.DEVNULL,
    stop_with: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    """Keep a process running as long as the block lasts, then stop it."""
    process = subprocess.Popen(command, stdout=stdout, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.send_signal(stop_with)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
