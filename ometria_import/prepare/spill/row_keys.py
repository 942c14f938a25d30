"""Finding out whether the rows of a record stand together in a file, in constant memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.prepare.rows.grouping import group_starts
from ometria_import.prepare.rows.key_hashes import hash_texts
from ometria_import.prepare.spill.spill import EntrySpill
from ometria_import.sources import RowChunk
from ometria_import.sources.arrays import Entries, Texts

_ENTRY = np.dtype([("key", np.uint64)])


class KeyReturnsError(Exception):
    """A key came back after rows with other keys, although its record was already made."""


class RowKeys:
    """The keys of a table's rows, in the order of the file; a context manager with a file.

    Keys with the same hash count as one, so a file may be sorted that would not need it.
    """

    def __init__(self, folder: Path) -> None:
        """Start empty; `folder` takes the temporary file."""
        self._entries = EntrySpill(folder, _ENTRY, "key")
        self._last = ""
        self.has_returned = False
        """Whether a key came back within one chunk, as it does in files without any order."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._entries.close()

    def add(self, chunk: RowChunk) -> None:
        """Add the next rows, with their keys."""
        keys = chunk.keys
        if keys is None or not len(keys):
            return
        begun = keys.take(pa.array(group_starts(keys)))
        if begun[0].as_py() == self._last:
            begun = begun.slice(1)
        self._last = keys[len(keys) - 1].as_py()
        self._begin(begun.filter(pc.not_equal(begun, "")))

    def add_strays(self, keys: Sequence[str]) -> None:
        """Add the keys of unreadable rows that are not next to a row of the same record."""
        if keys:
            self._begin(pa.array(keys, pa.string()))

    def watched(self, chunks: Iterable[RowChunk]) -> Iterator[RowChunk]:
        """The chunks, while they are added.

        Raises:
            KeyReturnsError: a key came back; it may have done so long before.
        """
        for chunk in chunks:
            if self.has_returned:
                raise KeyReturnsError
            yield chunk
        if self.have_returned():
            raise KeyReturnsError

    def have_returned(self) -> bool:
        """Whether any key came back after rows with other keys."""
        return self.has_returned or any(map(_has_pair, self._entries.parts()))

    def _begin(self, keys: Texts) -> None:
        entries = np.empty(len(keys), _ENTRY)
        entries["key"] = hash_texts(keys)
        self.has_returned = self.has_returned or _has_pair(entries)
        self._entries.add(entries)


def have_returned(chunks: Iterable[RowChunk], folder: Path) -> bool:
    """Whether the rows of any key do not stand together.

    Args:
        chunks: All rows, with their keys; they are read until a key comes back.
        folder: The folder for temporary files.
    """
    with RowKeys(folder) as keys:
        for chunk in chunks:
            keys.add(chunk)
            if chunk.keys is None or keys.has_returned:
                return keys.has_returned
        return keys.have_returned()


def _has_pair(entries: Entries) -> bool:
    ordered = np.sort(entries["key"])
    return bool((ordered[1:] == ordered[:-1]).any())
