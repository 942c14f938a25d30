"""Joining a package's records of one object type with what a store knows, whatever their number.

The fingerprints of the package are spread over files by their keys, so that each file and the part
of the store that belongs to it fit into memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, NamedTuple, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from ometria_import.given.keys import (
    BODY_BYTES,
    KEY_BYTES,
    NOBODY,
    TYPE_BYTES,
    Fingerprints,
    slot_keys,
)
from ometria_import.given.store import Given, Line
from ometria_import.options.choices import ObjectType
from ometria_import.package import MAX_BATCH_RECORDS

_IN_A_SLOT = 100_000
_MOST_SLOTS = 256
_AT_A_TIME = 20_000
_SCANNED_FOR_ONE = 8
"""It costs as much to look up a record as to read so many records that stand together."""
_IDENTITY = [("key", "<u8"), ("rest", "<u8"), ("body", "<u8"), ("body_rest", "<u8")]
"""Hashes as numbers, which are compared much faster than texts. `key` has the eight bytes that
follow the object type, in the order of the keys; `rest` the last eight."""
_RECORD = np.dtype(
    [*_IDENTITY, ("email", "<i8"), ("customer", "<i8"), ("batch", "<u4"), ("position", "<u4")]
)
_LINE = np.dtype([*_IDENTITY, ("run", "<i8")])
_NO_BODY = bytes(BODY_BYTES)

Records: TypeAlias = npt.NDArray[Any]
Flags: TypeAlias = npt.NDArray[np.bool_]


class Joined(NamedTuple):
    """Some records of a package beside what the store knows of them, one flag for each."""

    is_known: Flags
    is_same: Flags
    is_certain: Flags
    runs: npt.NDArray[np.int64]
    """By which run the store knows them; of no meaning for those that it does not know."""


class Joining:
    """The fingerprints of all records of one object type; a context manager."""

    def __init__(
        self, object_type: ObjectType, first_batch: int, sizes: list[int], folder: Path
    ) -> None:
        """Make room.

        Args:
            object_type: Of the records.
            first_batch: The number of the first batch; the others follow it.
            sizes: How many records each of the batches has.
            folder: For temporary files.
        """
        self._type = object_type
        self._records = sum(sizes)
        self._first_batch = first_batch
        self._slots = min(self._records // _IN_A_SLOT + 1, _MOST_SLOTS)
        self._folder = folder
        self._held = ExitStack()
        self._files: list[IO[bytes]] = []
        self._waiting: list[tuple[int, Fingerprints]] = []
        self._count = 0
        self.goes: Flags = np.zeros((len(sizes), MAX_BATCH_RECORDS), bool)
        """For each batch and position whether the record goes."""

    def __enter__(self) -> Self:
        for _ in range(self._slots):
            file = self._held.enter_context(tempfile.TemporaryFile(dir=self._folder))
            self._files.append(file)
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def add(self, number: int, prints: Fingerprints) -> None:
        """Add the records of a batch."""
        self._waiting.append((number - self._first_batch, prints))
        self._count += len(prints.keys)
        if self._count >= _AT_A_TIME:
            self._flush()

    def join(self, store: Given | None) -> Iterator[Joined]:
        """Compare everything with the store; those that are not surely given are marked."""
        self._flush()
        is_scanned = store is not None and (
            self._records * _SCANNED_FOR_ONE > store.count(self._type)
        )
        for slot in range(self._slots):
            records = self._read(slot)
            lines = np.empty(0, _LINE)
            if store is not None and len(records):
                lowest, highest = slot_keys(self._type, slot, self._slots)
                lines = _lines(
                    store.between(lowest, highest)
                    if is_scanned
                    else sorted((key, *line) for key, line in self._looked_up(store, records))
                )
            joined = _joined(records, lines)
            self._mark(records[~(joined.is_same & joined.is_certain)])
            yield joined

    def mark_companions(self) -> int:
        """Mark the unchanged records of people of whom another record is sent.

        Records with the same email or customer id are of one person, and so on from one to the
        next.
        """
        marked, found = 0, int(self.goes.any())
        while found and not self.goes.all():
            found = 0
            going = {name: self._of_those_that_go(name) for name in ("email", "customer")}
            for records in self._all():
                is_companion = np.isin(records["email"], going["email"])
                is_companion |= np.isin(records["customer"], going["customer"])
                companions = records[is_companion & ~self._going(records)]
                self._mark(companions)
                found += len(companions)
            marked += found
        return marked

    def _of_those_that_go(self, name: str) -> npt.NDArray[np.int64]:
        """The emails or the customer ids of all records that go."""
        some = [np.unique(records[name][self._going(records)]) for records in self._all()]
        found: npt.NDArray[np.int64] = np.unique(np.concatenate(some))
        somebody: npt.NDArray[np.int64] = found[found != NOBODY]
        return somebody

    def _flush(self) -> None:
        records = np.empty(self._count, _RECORD)
        prints = [each for _, each in self._waiting]
        keys = b"".join([key for each in prints for key in each.keys])
        bodies = b"".join([body for each in prints for body in each.bodies])
        _identify(records, keys, bodies)
        counts = [len(each.keys) for each in prints]
        records["batch"] = np.repeat([number for number, _ in self._waiting], counts)
        begins = np.cumsum(counts) - counts
        records["position"] = np.arange(self._count) - np.repeat(begins, counts)
        if self._type is ObjectType.CONTACT:
            records["email"] = [email for each in prints for email in each.emails]
            records["customer"] = [customer for each in prints for customer in each.customers]
        if self._slots == 1:
            self._files[0].write(records.tobytes())
        else:
            # The first byte after that of the object type decides.
            slots = (records["key"] >> np.uint64(56)) * np.uint64(self._slots) >> np.uint64(8)
            for slot, file in enumerate(self._files):
                file.write(np.compress(slots == slot, records).tobytes())
        self._waiting, self._count = [], 0

    def _looked_up(self, store: Given, records: Records) -> Iterator[tuple[bytes, Line]]:
        keys = np.empty((len(records), KEY_BYTES), np.uint8)
        keys[:, 0] = ord(TYPE_BYTES[self._type])
        keys[:, 8:] = np.ascontiguousarray(records["rest"]).view(np.uint8).reshape(-1, 8)
        keys[:, 1:9] = records["key"].astype(">u8").view(np.uint8).reshape(-1, 8)
        text = keys.tobytes()
        some = [text[first : first + KEY_BYTES] for first in range(0, len(text), KEY_BYTES)]
        yield from store.lines(some).items()

    def _read(self, slot: int) -> Records:
        self._files[slot].seek(0)
        return np.frombuffer(self._files[slot].read(), _RECORD)

    def _all(self) -> Iterator[Records]:
        return map(self._read, range(self._slots))

    def _mark(self, records: Records) -> None:
        self.goes[records["batch"], records["position"]] = True

    def _going(self, records: Records) -> Flags:
        flags: Flags = self.goes[records["batch"], records["position"]]
        return flags


def _identify(records: Records, keys: bytes, bodies: bytes) -> None:
    """Fill in what records are recognised by."""
    of_keys = np.frombuffer(keys, np.uint8).reshape(-1, KEY_BYTES)
    records["key"] = np.ascontiguousarray(of_keys[:, 1:9]).view(">u8").ravel()
    records["rest"] = np.frombuffer(keys, "<u8").reshape(-1, 2)[:, 1]
    of_bodies = np.frombuffer(bodies, "<u8").reshape(-1, 2)
    records["body"], records["body_rest"] = of_bodies[:, 0], of_bodies[:, 1]


def _lines(rows: Sequence[tuple[bytes, bytes, int]]) -> Records:
    """Rows of a store, in the order of their keys."""
    lines = np.empty(len(rows), _LINE)
    # A key with two bodies in one run has no body here, so no record counts as the same.
    bodies = b"".join([body or _NO_BODY for _, body, _ in rows])
    _identify(lines, b"".join([key for key, _, _ in rows]), bodies)
    lines["run"] = [run for _, _, run in rows]
    return lines


def _joined(records: Records, lines: Records) -> Joined:
    if not len(lines):
        none = np.zeros(len(records), bool)
        return Joined(none, none, none, np.zeros(len(records), np.int64))
    # If two keys began alike, which never happens, the second would not be found and would be
    # sent again.
    at = np.searchsorted(lines["key"], records["key"]).clip(max=len(lines) - 1)
    found = lines[at]
    is_known: Flags = _are_equal(found, records, "key", "rest")
    is_same: Flags = is_known & _are_equal(found, records, "body", "body_rest")
    return Joined(is_known, is_same, found["run"] > 0, np.abs(found["run"]))


def _are_equal(some: Records, others: Records, *names: str) -> Flags:
    flags: Flags = np.logical_and.reduce([some[name] == others[name] for name in names])
    return flags
