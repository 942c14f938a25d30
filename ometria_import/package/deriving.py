"""Packages that are made of another one, whose records they leave out or change."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress, groupby
from operator import ne
from pathlib import Path
from typing import NamedTuple, TypeAlias

from ometria_import.options.choices import ObjectType
from ometria_import.package.bodies import bodies_in, lines_of
from ometria_import.package.model import DERIVED_FROM, MAX_BATCH_RECORDS, Derivation, PackedBatch
from ometria_import.package.reader import Package
from ometria_import.package.writer import PackageWriter

Change: TypeAlias = Callable[[ObjectType, Sequence[bytes]], Sequence[bytes | None]]
"""What becomes of the records of a batch, each a JSON object to the byte: as many as there are, in
their order, the same or changed, or None for one that is left out. Batches come in sending order.
"""


class SourcedRecord(NamedTuple):
    """A record's body, and where it comes from."""

    body: bytes
    origin: tuple[int, int]
    """Source number and line."""


@dataclass(slots=True)
class Repacking:
    """Packs records of one object type into full batches, in the order in which they come."""

    writer: PackageWriter
    object_type: ObjectType
    _waiting: list[SourcedRecord] = field(default_factory=list)

    def add(self, records: Sequence[SourcedRecord]) -> None:
        """Append records, and write every batch that is full."""
        self._waiting += records
        while len(self._waiting) >= MAX_BATCH_RECORDS:
            self.write(self._waiting[:MAX_BATCH_RECORDS])
            del self._waiting[:MAX_BATCH_RECORDS]

    def finish(self) -> None:
        """Write the last batch, which may be smaller."""
        if self._waiting:
            self.write(self._waiting)
            self._waiting = []

    def write(self, records: Sequence[SourcedRecord]) -> None:
        """Write records as a batch of their own, even if there are none."""
        body = b"[" + b",".join([record.body for record in records]) + b"]"
        places = [number for record in records for number in record.origin]
        origins = struct.pack(f"<{len(places)}q", *places)
        self.writer.add(PackedBatch(self.object_type, len(records), body, origins))


def derive(
    parent: Package,
    folder: Path,
    change: Change,
    reason: str,
    *,
    is_always_new: bool = False,
) -> Package:
    """Write a package of the records of another one, some of them left out or changed.

    Object types and records keep their order, and records their origins. The sums of the new
    package name its parent and the reason, and its content hash differs from the parent's. Where
    nothing was left out or changed there is no new package: the parent is opened once more.

    Args:
        parent: The package that the records come from.
        folder: Where packages live.
        change: Decides on the records of each batch.
        reason: Why the others are left out, in a few fixed words.
        is_always_new: Whether there is a new package even if its records are all the same.

    Raises:
        PackageError: the parent is damaged.
    """
    changed = 0

    def pick(number: int, object_type: ObjectType, size: int) -> list[SourcedRecord]:
        nonlocal changed
        if not size:
            return []
        batch = parent.batch(number)
        before = lines_of(batch)[:-1].split(b"\n")
        after = change(object_type, before)
        stay = [
            SourcedRecord(body, origin)
            for body, origin in zip(after, parent.origins(number), strict=True)
            if body is not None
        ]
        changed += sum(map(ne, before, after)) - (len(before) - len(stay))
        return stay

    with PackageWriter(folder) as writer:
        records, left_out = _repacked(writer, parent, pick)
        if not (left_out or changed or is_always_new):
            return Package(parent.path)
        step = Derivation(parent.content_hash, reason, left_out, changed)
        return _finished(writer, parent, step, records)


def select(
    parent: Package,
    folder: Path,
    marks: Iterable[Sequence[bool]],
    reason: str,
    *,
    keeps_batches: bool = False,
) -> Package:
    """Write a package of some records of another one: what `derive` does, at a lower cost.

    Args:
        parent: The package that the records come from.
        folder: Where packages live.
        marks: For each batch, in sending order, which of its records stay; there may be more marks
            than records.
        reason: Why the others are left out, in a few fixed words.
        keeps_batches: Whether each batch keeps its number, even if it becomes empty, for a journal
            that knows the parent's batches; else batches are filled up again.

    Raises:
        PackageError: the parent is damaged.
    """
    of_batches = iter(marks)

    def pick(number: int, _: ObjectType, size: int) -> list[SourcedRecord]:
        own = next(of_batches)[:size]
        if not any(own):
            return []
        bodies = compress(bodies_in(parent.batch(number)), own)
        return list(map(SourcedRecord, map(bytes, bodies), compress(parent.origins(number), own)))

    with PackageWriter(folder) as writer:
        records, left_out = _repacked(writer, parent, pick, keeps_batches=keeps_batches)
        if not left_out:
            return Package(parent.path)
        step = Derivation(parent.content_hash, reason, left_out, changed=0)
        return _finished(writer, parent, step, records)


def _repacked(
    writer: PackageWriter,
    parent: Package,
    pick: Callable[[int, ObjectType, int], Sequence[SourcedRecord]],
    *,
    keeps_batches: bool = False,
) -> tuple[dict[str, int], int]:
    """Write what `pick` says of each batch, by its number, object type and number of records.

    Returns:
        How many records there are of each object type, and how many were left out.
    """
    records: dict[str, int] = {}
    left_out = 0
    for object_type, sizes in groupby(parent.sizes(), key=lambda size: size[1]):
        packing = Repacking(writer, object_type)
        kept = 0
        for number, _, size in sizes:
            stay = pick(number, object_type, size)
            left_out += size - len(stay)
            kept += len(stay)
            if keeps_batches:
                packing.write(stay)
            else:
                packing.add(stay)
        packing.finish()
        if kept:
            records[str(object_type)] = kept
    return records, left_out


def _finished(
    writer: PackageWriter, parent: Package, step: Derivation, records: Mapping[str, int]
) -> Package:
    sums = {**parent.sums, "records": records, DERIVED_FROM: step.as_json(parent.sums)}
    return writer.finish(parent.sources(), sums)
