"""Mappings for files that hold nothing but items of records in other files."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from ometria_import.errors import MappingError
from ometria_import.mapping.file.read import parse_mapping
from ometria_import.options.choices import Unmapped
from tests.prepare.outcomes import Outcome, prepare_files, write

PAGE = Path(__file__).resolve().parents[2] / "docs" / "mapping.md"
ORDERS = "id,timestamp,grand_total,currency\n" + "".join(
    f"{number},2024-01-31T09:30:00Z,10.00,EUR\n" for number in (1, 2)
)
MAPPING = """
items_of = "order"
[rows]
record = "Receipt"
[items.lineitems.fields]
product_id = "Article"
quantity = "Qty"
unit_price = "Price"
"""
LINES = "Receipt,Article,Qty,Price\n"


def joined(folder: Path, lines: str, mapping: str = MAPPING, **options: Any) -> Outcome:
    """Prepare orders with the line items of a file that has a mapping of its own."""
    return prepare_files(
        folder,
        f"order={write(folder / 'orders.csv', ORDERS)}",
        f"lineitem={write(folder / 'lines.csv', lines)}",
        mapping=write(folder / "lines.toml", mapping),
        **options,
    )


def items_of(outcome: Outcome, number: str) -> list[dict[str, Any]]:
    """The line items of an order."""
    (record,) = (each for each in outcome.records if each["id"] == number)
    items: list[dict[str, Any]] = record["lineitems"]
    return items


def articles(outcome: Outcome) -> dict[str, list[str]]:
    """The products of each order."""
    return {
        record["id"]: [item["product_id"] for item in record.get("lineitems", [])]
        for record in outcome.records
    }


def test_example_in_the_docs_gives_the_orders_their_items(tmp_path: Path) -> None:
    section = PAGE.read_text("utf-8").split("### A mapping for a file of items")[1]
    (mapping, *_) = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    (lines, *_) = re.findall(r"\n\n((?:    .*\n)+)", section)

    outcome = joined(tmp_path, dedent(lines), mapping)

    told = {each["id"]: each["lineitems"] for each in outcome.records}
    assert [(item["product_id"], item["quantity"]) for item in told["1"]] == [
        ("mug", 2),
        ("shirt", 1),
    ]
    assert told["1"][1]["variant_options"] == [{"type": "size", "id": "M", "label": "M"}]
    assert [item["product_id"] for item in told["2"]] == ["cap"]
    assert outcome.summary.reject_paths == ()


def test_items_of_no_record_are_rejects_under_the_names_of_their_file(tmp_path: Path) -> None:
    outcome = joined(tmp_path, LINES + "1,a,1,4\n9,b,1,4\n")

    assert articles(outcome) == {"1": ["a"], "2": []}
    assert outcome.places("E033") == [(3, "Receipt")]
    assert [row["Article"] for row in outcome.rejects()] == ["b"]


def test_rows_that_are_left_out_are_no_items_and_no_rejects(tmp_path: Path) -> None:
    mapping = MAPPING.replace("[rows]", '[rows]\nleave_out = [{ blank = ["Article"] }]')

    outcome = joined(tmp_path, LINES + "1,a,1,4\n1,,,4\nTotal,,,8\n", mapping)

    assert articles(outcome) == {"1": ["a"], "2": []}
    assert outcome.problems == []
    assert outcome.summary.rows.left_out == 1


def test_columns_that_the_mapping_does_not_name_are_custom_fields_of_the_item(
    tmp_path: Path,
) -> None:
    header, row = "Receipt,Article,Qty,Price,Till\n", "1,a,1,4,7\n"

    kept = joined(tmp_path, header + row)
    left = joined(tmp_path, header + row, unmapped=Unmapped.IGNORE)

    assert items_of(kept, "1")[0]["properties"] == {"Till": "7"}
    assert kept.places("W050") == [(1, "Till")]
    assert "properties" not in items_of(left, "1")[0]
    assert left.places("W051") == [(1, "Till")]


def test_column_that_would_be_a_custom_field_a_second_time_is_refused(tmp_path: Path) -> None:
    mapping = MAPPING + '"properties.Till" = "Cash desk"\n'

    with pytest.raises(MappingError, match=r"both feed properties\.Till"):
        joined(tmp_path, "Receipt,Article,Qty,Price,Till,Cash desk\n1,a,1,4,7,8\n", mapping)


def test_items_may_be_objects_and_have_a_decimal_point(tmp_path: Path) -> None:
    lines = '{"Receipt": 1, "Article": "a", "Qty": 2, "Price": 1.234}\n'

    outcome = prepare_files(
        tmp_path,
        f"order={write(tmp_path / 'orders.csv', ORDERS)}",
        f"lineitem={write(tmp_path / 'lines.ndjson', lines)}",
        mapping=write(tmp_path / "lines.toml", MAPPING),
    )

    assert str(items_of(outcome, "1")[0]["unit_price"]) == "1.234"


def test_listings_have_mappings_too(tmp_path: Path) -> None:
    products = "id,title,price,currency,url,is_variant\n1,Mug,5,EUR,https://example.com/1,false\n"
    mapping = """
    items_of = "product"
    [rows]
    record = "Sku"
    [items.listings.fields]
    store = "Shop"
    title = "Name"
    url = "Address"
    price = "Price"
    currency = { constant = "EUR" }
    """
    listings = "Sku,Shop,Name,Address,Price\n1,b,Tasse,https://example.com/b,6\n"

    outcome = prepare_files(
        tmp_path,
        f"product={write(tmp_path / 'products.csv', products)}",
        f"listing={write(tmp_path / 'listings.csv', listings)}",
        mapping=write(tmp_path / "listings.toml", mapping),
    )

    assert [each["title"] for each in outcome.records[0]["listings"]] == ["Tasse"]


def test_mapping_of_records_leaves_items_to_their_own_names(tmp_path: Path) -> None:
    mapping = """
    object_type = "order"
    [fields]
    id = "Number"
    timestamp = "Sold"
    grand_total = "Sum"
    currency = { constant = "EUR" }
    """
    orders = "Number,Sold,Sum\n1,2024-01-31T09:30:00Z,10\n"
    lines = "order_id,product_id,quantity,subtotal\n1,a,1,4\n"

    outcome = prepare_files(
        tmp_path,
        f"order={write(tmp_path / 'orders.csv', orders)}",
        f"lineitem={write(tmp_path / 'lines.csv', lines)}",
        mapping=write(tmp_path / "orders.toml", mapping),
    )

    assert articles(outcome) == {"1": ["a"]}


def test_items_are_left_out_with_their_record_and_kept_with_a_row_of_it(tmp_path: Path) -> None:
    mapping = """
    object_type = "order"
    [rows]
    group_by = ["Number"]
    leave_out = [{ column = "State", equals = ["void"] }]
    [fields]
    id = "Number"
    timestamp = "Sold"
    grand_total = "Sum"
    currency = { constant = "EUR" }
    """
    sold = "2024-01-31T09:30:00Z,10"
    orders = f"Number,Sold,Sum,State\n1,{sold},void\n2,{sold},void\n2,{sold},paid\n,{sold},void\n"
    lines = "order_id,product_id,quantity,subtotal\n1,a,1,4\n2,b,1,4\n,c,1,4\n9,d,1,4\n"

    outcome = prepare_files(
        tmp_path,
        f"order={write(tmp_path / 'orders.csv', orders)}",
        f"lineitem={write(tmp_path / 'lines.csv', lines)}",
        mapping=write(tmp_path / "orders.toml", mapping),
    )

    assert articles(outcome) == {"2": ["b"]}
    assert outcome.summary.rows.left_out == 3
    assert outcome.places("E033") == [(4, "order_id"), (5, "order_id")]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (MAPPING.replace('record = "Receipt"', ""), r":3: nothing says which record"),
        (MAPPING.replace("items_of", "object_type"), r":4: 'record' says nothing"),
        (MAPPING + '[fields]\nid = "Receipt"', r":9: 'fields' is of records"),
        (MAPPING.replace("[rows]", '[rows]\ngroup_by = ["Receipt"]'), r":4: 'group_by' is of"),
        (MAPPING.replace('"order"', '"ordr"'), r":2: 'ordr' is not an object type.*'order'"),
        ('object_type = "order"' + MAPPING, r":1: 'object_type' is of records"),
        (MAPPING.split("[items", maxsplit=1)[0], r"makes items of one kind"),
        (MAPPING.replace('quantity = "Qty"', ""), r"nothing feeds 'lineitems.quantity'"),
        (
            MAPPING.replace('"Receipt"', '{ column = "Receipt", split = "," }'),
            r":4: an item belongs to one record",
        ),
    ],
)
def test_mapping_of_items_that_contradicts_itself_is_refused_with_its_line(
    wrong: str, words: str
) -> None:
    with pytest.raises(MappingError, match=words) as caught:
        parse_mapping(Path("lines.toml"), wrong)

    assert caught.value.message.startswith("lines.toml:")


def test_column_that_names_the_record_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"lines\.toml:4: .*no column 'Receipt'.*'Receipts'"):
        joined(tmp_path, "Receipts,Article,Qty,Price\n")


@pytest.mark.parametrize("name", ["order", "listing"])
def test_mapping_of_items_that_no_file_is_said_to_hold_is_refused(
    tmp_path: Path, name: str
) -> None:
    mapping = write(tmp_path / "lines.toml", MAPPING)
    with pytest.raises(MappingError, match="is for lineitems of order records"):
        prepare_files(tmp_path, f"{name}={write(tmp_path / 'a.csv', ORDERS)}", mapping=mapping)
