"""Variant options in a file of their own, given to the line items that they belong to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import MappingError
from tests.prepare.outcomes import Outcome, prepare_files, write
from tests.prepare.spill.test_item_files import items, orders

OPTIONS = "order_id,product_id,type,id,label\n"


def joined(folder: Path, options: str, lines: str = "", known: str = "") -> Outcome:
    """Prepare orders, their items and the options of these."""
    lines = lines or items(("1", "a"), ("1", "b"), ("2", "a"))
    return prepare_files(
        folder,
        write(folder / "orders.csv", known or orders("1", "2")),
        f"lineitem={write(folder / 'items.csv', lines)}",
        f"variant_option={write(folder / 'options.csv', options)}",
    )


def told(outcome: Outcome) -> dict[tuple[str, str], list[tuple[str, str, str]]]:
    """The options of each line item."""
    return {
        (record["id"], item["product_id"]): [
            (each["type"], each["id"], each["label"]) for each in item.get("variant_options", [])
        ]
        for record in outcome.records
        for item in record.get("lineitems", [])
    }


def test_options_go_to_the_item_of_their_order_and_product(tmp_path: Path) -> None:
    outcome = joined(
        tmp_path,
        OPTIONS + "1,b,size,m,Medium\n2,a,size,s,\n1,b,colour,,Blue\n1,a,size,l,Large\n",
    )

    assert told(outcome) == {
        ("1", "a"): [("size", "l", "Large")],
        ("1", "b"): [("size", "m", "Medium"), ("colour", "Blue", "Blue")],
        ("2", "a"): [("size", "s", "s")],
    }
    assert outcome.problems == []
    assert (outcome.summary.rows.read, outcome.summary.rows.folded) == (9, 7)


def test_an_option_may_say_which_item_by_several_columns(tmp_path: Path) -> None:
    lines = (
        "order_id,product_id,variant_id,quantity,unit_price\n1,a,a1,1,4\n1,a,a2,1,4\n1,'07,,1,4\n"
    )
    outcome = joined(
        tmp_path,
        "order_id,product_id,variant_id,type,label\n1,a,a2,size,M\n1,a,,colour,Red\n1,07,,cut,Slim\n",
        lines,
        orders("1"),
    )
    found = [item.get("variant_options", []) for item in outcome.records[0]["lineitems"]]

    assert [[each["label"] for each in options] for options in found] == [
        ["Red"],
        ["M", "Red"],
        ["Slim"],
    ]


def test_an_option_that_fits_no_item_is_a_warning_and_one_of_no_order_a_reject(
    tmp_path: Path,
) -> None:
    outcome = joined(tmp_path, OPTIONS + "1,x,size,m,M\n9,a,size,m,M\n1,,size,m,M\n")

    assert all(not options for options in told(outcome).values())
    assert sorted(outcome.places("W042")) == [
        (2, "lineitems.variant_options"),
        (4, "lineitems.variant_options"),
    ]
    assert any("has product_id 'x'" in row["message"] for row in outcome.problems)
    assert [row["order_id"] for row in outcome.rejects()] == ["9"]


def test_an_option_without_a_type_is_dropped_and_said(tmp_path: Path) -> None:
    outcome = joined(tmp_path, OPTIONS + "1,a,,m,M\n1,a,size,s,S\n")

    assert told(outcome)["1", "a"] == [("size", "s", "S")]
    assert outcome.places("W042") == [(2, "lineitems.variant_options")]


def test_options_of_the_items_own_rows_stay(tmp_path: Path) -> None:
    lines = "order_id,product_id,quantity,unit_price,variant_options.size\n1,a,1,4,S\n1,b,1,4,\n"
    outcome = joined(tmp_path, OPTIONS + "1,a,colour,r,Red\n", lines, orders("1"))

    assert told(outcome) == {
        ("1", "a"): [("size", "S", "S"), ("colour", "r", "Red")],
        ("1", "b"): [],
    }


def test_items_in_the_orders_own_rows_take_options_from_a_file(tmp_path: Path) -> None:
    header = (
        "id,timestamp,grand_total,currency,lineitems.product_id,lineitems.quantity,"
        "lineitems.unit_price\n"
    )
    row = "1,2024-01-31T09:30:00Z,10,EUR,{},1,5\n"
    outcome = prepare_files(
        tmp_path,
        write(tmp_path / "orders.csv", header + row.format("a") + row.format("b")),
        f"variant_option={write(tmp_path / 'options.csv', OPTIONS + '1,b,size,m,M')}",
    )

    assert told(outcome) == {("1", "a"): [], ("1", "b"): [("size", "m", "M")]}


def test_options_may_be_objects(tmp_path: Path) -> None:
    options = '{"order_id": 1, "product_id": "a", "type": "size", "id": "s", "label": "S"}\n'
    outcome = prepare_files(
        tmp_path,
        write(tmp_path / "orders.csv", orders("1")),
        f"lineitem={write(tmp_path / 'items.csv', items(('1', 'a')))}",
        f"variant_option={write(tmp_path / 'options.ndjson', options)}",
    )

    assert told(outcome) == {("1", "a"): [("size", "s", "S")]}


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("product_id,type,id,label", "no column is called order_id"),
        ("order_id,type,id,label", "no column is called product_id or variant_id or sku"),
        ("order_id,sku,id", "no column is called type"),
        ("order_id,sku,type", "no column is called id or label"),
    ],
)
def test_a_file_of_options_that_lacks_a_part_is_refused(
    tmp_path: Path, header: str, words: str
) -> None:
    with pytest.raises(MappingError, match=words):
        joined(tmp_path, header + "\n")


def test_options_without_orders_are_refused(tmp_path: Path) -> None:
    options: Any = write(tmp_path / "options.csv", OPTIONS + "1,a,size,m,M\n")
    with pytest.raises(MappingError, match="no table of order records is given"):
        prepare_files(tmp_path, f"variant_option={options}")


def test_attributes_in_columns_stay_with_products_whose_listings_are_in_another_file(
    tmp_path: Path,
) -> None:
    products = write(
        tmp_path / "products.csv",
        "id,title,price,currency,url,is_variant,attributes.colour\n"
        "1,Shirt,10,EUR,https://example.com/1,false,Red\n"
        "2,Mug,5,EUR,https://example.com/2,false,\n",
    )
    listings = write(
        tmp_path / "listings.csv",
        "product_id,store,title,url,price,currency\n2,b,Tasse,https://example.com/b,6,EUR\n",
    )

    outcome = prepare_files(tmp_path, f"product={products}", f"listing={listings}")

    told = {each["id"]: (each.get("attributes"), each.get("listings")) for each in outcome.records}
    assert told["1"] == ([{"type": "colour", "id": "Red", "label": "Red"}], None)
    assert told["2"][0] is None
    assert [each["store"] for each in told["2"][1] or []] == ["b"]
