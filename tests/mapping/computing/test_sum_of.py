"""Totals that a mapping takes from the items of a record."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from ometria_import.errors import MappingError
from ometria_import.mapping.file.read import parse_mapping
from tests.mapping.file.test_mappings import mapped
from tests.prepare.outcomes import Outcome, prepare_files, prepare_text, small_blocks, write

PAGE = Path(__file__).resolve().parents[3] / "docs" / "mapping.md"
ORDER = """
object_type = "order"
[columns]
unmapped = "ignore"
[rows]
group_by = ["No"]
[fields]
id = "No"
timestamp = { constant = "2024-01-31T09:30:00Z" }
currency = { constant = "GBP" }
grand_total = { sum_of = "lineitems.total" }
"""
ITEMS = """
[items.lineitems.fields]
product_id = "Sku"
quantity = { constant = "1" }
unit_price = "Price"
total = "Price"
"""


def totals(outcome: Outcome) -> dict[str, Any]:
    """The grand total of each order."""
    return {each["id"]: each["grand_total"] for each in outcome.records}


def test_example_in_the_docs_adds_up_what_the_page_says(tmp_path: Path) -> None:
    section = PAGE.read_text("utf-8").split("### `sum_of`")[1]
    (mapping, *_) = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    (rows, *_) = re.findall(r"\n\n((?:    .*\n)+)", section)

    outcome = mapped(tmp_path, mapping, dedent(rows))

    assert totals(outcome) == {"1": Decimal("13.50"), "2": Decimal(4)}


def test_sums_are_exact_and_the_summary_counts_them(tmp_path: Path) -> None:
    rows = "".join(f"{number // 2},a,{0.1 * (number % 3 + 1):.1f}\n" for number in range(3_000))

    outcome = mapped(tmp_path, ORDER + ITEMS, f"No,Sku,Price\n{rows}")

    found = totals(outcome)
    assert (found["0"], found["1"], found["2"]) == (Decimal("0.3"), Decimal("0.4"), Decimal("0.5"))
    (problem,) = (each for each in outcome.problems if each["code"] == "W095")
    assert (problem["count"], problem["line"], problem["field"]) == ("1500", "2", "grand_total")
    assert problem["message"].startswith("it is the sum of lineitems.total")


def test_total_is_not_known_where_an_item_is_missing(tmp_path: Path) -> None:
    rows = "No,Sku,Price\n1,a,2.00\n1,b,x\n2,a,2.00\n2,,3.00\n3,a,2.00\n3,b,\n4,,\n5,a,1\n"

    outcome = mapped(tmp_path, ORDER + ITEMS, rows)

    assert totals(outcome) == {"5": Decimal(1)}
    assert [place[1] for place in outcome.places("E010")] == ["grand_total"] * 4


def test_sum_is_read_with_a_point_where_the_file_has_commas(tmp_path: Path) -> None:
    rows = "No;Sku;Price\n1;a;1.000,250\n1;b;-0,250\n2;a;1.234\n"

    outcome = mapped(tmp_path, ORDER + ITEMS, rows, decimal_sign="comma")

    assert totals(outcome) == {"1": Decimal(1000), "2": Decimal(1234)}


def test_rows_of_an_order_in_several_chunks_are_added_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_blocks(monkeypatch, 40)
    rows = "No,Sku,Price\n" + "".join(f"{number % 5},a{number},1.10\n" for number in range(50))

    assert set(totals(mapped(tmp_path, ORDER + ITEMS, rows)).values()) == {Decimal(11)}


def test_items_of_objects_are_added_up(tmp_path: Path) -> None:
    toml = ORDER.replace('[rows]\ngroup_by = ["No"]\n', "").replace('"No"', '"no"')
    toml = toml.replace("{ sum_of =", '{ first = ["total", { sum_of =').replace(
        '"lineitems.total" }', '"lineitems.total" }] }'
    )
    items = '[items.lineitems]\neach = "lines"\n' + ITEMS.replace('"Sku"', '"lines[].sku"')
    items = items.replace('"Price"', '"lines[].price"')
    mapping = write(tmp_path / "my.toml", toml + items)
    rows = '{"no": 1, "lines": [{"sku": "a", "price": 1.25}, {"sku": "b", "price": 2}]}\n'
    rows += '{"no": 2, "total": 9, "lines": [{"sku": "a", "price": 1.25}]}\n'

    outcome = prepare_text(tmp_path, "rows.ndjson", rows, mapping=mapping)

    assert totals(outcome) == {"1": Decimal("3.25"), "2": Decimal(9)}


def test_items_in_a_file_of_their_own_are_added_up(tmp_path: Path) -> None:
    orders = write(tmp_path / "orders.csv", "No\n1\n2\n")
    lines = "order_id,product_id,quantity,unit_price,total\n1,a,1,2,2.50\n1,b,1,3,3\n2,a,1,2,2\n"

    outcome = prepare_files(
        tmp_path,
        f"order={orders}",
        f"lineitem={write(tmp_path / 'lines.csv', lines)}",
        mapping=write(tmp_path / "my.toml", ORDER),
    )

    assert totals(outcome) == {"1": Decimal("5.50"), "2": Decimal(2)}


@pytest.mark.parametrize(
    ("total", "words"),
    [
        ('{ sum_of = "lineitems.totl" }', "'lineitems.totl' is no number of an item (did you mean"),
        ('{ sum_of = "lineitems.sku" }', "'lineitems.sku' is no number of an item"),
        ('{ sum_of = "grand_total" }', "'grand_total' is no number of an item"),
        ('{ sum_of = "lineitems.tax" }', "nothing feeds 'lineitems.tax', which is to be added up"),
        ('{ sum_of = "lineitems.total", negate = true }', "'negate' has no effect on a sum"),
        ('{ first = [{ sum_of = "lineitems.total" }, "T"] }', "must be the last entry of 'first'"),
        ('{ add = ["T", { sum_of = "lineitems.total" }] }', "must be the last entry of 'first'"),
        ('{ first = ["T", { sum_of = "lineitems.total" }], default = 1 }', "'default' has no eff"),
    ],
)
def test_sum_that_makes_no_sense_is_refused(tmp_path: Path, total: str, words: str) -> None:
    toml = ORDER.replace('{ sum_of = "lineitems.total" }', total)

    with pytest.raises(MappingError, match=re.escape(words)) as refused:
        parse_mapping(tmp_path / "my.toml", toml + ITEMS)

    assert "my.toml:11: " in str(refused.value)


def test_sum_in_an_item_is_refused(tmp_path: Path) -> None:
    items = ITEMS.replace('total = "Price"', 'total = { sum_of = "lineitems.unit_price" }')

    with pytest.raises(MappingError, match="an item has no items"):
        parse_mapping(tmp_path / "my.toml", ORDER + items)
