from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.options.choices import Period
from ometria_import.prepare import CrossCheckReport, Orphan
from ometria_import.prepare.spill import spill
from ometria_import.schema.field_types import DecimalSign
from tests.prepare.outcomes import Outcome, csv_text, prepare_files, write
from tests.thoroughness import COSTLY

PRODUCTS = [["@type", "id"], ["product", "P1"], ["product", "P2"]]
CONTACTS = [
    ["@type", "id", "email", "customer_id", "marketing_optin"],
    ["contact", "1", "ada@example.com", "C1", "yes"],
    ["contact", "2", "bo@example.com", "C2", "unsubscribed"],
    ["contact", "3", "cy@example.com", "", ""],
]
LINE = ["lineitems.product_id", "lineitems.variant_id", "lineitems.quantity"]
ORDER = ["@type", "id", "timestamp", "grand_total", "currency"]


def across(folder: Path, *tables: list[list[str]], **options: Any) -> CrossCheckReport:
    return outcome_of(folder, *tables, **options).summary.cross_checks


def outcome_of(folder: Path, *tables: list[list[str]], **options: Any) -> Outcome:
    sources = [
        write(folder / f"{number}.csv", csv_text(table)) for number, table in enumerate(tables)
    ]
    return prepare_files(folder, *sources, **options)


def order(number: object, *more: str, total: str = "10.00", day: str = "2024-01-31") -> list[str]:
    return ["order", str(number), f"{day}T09:30:00Z", total, "EUR", *more]


def test_line_items_join_by_product_or_variant(tmp_path: Path) -> None:
    rows = [
        order(1, "P1", "P1-S", "1", "10"),
        order(2, "P2-M", "P2", "1", "10"),
        order(3, "X", "X-1", "1", "10"),
        order(3, "X", "", "1", "10"),
        order(4, "Y", "", "1", "10"),
    ]

    found = across(
        tmp_path, [[*ORDER, *LINE, "lineitems.unit_price"], *rows], PRODUCTS, CONTACTS
    ).products

    assert (found.asked, found.joined, found.share) == (5, 2, 0.4)
    assert found.orphans == (Orphan("X", 2), Orphan("Y", 1))


def test_orders_join_contacts_by_id_or_address_whatever_its_case(tmp_path: Path) -> None:
    people = [
        ("C1", ""),
        ("", "BO@Example.com"),
        ("C9", "cy@example.com"),
        ("C8", "zoe@example.com"),
        ("", "Zoe@example.com"),
        ("", "zac@example.com"),
        ("", ""),
    ]
    rows = [order(number, *person) for number, person in enumerate(people)]

    found = across(tmp_path, [[*ORDER, "customer.id", "customer.email"], *rows], CONTACTS).contacts

    assert (found.asked, found.joined) == (6, 3)
    assert found.orphans == (Orphan("z\u2026@example.com", 2), Orphan("C8", 1))


def test_no_share_is_said_of_what_the_input_does_not_have(tmp_path: Path) -> None:
    found = across(
        tmp_path,
        [
            [*ORDER, *LINE, "lineitems.unit_price", "customer.id"],
            order(1, "P1", "", "1", "10", "C1"),
        ],
    )

    assert (found.products.asked, found.contacts.asked) == (1, 1)
    assert found.products.share is found.contacts.share is None
    assert found.products.orphans == found.contacts.orphans == ()
    assert found.as_json()["orders_to_contacts"] == {
        "asked": 1,
        "joined": None,
        "share": None,
        "orphans": [],
    }


def test_only_records_that_are_sent_count(tmp_path: Path) -> None:
    """Contacts with a new address lose the old one, and superseded orders their line items."""
    contacts = [*CONTACTS, ["contact", "1", "new@example.com", "C1", "unsubscribed"]]
    header = [*ORDER, "customer.email", *LINE, "lineitems.unit_price"]
    orders = [
        order(1, "new@example.com", "gone", "", "1", "10"),
        order(2, "ada@example.com", "P1", "", "1", "10"),
        order(1, "new@example.com", "P1", "", "1", "10", total="30.00"),
        order("", "bo@example.com", "P1", "", "1", "10"),
    ]

    outcome = outcome_of(tmp_path, [header, *orders[:2]], [header, *orders[2:]], PRODUCTS, contacts)

    found = outcome.summary.cross_checks
    assert (outcome.summary.superseded, outcome.summary.merged) == (1, 1)
    assert found.optins == {"": 1, "EXPLICITLY_OPTEDOUT": 2}
    assert (found.contacts.asked, found.contacts.joined) == (2, 1)
    assert found.contacts.orphans == (Orphan("a\u2026@example.com", 1),)
    assert (found.products.asked, found.products.joined) == (2, 2)
    assert found.products.orphans == ()
    assert [(sales.orders, sales.revenue) for sales in found.sales] == [(2, Decimal("40.00"))]
    assert (found.line_totals.checked, found.line_totals.off) == (2, 1)


@pytest.mark.parametrize(
    ("cells", "is_off"),
    [
        ({"grand_total": "10", "lineitems.total": "10", "lineitems.unit_price": "1"}, False),
        ({"grand_total": "10.01", "lineitems.total": "10", "lineitems.unit_price": "1"}, False),
        ({"grand_total": "10.20", "lineitems.total": "10", "lineitems.unit_price": "1"}, True),
        ({"grand_total": "1000", "lineitems.total": "991", "lineitems.unit_price": "1"}, False),
        (
            {
                "grand_total": "14",
                "lineitems.total": "10",
                "lineitems.unit_price": "1",
                "shipping": "4",
            },
            False,
        ),
        (
            {
                "grand_total": "10",
                "lineitems.total": "10",
                "lineitems.unit_price": "1",
                "shipping": "4",
            },
            False,
        ),
        ({"grand_total": "12", "lineitems.subtotal": "10", "tax": "2"}, False),
        ({"grand_total": "12", "lineitems.subtotal": "10", "lineitems.tax": "2"}, False),
        ({"grand_total": "15", "lineitems.subtotal": "10", "tax": "2", "shipping": "3"}, False),
        ({"grand_total": "7", "lineitems.subtotal": "10", "discount": "3"}, False),
        ({"grand_total": "7", "lineitems.subtotal": "10", "lineitems.discount": "3"}, False),
        ({"grand_total": "5", "lineitems.subtotal": "10", "lineitems.discount": "3"}, True),
        ({"grand_total": "15", "lineitems.unit_price": "5"}, False),
        ({"grand_total": "13", "lineitems.unit_price": "5", "lineitems.discount": "2"}, False),
        ({"grand_total": "5", "lineitems.unit_price": "5"}, True),
        ({"grand_total": "7.5", "lineitems.unit_price": "5", "lineitems.quantity": "1.5"}, False),
        ({"grand_total": "-15", "lineitems.unit_price": "-5"}, False),
        ({"grand_total": "270000000", "lineitems.unit_price": "90000000"}, False),
        ({"grand_total": "5", "lineitems.unit_price": "999999999999"}, None),
        ({"grand_total": "5"}, None),
    ],
)
def test_order_is_off_only_when_its_lines_fit_no_reading(
    tmp_path: Path, *, cells: dict[str, str], is_off: bool | None
) -> None:
    row = {
        "lineitems.product_id": "P",
        "lineitems.quantity": "3",
        "timestamp": "2024-01-31",
        **cells,
    }
    row |= {"id": "1", "currency": "EUR"}

    found = across(tmp_path, [["@type", *row], ["order", *row.values()]]).line_totals

    assert found.checked == (0 if is_off is None else 1)
    assert found.off == bool(is_off)
    assert len(found.places) == found.off


def test_first_three_orders_that_are_off_are_named(tmp_path: Path) -> None:
    rows = [order(number, "P", "", "1", "99") for number in range(5)]

    found = across(tmp_path, [[*ORDER, *LINE, "lineitems.unit_price"], *rows]).line_totals

    assert (found.checked, found.off) == (5, 5)
    assert [place.line for place in found.places] == [2, 3, 4]
    assert found.places[0].source.endswith("0.csv")


def test_orders_are_summed_by_period_currency_and_validity(tmp_path: Path) -> None:
    header = [*ORDER, "is_valid"]
    rows = [
        order(1, "true", total="0.10", day="2023-12-31"),
        order(2, "", total="0.20", day="2024-01-01"),
        order(3, "yes", total="0.70", day="2024-02-29"),
        order(4, "no", total="5.005", day="2024-02-29"),
    ]

    by_year = across(tmp_path, [header, *rows]).sales
    by_month = across(tmp_path, [header, *rows], by=Period.MONTH).sales

    assert [(each.period, each.orders, str(each.revenue)) for each in by_year] == [
        ("2023", 1, "0.10"),
        ("2024", 2, "0.90"),
    ]
    assert (by_year[1].invalid_orders, str(by_year[1].invalid_revenue)) == (1, "5.005")
    assert [(each.period, each.orders) for each in by_month] == [
        ("2023-12", 1),
        ("2024-01", 1),
        ("2024-02", 1),
    ]


AMOUNTS = st.decimals(
    min_value=-(10**11), max_value=10**11, allow_nan=False, allow_infinity=False, places=6
) | st.sampled_from([Decimal(999999999999999999), Decimal("0.12345678901234567")])


@COSTLY
@given(st.lists(AMOUNTS, min_size=1, max_size=12))
def test_revenue_is_exact(tmp_path_factory: pytest.TempPathFactory, amounts: list[Decimal]) -> None:
    folder = tmp_path_factory.mktemp("exact")
    rows = [order(number, total=f"{amount:f}") for number, amount in enumerate(amounts)]

    outcome = outcome_of(folder, [ORDER, *rows], decimal_sign=DecimalSign.POINT)

    (sales,) = outcome.summary.cross_checks.sales
    assert sales.orders == len(amounts)
    # What is noise of binary fractions was rounded: the records say what goes out.
    sent = [record["grand_total"] for record in outcome.records]
    assert Fraction(sales.revenue) == sum(map(Fraction, sent))
    assert all(
        abs(one - two) <= Decimal("0.000001") for one, two in zip(sent, amounts, strict=True)
    )


def test_more_keys_than_memory_holds_join(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "_HELD_BYTES", 1_000)
    products = [["product", f"P{number}"] for number in range(300)]
    rows = [order(number, f"P{number * 2}", "", "1", "10") for number in range(300)]
    rows += [order(f"x{number}", "P299000", "", "1", "10") for number in range(3)]

    found = across(
        tmp_path, [[*ORDER, *LINE, "lineitems.unit_price"], *rows], [["@type", "id"], *products]
    ).products

    assert (found.asked, found.joined) == (303, 150)
    assert found.orphans[0] == Orphan("P299000", 3)
    assert [orphan.id for orphan in found.orphans[1:]] == ["P300", "P302", "P304", "P306"]


def test_json_sources_are_compared_too(tmp_path: Path) -> None:
    orders = write(
        tmp_path / "orders.ndjson",
        '{"@type":"order","id":"1","timestamp":"2024-01-31T09:30:00Z","grand_total":10,'
        '"currency":"EUR","customer":{"id":"C1"},'
        '"lineitems":[{"product_id":"P1","quantity":2,"unit_price":5}]}\n',
    )
    contacts = write(tmp_path / "contacts.csv", csv_text(CONTACTS))
    products = write(tmp_path / "products.csv", csv_text(PRODUCTS))

    found = prepare_files(tmp_path, orders, contacts, products).summary.cross_checks

    assert found.products.share == found.contacts.share == 1
    assert (found.line_totals.checked, found.line_totals.off) == (1, 0)
