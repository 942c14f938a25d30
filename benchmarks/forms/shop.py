"""What a German shop gives: orders and customers as they are, and not as they should be.

Times are local, amounts have decimal commas, telephone numbers are national ones (from the range
set aside for fiction, which has a million), addresses are in mixed case. Of a hundred rows, five
carry a value that costs a warning, in ten ways, and one belongs to an order that is rejected.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.forms.values import Person, continental, people
from benchmarks.generate import LINES_PER_ORDER, made

ZONE = "Europe/Berlin"
OPTIONS = ("--timezone", ZONE, "--country", "DE")
"""What its owner says to the importer."""
CUSTOMERS_PER_ORDER = 0.375
_ORDER_COLUMNS = (
    "id", "timestamp", "status", "is_valid", "currency", "grand_total", "shipping", "customer.id",
    "customer.email", "shipping_address.city", "shipping_address.postcode",
    "shipping_address.country_code", "lineitems.product_id", "lineitems.quantity",
    "lineitems.unit_price", "lineitems.total", "lineitems.variant_options.size",
)  # fmt: skip
_CONTACT_COLUMNS = (
    "id", "@collection", "email", "firstname", "lastname", "gender", "date_of_birth",
    "phone_number", "country_id", "timestamp_acquired", "timestamp_subscribed", "marketing_optin",
    "properties.note",
)  # fmt: skip
_WARNED = (
    ("shipping", "frei Haus"),
    ("shipping", "3,95 $"),
    ("customer.id", "7.21E+12"),
    ("customer.id", "C\u200b{number}"),
    ("customer.email", "ohne"),
    ("is_valid", "vielleicht"),
    ("shipping_address.country_code", "Atlantis"),
    ("shipping_address.city", "Köln\x01"),
    ("lineitems.total", "siehe Rechnung"),
    ("lineitems.total", "19,990000000000002"),
)
"""Ten ways in which a value of an optional field is wrong."""
_REJECTED = (
    ("grand_total", "offen"),
    ("timestamp", "30.02.2024 12:00"),
    ("currency", "EUO"),
    ("id", ""),
    ("lineitems.product_id", ""),
)
_TOWNS = (("Köln", "50667"), ("Dresden", "01067"), ("Berlin", "10115"), ("Jena", "07743"))
_SIZES = ("S", "M", "L", "XL", "")
_NOTES = ("", "", "", "mag Leinen", "bitte klingeln", "Stammkunde")
_ZONE = ZoneInfo(ZONE)
_ORDER_PLACES = {column: place for place, column in enumerate(_ORDER_COLUMNS)}


def shop_orders_file(count: int) -> Path:
    """So many orders with 2.5 rows each."""
    header = ";".join(_ORDER_COLUMNS) + "\n"
    return made(f"shop-orders-{count}.csv", header, lambda: _orders(count))


def shop_customers_file(orders: int) -> Path:
    """The customers of so many orders."""
    header = ";".join(_CONTACT_COLUMNS) + "\n"
    count = _customers(orders)
    return made(f"shop-customers-{count}.csv", header, lambda: map(_contact, people(count, 37)))


def _customers(orders: int) -> int:
    return int(orders * CUSTOMERS_PER_ORDER)


def _orders(count: int) -> Iterator[str]:
    customers = _customers(count)
    for person in people(count, 31):
        bits, fate = divmod(person.chance, 1_000)
        bits, customer = divmod(bits, customers)
        items = [_Item(bits >> 8 * place) for place in range(LINES_PER_ORDER[person.number % 4])]
        shared = _order(person, bits, customer + 1, sum(item.total for item in items))
        spoilt = fate // 10 % len(items)
        for position, item in enumerate(items):
            cells = [*shared, *item.cells()]
            # An order's own values are wrong on all of its rows, as an export repeats them.
            wrong = _wrong(fate, customer)
            if wrong and (position == spoilt or not wrong[0].startswith("lineitems.")):
                cells[_ORDER_PLACES[wrong[0]]] = wrong[1]
            yield ";".join(cells) + "\n"


def _wrong(fate: int, customer: int) -> tuple[str, str] | None:
    """Which value is spoilt, of an order whose fate is a number under 1,000."""
    if fate < 10:
        return _REJECTED[fate % len(_REJECTED)]
    if fate < 60:
        column, text = _WARNED[fate % len(_WARNED)]
        return column, text.format(number=customer)
    return None


class _Item:
    """One line of an order, out of a few bits."""

    def __init__(self, bits: int) -> None:
        self._product = bits % 20_011
        self._quantity = bits % 3 + 1
        self._cents = bits % 120_000 + 99
        self._size = _SIZES[bits % 5]

    @property
    def total(self) -> int:
        """In cents."""
        return self._quantity * self._cents

    def cells(self) -> tuple[str, ...]:
        """As its row shows it."""
        prices = continental(self._cents), continental(self.total)
        return f"P{self._product}", str(self._quantity), *prices, self._size


def _order(person: Person, bits: int, customer: int, cents: int) -> list[str]:
    status = bits % 20
    return [
        f"{person.number:09d}",
        person.acquired.astimezone(_ZONE).strftime("%d.%m.%Y %H:%M"),
        "storniert" if status == 0 else "bezahlt",
        "nein" if status == 0 else "ja",
        "EUR",
        continental(cents + 395),
        "3,95",
        f"C{customer}",
        f"C{customer:x}@Example.com" if status % 3 else f"c{customer:x}@example.com",
        *_TOWNS[bits % 4],
        "Deutschland" if status == 7 else "DE",
    ]


def _contact(person: Person) -> str:
    year, month, day = person.birthday.split("-")
    digits = f"{person.chance % 1_000_000:06d}"
    form = person.chance % 5
    acquired = person.acquired.astimezone(_ZONE).strftime("%d.%m.%Y %H:%M")
    consent = ("ja", "nein", "")[form % 3]
    cells = (
        f"C{person.number}",
        "customers",
        f"C{person.number:x}@Example.com" if form < 3 else f"c{person.number:x}@example.com",
        person.first_name,
        person.last_name,
        ("weiblich", "männlich", "")[form % 3],
        f"{day}.{month}.{year}" if form < 4 else "",
        ("030 23125{}", "030/23125{}", "03023125{}", "+49 30 23125{}", "")[form].format(digits),
        "DE",
        acquired,
        acquired if consent == "ja" else "",
        consent,
        _NOTES[person.chance % 6],
    )
    return ";".join(cells) + "\n"
