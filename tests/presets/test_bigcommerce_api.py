"""Orders of BigCommerce's API and their lines, which are two files of JSON."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import MappingError, SourceError
from ometria_import.options.choices import Lines
from tests.prepare.outcomes import Outcome, prepare_files, read_csv, write

EXPORTS = Path(__file__).resolve().parents[1] / "exports" / "bigcommerce"
ORDERS, LINES = EXPORTS / "api-v2-orders.json", EXPORTS / "api-v2-order-products.json"


@pytest.fixture
def outcome(tmp_path: Path) -> Outcome:
    """Both files together, with the lines first."""
    return prepare_files(tmp_path, LINES, ORDERS)


def orders_of(outcome: Outcome) -> list[dict[str, Any]]:
    """The orders by their id: those that are joined come in no order of their own."""
    return sorted(outcome.records, key=lambda each: str(each["id"]))


def test_orders_have_the_amounts_with_tax_in_the_currency_of_the_shopper(outcome: Outcome) -> None:
    order = orders_of(outcome)[0]

    assert order["id"] == order["web_id"] == "500"
    assert order["timestamp"] == "2024-05-04T09:15:00Z"
    assert order["currency"] == "EUR"
    assert order["properties"] == {"display_currency": "USD", "exchange_rate": "1.2500000000"}
    amounts = {name: order[name] for name in ("grand_total", "subtotal", "shipping", "tax")}
    assert amounts == {
        "grand_total": Decimal("63.00"),
        "subtotal": Decimal("60.00"),
        "shipping": Decimal("6.00"),
        "tax": Decimal("10.50"),
    }
    assert order["discount"] == Decimal("3.00")
    assert order["customer"] == {
        "id": "31",
        "email": "bea.summer@example.com",
        "firstname": "Bea",
        "lastname": "Summer",
    }
    assert order["billing_address"]["country_code"] == "IE"
    assert (order["status"], order["is_valid"]) == ("shipped", True)


def test_lines_are_joined_with_their_options(outcome: Outcome) -> None:
    bowl, spoon = orders_of(outcome)[0]["lineitems"]

    assert (bowl["product_id"], bowl["variant_id"], bowl["sku"]) == ("70", "BOWL-W-B", "BOWL-W-B")
    assert (bowl["quantity"], bowl["unit_price"], bowl["total"]) == (2, Decimal("24.00"), 48)
    assert [(each["type"], each["label"]) for each in bowl["variant_options"]] == [
        ("Width", "Wide"),
        ("Colour", "Blue, matt"),
    ]
    assert spoon["product_id"] == "71"
    assert "variant_id" not in spoon
    assert "variant_options" not in spoon


def test_unfinished_and_deleted_orders_are_left_out_with_their_lines(outcome: Outcome) -> None:
    assert [each["id"] for each in orders_of(outcome)] == ["500", "501", "504", "505"]
    assert outcome.summary.rows.left_out == 4


def test_guests_refunds_and_states_of_the_shops_own(outcome: Outcome) -> None:
    _, refunded, unpaid, own = orders_of(outcome)

    assert "id" not in refunded["customer"]
    assert refunded["is_valid"] is False
    assert refunded["timestamp"] == "2024-05-06T23:30:00-05:00"
    assert refunded["properties"]["refund_amount"] == "63.0000"
    assert refunded["lineitems"][0]["quantity_refunded"] == 2
    assert unpaid["is_valid"] is False
    assert (own["status"], own["is_valid"]) == ("Bench to pack", True)
    assert own["lineitems"][0]["product_id"] == "Repair"


def test_lines_of_an_order_that_is_not_there_are_rejects(outcome: Outcome) -> None:
    assert outcome.places("E033") == [(8, "order_id")]
    (reject,) = read_csv(outcome.summary.reject_paths[0])
    assert (reject["order_id"], reject["sku"]) == ("999", "SPOON")


def test_rejected_lines_come_back_as_a_table(tmp_path: Path, outcome: Outcome) -> None:
    orders = json.loads(ORDERS.read_text())
    late = write(tmp_path / "late.json", json.dumps([{**orders[0], "id": 999}]))

    again = prepare_files(tmp_path, late, outcome.summary.reject_paths[0])

    (order,) = again.records
    assert [item["sku"] for item in order["lineitems"]] == ["SPOON"]


def test_links_and_notes_never_leave_the_file(outcome: Outcome) -> None:
    for word in ("api.example.com", "call first", "Dock Road"):
        assert word not in "".join(outcome.texts)
    assert outcome.places("W051") == []


def test_orders_alone_and_lines_alone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"has no lines.*GET /v2/orders/\{id\}/products"):
        prepare_files(tmp_path, ORDERS)
    with pytest.raises(MappingError, match="no table of order records is given") as refused:
        prepare_files(tmp_path, LINES)

    assert "GET /v2/orders, all pages" in refused.value.hint


def test_orders_can_be_wanted_without_their_lines(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, ORDERS, lines=Lines.NONE)

    assert len(outcome.records) == 4
    assert not any("lineitems" in each for each in outcome.records)


def test_an_array_that_is_cut_is_refused(tmp_path: Path) -> None:
    cut = write(tmp_path / "lines.json", LINES.read_bytes()[:-300])

    with pytest.raises(SourceError, match="ends in the middle of its array"):
        prepare_files(tmp_path, ORDERS, cut)


def test_lines_never_get_into_the_order_of_another_platform_with_the_same_number(
    tmp_path: Path,
) -> None:
    rows = "id,timestamp,grand_total,currency\n999,2024-05-04T09:15:00Z,4.00,EUR\n"
    others = write(tmp_path / "others.csv", rows)

    outcome = prepare_files(tmp_path, ORDERS, LINES, f"order={others}")

    own = {each["id"]: each.get("lineitems") for each in outcome.records}
    assert own["999"] is None
    assert len(own["500"] or ()) == 2
    assert outcome.places("E033") == [(8, "order_id")]


def test_lines_in_ometrias_own_shape_are_joined_as_well(tmp_path: Path) -> None:
    rows = "order_id,product_id,quantity,unit_price\n500,mug,1,9.00\n"
    lines = write(tmp_path / "lines.csv", rows)

    outcome = prepare_files(tmp_path, ORDERS, f"lineitem={lines}")

    assert orders_of(outcome)[0]["lineitems"][0]["product_id"] == "mug"


def test_orders_for_which_the_lines_have_nothing_are_told_of(tmp_path: Path) -> None:
    first = write(tmp_path / "lines.json", json.dumps(json.loads(LINES.read_text())[:2]))

    outcome = prepare_files(tmp_path, ORDERS, first)

    (told,) = [each for each in outcome.problems if each["code"] == "W097"]
    assert (told["line"], told["field"], told["count"]) == ("2", "lineitems", "3")


def test_mapping_of_the_orders_is_not_for_their_lines(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, ORDERS, LINES, mapping="bigcommerce-v2-orders")

    assert len(orders_of(outcome)[0]["lineitems"]) == 2


def test_lines_whose_keys_somebody_renamed_are_refused_with_what_they_lack(tmp_path: Path) -> None:
    text = LINES.read_text().replace('"quantity"', '"pieces"')
    lines = write(tmp_path / "lines.json", text)

    with pytest.raises(MappingError) as refused:
        prepare_files(tmp_path, ORDERS, lines)

    assert "bigcommerce-v2-order-products (it lacks 'quantity')" in refused.value.hint
