"""The program in a process of its own, with a fault of the machine inside where one is wanted.

Nothing of the program knows of this: the faults are put under it, into SQLite, the HTTP
transport, the file system's calls and the clock. They are given to the process when it begins
and stand in no setting, flag or environment variable.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from tests.torture import warped_time
from tests.torture.mutants import GIVING_MUTANTS, MUTANTS
from tests.torture.warped_time import Warp

_WISHES = frozenset({"NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE"})


@dataclass(frozen=True, slots=True)
class Order:
    """One command to run, and what goes wrong under it."""

    words: tuple[str, ...]
    """The command line after `ometria-import`."""
    folder: Path
    environment: tuple[tuple[str, str], ...]
    out: Path
    err: Path
    warp: Warp
    batch_records: int = 100
    """Most records to a batch, so that little data makes many batches."""
    kill_at_step: int | None = None
    """The process kills itself at its n-th step: before and after each statement of SQLite,
    each request and each rename or flush of a file."""
    kill_within: str = ""
    """Only statements on databases whose address holds this are steps; empty for all steps."""
    max_file_bytes: int | None = None
    """No file grows beyond, as on a full disk."""
    is_resolving: bool = True
    """Whether host names are found."""
    mutant: str = ""
    """A bug to put into the program: see `mutants`."""


def run(order: Order) -> NoReturn:
    """Be the program."""
    os.chdir(order.folder)
    for number, path in ((1, order.out), (2, order.err)):
        descriptor = os.open(path, os.O_WRONLY)
        os.dup2(descriptor, number)
        os.close(descriptor)
    # Made anew: the fork server's own remember what kind of file they wrote to.
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, encoding="utf-8", closefd=False)
    for name in list(os.environ):
        if name.startswith("OMETRIA_") or name in _WISHES:
            del os.environ[name]
    os.environ.update(order.environment)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)  # whoever started all this may ignore some
    sys.argv = ["ometria-import", *order.words]

    from ometria_import.cli.main import main
    from ometria_import.prepare.spill import spool

    _put(spool, "MAX_BATCH_RECORDS", order.batch_records)
    warped_time.run(order.warp)
    if order.mutant:
        {**MUTANTS, **GIVING_MUTANTS}[order.mutant]()
    if order.kill_at_step is not None:
        _count_steps(order.kill_at_step, order.kill_within)
    if not order.is_resolving:
        _resolve_nothing()
    if order.max_file_bytes is not None:
        # Python ignores SIGXFSZ already, so writing fails with EFBIG.
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (order.max_file_bytes, hard))
    main()
    raise SystemExit(0)


def _count_steps(last: int, within: str) -> None:
    """Kill this process at its n-th step."""
    import httpx

    passed = 0

    def step() -> None:
        nonlocal passed
        passed += 1
        if passed == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            step()
            result = function(*arguments, **options)
            step()
            return result

        return call

    class Connection(sqlite3.Connection):
        execute = around(sqlite3.Connection.execute)
        executemany = around(sqlite3.Connection.executemany)
        executescript = around(sqlite3.Connection.executescript)
        close = around(sqlite3.Connection.close)

    connect = sqlite3.connect

    def connect_counting(*given: Any, **named: Any) -> sqlite3.Connection:
        if within not in str(given[0]):
            plain: sqlite3.Connection = connect(*given, **named)
            return plain
        database: sqlite3.Connection = connect(*given, **{"factory": Connection, **named})
        return database

    _put(sqlite3, "connect", connect_counting)
    if within:
        return
    for name in ("rename", "replace", "fsync", "unlink", "mkdir"):
        _put(os, name, around(getattr(os, name)))
    send = httpx.AsyncHTTPTransport.handle_async_request

    async def sending(*arguments: Any) -> Any:
        step()
        response = await send(*arguments)
        step()
        return response

    _put(httpx.AsyncHTTPTransport, "handle_async_request", sending)


def _resolve_nothing() -> None:
    def fail(*_: Any, **__: Any) -> NoReturn:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    _put(socket, "getaddrinfo", fail)


def _put(owner: Any, name: str, value: Any) -> None:
    """Put something of ours in the place of what the program would find there."""
    setattr(owner, name, value)
