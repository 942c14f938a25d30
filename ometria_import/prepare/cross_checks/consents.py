"""What the contacts that are sent say about marketing, and which file says it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from ometria_import.prepare.chunks.chunks import NumberedSource, PreparedChunk
from ometria_import.prepare.cross_checks.model import SourceConsents
from ometria_import.prepare.cross_checks.opposed import Settled
from ometria_import.prepare.records.consents import Weight, is_marked
from ometria_import.prepare.records.shared_columns import ContactColumns
from ometria_import.prepare.rows.key_hashes import is_among
from ometria_import.prepare.same_keys.outcomes import SharedKeys
from ometria_import.prepare.spill.spill import EntrySpill
from ometria_import.sources.arrays import Rows, mask_of

_ENTRY = np.dtype([("state", np.int8), ("source", np.int32)])
_STATES = ("", "NOT_SPECIFIED", "EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT")
_SUPPRESSED = len(_STATES)


class ContactConsents:
    """The consents of all contacts, on disk because there may be many."""

    def __init__(self, folder: Path, paths: Sequence[str]) -> None:
        """Start empty; `paths` are the paths of the sources, in the order of their numbers."""
        self._paths = paths
        self._spill = EntrySpill(folder, _ENTRY)
        self._overruled: Counter[int] = Counter()
        self._merged = np.zeros(0, np.dtype([("number", np.int64), ("entry", _ENTRY)]))
        self._sources: set[int] = set()
        self._opposed: dict[int, tuple[int, int]] = {}
        """The state and the source that decides, where the opt-in of an address gave way."""

    def add(self, chunk: PreparedChunk, columns: ContactColumns, source: NumberedSource) -> None:
        """Add the next contacts."""
        entries = np.zeros(len(chunk.lines), _ENTRY)
        entries["source"] = source.numbers
        if columns.optins is not None:
            for number, state in enumerate(_STATES):
                entries["state"][mask_of(pc.equal(columns.optins, state))] = number
            entries["state"][is_marked(chunk.marks, 0, Weight.SUPPRESSED)] = _SUPPRESSED
        self._spill.add(entries)
        self._overruled[source.number] += chunk.overruled
        self._sources.update(source.together or (source.number,))

    def settle(self, found: SharedKeys) -> None:
        """Take what holds of the contacts that others were merged into."""
        self._merged = np.zeros(len(found.consents), self._merged.dtype)
        for place, each in enumerate(found.consents):
            state = _SUPPRESSED if each.is_suppressed else _STATES.index(each.state)
            self._merged[place] = each.number, (state, each.source)
        self._overruled.update(found.overruled)

    def settle_opposed(self, settled: Settled) -> None:
        """Take what became of an address that opts in and out."""
        for each in settled.gave_way:
            contact, decides = (settled.contacts[place] for place in (each.opted_in, each.decides))
            state = _SUPPRESSED if each.is_suppressed else _STATES.index(each.state)
            self._opposed[int(contact["number"])] = state, int(decides["source"])
            self._overruled[int(contact["source"])] += 1

    def finish(self, unsent: Rows) -> tuple[dict[str, int], tuple[SourceConsents, ...]]:
        """The contacts by their state, and by the source that decides on it with its state.

        Args:
            unsent: The sorted numbers of the contacts that are not sent.
        """
        counts = np.zeros((len(self._paths) + 1, len(_STATES) + 1), np.int64)
        number = 0
        for block in self._spill.blocks():
            entries, numbers = block.copy(), np.arange(number, number + len(block))
            number += len(block)
            begin, end = np.searchsorted(self._merged["number"], (numbers[0], number))
            own = self._merged[begin:end]
            entries[own["number"] - numbers[0]] = own["entry"]
            for each in self._opposed.keys() & set(numbers.tolist()) if self._opposed else ():
                entries[each - numbers[0]] = self._opposed[each]
            sent = entries[~is_among(numbers, unsent)]
            np.add.at(counts, (sent["source"], sent["state"]), 1)
        by_state = dict(zip(_STATES, counts.sum(axis=0).tolist(), strict=False))
        by_state[_STATES[-1]] += int(counts[:, _SUPPRESSED].sum())
        return (
            {state: count for state, count in sorted(by_state.items()) if count},
            tuple(self._of_source(source, counts[source]) for source in sorted(self._sources)),
        )

    def close(self) -> None:
        """Remove the file."""
        self._spill.close()

    def _of_source(self, source: int, counts: Rows) -> SourceConsents:
        blank, nothing, opted_in, opted_out, suppressed = counts.tolist()
        path, overruled = self._paths[source - 1], self._overruled[source]
        return SourceConsents(path, opted_in, opted_out, blank + nothing, suppressed, overruled)
