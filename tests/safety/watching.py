"""Commands with a marked key, and all that they leave behind, byte by byte."""

from __future__ import annotations

import base64
import os
import sqlite3
import subprocess
import tempfile
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tests.cli.program import Shop
from tests.starting import warm

STAGING, LIVE = "CANARYstagingKEY4711x", "CANARYliveKEY0815y"
SECRETS = ("CANARYhash", "CANARYtoken")
"""In columns that never leave the file."""
PERSONAL = ("canary.person", "Canaria", "7700900123")
"""Parts of a shopper's address, name and phone number."""
CONTACTS = (
    "id,@collection,email,firstname,phone_number,password_hash,rp_token\n"
    "c1,main,canary.person@example.com,Canaria,+447700900123,CANARYhash1,CANARYtoken1\n"
    "c2,main,canary.person@@,Canaria,+447700900123,CANARYhash2,CANARYtoken2\n"
    "c3,main,canary.person3@example.com,Canaria,+447700900123,CANARYhash3,CANARYtoken3\n"
    "c4,ragged Canaria,CANARYhash4\n"
)
_KEYS = {"OMETRIA_STAGING_KEY": STAGING, "OMETRIA_LIVE_KEY": LIVE}
_GIVE_UP_S = 90
_ZSTD = b"\x28\xb5\x2f\xfd"


@dataclass
class Trace:
    """What a command showed while it ran, and how it ended."""

    code: int | None = None
    out: bytes = b""
    err: bytes = b""
    seen: list[bytes] = field(default_factory=list)
    """Command lines of the process and its children, and the children's environments."""

    @property
    def shown(self) -> bytes:
        return self.out + self.err


class Watched:
    """Runs commands in a shop's folder and looks over their shoulder."""

    def __init__(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shop = shop
        self._monkeypatch = monkeypatch
        self.spare = shop.folder / "tmp"
        self.spare.mkdir()
        self.traces: list[Trace] = []
        shop.write("contacts.csv", CONTACTS)

    def start(
        self, *arguments: str, env: Mapping[str, str] | None = None, code: str = "", **options: Any
    ) -> subprocess.Popen[bytes]:
        """Start a command; `code` is run before the program, to break it somewhere."""
        around = {key: value for key, value in os.environ.items() if "COVERAGE" not in key}
        return warm.start(
            *arguments,
            code=f"{code}\n{warm.PROGRAM}",
            cwd=self.shop.folder,
            env={**around, **self._environment(), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )

    def run(self, *arguments: str, env: Mapping[str, str] | None = None) -> Trace:
        """Run a command in this process, where all but the processes themselves can be watched."""
        with self._monkeypatch.context() as patch:
            for name, value in {**self._environment(), **(env or {})}.items():
                patch.setenv(name, value)
            patch.setattr(tempfile, "tempdir", str(self.spare))
            ended = self.shop.run(*arguments)
        trace = Trace(ended.code, ended.out.encode(), ended.err.encode())
        self.traces.append(trace)
        return trace

    def run_alone(self, *arguments: str, **options: Any) -> Trace:
        """Run a command as a process of its own."""
        return self.watch(self.start(*arguments, **options))

    def _environment(self) -> dict[str, str]:
        return {**_KEYS, "TMPDIR": str(self.spare), "HOME": str(self.spare)}

    def watch(self, process: subprocess.Popen[bytes]) -> Trace:
        """Wait for a command, and note what others could see of it meanwhile."""
        trace, is_over = Trace(), threading.Event()

        def look() -> None:
            while not is_over.wait(0.05):
                trace.seen.extend(_visible_of(process.pid))

        watcher = threading.Thread(target=look)
        watcher.start()
        try:
            trace.out, trace.err = process.communicate(timeout=_GIVE_UP_S)
        finally:
            is_over.set()
            watcher.join()
        trace.code = process.returncode
        self.traces.append(trace)
        return trace

    def leaks_of(self, *words: str, but: tuple[str, ...] = ()) -> list[str]:
        """Where one of the words is, of everything that was shown or written.

        Args:
            words: They are searched as they are, and in the usual encodings.
            but: Names of files in which they may be.
        """
        needles = [form for word in words for form in _forms(word)]
        places = [(f"shown by command {n}", trace.shown) for n, trace in enumerate(self.traces)]
        places += [(f"seen of command {n}", b"\n".join(t.seen)) for n, t in enumerate(self.traces)]
        for path in self.files():
            if path.name not in but:
                places += [(str(path), content) for content in contents(path)]
                places.append((f"name of {path}", os.fsencode(path)))
        return [place for place, content in places for needle in needles if needle in content]

    def files(self) -> list[Path]:
        """All that commands wrote: what is in the folder and was not put there by the test."""
        ours = {"contacts.csv", "ometria-import.toml"}
        return [
            path
            for path in self.shop.folder.rglob("*")
            if path.is_file() and path.relative_to(self.shop.folder).as_posix() not in ours
        ]


def _forms(word: str) -> Iterator[bytes]:
    raw = word.encode()
    yield raw
    yield raw[::-1]
    yield raw.hex().encode()
    # Three beginnings: what base64 makes of a text depends on what stands before it.
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw)
        yield coded[4 if shift else 0 : -4]


def contents(path: Path) -> Iterator[bytes]:
    """A file, and the values in it if it is a database, as they were before they were packed."""
    content = path.read_bytes()
    yield content
    if content.startswith(b"SQLite format 3"):
        with suppress(sqlite3.DatabaseError):  # of a damaged one, its bytes have to do
            yield from _values(path)


def _values(path: Path) -> Iterator[bytes]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"'):
                yield from (_plain(value) for value in row if isinstance(value, bytes | str))


def _plain(value: bytes | str) -> bytes:
    """A value as it was before it was packed."""
    if isinstance(value, str):
        return value.encode()
    if value.startswith(_ZSTD):
        return zstandard.ZstdDecompressor().decompressobj().decompress(value)
    try:
        return zlib.decompress(value)
    except zlib.error:
        return value


def _visible_of(pid: int) -> Iterator[bytes]:
    yield _proc(pid, "cmdline")
    for child in _children(pid):
        yield _proc(child, "cmdline")
        yield _proc(child, "environ")


def _children(pid: int) -> Iterator[int]:
    for child in _proc(pid, f"task/{pid}/children").split():
        yield int(child)
        yield from _children(int(child))


def _proc(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""
