"""Write the sample files of the invented shop "Harbour & Pine".

    python sample_data/generate.py [FOLDER]

The same bytes come out every time. Without FOLDER they replace the files beside this script;
`README.md` there lists every way in which rows are wrong on purpose.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

# A script finds only its own folder by itself, so these follow.
from sample_data.shop import catalogue, order_files, people, sales
from sample_data.shop.dice import Dice
from sample_data.shop.faults import (
    CONTACTS,
    ORDERS,
    PRODUCTS,
    contact_faults,
    json_order_faults,
    order_faults,
    product_faults,
)
from sample_data.shop.files import Fault, Row, scatter


@dataclass(frozen=True, slots=True)
class SampleFile:
    """One file, and what is wrong in it."""

    name: str
    about: str
    content: bytes
    faults: list[Fault]


def make_files() -> list[SampleFile]:
    """Everything that this script writes, apart from the README."""
    products = catalogue.make_products()
    persons = people.make_people()
    in_csv, in_json = order_files.split_orders(sales.make_orders(products, persons))
    return [
        _products_file(products),
        _contacts_file(persons),
        _orders_csv(in_csv),
        _orders_json(in_json),
    ]


def _products_file(products: list[catalogue.Product]) -> SampleFile:
    records: list[list[Row]] = [list(catalogue.rows_of(product)) for product in products]
    sample = next(row for row in records[0] if not isinstance(row, str))
    faults = product_faults(sample)
    text = PRODUCTS.text(scatter(records, faults, Dice(1)))
    variants = sum(len(product.sizes) for product in products)
    about = (
        f"{len(products):,} products with a row for each of two stores, and {variants:,} variants; "
        "commas, UTF-8"
    )
    return SampleFile("products.csv", about, text.encode(), faults)


def _contacts_file(persons: list[people.Person]) -> SampleFile:
    rows = list(people.rows_of(persons))
    # The shop's own hand at the till, whose record has nothing to hide another fault.
    sample = dict.fromkeys(people.COLUMNS, "") | {
        "@collection": "customers",
        "email": "till@example.com",
        "firstname": "Test",
        "lastname": "Fairweather",
        "country_id": "GB",
        "timestamp_acquired": "2024-03-01T09:00:00Z",
        "store_ids": catalogue.UK_STORE,
    }
    faults = contact_faults(sample, rows[:400:100])
    text = CONTACTS.text(scatter([[row] for row in rows], faults, Dice(2)))
    about = (
        f"{people.CUSTOMERS:,} customers and {people.SUBSCRIBERS:,} newsletter subscribers; "
        "semicolons, UTF-8 with a byte order mark, days written before months"
    )
    return SampleFile("contacts.csv", about, text.encode("utf-8-sig"), faults)


def _orders_csv(orders: list[sales.Order]) -> SampleFile:
    records: list[list[Row]] = [list(order_files.rows_of(order)) for order in orders]
    sample = _lone_order(orders)
    faults = order_faults(next(order_files.rows_of(sample)))
    text = ORDERS.text(scatter(records, faults, Dice(3)))
    about = (
        f"{len(orders):,} orders, one row for each line item; pounds and euros, 2021 to 2025, "
        "times without a zone"
    )
    return SampleFile("orders.csv", about, text.encode(), faults)


def _orders_json(orders: list[sales.Order]) -> SampleFile:
    records: list[list[Row]] = [[_encode(order)] for order in orders]
    faults = json_order_faults(order_files.record_of(_lone_order(orders)))
    lines = scatter(records, faults, Dice(4))
    about = f"{len(orders):,} further orders, one JSON object per line, in the push API's format"
    content = "".join(f"{line}\n" for line in lines).encode()
    return SampleFile("orders.json", about, content, faults)


def _lone_order(orders: Iterable[sales.Order]) -> sales.Order:
    """A sound order of one line, in pounds: what a wrong one is made of."""
    return next(
        order
        for order in orders
        if len(order.lines) == 1 and order.buyer.customer_id and order.currency == "GBP"
    )


def _encode(order: sales.Order) -> str:
    return json.dumps(order_files.record_of(order), ensure_ascii=False, separators=(",", ":"))


def _readme(files: list[SampleFile]) -> str:
    lines = [
        "# Sample data",
        "",
        "These are the exports of an invented shop, Harbour & Pine. It sells fashion and homeware,",
        "in pounds at `example.com/uk` and in euros at `example.com/eu`. Nobody in them exists,",
        "and the phone numbers are from ranges that are reserved for fiction. The files come from",
        "`python sample_data/generate.py`, which writes the same bytes every time; `make demo`",
        "sends them to an emulator.",
        "",
        "| file | what it contains |",
        "| --- | --- |",
        *(f"| `{file.name}` | {file.about} |" for file in files),
        "",
        "## What is wrong on purpose",
        "",
        "These mistakes come on top of the records above and are in rows of their own, so that",
        "`ometria-import check` has something to find. `ometria-import explain CODE` says what",
        "each code means. In addition, national phone numbers can only be read with `--country`,",
        "and times without a zone are read as UTC unless `--timezone` says otherwise.",
        "",
        "| file | what is wrong | records | code |",
        "| --- | --- | ---: | --- |",
        *(
            f"| `{file.name}` | {fault.kind} | {len(fault.records)} | {fault.code} |"
            for file in files
            for fault in file.faults
        ),
    ]
    return "\n".join(lines) + "\n"


def main(folder: Path) -> None:
    """Write all files."""
    files = make_files()
    for file in files:
        (folder / file.name).write_bytes(file.content)
    (folder / "README.md").write_text(_readme(files), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
