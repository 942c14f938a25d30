"""What a package is made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from typing import Any, NewType, Self

from ometria_import.options.choices import ObjectType

PackageId = NewType("PackageId", str)

FORMAT_VERSION = 2
NORMAL_FORM = 2
"""Counts the forms in which this tool has written the same values. Whoever makes it write other
bytes for the same rows raises it: accounts were given records in the form before."""
MAX_BATCH_RECORDS = 100
"""Source: reference/ometria-api.md, "records per request"."""
ORIGIN_BYTES = 16
DERIVED_FROM = "derived_from"
"""In the sums of a package that was made of another one: which, and why."""
ONLY_CHANGED = "only what changed"
"""The reason when records are left out because the account was given them before."""

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
CREATE INDEX size ON batch (number, object_type, records);
"""
"""Without the index, counting the batches of a package means reading past all their bodies."""


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


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a package was made of another one."""

    package: str
    """The content hash of the other one."""
    reason: str
    left_out: int
    """How many of its records are not in this one."""
    changed: int
    """How many of its records this one has in another form."""

    @classmethod
    def of(cls, sums: Mapping[str, Any]) -> Self | None:
        """What a package's sums say of it; None where it was not made of another one."""
        said = sums.get(DERIVED_FROM)
        return cls(*(said[name] for name in cls.__slots__)) if said else None

    @classmethod
    def chain(cls, sums: Mapping[str, Any]) -> list[Self]:
        """All steps from the prepared package to this one, the last step first."""
        step = cls.of(sums)
        return [] if step is None else [step, *cls.chain(sums[DERIVED_FROM])]

    @classmethod
    def unchanged(cls, sums: Mapping[str, Any]) -> int:
        """How many records were left out on the way because they have not changed."""
        return sum(step.left_out for step in cls.chain(sums) if step.reason == ONLY_CHANGED)

    def as_json(self, parent: Mapping[str, Any]) -> dict[str, Any]:
        """For a package's sums; what its parent was made of is within.

        Args:
            parent: The sums of the package that it was made of.
        """
        earlier = {DERIVED_FROM: parent[DERIVED_FROM]} if DERIVED_FROM in parent else {}
        return {**asdict(self), **earlier}


class ContentHash:
    """What a package is known by: its batches and sources, but for the sources' paths.

    That it was made of another package, and why, counts too.
    """

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

    def add_derivation(self, sums: Mapping[str, Any]) -> None:
        """Add how the package was made of another one, if it was; last of all."""
        if (step := Derivation.of(sums)) is not None:
            self._hash.update(f"{step.package} {step.reason}\n".encode())

    def hexdigest(self) -> str:
        """The hash of what was added, hexadecimal."""
        return self._hash.hexdigest()


def seal_of(content_hash: str, sums: str, sources: Sequence[SourceSummary]) -> str:
    """The SHA-256, hexadecimal, of all that a package holds besides its batches."""
    told = [content_hash, sums, [astuple(source) for source in sources]]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
