from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.prepare.spill import spill
from ometria_import.prepare.spill.key_index import KeyIndex
from tests.prepare.outcomes import prepare_files, prepare_rows, prepare_text, write


def test_last_value_of_a_product_wins_and_the_others_are_reported(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path,
        "products.csv",
        "id,title\n1,first\n2,only\n1,second\n 1 ,third\n",
    )

    assert [(r["id"], r["title"]) for r in outcome.records] == [("2", "only"), ("1", "third")]
    problems = [row for row in outcome.problems if row["code"] == "W040"]
    path = tmp_path / "products.csv"
    assert [(row["line"], row["message"]) for row in problems] == [
        ("2", f"merged into {path}:5; a later row says otherwise of title ({path}:4)"),
        ("4", f"merged into {path}:5; a later row says otherwise of title ({path}:5)"),
    ]
    assert (outcome.summary.merged, outcome.summary.superseded) == (2, 0)
    assert outcome.summary.rows.merged == 2


def test_last_value_wins_across_files_in_the_order_of_the_command_line(tmp_path: Path) -> None:
    first = write(tmp_path / "products-b.csv", "id,title\n1,b\n")
    second = write(tmp_path / "products-a.json", '[{"id":1,"title":"a"}]')

    outcome = prepare_files(tmp_path, first, second)

    assert [record["title"] for record in outcome.records] == ["a"]
    (problem,) = [each for each in outcome.problems if each["code"] == "W040"]
    assert problem["source"] == str(first)
    assert problem["message"].startswith(f"merged into {second}:1; a later row says otherwise of")
    assert outcome.origins == [(2, 1)]


def test_contacts_are_told_apart_by_collection_and_id(tmp_path: Path) -> None:
    outcome = prepare_rows(
        tmp_path,
        "contacts.csv",
        [
            ["@collection", "id", "email"],
            ["web", "1", "a@example.com"],
            ["shop", "1", "b@example.com"],
            ["", "1", "c@example.com"],
            ["web", "1", "d@example.com"],
        ],
    )

    assert [record["email"] for record in outcome.records] == [
        "b@example.com",
        "c@example.com",
        "d@example.com",
    ]


def test_same_id_in_two_object_types_is_no_duplicate(tmp_path: Path) -> None:
    outcome = prepare_files(
        tmp_path,
        write(tmp_path / "contacts.csv", "id,email\n1,a@example.com\n"),
        write(tmp_path / "products.csv", "id,title\n1,x\n"),
    )

    assert outcome.summary.merged == 0
    assert len(outcome.records) == 2


def test_rejected_record_is_merged_into_nothing(tmp_path: Path) -> None:
    outcome = prepare_text(tmp_path, "contacts.csv", "id,email\n1,a@example.com\n1,bad\n")

    assert [record["email"] for record in outcome.records] == ["a@example.com"]
    assert outcome.summary.merged == 0


def test_all_rows_of_a_superseded_order_are_superseded(tmp_path: Path) -> None:
    head = "id,timestamp,grand_total,currency,lineitems.product_id,lineitems.quantity,lineitems.tax"
    row = "{},2024-01-31T09:30:00Z,{},EUR,p,1,1\n"
    first, second = (
        write(tmp_path / f"{name}.csv", f"{head}\n" + "".join(row.format(i, paid) for i in ids))
        for name, ids, paid in (("orders-1", "1122", 1), ("orders-2", "11", 2))
    )

    outcome = prepare_files(tmp_path, first, second)

    rows = outcome.summary.rows
    assert (rows.in_records, rows.folded, rows.superseded) == (2, 2, 2)
    assert outcome.origins == [(1, 4), (2, 2)]


def test_duplicates_are_found_among_more_keys_than_memory_holds(tmp_path: Path) -> None:
    count = 140_000
    rows = [f"{n},t{n}" for n in range(count)]
    rows += [f"{n},again" for n in range(0, count, 1_000)]

    outcome = prepare_text(tmp_path, "products.csv", "id,title\n" + "\n".join(rows) + "\n")

    assert outcome.summary.merged == 140
    assert len(outcome.records) == count
    assert {record["id"] for record in outcome.records[-140:]} == {
        str(n) for n in range(0, count, 1_000)
    }


Parts = st.lists(
    st.lists(st.sampled_from([f"key {n}" for n in range(12)] + ["", "\u00e9"]), max_size=20),
    max_size=5,
)


@given(parts=Parts, held=st.sampled_from([1, 500, 1 << 20]))
def test_index_finds_what_a_dictionary_finds(parts: list[list[str]], held: int) -> None:
    of_keys: dict[str, list[tuple[int, int, int, int, int, int]]] = {}
    number = 0
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(spill, "_HELD_BYTES", held)
        index = KeyIndex(Path(folder))
        for source, keys in enumerate(parts, 1):
            lines = np.arange(10, 10 + len(keys))
            sizes = lines * 2
            own, marks = pa.array(keys, pa.string()), (lines % 8).astype(np.uint8)
            index.add(own, source, lines, np.full(len(keys), 3), sizes, marks)
            for key, line in zip(keys, lines.tolist(), strict=True):
                record = (number, source, line, 3, 2 * line, line % 8)
                of_keys.setdefault(key, []).append(record)
                number += 1
        records, ends = index.shared_keys()
        index.close()

    shared = sorted((own for own in of_keys.values() if len(own) > 1), key=lambda own: own[-1])
    assert [tuple(record) for record in records.tolist()] == [
        each for own in shared for each in own
    ]
    assert ends.tolist() == np.cumsum([len(own) for own in shared]).tolist()


@pytest.mark.timeout(60)
def test_a_key_that_every_row_has_takes_no_time_by_the_square(tmp_path: Path) -> None:
    count = 100_000
    index = KeyIndex(tmp_path)
    index.add(pa.array(["guest"] * count), 1, np.arange(2, count + 2), np.ones(count, np.int64))
    records, ends = index.shared_keys()
    index.close()
    assert records["line"].tolist() == list(range(2, count + 2))
    assert ends.tolist() == [count]
