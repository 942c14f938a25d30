"""What comes of a chunk's records: their JSON, and everything that was found on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ometria_import.prepare.columns.normalise import ColumnNotes

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class Found(NamedTuple):
    """A problem by the row that it stands in."""

    row: int
    code: str
    path: str
    value: str
    message: str


@dataclass(frozen=True, slots=True)
class AssembledItems:
    """Which items of one kind a chunk's records have."""

    parents: Rows
    """The record of each; never decreasing."""
    is_dropped: Mask


@dataclass(slots=True)
class Assembled:
    """The records of a chunk."""

    texts: Any
    """`pyarrow.StringArray`: JSON of each record with a comma behind it, so that any run of
    records is the inside of a JSON array; rejected ones included."""
    is_rejected: Mask
    keys: Any
    """`pyarrow.StringArray`: what tells records apart."""
    found: list[Found]
    notes: dict[str, ColumnNotes]
    """By full path."""
    values: dict[str, Any]
    """Normalised columns by full path, null where a value is absent; those of items have one
    entry per item."""
    items: dict[str, AssembledItems]
    """By name, of the record itself."""
    is_left_out: Mask
    """Records that stay out without being rejected."""
    property_kinds: Mapping[str, str]
    """What the custom fields of the records are, by name, as `kind_of` says it."""

    @property
    def is_kept(self) -> Mask:
        """Records that get in."""
        return ~(self.is_rejected | self.is_left_out)


@dataclass(slots=True)
class Level:
    """One level of the records of a chunk: the record itself, or one kind of item."""

    rows: Rows
    """The source row that stands for each entry in messages."""
    prefix: str
    is_bad: Mask
    """Entries that lack a mandatory part."""
    is_item: bool
    parents: Rows | None = None
    """Of items: the record of each."""
    fragments: list[Any] = field(default_factory=list)
