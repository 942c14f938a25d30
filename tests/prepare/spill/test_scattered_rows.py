"""Rows of one record that do not stand together in their file."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.prepare.rows import row_groups as units
from ometria_import.prepare.spill import row_spill as scatter
from tests.prepare.outcomes import Outcome, prepare_files, prepare_rows, small_blocks, write
from tests.prepare.test_laws import ORDER as ANY_ORDER
from tests.prepare.test_laws import ORDER_HEAD, folder
from tests.thoroughness import COSTLY

HEAD = [
    "id",
    "timestamp",
    "grand_total",
    "currency",
    "status",
    "lineitems.product_id",
    "lineitems.quantity",
    "lineitems.unit_price",
]
ORDER = ["2024-01-31T09:30:00Z", "10.00", "EUR", ""]


def orders(path: Path, *rows: list[str]) -> Outcome:
    return prepare_rows(path, "orders.csv", [HEAD, *rows])


def line(order: str, product: str) -> list[str]:
    return [order, *ORDER, product, "1", "4"]


def products(outcome: Outcome) -> dict[str, list[str]]:
    """The products of each order, in their order."""
    return {
        record["id"]: [item["product_id"] for item in record["lineitems"]]
        for record in outcome.records
    }


def test_rows_apart_are_one_order_with_its_items_in_the_order_of_the_file(tmp_path: Path) -> None:
    outcome = orders(
        tmp_path,
        line("1", "c"),
        line("2", "x"),
        line(" 1 ", "a"),
        line("2", "w"),
        line("1", "b"),
        line("3", "z"),
    )

    assert products(outcome) == {"1": ["c", "a", "b"], "2": ["x", "w"], "3": ["z"]}
    assert sorted(outcome.origins) == [(1, 2), (1, 3), (1, 7)]
    assert outcome.summary.superseded == 0
    assert outcome.summary.rows.folded == 3
    assert outcome.summary.problems == {}


def test_differing_values_of_rows_apart_are_reported_with_both_lines(tmp_path: Path) -> None:
    rows = [line("1", "a"), line("2", "b"), line("1", "c")]
    rows[2][4] = "old"
    rows.append([*line("1", "d")[:4], "new", "d", "1", "4"])

    outcome = orders(tmp_path, *rows)

    (problem,) = (row for row in outcome.problems if row["code"] == "W041")
    assert (problem["line"], problem["value"]) == ("5", "new")
    assert "line 4" in problem["message"]
    statuses = {record["id"]: record.get("status") for record in outcome.records}
    assert statuses == {"1": "old", "2": None}


def test_totals_of_rows_apart_are_not_summed(tmp_path: Path) -> None:
    outcome = orders(tmp_path, line("1", "a"), line("2", "b"), line("1", "c"))

    assert {str(record["grand_total"]) for record in outcome.records} == {"10.00"}


def test_rejected_order_takes_all_its_rows_with_it(tmp_path: Path) -> None:
    bad = [line("1", "a"), line("2", "b"), line("1", "c")]
    for row in bad[0], bad[2]:
        row[3] = "XX"

    outcome = orders(tmp_path, *bad)

    assert [record["id"] for record in outcome.records] == ["2"]
    assert sorted(row["reject_line"] for row in outcome.rejects()) == ["2", "4"]
    assert outcome.summary.rejected == 1


def test_rows_with_a_blank_id_stay_alone_among_rows_apart(tmp_path: Path) -> None:
    outcome = orders(tmp_path, line("", "x"), line("1", "a"), line(" ", "y"), line("1", "b"))

    assert products(outcome) == {"1": ["a", "b"]}
    assert sorted(outcome.places("E010")) == [(2, "id"), (4, "id")]


def test_unreadable_rows_among_rows_apart_are_rejected(tmp_path: Path) -> None:
    outcome = orders(tmp_path, line("1", "a"), ["short"], line("2", "b"), line("1", "c"))

    assert products(outcome) == {"1": ["a", "c"], "2": ["b"]}
    assert [row["reject_line"] for row in outcome.rejects()] == ["3"]


def test_listings_apart_are_one_product(tmp_path: Path) -> None:
    head = ["id", "title", "listings.store"]
    rows = [["1", "Shirt", "uk"], ["2", "Sock", "uk"], ["1", "Shirt", "eu"]]

    outcome = prepare_rows(tmp_path, "products.csv", [head, *rows])

    stores = {r["id"]: [each["store"] for each in r["listings"]] for r in outcome.records}
    assert stores == {"1": ["uk", "eu"], "2": ["uk"]}


def test_last_of_two_files_wins_though_rows_stand_apart(tmp_path: Path) -> None:
    def text(*rows: list[str]) -> str:
        return "\n".join(",".join(row) for row in (HEAD, *rows))

    first = write(tmp_path / "orders-1.csv", text(line("1", "a"), line("2", "b"), line("1", "c")))
    second = write(tmp_path / "orders-2.csv", text(line("1", "d"), line("3", "e"), line("1", "f")))

    outcome = prepare_files(tmp_path, first, second)

    assert products(outcome) == {"1": ["d", "f"], "2": ["b"], "3": ["e"]}
    assert outcome.summary.superseded == 1
    assert outcome.summary.rows.superseded == 2


@pytest.mark.parametrize("block_bytes", [256, 1 << 20])
def test_endless_order_is_rejected_whole_wherever_its_rows_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block_bytes: int
) -> None:
    monkeypatch.setattr(units, "MAX_GROUP_ROWS", 40)
    small_blocks(monkeypatch, block_bytes)
    # Without items the record would be small enough to be sent.
    rows = [[("1", "2", "3", "")[n % 4], *ORDER, "", "", ""] for n in range(120)]
    rows += [["1", *ORDER, "", "", ""]] * 30

    outcome = orders(tmp_path, *rows)

    assert sorted(record["id"] for record in outcome.records) == ["2", "3"]
    reasons = [row["reject_reasons"] for row in outcome.rejects()]
    assert sum("over 40 rows" in reason for reason in reasons) == 60
    assert outcome.summary.rows.rejected == 90


@pytest.mark.parametrize("block_bytes", [128, 1 << 20])
def test_endless_order_of_adjacent_rows_is_rejected_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block_bytes: int
) -> None:
    """Bug: the first rows were sent as an order where no item made it too large."""
    monkeypatch.setattr(units, "MAX_GROUP_ROWS", 40)
    small_blocks(monkeypatch, block_bytes)
    rows = [[order, *ORDER, "", "", ""] for order in ["1"] * 3 + ["2"] * 70 + ["3"] * 2]

    outcome = orders(tmp_path, *rows)

    assert [record["id"] for record in outcome.records] == ["1", "3"]
    assert outcome.summary.rows.rejected == 70


@COSTLY
@given(rows=st.lists(ANY_ORDER, min_size=1, max_size=40), block=st.sampled_from([100, 1_000]))
def test_same_rows_make_the_same_package_however_they_are_cut(
    rows: list[list[str]], block: int
) -> None:
    with folder() as path, pytest.MonkeyPatch.context() as patch:
        whole = prepare_rows(path, "orders.csv", [ORDER_HEAD, *rows])
        small_blocks(patch, block)
        patch.setattr(scatter, "_HELD_BYTES", 500)
        patch.setattr(units, "_CHUNK_ROWS", 7)
        cut = prepare_rows(path, "orders.csv", [ORDER_HEAD, *rows])

    assert cut.package_id == whole.package_id
    assert (cut.texts, cut.origins) == (whole.texts, whole.origins)
    assert cut.summary.problems == whole.summary.problems
    assert cut.summary.rows == whole.summary.rows


@COSTLY
@given(sizes=st.lists(st.integers(1, 5), min_size=1, max_size=12), seed=st.integers(0, 1_000))
def test_shuffled_rows_make_the_records_of_ordered_ones(sizes: list[int], seed: int) -> None:
    ordered = [line(f"o{n}", f"p{m}") for n, size in enumerate(sizes) for m in range(size)]
    shuffled = random.Random(seed).sample(ordered, len(ordered))
    with folder() as path:
        straight = orders(path, *ordered)
        mixed = orders(path, *shuffled)

    assert mixed.summary.rows == straight.summary.rows
    assert {key: sorted(names) for key, names in products(mixed).items()} == products(straight)
    for order, names in products(mixed).items():
        assert names == [row[5] for row in shuffled if row[0] == order]
    without_items = [
        sorted(str({**record, "lineitems": None}) for record in outcome.records)
        for outcome in (straight, mixed)
    ]
    assert without_items[0] == without_items[1]
