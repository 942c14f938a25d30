"""What becomes of the records that share their key with others."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ometria_import.prepare.records.consents import COPY
from ometria_import.prepare.same_keys.reasons import Reasons
from ometria_import.prepare.spill.key_index import Records
from ometria_import.sources.arrays import Mask, Rows


class Way(IntEnum):
    """The outcome for a record that shares its key with others."""

    SENT = 0
    MERGED = 1
    """It was merged into a later record."""
    REPEATED = 2
    """A later record is byte-for-byte identical."""
    SUPERSEDED = 3
    """A later record is sent in its place."""
    REJECTED = 4
    """It is rejected."""


class SentConsent(NamedTuple):
    """What is sent about marketing to a contact that others were merged into."""

    number: int
    state: str
    """Empty where there is none."""
    source: int
    """The number of the source whose row decides."""
    is_suppressed: bool
    is_unclear: bool
    """Whether nothing is sent because a word is not understood."""


@dataclass(slots=True)
class SharedKeys:
    """The outcomes for all records that share their key."""

    records: Records
    """All records that share their key."""
    ways: npt.NDArray[np.int8]
    """The `Way` of each record."""
    survivors: Rows
    """For each record the index of that of its key which is sent, if any is."""
    reasons: Reasons
    """The problems of rejected records."""
    customer_ids: list[tuple[int, str]] = field(default_factory=list)
    """The customer_id of contacts that others were merged into, by number."""
    consents: list[SentConsent] = field(default_factory=list)
    """What contacts say that others were merged into, by number."""
    overruled: Counter[int] = field(default_factory=Counter)
    """By source, the rows that opt in or out and are overruled by another row."""
    overlaps: Counter[tuple[int, int]] = field(default_factory=Counter)
    """How many records of one source stand back behind one of another, by both numbers."""

    def unsent(self) -> Rows:
        """The sorted numbers of all records that are left out of the package."""
        return np.unique(self.records["number"][self.ways != Way.SENT])

    def gone(self, *ways: Way) -> Records:
        """The records with given outcomes, each once."""
        found: Records = self.records[self._gone(*ways)]
        return found

    def in_place_of(self, way: Way) -> Records:
        """For each of the records with an outcome, the one that is sent."""
        found: Records = self.records[self.survivors[self._gone(way)]]
        return found

    def _gone(self, *ways: Way) -> Mask:
        mask: Mask = np.isin(self.ways, ways) & counted_of(self.records)
        return mask


def counted_of(records: Records) -> Mask:
    """A mask of the records, without those that stand there again because they joined several."""
    found: Mask = (records["marks"] & COPY) == 0
    return found
