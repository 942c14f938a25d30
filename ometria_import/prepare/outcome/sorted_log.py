"""The list of all problems in the order of their causes, however many there are.

Problems come in the order of the files. They are held in memory up to a limit, then sorted and
written to disk as a run. At the end the runs are merged, with one block of each in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from ometria_import.prepare.spill.spill import Packed, Spill
from ometria_import.problems.log import ProblemLog
from ometria_import.sources.arrays import Rows, Texts, bytes_of

_HELD_BYTES = 16 * 1024 * 1024
_BLOCK_ROWS = 1_024
_LINE_BITS = 40
"""More lines than any file has; the rest of a key is the rank of its cause."""


class Cause(NamedTuple):
    """What problems are sorted by, before their lines."""

    code: str
    field: str
    source: str


class Lines(NamedTuple):
    """Lines of the list, and where each belongs."""

    causes: Sequence[Cause]
    which: Rows
    """For each line, the index of its cause."""
    rows: Rows
    """The lines of the source that they are about."""
    texts: Texts


class SortedLog(ProblemLog):
    """Writes problems by code, field, file and line once all are known."""

    def __init__(self, path: Path, *, is_masked: bool = False) -> None:
        """Begin the file; temporary ones are beside it, and no other process can open them."""
        super().__init__(path, is_masked=is_masked)
        self._numbers: dict[Cause, int] = {}
        self._held: list[pa.RecordBatch] = []
        self._bytes = 0
        self._spill = Spill(path.parent)
        self._ends = [0]
        """The number of blocks at the end of each run on disk."""

    def hold(self, lines: Lines) -> None:
        """Take problems that are already lines of the file; they must be counted with `count`."""
        numbers = [self._numbers.setdefault(each, len(self._numbers)) for each in lines.causes]
        causes = np.array(numbers, np.int64)[lines.which]
        columns = [pa.array(causes), pa.array(lines.rows), lines.texts]
        batch = pa.record_batch(columns, names=["cause", "row", "text"])
        self._held.append(batch)
        self._bytes += batch.nbytes
        if self._bytes >= _HELD_BYTES:
            self._put_aside()

    def close(self) -> None:
        """Write all problems in their order, and close the file."""
        try:
            for texts in self._in_order():
                self.write(bytes_of(texts))
        finally:
            self.discard()

    def discard(self) -> None:
        """Close the file without the problems."""
        self._held = []
        self._spill.close()
        super().close()

    def _in_order(self) -> Iterator[Texts]:
        if len(self._ends) == 1:
            if self._held:
                yield self._sorted().column("text")
            return
        self._put_aside()
        ranks = self._ranks()
        runs = [
            _Run(self._spill, begin, end, ranks)
            for begin, end in zip(self._ends, self._ends[1:], strict=False)
        ]
        while runs:
            yield _next_texts(runs)
            runs = [each for each in runs if each.has_more()]

    def _put_aside(self) -> None:
        if self._held:
            batch = self._sorted()
            for begin in range(0, len(batch), _BLOCK_ROWS):
                self._spill.append(Packed.of(batch.slice(begin, _BLOCK_ROWS)))
            self._ends.append(self._ends[-1] + -(-len(batch) // _BLOCK_ROWS))

    def _sorted(self) -> pa.RecordBatch:
        """Take out everything that is held, sorted."""
        (batch,) = pa.Table.from_batches(self._held).combine_chunks().to_batches()
        self._held, self._bytes = [], 0
        order = np.argsort(_keys(batch, self._ranks()), kind="stable")
        in_order: pa.RecordBatch = batch.take(pa.array(order))
        return in_order

    def _ranks(self) -> Rows:
        """The place of each cause; causes that come later may stand between, but change none."""
        ranks = np.empty(len(self._numbers), np.int64)
        ranks[[self._numbers[each] for each in sorted(self._numbers)]] = np.arange(len(ranks))
        return ranks


class _Run:
    """Sorted problems on disk, a block of which is in memory."""

    def __init__(self, spill: Spill, begin: int, end: int, ranks: Rows) -> None:
        self._spill, self._next, self._end, self._ranks = spill, begin, end, ranks
        self.keys: Rows
        self._texts: Texts
        self._read()

    def has_more(self) -> bool:
        """Whether anything is left; reads the next block when this one is used up."""
        if not len(self.keys) and self._next < self._end:
            self._read()
        return len(self.keys) > 0

    def taken(self, count: int) -> tuple[Rows, Texts]:
        """Remove the first lines of the block and return them."""
        taken = self.keys[:count], self._texts.slice(0, count)
        self.keys, self._texts = self.keys[count:], self._texts.slice(count)
        return taken

    def _read(self) -> None:
        batch = self._spill.batch(self._next)
        self._next += 1
        self.keys = _keys(batch, self._ranks)
        self._texts = batch.column("text")


def _keys(batch: pa.RecordBatch, ranks: Rows) -> Rows:
    above = ranks[batch.column("cause").to_numpy()] << _LINE_BITS
    keys: Rows = above | batch.column("row").to_numpy()
    return keys


def _next_texts(runs: Sequence[_Run]) -> Texts:
    """All lines up to the block that ends first: no run can have an earlier one after that."""
    bound, first = min((int(run.keys[-1]), number) for number, run in enumerate(runs))
    parts = []
    for number, run in enumerate(runs):
        # Of equal keys, those of an earlier run come first, and its next block may hold more.
        count = np.searchsorted(run.keys, bound, "right" if number <= first else "left")
        parts.append(run.taken(int(count)))
    order = np.argsort(np.concatenate([keys for keys, _ in parts]), kind="stable")
    return pa.concat_arrays([texts for _, texts in parts]).take(pa.array(order))
