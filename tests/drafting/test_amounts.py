"""Which total was paid, and in which unit, by what line items add up to, wherever they stand."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from ometria_import.drafting.asking.asking import open_questions, take_answer
from ometria_import.drafting.draft import Draft, draft, draft_all, draft_objects, table_of
from ometria_import.drafting.writing.writing import write_mapping

Order = dict[str, Any]
PRICES = (19.99, 5.5, 33.35, 120.0, 7.25, 2.95)


def orders_of(count: int = 24) -> list[Order]:
    """Orders with nested lines, net of tax, and every amount that they add up to."""
    orders: list[Order] = []
    for number in range(count):
        bought = [
            (each % 6, each % 3 + 1, round(PRICES[each % 6] + number * 0.11, 2))
            for each in range(number, number + 1 + number % 3)
        ]
        lines = [
            {"sku": f"S{sku}", "quantity": quantity, "unit_price": price}
            for sku, quantity, price in bought
        ]
        net = sum(quantity * price for _, quantity, price in bought)
        tax, shipping, discount = round(net * 0.2, 2), 4.95, 5.0 * (number % 2)
        orders.append(
            {
                "order_number": f"A{1000 + number}",
                "created_at": f"2024-03-{number % 9 + 1:02}T10:00:00Z",
                "currency": "EUR",
                "customer_id": f"c{number}",
                "tax": tax,
                "shipping": shipping,
                "discount": discount,
                "lines": lines,
                "net": round(net + shipping - discount, 2),
                "paid": round(net + shipping - discount + tax, 2),
            }
        )
    return orders


def renamed(orders: Sequence[Order], **names: str) -> list[Order]:
    return [{names.get(key, key): value for key, value in each.items()} for each in orders]


def nested(orders: Sequence[Order]) -> Draft:
    return draft_objects("orders.json", orders)


def in_rows(orders: Sequence[Order]) -> Draft:
    """The same with a row for each line, as CSV exports have them."""
    rows = [
        {**{key: value for key, value in order.items() if key != "lines"}, **line}
        for order in orders
        for line in order["lines"]
    ]
    return draft("orders.csv", {name: [str(row[name]) for row in rows] for name in rows[0]})


def in_two_files(orders: Sequence[Order]) -> Draft:
    """The same with the lines in a file of their own."""
    heads = {name: [str(each[name]) for each in orders] for name in orders[0] if name != "lines"}
    rows = [
        {"order_number": each["order_number"], **line} for each in orders for line in each["lines"]
    ]
    lines = {name: [str(row[name]) for row in rows] for name in rows[0]}
    tables = [table_of("orders.csv", heads), table_of("order_lines.csv", lines)]
    return draft_all(tables)[0][0]


def asked(drafted: Draft) -> dict[str, tuple[str, ...]]:
    return {each.key: each.choices for each in open_questions(drafted.table, drafted.reading)}


def fields_of(drafted: Draft) -> Mapping[str, Any]:
    fields: Mapping[str, Any] = tomllib.loads(write_mapping(drafted.table, drafted.reading))[
        "fields"
    ]
    return fields


FORMS = pytest.mark.parametrize("drafted_from", [nested, in_rows, in_two_files])


@FORMS
def test_total_is_the_one_that_lines_tax_and_shipping_add_up_to(
    drafted_from: Callable[[Sequence[Order]], Draft],
) -> None:
    drafted = drafted_from(renamed(orders_of(), net="total", paid="total_amount"))

    assert fields_of(drafted)["grand_total"] == "total_amount"
    assert asked(drafted) == {}


@FORMS
def test_total_without_tax_beside_an_unknown_sum_with_tax_is_asked_about(
    drafted_from: Callable[[Sequence[Order]], Draft],
) -> None:
    drafted = drafted_from(renamed(orders_of(), net="total", paid="zahlbetrag_x"))

    assert asked(drafted) == {"total": ("total", "zahlbetrag_x")}
    assert "grand_total" not in fields_of(drafted)
    assert take_answer(drafted.table, drafted.reading, "total", "zahlbetrag_x")
    assert fields_of(drafted)["grand_total"] == "zahlbetrag_x"


def test_discount_that_lines_and_order_both_name_is_not_taken_twice() -> None:
    orders = orders_of()
    for each in orders:
        less = each["discount"]
        first, *others = each["lines"]
        each["lines"] = [{**first, "discount": less}, *({**one, "discount": 0} for one in others)]
        each["total_before"], each["total_paid"] = round(each["paid"] + less, 2), each["paid"]
    drafted = nested(
        [{k: v for k, v in each.items() if k not in {"net", "paid"}} for each in orders]
    )

    assert fields_of(drafted)["grand_total"] == "total_paid"


@FORMS
def test_total_in_cents_is_known_by_lines_in_whole_units(
    drafted_from: Callable[[Sequence[Order]], Draft],
) -> None:
    orders = [{**each, "paid": round(each["paid"] * 100)} for each in orders_of()]
    drafted = drafted_from(renamed(orders, net="without_vat", paid="total"))

    assert fields_of(drafted)["grand_total"] == {"column": "total", "scale": 0.01}
    assert fields_of(drafted)["tax"] == "tax"
    assert asked(drafted) == {}


def test_lines_in_cents_are_known_by_a_total_in_whole_units() -> None:
    orders = orders_of()
    for each in orders:
        for line in each["lines"]:
            line["unit_price"] = round(line["unit_price"] * 100)
    drafted = nested(renamed(orders, net="without_vat", paid="total"))

    items = tomllib.loads(drafted.text)["items"]["lineitems"]["fields"]
    assert items["unit_price"] == {"column": "lines[].unit_price", "scale": 0.01}
    assert fields_of(drafted)["grand_total"] == "total"
    assert asked(drafted) == {}


@pytest.mark.parametrize(
    ("answer", "total", "price"),
    [
        (
            "cents",
            {"column": "total", "scale": 0.01},
            {"column": "lines[].unit_price", "scale": 0.01},
        ),
        ("whole units", "total", "lines[].unit_price"),
    ],
)
def test_amounts_that_may_all_be_in_cents_are_asked_about_and_none_is_fed(
    answer: str, total: object, price: object
) -> None:
    orders = orders_of()
    for each in orders:
        for name in ("tax", "shipping", "discount", "paid"):
            each[name] = round(each[name] * 100)
        del each["net"]
        for line in each["lines"]:
            line["unit_price"] = round(line["unit_price"] * 100)
    drafted = nested(renamed(orders, paid="total"))

    (question,) = open_questions(drafted.table, drafted.reading, "orders.json")
    first = orders[0]["paid"]
    assert question.text == (
        f"Are the amounts of orders.json in cents, so that {first} is {first / 100:.2f}, or in "
        "whole units?"
    )
    assert not question.default
    assert not {"grand_total", "tax", "shipping", "discount"} & {*fields_of(drafted)}
    assert '# grand_total = { column = "total", scale = 0.01 }' in drafted.text
    assert '# unit_price = { column = "lines[].unit_price", scale = 0.01 }' in drafted.text
    assert take_answer(drafted.table, drafted.reading, question.key, answer)
    written = tomllib.loads(write_mapping(drafted.table, drafted.reading))
    assert written["fields"]["grand_total"] == total
    assert written["items"]["lineitems"]["fields"]["unit_price"] == price
    assert asked(drafted) == {}
