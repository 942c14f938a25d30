from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ometria_import.mapping.recognition.recognition import parse_source_argument
from ometria_import.package.bodies import records_of
from ometria_import.prepare import Prepared, PrepareOptions, prepare

NOW = datetime.now(UTC)
LIMIT = PrepareOptions(older_than=timedelta(days=3))
HEADER = "id,timestamp,grand_total,currency,lineitems.product_id,lineitems.quantity,"
HEADER += "lineitems.unit_price\n"


def row(name: str, age: timedelta, offset: str = "Z") -> str:
    hours = 0 if offset == "Z" else int(offset[:3])
    moment = NOW - age + timedelta(hours=hours)
    return f"{name},{moment:%Y-%m-%dT%H:%M:%S}{offset},12.50,EUR,p1,1,12.50\n"


def prepared(folder: Path, rows: str, options: PrepareOptions = LIMIT) -> Prepared:
    path = folder / "orders.csv"
    path.write_text(HEADER + rows)
    return prepare(
        [parse_source_argument(f"order={path}")], options, folder / "run", folder / "packages"
    )


def ids(outcome: Prepared) -> list[str]:
    with outcome.package as package:
        bodies = [record for batch in package.batches() for record in records_of(batch)]
    return [body.split(b'"id":"')[1].split(b'"')[0].decode() for body in bodies]


def test_young_orders_stay_out_of_the_package_and_the_sum_comes_out(tmp_path: Path) -> None:
    old, young = timedelta(days=9), timedelta(hours=71)
    rows = row("a", old) + row("b", young) * 3 + row("c", timedelta(hours=73))
    outcome = prepared(tmp_path, rows)
    summary = outcome.summary
    assert ids(outcome) == ["a", "c"]
    assert (summary.held_back, summary.rows.held_back, summary.rows.comes_out) == (1, 1, True)
    assert (sum(summary.records.values()), summary.rejected) == (2, 0)
    assert summary.problems == {"W037": 1, "W045": 1}
    assert f"{tmp_path / 'orders.csv'},3," in summary.problems_path.read_text()
    assert outcome.package.sums["held_back"] == 1
    assert sum(sales.orders for sales in summary.cross_checks.sales) == 2


@pytest.mark.parametrize("offset", ["Z", "+12:00", "-11:00"])
def test_the_age_is_that_of_the_moment_whatever_its_zone(tmp_path: Path, offset: str) -> None:
    rows = row("young", timedelta(hours=71), offset) + row("old", timedelta(hours=73), offset)
    assert ids(prepared(tmp_path, rows)) == ["old"]


def test_an_order_of_the_future_is_held_back(tmp_path: Path) -> None:
    assert ids(prepared(tmp_path, row("a", -timedelta(days=2)) + row("b", timedelta(9)))) == ["b"]


@pytest.mark.parametrize(("age", "sent", "held"), [(1, [], 1), (9, ["a"], 0)])
def test_an_order_that_was_exported_again_is_held_back_once(
    tmp_path: Path, age: int, sent: list[str], held: int
) -> None:
    """No older state is sent in place of a young one, and a replaced one holds nothing back."""
    young = row("a", timedelta(days=age))
    arguments = []
    for number, text in enumerate((young, young.replace("12.50,EUR", "20.00,EUR"))):
        path = tmp_path / f"orders-{number}.csv"
        path.write_text(HEADER + text)
        arguments.append(parse_source_argument(f"order={path}"))
    outcome = prepare(arguments, LIMIT, tmp_path / "run", tmp_path / "packages")
    assert ids(outcome) == sent
    assert (outcome.summary.held_back, outcome.summary.superseded) == (held, 1)
    assert outcome.summary.rows.comes_out


def test_without_the_option_nothing_is_held_back(tmp_path: Path) -> None:
    outcome = prepared(tmp_path, row("a", timedelta(hours=1)), PrepareOptions())
    assert (ids(outcome), outcome.summary.held_back) == (["a"], 0)


def test_all_orders_may_be_held_back(tmp_path: Path) -> None:
    outcome = prepared(tmp_path, row("a", timedelta(hours=1)))
    assert (ids(outcome), outcome.summary.held_back) == ([], 1)
    assert outcome.summary.rows.comes_out
