"""The program as its user runs it: a working folder, accounts, files, and what it answers."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ometria_import.cli.main import main
from ometria_import.emulator import RunningEmulator
from ometria_import.package import Package
from ometria_import.package.bodies import records_of
from ometria_import.pandas_at_need import allow_pandas
from tests.starting import warm

KEYS = {"OMETRIA_STAGING_KEY": "staging-key", "OMETRIA_LIVE_KEY": "live-key"}
COMMANDS = ("check", "push", "resume", "runs", "show", "fields", "explain", "emulator")
GIVE_UP_S = 60


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on stdout; nothing else may stand there."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        assert self.out.count("\n") == 1
        return value


class Shop:
    """A working folder with two accounts, in which commands are run."""

    def __init__(
        self,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        monkeypatch.chdir(folder)
        for name, key in KEYS.items():
            monkeypatch.setenv(name, key)

    def send_to(self, base_url: str, rate: float = 100, wait_for_errors: float = 0) -> None:
        """Write the settings of both accounts."""
        sections = [
            f'[accounts.{name}]\nbase_url = "{base_url}"\nrate = {rate}\n'
            f"read_rate = 100\nwait_for_errors = {wait_for_errors}\n"
            for name in ("staging", "live")
        ]
        (self.folder / "ometria-import.toml").write_text("".join(sections))

    def write(self, name: str, content: str | bytes) -> str:
        """Write a file; returns its name."""
        content = content.encode() if isinstance(content, str) else content
        (self.folder / name).write_bytes(content)
        return name

    def contacts(self, count: int, name: str = "contacts.csv") -> str:
        """Write a file of good contacts; returns its name."""
        rows = "".join(f"c{n:06},main,p{n}@example.com\n" for n in range(count))
        return self.write(name, f"id,@collection,email\n{rows}")

    def products(self, count: int, name: str = "products.csv") -> str:
        """Write a file of good products; returns its name."""
        rows = "".join(f"p{n:06},Kettle {n},12.50\n" for n in range(count))
        return self.write(name, f"id,title,price\n{rows}")

    def run(self, *arguments: str) -> Ended:
        """Run a command in this process, as starting Python anew takes a second or two."""
        self._capsys.readouterr()
        code = called(*arguments)
        return Ended(code, *self._capsys.readouterr())

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start a command as a process of its own."""
        streams = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
        }
        return warm.start(*arguments, **{"text": True, "cwd": self.folder, **streams, **options})

    def run_alone(self, *arguments: str, **options: Any) -> Ended:
        """Run a command as a process of its own."""
        return finished(self.start(*arguments, **options))

    def run_folders(self) -> list[Path]:
        """The folders of all runs, oldest first."""
        return sorted((self.folder / ".ometria-import" / "runs").glob("*"))

    def the_package(self) -> Path:
        """The only package."""
        (path,) = (self.folder / ".ometria-import" / "packages").glob("*.db")
        return path


def called(*arguments: str) -> int:
    """Run a command in this process, and leave the process as it was; returns the exit code."""
    handlers = [
        (number, signal.getsignal(number))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    ]
    words, umask, hooks = sys.argv, os.umask(0o077), (sys.unraisablehook, threading.excepthook)
    sys.argv = ["ometria-import", *arguments]
    try:
        main()
    except SystemExit as ended:
        code = ended.code
    finally:
        sys.argv = words
        os.umask(umask)
        allow_pandas()
        sys.unraisablehook, threading.excepthook = hooks
        for number, handler in handlers:
            signal.signal(number, handler)
    assert isinstance(code, int)
    return int(code)


def finished(process: subprocess.Popen[str]) -> Ended:
    """Wait for a command to end."""
    out, err = process.communicate(timeout=GIVE_UP_S)
    return Ended(process.returncode, out or "", err or "")


def packed(path: Path) -> list[str]:
    """The text of every record of a package, sorted."""
    with Package(path) as package:
        return sorted(
            record.decode() for batch in package.batches() for record in records_of(batch)
        )


def values(texts: Iterable[str]) -> list[tuple[str, str, dict[str, Any]]]:
    """Records as object type, id and values, sorted: for texts that were written anew."""
    read = (json.loads(text, parse_float=Decimal) for text in texts)
    return sorted((record["@type"], record["id"], record) for record in read)


def stored(emulator: RunningEmulator, account: str = "staging") -> list[str]:
    """The text of every record that an account stores, sorted.

    It is the text that was sent, but for records that were sent more than once: see `values`.
    """
    emulator.wait_until_drained()
    found = rows(emulator, f"SELECT body FROM record WHERE account = '{account}'")
    return sorted(str(body) for (body,) in found)


def rows(emulator: RunningEmulator, sql: str) -> list[Any]:
    """Read the emulator's database."""
    with closing(sqlite3.connect(emulator.database)) as database:
        return database.execute(sql).fetchall()


def pushes(emulator: RunningEmulator) -> int:
    """How many pushes were accepted."""
    ((count,),) = rows(emulator, "SELECT COUNT(*) FROM request WHERE status = 202")
    return int(count)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for something that happens in another process."""
    deadline = time.monotonic() + GIVE_UP_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)
