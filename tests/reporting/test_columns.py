"""What preparing keeps of the cells of each column, whatever the columns are called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Shop

EXPORTS = Path(__file__).resolve().parents[1] / "exports"


def columns(shop: Shop, *arguments: str) -> dict[tuple[str, str], dict[str, Any]]:
    """What a rehearsed push keeps of each column, by column and field."""
    ended = shop.run("push", *arguments, "--to", "staging", "--dry-run", "--new")
    assert ended.code in {0, 3}, ended.err
    told = json.loads((shop.run_folders()[-1] / "columns.json").read_bytes())
    return {(each["column"], each["field"]): each for each in told}


def test_columns_of_a_preset_are_named_with_what_it_leaves_out(shop: Shop) -> None:
    file = str(EXPORTS / "shopify" / "orders-current.csv")

    found = columns(shop, file, "--set", "currency=GBP")

    assert found["Created at", "timestamp"]["rewritten"] == 2
    assert found["Lineitem sku / Lineitem name", "lineitems.product_id"]["filled"] == 3
    assert ("Billing Phone", "") in found


def test_names_within_json_objects_feed_fields_too(shop: Shop) -> None:
    file = str(EXPORTS / "shopify" / "rest-products.json")
    found = columns(shop, file, "--set", "shop_url=https://example.com", "--set", "currency=GBP")

    assert ("variants[].price", "price") in found
    assert found["", "currency"]["filled"] > 0, "the mapping gives it"


def test_items_of_another_file_stand_by_their_records(shop: Shop) -> None:
    orders = shop.write(
        "orders.csv", "id,timestamp,grand_total,currency\no1,2024-01-10T10:00:00Z,12.50,GBP\n"
    )
    lines = shop.write(
        "lines.csv", "order_id,product_id,quantity,unit_price,weight\no1,p1,1,12.50,heavy\n"
    )

    found = columns(shop, f"order={orders}", f"lineitem={lines}")

    assert found["unit_price", "lineitems.unit_price"]["filled"] == 1
    assert found["weight", "lineitems.properties.weight"]["source"] == "orders.csv"


@pytest.mark.parametrize(
    ("cells", "filled", "dropped"),
    [(["1", "2"], 2, 0), (["1", ""], 1, 0), (["1", "x"], 2, 1), (["", ""], 0, 0), (["x"], 1, 1)],
)
def test_every_cell_is_blank_kept_or_dropped(
    shop: Shop, cells: list[str], filled: int, dropped: int
) -> None:
    rows = "".join(f"p{n},Kettle,12.50,{cell}\n" for n, cell in enumerate(cells))
    file = shop.write("products.csv", f"id,title,price,special_price\n{rows}")

    own = columns(shop, file)["special_price", "special_price"]

    assert (own["cells"], own["filled"], own["dropped"]) == (len(cells), filled, dropped)
