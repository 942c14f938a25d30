"""Rows are chosen, put in order, cut and joined with all that is known of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from ometria_import.problems import Finding, Located, Reject
from ometria_import.sources import RowChunk

FINDING = Finding("000", "it is odd")


def chunk_of(*ids: str, first: int = 2, file: int | None = None) -> RowChunk:
    lines = np.arange(first, first + len(ids))
    return RowChunk(
        pa.table({"id": list(ids)}),
        lines,
        (Reject.of(first, "raw", FINDING),),
        (Located(first, "", "", FINDING),),
        None if file is None else np.full(len(ids), file, np.int64),
        pa.array([name.lower() for name in ids], pa.string()),
    )


def told(chunk: RowChunk) -> list[tuple[str, int, str]]:
    keys = [] if chunk.keys is None else chunk.keys.to_pylist()
    ids = chunk.table.column("id").to_pylist()
    return list(zip(ids, chunk.lines.tolist(), keys, strict=True))


def test_chosen_rows_keep_their_lines_and_keys_and_what_stands_beside_them() -> None:
    chunk = chunk_of("A", "B", "C")

    some = chunk.where(np.array([True, False, True]))
    turned = chunk.take(np.array([2, 0]))

    assert told(some) == [("A", 2, "a"), ("C", 4, "c")]
    assert told(turned) == [("C", 4, "c"), ("A", 2, "a")]
    assert (some.rejects, turned.notices) == (chunk.rejects, chunk.notices)
    assert chunk.where(np.ones(3, bool)) is chunk


def test_rejects_stay_with_the_first_half_so_that_none_is_told_twice() -> None:
    first, rest = chunk_of("A", "B", "C").split(1)

    assert (told(first), told(rest)) == ([("A", 2, "a")], [("B", 3, "b"), ("C", 4, "c")])
    assert (len(first.rejects), len(rest.rejects), len(rest.notices)) == (1, 0, 0)


def test_rows_of_several_files_know_their_file_when_they_are_joined() -> None:
    both = RowChunk.concat([chunk_of("A", file=0), chunk_of("X", "Y", first=2, file=1)])

    assert told(both) == [("A", 2, "a"), ("X", 2, "x"), ("Y", 3, "y")]
    assert both.files is not None
    assert both.files.tolist() == [0, 1, 1]
    assert [both.located(row, FINDING).file for row in (0, 2)] == [0, 1]
    assert (len(both.rejects), len(both.notices)) == (2, 2)


def test_a_chunk_of_rejects_alone_takes_no_keys_away_from_the_rows_of_others() -> None:
    nothing = RowChunk(pa.table({"id": pa.array([], pa.string())}), np.empty(0, np.int64))

    assert told(RowChunk.concat([nothing, chunk_of("A")])) == [("A", 2, "a")]
    assert RowChunk.concat([chunk_of("A")]).files is None
