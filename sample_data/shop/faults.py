"""What goes wrong in exports: the few dozen rows that `check` is there for.

Wrong rows are rows of their own, beside those that the shop's real counts promise. A fault's
code is what the catalogue of problems calls it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sample_data.shop import catalogue, order_files, people
from sample_data.shop.files import Fault, Layout, Row

PRODUCTS = Layout(catalogue.COLUMNS)
CONTACTS = Layout(people.COLUMNS, delimiter=";")
ORDERS = Layout(order_files.COLUMNS)

Cells = dict[str, str]
NextRow = Callable[[], Cells]
_CARE_TEXT = "Wash at 30 degrees with like colours, reshape while damp, and dry flat. " * 15
_RUINED_ID = "7.21E+12"


def product_faults(sample: Mapping[str, str]) -> list[Fault]:
    """`sample` is the row of a sound product, which each wrong row copies."""
    following = _numbered(sample, "id", "HP{}", 9001)

    def unquoted(extra: str) -> str:
        row = following()
        return PRODUCTS.line(row | {"title": "TITLE"}).replace("TITLE", f"Whitby Mug, {extra}")

    return [
        Fault(
            "a comma in a title without quotes",
            "E001",
            [[unquoted(extra).rstrip("\n")] for extra in ("large", "set of 4", "speckled")],
        ),
        _wrong("an id in scientific notation", "E011", following, "id", _RUINED_ID, "5.01E+11"),
        _wrong("a price in words", "W013", following, "price", "POA", "ask us"),
        _wrong("a URL without the shop's domain", "W024", following, "url", "/uk/p/9008"),
        _wrong("no id", "E010", following, "id", ""),
        _wrong("a care label in a property", "E031", following, "properties.material", _CARE_TEXT),
    ]


def contact_faults(sample: Mapping[str, str], others: list[Cells]) -> list[Fault]:
    """`others` are sound contacts, of which some come a second time."""
    following = _numbered(sample, "id", "{}", 99_001, also=(("email", "contact{}@example.com"),))

    def wrong(kind: str, code: str, column: str, *values: str) -> Fault:
        return _wrong(kind, code, following, column, *values)

    cut = [CONTACTS.line(following())[:length] for length in (61, 97)]
    unclosed = CONTACTS.line(following() | {"firstname": "ANNIE"}).replace("ANNIE", '"Annie')
    again: list[list[Row]] = [
        [row | {"lastname": "Fairweather-Hughes", "marketing_optin": "no"}] for row in others[:4]
    ]
    return [
        wrong(
            "an invalid email address",
            "E012",
            "email",
            "anna.krueger.example.com",
            "tom@",
            "siân hughes@example.com",
            "n/a",
            "grace@example..com",
        ),
        wrong("no email address", "E010", "email", "", ""),
        wrong("an email address as the id", "W043", "id", "uwe@example.com", "mia@example.org"),
        wrong("an id in scientific notation", "E011", "id", _RUINED_ID),
        wrong(
            "an unreadable phone number",
            "W019",
            "phone_number",
            "ask at the till",
            "0000",
            "7.700900E+11",
        ),
        wrong("30 February", "W016", "date_of_birth", "30/02/1984", "30/02/1971"),
        wrong("an unknown gender", "W020", "gender", "?"),
        wrong("an opt-in that is neither yes nor no", "W022", "marketing_optin", "maybe later"),
        wrong("a country that does not exist", "W018", "country_id", "Atlantis"),
        Fault("the same contact again, with other values", "W040", again),
        Fault("a line that ends early", "E001", [[line] for line in cut]),
        Fault("a quote that is never closed", "E002", [[unclosed.rstrip("\n")]]),
    ]


def order_faults(sample: Mapping[str, str]) -> list[Fault]:
    """`sample` is a row of a sound order."""
    following = _numbered(sample, "id", "{:09d}", 990_001)

    def wrong(kind: str, code: str, column: str, *values: str) -> Fault:
        return _wrong(kind, code, following, column, *values)

    def beside_a_good_line(column: str, value: str) -> list[Row]:
        row = following()
        return [row, row | {column: value}]

    cut = [ORDERS.line(following())[:length] for length in (70, 120)]
    two_totals = beside_a_good_line("grand_total", "1,999.00")
    unnamed = [beside_a_good_line("lineitems.product_id", "") for _ in range(2)]
    return [
        wrong("a currency that does not exist", "E017", "currency", "GPB", "£££"),
        *(
            wrong(f"no {column}", "E010", column, "")
            for column in ("grand_total", "timestamp", "currency")
        ),
        wrong("an id in scientific notation", "E011", "id", "2.31E+09", "2.32E+09"),
        wrong("30 February", "E015", "timestamp", "2023-02-30 10:14:00", "2024-02-30 18:40:12"),
        wrong("a customer with an invalid email address", "W012", "customer.email", "walk-in"),
        Fault("a line item without a product", "W042", unnamed),
        Fault(
            "a quantity in words", "W042", [beside_a_good_line("lineitems.quantity", "two pairs")]
        ),
        Fault("rows of one order with different totals", "W041", [two_totals]),
        Fault("a line that ends early", "E001", [[line] for line in cut]),
    ]


def json_order_faults(sample: Mapping[str, Any]) -> list[Fault]:
    """`sample` is a sound order in the push API's own shape."""

    def record(number: int, **changes: object) -> list[Row]:
        changed = {**sample, "id": f"{number:09d}", **changes}
        return [json.dumps(changed, ensure_ascii=False, separators=(",", ":"))]

    (whole,) = record(995_001)
    line = dict(sample["lineitems"][0])
    nameless = {name: value for name, value in line.items() if name != "product_id"}
    return [
        Fault("a line that is cut off in the middle", "E006", [[str(whole)[:180]]]),
        Fault("a line that is not an object", "E006", [['["000995002","complete"]']]),
        Fault(
            "a currency that does not exist",
            "E017",
            [record(995_003, currency="EURS"), record(995_004, currency="Pfund")],
        ),
        Fault("a record of another object type", "E008", [record(995_005, **{"@type": "invoice"})]),
        Fault(
            "properties of more than 1,000 characters",
            "E031",
            [record(995_006, properties={"care": _CARE_TEXT})],
        ),
        Fault(
            "a line item without a product",
            "W042",
            [record(995_007, lineitems=[line, nameless])],
        ),
    ]


def _numbered(
    sample: Mapping[str, str],
    column: str,
    form: str,
    first: int,
    also: tuple[tuple[str, str], ...] = (),
) -> NextRow:
    """A copier of `sample` that gives each copy the next number."""
    last = first - 1

    def following() -> Cells:
        nonlocal last
        last += 1
        others = {name: pattern.format(last) for name, pattern in also}
        return dict(sample) | {column: form.format(last)} | others

    return following


def _wrong(kind: str, code: str, following: NextRow, column: str, *values: str) -> Fault:
    """One wrong row for each value."""
    return Fault(kind, code, [[following() | {column: value}] for value in values])
