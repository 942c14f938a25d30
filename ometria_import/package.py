"""The package: prepared records in sending order, immutable, in one SQLite file.

It is written once while preparing and only read while delivering. Its id is the hash of its
content, so the same input always makes the same package.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NewType, Self

import zstandard

from ometria_import.choices import ObjectType
from ometria_import.errors import PackageError

PackageId = NewType("PackageId", str)

FORMAT_VERSION = 1
MAX_BATCH_RECORDS = 100
"""Source: reference/ometria-api.md, "records per request"."""

_COMPRESSION_LEVEL = 1
_UNFINISHED = "unfinished-"
_LEFTOVER_S = 86_400
_ORIGIN_BYTES = 16
_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE source (
    number INTEGER PRIMARY KEY, path TEXT NOT NULL, object_type TEXT NOT NULL,
    bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, rows INTEGER NOT NULL
);
CREATE TABLE batch (
    number INTEGER PRIMARY KEY, object_type TEXT NOT NULL, records INTEGER NOT NULL,
    sha256 TEXT NOT NULL, body BLOB NOT NULL, origins BLOB NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """At most 100 records of one object type: one request."""

    number: int
    """1-based, in sending order over the whole package."""
    object_type: ObjectType
    records: int
    body: bytes
    """A JSON array, UTF-8: the request's body to the byte."""
    sha256: str
    """Of `body`, hexadecimal."""


@dataclass(frozen=True, slots=True)
class PackedBatch:
    """One batch on its way into a package."""

    object_type: ObjectType
    records: int
    body: bytes
    origins: bytes
    """`records` pairs of little-endian 64-bit integers: source number, line."""


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """What one source was and how many rows it had."""

    number: int
    """1-based, in the order of reading."""
    path: str
    object_type: str
    bytes: int
    sha256: str
    """Of the file's bytes, hexadecimal; empty where they cannot be read twice."""
    rows: int


class PackageWriter:
    """Writes one package, and gives it its name when it is whole.

    Until `finish` the file stands under a temporary name, so a package that exists is whole.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        _remove_leftovers(folder)
        self._path = folder / f"{_UNFINISHED}{os.getpid()}.db"
        self._path.unlink(missing_ok=True)
        self._path.touch(mode=0o600)
        self._database = sqlite3.connect(self._path, isolation_level=None)
        self._database.executescript(
            f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_TABLES} BEGIN"
        )
        self._compressor = zstandard.ZstdCompressor(level=_COMPRESSION_LEVEL)
        self._hash = hashlib.sha256()
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()
        self._path.unlink(missing_ok=True)

    def add(self, batch: PackedBatch) -> None:
        """Append a batch; the order of the calls is the sending order."""
        self._number += 1
        sha256 = hashlib.sha256(batch.body).hexdigest()
        # Origins count: a package that says other lines of the same records is another one.
        origins_sha256 = hashlib.sha256(batch.origins).hexdigest()
        self._hash.update(
            f"{batch.object_type} {batch.records} {sha256} {origins_sha256}\n".encode()
        )
        self._database.execute(
            "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?)",
            (
                self._number,
                batch.object_type.value,
                batch.records,
                sha256,
                self._compressor.compress(batch.body),
                self._compressor.compress(batch.origins),
            ),
        )

    def finish(self, sources: Iterable[SourceSummary], sums: Mapping[str, Any]) -> Package:
        """Make the package durable and give it its name.

        `sums` and the sources' paths are kept for the summaries; they are not part of the
        content hash. Where the same package exists already and is whole, that one is kept.
        """
        sources = list(sources)
        for source in sources:
            self._hash.update(f"{source.number} {source.object_type} {source.sha256}\n".encode())
        content_hash = self._hash.hexdigest()
        meta = {
            "format_version": str(FORMAT_VERSION),
            "content_hash": content_hash,
            "sums": json.dumps(dict(sums)),
        }
        self._database.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        self._database.executemany(
            "INSERT INTO source VALUES (:number, :path, :object_type, :bytes, :sha256, :rows)",
            [
                # A file's name may hold bytes that are no text.
                asdict(source) | {"path": source.path.encode(errors="backslashreplace").decode()}
                for source in sources
            ],
        )
        self._database.execute("COMMIT")
        self._database.close()
        path = self._folder / f"{content_hash[:12]}.db"
        if _is_whole(path):
            return Package(path)
        _flush_to_disk(self._path)
        self._path.rename(path)
        _flush_to_disk(self._folder)
        return Package(path)


class Package:
    """A package on disk, open for reading.

    Raises:
        PackageError: the file is missing, damaged, or of another format version.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise PackageError(
                f"package {path} does not exist",
                hint="Prepare it again: push the source files once more.",
            )
        self.path = path
        self._database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            meta = dict(self._query("SELECT name, value FROM meta"))
            version = meta["format_version"]
            self.content_hash: str = meta["content_hash"]
            self.sums: dict[str, Any] = json.loads(meta["sums"])
        except PackageError:
            self.close()
            raise
        except (KeyError, ValueError, TypeError) as error:
            self.close()
            raise _damaged(path) from error
        if version != str(FORMAT_VERSION):
            self.close()
            raise PackageError(
                f"package {path} has format {version}, this version reads {FORMAT_VERSION}",
                hint="Use the version that wrote it, or push the source files once more.",
            )
        self.id = PackageId(self.content_hash[:12])
        self._decompressor = zstandard.ZstdDecompressor()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._database.close()

    def sources(self) -> list[SourceSummary]:
        """The sources that the records came from."""
        rows = self._query("SELECT number, path, object_type, bytes, sha256, rows FROM source")
        return [SourceSummary(*row) for row in rows]

    def batch_counts(self) -> dict[ObjectType, int]:
        """Batches by object type, in sending order; types without records are left out."""
        return self._count("COUNT(*)")

    def record_counts(self) -> dict[ObjectType, int]:
        """Records by object type, in sending order; types without records are left out."""
        return self._count("SUM(records)")

    def sizes(self) -> list[tuple[int, ObjectType, int]]:
        """Number, object type and record count of every batch, in sending order."""
        rows = self._query("SELECT number, object_type, records FROM batch ORDER BY number")
        return [(number, self._object_type(name), records) for number, name, records in rows]

    def batch(self, number: int) -> Batch:
        """Read one batch and make sure that it is what was prepared.

        Raises:
            PackageError: there is no such batch, or its bytes are damaged.
        """
        rows = self._query(
            "SELECT object_type, records, sha256, body FROM batch WHERE number = ?", (number,)
        )
        for object_type, records, sha256, compressed in rows:
            body = self._decompressed(compressed)
            if hashlib.sha256(body).hexdigest() != sha256:
                raise _damaged(self.path)
            return Batch(number, self._object_type(object_type), records, body, sha256)
        raise PackageError(f"package {self.path} has no batch {number}")

    def batches(self, object_type: ObjectType | None = None) -> Iterator[Batch]:
        """Every batch in sending order, or those of one object type."""
        for number, of_type, _ in self.sizes():
            if object_type in (None, of_type):
                yield self.batch(number)

    def origins(self, number: int) -> list[tuple[int, int]]:
        """Source number and line of each record of a batch, in the order of its records."""
        rows = self._query("SELECT records, origins FROM batch WHERE number = ?", (number,))
        for records, compressed in rows:
            data = self._decompressed(compressed)
            if len(data) != records * _ORIGIN_BYTES:
                raise _damaged(self.path)
            packed = memoryview(data).cast("q")
            return list(zip(packed[::2], packed[1::2], strict=True))
        raise PackageError(f"package {self.path} has no batch {number}")

    def _count(self, what: str) -> dict[ObjectType, int]:
        rows = self._query(
            f"SELECT object_type, {what} FROM batch"  # noqa: S608 -- `what` is a constant of ours
            " GROUP BY object_type ORDER BY MIN(number)"
        )
        return {self._object_type(name): count for name, count in rows}

    def _object_type(self, name: str) -> ObjectType:
        try:
            return ObjectType(name)
        except ValueError as error:
            raise _damaged(self.path) from error

    def _decompressed(self, compressed: bytes) -> bytes:
        try:
            return self._decompressor.decompress(compressed)
        except (zstandard.ZstdError, TypeError) as error:
            raise _damaged(self.path) from error

    def _query(self, sql: str, parameters: tuple[int, ...] = ()) -> list[Any]:
        try:
            return self._database.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise _damaged(self.path) from error


def _is_whole(path: Path) -> bool:
    """Whether a package of this name exists, and is the one that its name says."""
    try:
        with Package(path) as package:
            for number, _, _ in package.sizes():
                package.batch(number)
                package.origins(number)
            return path.stem == package.id
    except PackageError:
        return False


def _remove_leftovers(folder: Path) -> None:
    """Remove what writers left behind that were killed."""
    for path in folder.glob(f"{_UNFINISHED}*.db"):
        if time.time() - path.stat().st_mtime > _LEFTOVER_S:
            path.unlink(missing_ok=True)


def _damaged(path: Path) -> PackageError:
    return PackageError(
        f"package {path} is damaged",
        hint="Nothing of it can be trusted. Push the source files once more.",
    )


def _flush_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
