"""What a package is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

from ometria_import.choices import ObjectType

PackageId = NewType("PackageId", str)

FORMAT_VERSION = 1
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
