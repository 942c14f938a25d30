"""Orders with 2.5 rows each: plain, and in the forms of a shop on the continent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.forms.values import Person, continental, epoch, local_time, people, plain_amount
from benchmarks.forms.values import plain_time as plain_moment
from benchmarks.generate import LINES_PER_ORDER, made

_HEADER = (
    "id,timestamp,currency,grand_total,shipping,customer.id,customer.email,"
    "shipping_address.city,shipping_address.country_code,lineitems.product_id,lineitems.quantity,"
    "lineitems.unit_price,lineitems.total\n"
)
EURO = " €"


def plain_orders_file(count: int) -> Path:
    """So many orders as Ometria has them."""
    return _file("plain", count, plain_moment, plain_amount, lambda person: person.email, "EUR")


def usual_orders_file(count: int) -> Path:
    """The same: local times, amounts like 1.234,56 €, addresses in mixed case."""

    def amount(cents: int) -> str:
        return f'"{continental(cents, EURO)}"'

    return _file("usual", count, local_time, amount, lambda person: person.mixed_email, "€")


def epoch_orders_file(count: int) -> Path:
    """The same again, with times in seconds of Unix."""
    return _file("epoch", count, epoch, plain_amount, lambda person: person.email, "EUR")


def _file(
    name: str,
    count: int,
    time: Callable[..., str],
    amount: Callable[[int], str],
    email: Callable[[Person], str],
    currency: str,
) -> Path:
    def lines() -> Iterator[str]:
        for person in people(count, seed=29):
            bits, total = divmod(person.chance, 250_000)
            shared = ",".join(
                (
                    f"{person.number:09d}", time(person.acquired), currency, amount(total + 500),
                    amount(395), f"C{person.number % 150_001}", email(person), "Köln", "DE",
                )
            )  # fmt: skip
            for _ in range(LINES_PER_ORDER[person.number % 4]):
                bits, price = divmod(bits, 120_000)
                quantity = price % 3 + 1
                yield (
                    f"{shared},P{price % 20_011},{quantity},{amount(price + 99)},"
                    f"{amount(quantity * (price + 99))}\n"
                )

    return made(f"orders-{name}-{count}.csv", _HEADER, lines)
