"""A package on disk, open for reading."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import zstandard

from ometria_import.errors import PackageError
from ometria_import.options.choices import ObjectType
from ometria_import.package.model import (
    FORMAT_VERSION,
    ORIGIN_BYTES,
    Batch,
    ContentHash,
    PackageId,
    SourceSummary,
    seal_of,
)


class Package:
    """A package on disk, open for reading.

    Raises:
        PackageError: the file is missing, damaged, or of another format version.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise PackageError(
                f"package {path} does not exist",
                hint="Push the source files to prepare it again.",
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
                hint="Use the version that wrote it, or push the source files again.",
            )
        if meta.get("seal") != self._seal(meta["sums"]):
            self.close()
            raise _damaged(path)
        self.id = PackageId(self.content_hash[:12])
        self._decompressor = zstandard.ZstdDecompressor()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._database.close()

    def verify(self) -> None:
        """Read all of it, and make sure that it is what was prepared.

        Raises:
            PackageError: it is damaged.
        """
        found = ContentHash()
        for batch in self.batches():
            packed = self.packed_origins(batch.number)
            origins = hashlib.sha256(packed).hexdigest()
            found.add_batch(batch.object_type, batch.records, batch.sha256, origins)
        for source in self.sources():
            found.add_source(source)
        found.add_derivation(self.sums)
        if found.hexdigest() != self.content_hash:
            raise _damaged(self.path)

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
        types = {name: self._object_type(name) for name in {name for _, name, _ in rows}}
        return [(number, types[name], records) for number, name, records in rows]

    def batch(self, number: int) -> Batch:
        """Read one batch and make sure that it is what was prepared.

        Raises:
            PackageError: there is no such batch, or its bytes are damaged.
        """
        rows = self._query(
            "SELECT object_type, records, sha256, body, origins FROM batch WHERE number = ?",
            (number,),
        )
        for object_type, records, sha256, compressed, origins in rows:
            body = self._decompressed(compressed)
            self._counted(records, origins)
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
        packed = memoryview(self.packed_origins(number)).cast("q")
        return list(zip(packed[::2], packed[1::2], strict=True))

    def packed_origins(self, number: int) -> bytes:
        """The same as pairs of little-endian 64-bit integers."""
        rows = self._query("SELECT records, origins FROM batch WHERE number = ?", (number,))
        for records, compressed in rows:
            return self._counted(records, compressed)
        raise PackageError(f"package {self.path} has no batch {number}")

    def _seal(self, sums: str) -> str | None:
        try:
            return seal_of(self.content_hash, sums, self.sources())
        except (PackageError, TypeError):
            return None

    def _count(self, what: str) -> dict[ObjectType, int]:
        rows = self._query(
            f"SELECT object_type, {what} FROM batch"  # noqa: S608 -- `what` is a constant of ours
            " GROUP BY object_type HAVING SUM(records) > 0 ORDER BY MIN(number)"
        )
        return {self._object_type(name): count for name, count in rows}

    def _object_type(self, name: str) -> ObjectType:
        try:
            return ObjectType(name)
        except ValueError as error:
            raise _damaged(self.path) from error

    def _counted(self, records: Any, compressed: bytes) -> bytes:
        """Unpack the origins of a batch, of which there must be as many as records."""
        data = self._decompressed(compressed)
        if not isinstance(records, int) or len(data) != records * ORIGIN_BYTES:
            raise _damaged(self.path)
        return data

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


def _damaged(path: Path) -> PackageError:
    return PackageError(
        f"package {path} is damaged",
        hint="Nothing in it can be trusted. Push the source files again.",
    )
