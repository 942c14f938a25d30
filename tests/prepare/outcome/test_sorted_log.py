"""The list of all problems is sorted by cause, also where it does not fit into memory."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.prepare.outcome import sorted_log
from ometria_import.prepare.outcome.sorted_log import Cause, Lines, SortedLog
from ometria_import.problems.log import COLUMNS
from tests.prepare.outcomes import Outcome, prepare_files, small_blocks, write

HEADER = (",".join(COLUMNS) + "\r\n").encode("utf-8-sig")
CAUSES = [
    Cause(code, field, source) for code in ("E012", "W015") for field in "ab" for source in "yx"
]
ADDED = st.lists(
    st.lists(st.tuples(st.sampled_from(CAUSES), st.integers(0, 4)), min_size=1, max_size=8),
    max_size=8,
)


@given(added=ADDED, held_bytes=st.integers(1, 400), block_rows=st.integers(1, 4))
def test_problems_are_sorted_however_few_are_held(
    tmp_path_factory: pytest.TempPathFactory,
    added: list[list[tuple[Cause, int]]],
    held_bytes: int,
    block_rows: int,
) -> None:
    path = tmp_path_factory.mktemp("log") / "problems.csv"
    rows: list[tuple[Cause, int, str]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorted_log, "_HELD_BYTES", held_bytes)
        patch.setattr(sorted_log, "_BLOCK_ROWS", block_rows)
        with SortedLog(path) as log:
            for some in added:
                # The number of each tells which of two equal ones came first.
                texts = [f"{number}\r\n" for number in range(len(rows), len(rows) + len(some))]
                rows += [(*each, text) for each, text in zip(some, texts, strict=True)]
                causes = [cause for cause, _ in some]
                which, lines = np.arange(len(some)), np.array([line for _, line in some])
                log.hold(Lines(causes, which, lines, pa.array(texts)))

    expected = "".join(text for _, _, text in sorted(rows, key=lambda row: row[:2]))
    assert path.read_bytes() == HEADER + expected.encode()
    assert [each.name for each in path.parent.iterdir()] == ["problems.csv"]


def test_list_is_the_same_whether_it_fits_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"{n},bad,q{n % 3},Zoë\n{n},b{n}@example.com,f,\n" for n in range(40))
    files = [
        write(tmp_path / name, f"id,email,gender,phone\n{rows}") for name in ("b.csv", "a.csv")
    ]
    whole = prepare_files(tmp_path, *files)
    monkeypatch.setattr(sorted_log, "_HELD_BYTES", 1_000)
    monkeypatch.setattr(sorted_log, "_BLOCK_ROWS", 7)
    small_blocks(monkeypatch, 300)

    merged = prepare_files(tmp_path, *files)

    assert _text(merged) == _text(whole)
    keys = [(row["code"], row["field"], row["source"], int(row["line"])) for row in whole.problems]
    assert keys == sorted(keys)
    assert len({key[0] for key in keys}) > 2


def _text(outcome: Outcome) -> str:
    content = outcome.summary.problems_path.read_bytes()
    assert content.startswith(HEADER)
    text = content.decode("utf-8-sig")
    assert text.count("\n") == text.count("\r\n") == len([*csv.reader(io.StringIO(text))])
    return text
