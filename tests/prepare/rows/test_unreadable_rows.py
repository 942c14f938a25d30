"""Records of which a row cannot be read: they wait for it instead of going without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prepare.outcomes import Outcome, prepare_files, prepare_text, small_blocks, write

HEADER = (
    "id,timestamp,grand_total,currency,lineitems.product_id,lineitems.quantity,"
    "lineitems.unit_price\n"
)


def line(number: str, item: str) -> str:
    """A row of an order."""
    return f"{number},2024-01-05T10:00:00Z,20,EUR,{item},1,10\n"


def ids(outcome: Outcome) -> list[str]:
    """The orders that got in."""
    return [record["id"] for record in outcome.records]


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("size", [30, 150, 10_000])
def test_an_order_waits_for_its_row_wherever_that_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int, size: int
) -> None:
    small_blocks(monkeypatch, size)
    rows = [line("A", "p1"), line("A", "p2")]
    rows.insert(place, "A,2024-01-05T10:00:00Z,20,EUR,p3\n")
    text = HEADER + line("0", "p") + "".join(rows) + line("B", "p1")
    outcome = prepare_text(tmp_path, "orders.csv", text)
    rejects = outcome.rejects()

    assert ids(outcome) == ["0", "B"]
    assert sorted(row["reject_line"] for row in rejects) == ["3", "4", "5"]
    assert sorted(problem["code"] for problem in outcome.problems) == ["E001", "E035"]
    assert f"line {place + 3} belongs to it" in " ".join(row["reject_reasons"] for row in rejects)


def test_a_row_with_too_many_cells_within_an_order_is_its_own(tmp_path: Path) -> None:
    broken = "x,A,2024-01-05T10:00:00Z,20,EUR,p3,1,10\n"
    text = HEADER + line("A", "p1") + broken + line("A", "p2") + line("B", "p1")

    assert ids(prepare_text(tmp_path, "orders.csv", text)) == ["B"]


def test_a_row_that_names_no_order_holds_none_up(tmp_path: Path) -> None:
    text = HEADER + line("A", "p1") + "lost,row\n" + line("B", "p1")
    outcome = prepare_text(tmp_path, "orders.csv", text)

    assert ids(outcome) == ["A", "B"]
    assert [problem["code"] for problem in outcome.problems] == ["E001"]


def test_scattered_rows_wait_for_each_other_too(tmp_path: Path) -> None:
    text = HEADER + line("A", "p1") + line("B", "p1") + line("A", "p2") + "A,short\n"

    assert ids(prepare_text(tmp_path, "orders.csv", text)) == ["B"]


def test_an_order_waits_for_an_item_in_a_file_of_its_own(tmp_path: Path) -> None:
    header = "id,timestamp,grand_total,currency\n"
    orders = write(
        tmp_path / "orders.csv",
        header + "A,2024-01-05T10:00:00Z,20,EUR\nB,2024-01-05T10:00:00Z,20,EUR\n",
    )
    items = write(
        tmp_path / "items.csv",
        "order_id,product_id,quantity,unit_price\nA,p1,1,10\nA,p2\nB,p,1,1\n",
    )
    outcome = prepare_files(tmp_path, orders, f"lineitem={items}")

    assert ids(outcome) == ["B"]
    (reason,) = (row["message"] for row in outcome.problems if row["code"] == "E035")
    assert reason == f"{items} line 3 belongs to it and cannot be read; fix both together"


def test_the_mended_row_completes_its_order(tmp_path: Path) -> None:
    text = HEADER + line("A", "p1") + "A,2024-01-05T10:00:00Z,20,EUR,p2,1\n" + line("B", "p1")
    outcome = prepare_text(tmp_path, "orders.csv", text)
    path = outcome.summary.reject_paths[0]
    content = path.read_text("utf-8")
    unreadable = next(each for each in content.splitlines() if "E001" in each)

    untouched = prepare_files(tmp_path, path)
    assert ids(untouched) == []

    rest = unreadable.removeprefix(",,,,,,")
    mended = "A,2024-01-05T10:00:00Z,20,EUR,p2,1,10" + rest
    again = prepare_files(tmp_path, write(tmp_path / "m.csv", content.replace(unreadable, mended)))
    right = prepare_text(tmp_path, "right.csv", HEADER + line("A", "p1") + line("A", "p2"))

    assert again.texts == right.texts
