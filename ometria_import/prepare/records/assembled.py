"""The assembled records of a chunk: their JSON and all problems found in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from ometria_import.prepare.columns.found import Alike, Found
from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.prepare.records.consents import Marks
from ometria_import.prepare.records.json_text import Piece, Pieces
from ometria_import.problems import Finding, Severity
from ometria_import.sources.arrays import Mask, Rows, Texts


@dataclass(frozen=True, slots=True)
class AssembledItems:
    """The items of one kind in a chunk's records."""

    parents: Rows
    """The index of each item's record, in ascending order."""
    is_dropped: Mask


@dataclass(slots=True)
class Level:
    """One level of the records of a chunk: the record itself, or one kind of item."""

    rows: Rows
    """The source row that messages name for each entry."""
    prefix: str
    is_bad: Mask
    """Entries that lack a mandatory part."""
    found: Found
    """The problems found at all levels of the chunk, by row."""
    parents: Rows | None = None
    """The index of each item's record; None for the level of the records."""
    pieces: list[Piece | str] = field(default_factory=list)
    """What their JSON is made of so far."""

    def of_items(self, name: str, rows: Rows, parents: Rows) -> Level:
        """The level of one kind of item below this level."""
        prefix = f"{self.prefix}{name}."
        return Level(rows, prefix, np.zeros(len(rows), bool), self.found, parents)

    @property
    def is_item(self) -> bool:
        """Whether the entries are items of records."""
        return self.parents is not None

    def report(
        self,
        where: Mask,
        cause: str,
        path: str,
        message: str | Callable[[int], str],
        values: Texts | None = None,
        *,
        is_error: bool = False,
    ) -> None:
        """Report a problem for each entry selected by a mask.

        Args:
            where: The mask of the affected entries.
            cause: The number of the `catalogue.Cause`.
            path: The full path of the field; empty for a problem of the whole record.
            message: One message for all entries, or a function from an entry's index to one.
            values: The value to show for each entry.
            is_error: Whether the problem makes the entries bad.
        """
        if is_error:
            self.is_bad |= where
        entries = np.flatnonzero(where)
        if not len(entries):
            return
        shown, which = [""], np.zeros(len(entries), np.int64)
        if values is not None:
            encoded = values.take(pa.array(entries)).dictionary_encode()
            shown, which = encoded.dictionary.to_pylist(), encoded.indices.to_numpy()
        if isinstance(message, str):
            findings = [Finding(cause, message)] * len(shown)
        else:
            findings = [Finding(cause, message(entry)) for entry in entries.tolist()]
            shown, which = [shown[number] for number in which], np.arange(len(entries))
        severity = Severity.ERROR if is_error else Severity.WARNING
        self.found.add(Alike(self.rows[entries], which, shown, findings, path, severity))

    def report_each(
        self,
        messages: Mapping[int, str],
        cause: str,
        path: str,
        values: Texts,
        *,
        is_error: bool = False,
    ) -> Mask:
        """Report the entries that have a message, and return their mask."""
        where = np.zeros(len(self.rows), bool)
        where[list(messages)] = True
        self.report(where, cause, path, messages.__getitem__, values, is_error=is_error)
        return where


@dataclass(slots=True)
class Assembled:
    """The records of a chunk."""

    level: Level
    """The level of the records, with the problems found in them; rules about whole records report
    to it."""
    pieces: Pieces
    """What the JSON of each record is joined from, including rejected records; a comma ends it, so
    that any consecutive records form the inside of a JSON array."""
    sizes: Rows
    """The bytes of each record's JSON, without its comma."""
    keys: Texts
    """The key that identifies each record."""
    notes: dict[str, ColumnNotes]
    """The notes on columns, by full path."""
    values: dict[str, Texts]
    """Normalised columns by full path, null where a value is absent; those of items have one
    entry per item."""
    items: dict[str, AssembledItems]
    """The fields of the record itself, by name."""
    is_left_out: Mask
    """Records that are left out without being rejected."""
    property_kinds: Mapping[str, str]
    """The type of each custom field by name, as given by `kind_of`."""
    marks: Marks
    """What is remembered of each record's consents besides what the record says."""

    @property
    def is_rejected(self) -> Mask:
        """A mask of the rejected records; rules may mark more of them."""
        return self.level.is_bad

    @property
    def is_kept(self) -> Mask:
        """A mask of the accepted records."""
        return ~(self.is_rejected | self.is_left_out)
