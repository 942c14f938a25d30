"""A prefix of their own keeps the orders of two shops apart that count alike."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ometria_import.mapping.recognition.recognition import parse_source_argument
from ometria_import.prepare import PrepareOptions
from tests.prepare.outcomes import prepare_files, write
from tests.prepare.same_keys.test_same_keys import ORDERS, order_row


def test_prefix_of_one_source_keeps_its_orders_apart_from_those_of_another(tmp_path: Path) -> None:
    first = write(tmp_path / "uk-orders.csv", ORDERS + order_row() + order_row(product="CUP"))
    second = write(tmp_path / "us-orders.csv", ORDERS + order_row(currency="USD"))
    own = PrepareOptions(settings={"order_prefix": "uk-"})

    outcome = prepare_files(
        tmp_path, first, second, of_sources={parse_source_argument(str(first)): own}
    )

    found = [(each["id"], len(each["lineitems"])) for each in outcome.records]
    assert sorted(found) == [("1001", 1), ("uk-1001", 2)]
    assert outcome.summary.rejected == 0


@pytest.mark.parametrize("is_json", [False, True])
def test_prefix_stands_before_ids_of_every_kind_of_source(tmp_path: Path, *, is_json: bool) -> None:
    order = {
        "@type": "order",
        "id": "'0042",
        "timestamp": "2024-01-15T10:00:00Z",
        "grand_total": 5,
        "currency": "EUR",
    }
    source = (
        write(tmp_path / "orders.json", json.dumps([order]))
        if is_json
        else write(tmp_path / "orders.csv", ORDERS + order_row(id="'0042"))
    )
    contacts = write(tmp_path / "contacts.csv", "id,email\n1,a@example.com\n")

    outcome = prepare_files(tmp_path, contacts, source, settings={"order_prefix": "uk-"})

    assert [each["id"] for each in outcome.records] == ["1", "uk-0042"]


def test_items_in_files_of_their_own_find_the_order_by_its_own_id(tmp_path: Path) -> None:
    orders = "id,timestamp,grand_total,currency\n7,2024-01-15T10:00:00Z,5,EUR\n"
    items = "order_id,product_id,quantity,unit_price\n7,MUG,1,5\n"

    outcome = prepare_files(
        tmp_path,
        write(tmp_path / "orders.csv", orders),
        f"lineitem={write(tmp_path / 'items.csv', items)}",
        settings={"order_prefix": "uk-"},
    )

    (record,) = outcome.records
    assert (record["id"], record["lineitems"][0]["product_id"]) == ("uk-7", "MUG")


def test_a_mapping_with_such_a_setting_uses_it_as_it_says(tmp_path: Path) -> None:
    mapping = write(
        tmp_path / "till.toml",
        'name = "till"\nobject_type = "order"\n'
        '[settings.order_prefix]\nabout = "stands before receipts"\n'
        '[fields]\nid = { template = "{order_prefix}R{Receipt}" }\ntimestamp = "Sold"\n'
        'grand_total = "Total"\ncurrency = { constant = "GBP" }\n',
    )
    rows = write(tmp_path / "till.csv", "Receipt,Sold,Total\n1,2024-01-15T10:00:00Z,5\n")

    outcome = prepare_files(tmp_path, rows, mapping=mapping, settings={"order_prefix": "uk-"})

    assert [each["id"] for each in outcome.records] == ["uk-R1"]


def test_rejects_of_two_shops_get_in_with_a_prefix_each(tmp_path: Path) -> None:
    first = write(tmp_path / "uk-orders.csv", ORDERS + order_row() + order_row(product="CUP"))
    second = write(tmp_path / "us-orders.csv", ORDERS + order_row(currency="USD"))
    rejected = prepare_files(tmp_path, first, second).summary.reject_paths
    assert len(rejected) == 2

    outcomes = [
        prepare_files(tmp_path, path, settings={"order_prefix": f"{number}-"})
        for number, path in enumerate(rejected)
    ]

    records = [each for outcome in outcomes for each in outcome.records]
    assert [(each["id"], len(each["lineitems"])) for each in records] == [
        ("0-1001", 2),
        ("1-1001", 1),
    ]
