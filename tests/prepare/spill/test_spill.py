"""What waits on disk comes back whole, in order and part by part, whatever memory holds."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.prepare.spill import spill
from ometria_import.prepare.spill.spill import EntrySpill, Packed, Spill

ENTRY = np.dtype([("hash", np.uint64), ("number", np.int64), ("state", np.int8)])
"""Of no even number of bytes."""
Batches = st.lists(st.lists(st.integers(0, 2**64 - 1), max_size=20), max_size=6)


def entries_of(hashes: list[int], first: int) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    entries = np.empty(len(hashes), ENTRY)
    entries["hash"] = np.array(hashes, np.uint64)
    entries["number"] = np.arange(first, first + len(hashes))
    entries["state"] = 1
    return entries


@given(batches=Batches, held=st.sampled_from([1, 100, 1 << 20]))
def test_entries_of_one_hash_come_together_and_in_their_order(
    batches: list[list[int]], held: int
) -> None:
    count = 0
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(spill, "_HELD_BYTES", held)
        hashed, in_order = EntrySpill(Path(folder), ENTRY, "hash"), EntrySpill(Path(folder), ENTRY)
        for hashes in batches:
            for each in (hashed, in_order):
                each.add(entries_of(hashes, count))
            count += len(hashes)
        parts = [part.tolist() for part in hashed.parts()]
        again = [part.tolist() for part in hashed.parts()]
        blocks = [entry for block in in_order.blocks() for entry in block.tolist()]
        hashed.close()
        in_order.close()

    everything = [(each, place, 1) for place, each in enumerate(chain.from_iterable(batches))]
    assert len(hashed) == len(in_order) == count
    assert blocks == everything
    assert [each for part in parts for each in part] == sorted(
        everything, key=lambda each: each[0] >> 58
    )
    assert len({each[0] >> 58 for each in everything}) == len(parts)
    assert again == parts


def test_little_makes_no_file_and_much_makes_one_that_nobody_can_open(tmp_path: Path) -> None:
    few, many = Spill(tmp_path, 1), Spill(tmp_path, 1, held_bytes=10)
    rows = pa.table({"text": ["a", "b", "c"]})
    hashes = np.array([0, 1 << 63, 1], np.uint64)
    for each in (few, many):
        each.add(rows, hashes)

        texts = [
            [row["text"] for table in each.part(n) for row in table.to_pylist()] for n in (0, 1)
        ]
        assert texts == [["a", "c"], ["b"]]
        assert each.counts.tolist() == [2, 1]
        assert list(tmp_path.iterdir()) == []

    assert few._file is None  # noqa: SLF001 - there is nothing else to see
    assert many._file is not None  # noqa: SLF001
    for each in (few, many):
        each.close()


def test_packed_tables_come_back_one_by_one(tmp_path: Path) -> None:
    waiting = Spill(tmp_path)
    for texts in (["a"], ["b", "c"]):
        waiting.append(Packed.of(pa.RecordBatch.from_arrays([pa.array(texts)], ["text"])))

    assert waiting.block(1).to_pylist() == [{"text": "b"}, {"text": "c"}]
    assert waiting.block(0).to_pylist() == [{"text": "a"}]
    assert waiting.counts.tolist() == [3]
    waiting.close()
