"""Finding records with the same key, in constant memory whatever the number of records.

Keys are stored as 128-bit hashes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ometria_import.prepare.records.consents import JOINS, Marks
from ometria_import.prepare.rows.key_hashes import hash_pairs, repeated
from ometria_import.prepare.spill.email_index import EmailIndex
from ometria_import.prepare.spill.spill import EntrySpill
from ometria_import.sources.arrays import Entries, Rows, Texts

_ENTRY = np.dtype(
    [
        ("high", np.uint64),
        ("low", np.uint64),
        ("number", np.int64),
        ("source", np.int64),
        ("line", np.int64),
        ("rows", np.int64),
        ("size", np.int64),
        ("marks", np.uint8),
    ]
)
RECORD = np.dtype(
    [(name, np.int64) for name in ("number", "source", "line", "rows", "size", "marks")]
)
"""A record: its 0-based number within its object type, the source and line where it begins, its
number of rows, the size of its JSON in bytes, and the marks of its consents."""

Records = Entries
"""Records as a numpy array of type `RECORD`."""


class KeyIndex:
    """The keys of all records of one object type."""

    def __init__(self, folder: Path, *, joins_by_email: bool = False) -> None:
        """Start empty; with `joins_by_email`, some records may get their key by their email."""
        self._entries = EntrySpill(folder, _ENTRY, "high")
        self._emails = EmailIndex(folder, _ENTRY) if joins_by_email else None
        self.count = 0

    def add(
        self,
        keys: Texts,
        source: Rows | int,
        lines: Rows,
        row_counts: Rows,
        sizes: Rows | int = 0,
        marks: Marks | int = 0,
        emails: Texts | None = None,
    ) -> None:
        """Add the keys of the next records, a `pyarrow.StringArray`, and their emails."""
        entries = np.empty(len(keys), _ENTRY)
        entries["high"], entries["low"] = hash_pairs(keys)
        entries["number"] = np.arange(self.count, self.count + len(keys))
        entries["source"], entries["line"], entries["rows"] = source, lines, row_counts
        entries["size"], entries["marks"] = sizes, marks
        self.count += len(keys)
        if self._emails is not None and emails is not None:
            entries = self._emails.take(entries, emails)
        self._entries.add(entries)

    def shared_keys(self) -> tuple[Records, Rows]:
        """The records that share their key with another record.

        Returns:
            The records grouped by key, in their original order within each key but for those that
            joined it by their email, which come last; with the keys ordered by their
            last record that has the key itself; and the index at which each key's records end.
        """
        if self._emails is not None:
            for entries in self._emails.joined():
                self._entries.add(entries)
            self._emails.close()
            self._emails = None
        found = [_shared(part) for part in self._entries.parts()]
        records = np.concatenate([np.empty(0, RECORD), *(records for records, _ in found)])
        counts = np.concatenate([np.empty(0, np.int64), *(counts for _, counts in found)])
        lasts = records["number"][survivors_of(records, np.cumsum(counts))]
        order = np.argsort(np.repeat(lasts, counts), kind="stable")
        return records[order], np.cumsum(counts[np.argsort(lasts)])

    def close(self) -> None:
        """Remove the files."""
        self._entries.close()
        if self._emails is not None:
            self._emails.close()


def survivors_of(records: Records, ends: Rows) -> Rows:
    """The index of the record of each key that the others are merged into.

    Args:
        records: As `KeyIndex.shared_keys` returns them.
        ends: The index at which each key's records end.
    """
    begins = np.append(np.zeros(1, np.int64), ends)[:-1]
    has_key = np.append(0, np.cumsum((records["marks"] & JOINS) == 0))
    own = has_key[ends] - has_key[begins]
    found: Rows = np.where(own > 0, begins + own, ends) - 1
    return found


def _shared(entries: Entries) -> tuple[Records, Rows]:
    """The records with shared keys, sorted by key and number, and the count for each key."""
    entries = entries[repeated(entries["high"])]
    joins = (entries["marks"] & JOINS) != 0
    order = np.lexsort((entries["number"], joins, entries["low"], entries["high"]))
    entries = entries[order]
    same = (entries["high"][1:] == entries["high"][:-1]) & (
        entries["low"][1:] == entries["low"][:-1]
    )
    has_next, has_before = np.append(same, False), np.append(False, same)
    if not len(entries):
        has_next = has_before = np.empty(0, bool)
    is_shared = has_next | has_before
    records = np.empty(int(is_shared.sum()), RECORD)
    for name in RECORD.names or ():
        records[name] = entries[name][is_shared]
    starts = np.flatnonzero(~has_before[is_shared])
    return records, np.diff(np.append(starts, len(records)))
