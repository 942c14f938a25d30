"""What a package is made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import NewType

from ometria_import.options.choices import ObjectType

PackageId = NewType("PackageId", str)

FORMAT_VERSION = 2
MAX_BATCH_RECORDS = 100
"""Source: reference/ometria-api.md, "records per request"."""
ORIGIN_BYTES = 16

TABLES = """
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


class ContentHash:
    """What a package is known by: its batches and sources, but for the sources' paths."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add_batch(self, object_type: ObjectType, records: int, body: str, origins: str) -> None:
        """Add the next batch; of its body and its origins the SHA-256, hexadecimal.

        Origins count: a package that says other lines of the same records is another one.
        """
        self._hash.update(f"{object_type} {records} {body} {origins}\n".encode())

    def add_source(self, source: SourceSummary) -> None:
        """Add the next source, once all batches are in."""
        self._hash.update(f"{source.number} {source.object_type} {source.sha256}\n".encode())

    def hexdigest(self) -> str:
        """The hash of what was added, hexadecimal."""
        return self._hash.hexdigest()


def seal_of(content_hash: str, sums: str, sources: Sequence[SourceSummary]) -> str:
    """The SHA-256, hexadecimal, of all that a package holds besides its batches."""
    told = [content_hash, sums, [astuple(source) for source in sources]]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
