"""What comes of a chunk's records: their JSON, and everything that was found on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.problems import Finding, Located, Severity
from ometria_import.sources.arrays import Mask, Rows, Texts


@dataclass(frozen=True, slots=True)
class AssembledItems:
    """Which items of one kind a chunk's records have."""

    parents: Rows
    """The record of each; never decreasing."""
    is_dropped: Mask


@dataclass(slots=True)
class Level:
    """One level of the records of a chunk: the record itself, or one kind of item."""

    rows: Rows
    """The source row that stands for each entry in messages."""
    prefix: str
    is_bad: Mask
    """Entries that lack a mandatory part."""
    found: list[Located]
    """Of all levels of the chunk, by row."""
    parents: Rows | None = None
    """Of items: the record of each."""
    fragments: list[Texts] = field(default_factory=list)

    @classmethod
    def of_records(cls, rows: Rows) -> Level:
        """The records themselves, of which nothing is known to be bad."""
        return cls(rows, "", np.zeros(len(rows), bool), [])

    def of_items(self, name: str, rows: Rows, parents: Rows) -> Level:
        """The items of one kind that the entries of this level have."""
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
        """Tell of the entries where a mask holds.

        Args:
            where: Of which entries.
            cause: The number of the `catalogue.Cause`.
            path: The whole path of the field; empty where it is about the record.
            message: For all of them, or made for each by its index.
            values: The value to be shown of each entry.
            is_error: Whether the entries are bad because of it.
        """
        if is_error:
            self.is_bad |= where
        severity = Severity.ERROR if is_error else Severity.WARNING
        for entry in np.flatnonzero(where).tolist():
            finding = Finding(cause, message if isinstance(message, str) else message(entry))
            value = "" if values is None else values[entry].as_py()
            self.found.append(Located(int(self.rows[entry]), path, value, finding, severity))

    def report_each(
        self,
        messages: Mapping[int, str],
        cause: str,
        path: str,
        values: Texts,
        *,
        is_error: bool = False,
    ) -> Mask:
        """`report` the entries that have a message; return which they are."""
        where = np.zeros(len(self.rows), bool)
        where[list(messages)] = True
        self.report(where, cause, path, messages.__getitem__, values, is_error=is_error)
        return where


@dataclass(slots=True)
class Assembled:
    """The records of a chunk."""

    level: Level
    """That of the records, with what was found in them; rules that look at whole records report
    to it."""
    texts: Texts
    """JSON of each record with a comma behind it, so that any run of
    records is the inside of a JSON array; rejected ones included."""
    keys: Texts
    """What tells records apart."""
    notes: dict[str, ColumnNotes]
    """By full path."""
    values: dict[str, Texts]
    """Normalised columns by full path, null where a value is absent; those of items have one
    entry per item."""
    items: dict[str, AssembledItems]
    """By name, of the record itself."""
    is_left_out: Mask
    """Records that stay out without being rejected."""
    property_kinds: Mapping[str, str]
    """What the custom fields of the records are, by name, as `kind_of` says it."""

    @property
    def is_rejected(self) -> Mask:
        """Records that must not go in; rules may mark more of them."""
        return self.level.is_bad

    @property
    def is_kept(self) -> Mask:
        """Records that get in."""
        return ~(self.is_rejected | self.is_left_out)
