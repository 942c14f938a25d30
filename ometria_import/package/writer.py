"""Writing a package, once, while preparing."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import astuple, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Self

import zstandard

from ometria_import.errors import PackageError
from ometria_import.package.effects import EffectCounter, effects_path
from ometria_import.package.model import (
    FORMAT_VERSION,
    TABLES,
    Batch,
    ContentHash,
    PackedBatch,
    SourceSummary,
    seal_of,
)
from ometria_import.package.reader import Package
from ometria_import.processors import WORKERS, in_order

_PAGE_BYTES = 16_384
"""Most bodies fit into one page; spread over small ones, they take much longer to read."""
_COMPRESSION_LEVEL = 1
_SEALED_TOGETHER = 32
_UNFINISHED = "unfinished-"
_LEFTOVER_S = 86_400


class _SealedBatch(NamedTuple):
    """A batch as it is written."""

    batch: PackedBatch
    sha256: str
    origins_sha256: str
    body: bytes
    """Compressed, as are the origins."""
    origins: bytes


class PackageWriter:
    """Writes one package, and gives it its name when it is whole.

    Until `finish` the file stands under a temporary name, so a package that exists is whole.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        # What writers left behind that were killed.
        for path in folder.glob(f"{_UNFINISHED}*.db"):
            if time.time() - path.stat().st_mtime > _LEFTOVER_S:
                path.unlink(missing_ok=True)
        # Not the process's number: two containers with one home may have the same.
        descriptor, name = tempfile.mkstemp(".db", _UNFINISHED, folder)
        self._path = Path(name)
        self._held = ExitStack()
        # The lock shows others that the file is being written, and was not left behind.
        self._held.callback(os.close, descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        self._database = sqlite3.connect(self._path, isolation_level=None)
        try:
            self._database.executescript(
                f"PRAGMA page_size={_PAGE_BYTES}; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
                f"{TABLES} BEGIN"
            )
        except BaseException:
            self.__exit__()
            raise
        self._hash = ContentHash()
        self._number = 0
        self._effects: EffectCounter | None = EffectCounter(datetime.now(UTC))
        """None once a batch could not be counted; asking for the effects raises an error then."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()
        self._held.close()
        self._path.unlink(missing_ok=True)

    def add(self, batch: PackedBatch) -> None:
        """Append a batch; the order of the calls is the sending order."""
        self._append(*_sealed([batch]))

    def add_all(self, batches: Iterable[PackedBatch]) -> None:
        """Append many batches in their order; several threads hash, compress and count them."""
        batches = iter(batches)
        together = iter(lambda: list(islice(batches, _SEALED_TOGETHER)), [])
        with ThreadPoolExecutor(WORKERS) as pool:
            for sealed in in_order(pool, (partial(_sealed, some) for some in together), WORKERS):
                self._append(*sealed)

    def _append(self, sealed: Sequence[_SealedBatch], effects: EffectCounter | None) -> None:
        if self._effects is not None and effects is not None:
            self._effects.merge(effects)
        else:
            self._effects = None
        for batch, sha256, origins_sha256, _, _ in sealed:
            self._hash.add_batch(batch.object_type, batch.records, sha256, origins_sha256)
        self._database.executemany(
            "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?)",
            [
                (number, batch.object_type.value, batch.records, sha256, body, origins)
                for number, (batch, sha256, _, body, origins) in enumerate(sealed, self._number + 1)
            ],
        )
        self._number += len(sealed)

    def finish(self, sources: Iterable[SourceSummary], sums: Mapping[str, Any]) -> Package:
        """Make the package durable and give it its name.

        `sums` and the sources' paths are kept for the summaries; they are not part of the
        content hash, but for what a package was derived from. Where the same package exists
        already and is whole, that one is kept.
        """
        # A file's name may hold bytes that are no text.
        named = [
            replace(source, path=source.path.encode(errors="backslashreplace").decode())
            for source in sources
        ]
        for source in named:
            self._hash.add_source(source)
        self._hash.add_derivation(sums)
        content_hash, told = self._hash.hexdigest(), json.dumps(dict(sums))
        meta = {
            "format_version": str(FORMAT_VERSION),
            "content_hash": content_hash,
            "sums": told,
            "seal": seal_of(content_hash, told, named),
        }
        self._database.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        self._database.executemany(
            "INSERT INTO source VALUES (?, ?, ?, ?, ?, ?)", [astuple(source) for source in named]
        )
        self._database.execute("COMMIT")
        self._database.close()
        self._held.close()
        path = self._folder / f"{content_hash[:12]}.db"
        if not _is_whole(path):
            _flush_to_disk(self._path)
            self._path.rename(path)
            _flush_to_disk(self._folder)
        if self._effects is not None:
            self._effects.keep(effects_path(path), content_hash)
        return Package(path)


def _sealed(batches: Sequence[PackedBatch]) -> tuple[list[_SealedBatch], EffectCounter | None]:
    compress = zstandard.ZstdCompressor(level=_COMPRESSION_LEVEL, write_checksum=True).compress
    sealed = [
        _SealedBatch(
            batch,
            hashlib.sha256(batch.body).hexdigest(),
            hashlib.sha256(batch.origins).hexdigest(),
            compress(batch.body),
            compress(batch.origins),
        )
        for batch in batches
    ]
    effects = EffectCounter(datetime.now(UTC))
    try:
        for batch, sha256, _, _, _ in sealed:
            effects.add(Batch(0, batch.object_type, batch.records, batch.body, sha256))
    except PackageError:
        return sealed, None
    return sealed, effects


def _is_whole(path: Path) -> bool:
    """Whether a package of this name exists, and is the one that its name says."""
    try:
        with Package(path) as package:
            package.verify()
            return path.stem == package.id
    except PackageError:
        return False


def _flush_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
