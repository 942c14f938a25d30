"""Joining a package's records of one object type with what a store knows, whatever their number.

The fingerprints of the package are spread over files by their keys, so that each file and the part
of the store that belongs to it fit into memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, NamedTuple, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from ometria_import.given.keys import KEY_BYTES, NO_EMAIL, Fingerprints, slot_keys
from ometria_import.given.store import Given
from ometria_import.options.choices import ObjectType
from ometria_import.package import MAX_BATCH_RECORDS

_IN_A_SLOT = 100_000
_MOST_SLOTS = 256
_AT_A_TIME = 20_000
_SCANNED_FOR_ONE = 8
"""It costs as much to look up a record as to read so many records that stand together."""
_RECORD = np.dtype(
    [
        ("key", f"S{KEY_BYTES}"),
        ("body", f"S{KEY_BYTES}"),
        ("batch", "<u4"),
        ("position", "u1"),
        ("email", "<i8"),
    ]
)
_LINE = np.dtype([("key", f"S{KEY_BYTES}"), ("body", f"S{KEY_BYTES}"), ("run", "<i8")])

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
        self._keys: list[bytes] = []
        self._bodies: list[bytes] = []
        self._emails: list[int] = []
        self._numbers: list[int] = []
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
        self._keys += prints.keys
        self._bodies += prints.bodies
        self._emails += prints.emails or [NO_EMAIL] * len(prints.keys)
        self._numbers += [number - self._first_batch] * len(prints.keys)
        if len(self._keys) >= _AT_A_TIME:
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
                rows = (
                    store.between(lowest, highest)
                    if is_scanned
                    else sorted((key, *line) for key, line in _looked_up(store, records))
                )
                lines = np.array(rows, _LINE) if rows else lines
            joined = _joined(records, lines)
            self._mark(records[~(joined.is_same & joined.is_certain)])
            yield joined

    def mark_companions(self) -> int:
        """Mark the records that stay and have their email in common with one that goes."""
        going = [records["email"][self._going(records)] for records in self._all()]
        emails = np.unique(np.concatenate([np.empty(0, np.int64), *map(np.unique, going)]))
        emails = emails[emails != NO_EMAIL]
        marked = 0
        if len(emails) and not self.goes.all():
            for records in self._all():
                companions = records[~self._going(records) & np.isin(records["email"], emails)]
                self._mark(companions)
                marked += len(companions)
        return marked

    def _flush(self) -> None:
        records = np.empty(len(self._keys), _RECORD)
        keys = b"".join(self._keys)
        records["key"] = np.frombuffer(keys, f"S{KEY_BYTES}")
        records["body"] = np.frombuffer(b"".join(self._bodies), f"S{KEY_BYTES}")
        numbers = np.array(self._numbers, np.uint32)
        records["batch"], records["email"] = numbers, self._emails
        begins = np.flatnonzero(np.append(True, numbers[1:] != numbers[:-1])[: len(numbers)])
        counts = np.diff(np.append(begins, len(numbers)))
        records["position"] = np.arange(len(numbers)) - np.repeat(begins, counts)
        if self._slots == 1:
            self._files[0].write(records.tobytes())
        else:
            # The first byte is that of the object type.
            seconds = np.frombuffer(keys, np.uint8).reshape(-1, KEY_BYTES)[:, 1]
            slots = seconds.astype(np.int64) * self._slots // 256
            for slot, file in enumerate(self._files):
                file.write(records[slots == slot].tobytes())
        self._keys, self._bodies, self._emails, self._numbers = [], [], [], []

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


def _looked_up(store: Given, records: Records) -> Iterator[tuple[bytes, tuple[bytes, int]]]:
    # numpy drops zeros at the end of a text.
    yield from store.lines([key.ljust(KEY_BYTES, b"\0") for key in records["key"].tolist()]).items()


def _joined(records: Records, lines: Records) -> Joined:
    if not len(lines):
        none = np.zeros(len(records), bool)
        return Joined(none, none, none, np.zeros(len(records), np.int64))
    # Numbers are found much faster than texts. Of two keys that begin alike, which never happens,
    # the second would not be found, and be sent again.
    at = np.searchsorted(_numbers(lines), _numbers(records)).clip(max=len(lines) - 1)
    found = lines[at]
    is_known: Flags = found["key"] == records["key"]
    is_same: Flags = is_known & (found["body"] == records["body"])
    return Joined(is_known, is_same, found["run"] > 0, np.abs(found["run"]))


def _numbers(records: Records) -> npt.NDArray[np.uint64]:
    """The eight bytes of each key that follow the object type, as a number in the same order."""
    keys = np.ascontiguousarray(records["key"]).view(np.uint8).reshape(-1, KEY_BYTES)
    numbers: npt.NDArray[np.uint64] = np.ascontiguousarray(keys[:, 1:9]).view(">u8").ravel()
    return numbers.astype(np.uint64)
