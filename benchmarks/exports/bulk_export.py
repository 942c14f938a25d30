"""Orders as a bulk export writes them: each object on a line of its own, which names its parent."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from benchmarks.generate import LINES_PER_ORDER, made, shuffled

_ORDER = (
    '{{"id":"gid://shopify/Order/{id}","name":"#{number}","createdAt":"2024-{month:02d}-{day:02d}'
    'T{hour:02d}:{minute:02d}:07Z","email":"c{customer:x}@example.com","currencyCode":"GBP",'
    '"presentmentCurrencyCode":"GBP","displayFinancialStatus":"{status}","test":false,'
    '"cancelledAt":null,"totalPriceSet":{{"shopMoney":{{"amount":"{total}","currencyCode":"GBP"}},'
    '"presentmentMoney":{{"amount":"{total}","currencyCode":"GBP"}}}},"customer":{{"id":'
    '"gid://shopify/Customer/{customer}","email":"c{customer:x}@example.com"}}}}\n'
)
_LINE = (
    '{{"id":"gid://shopify/LineItem/{id}","title":"Mug","quantity":{quantity},"sku":"MUG-{product}",'
    '"originalUnitPriceSet":{{"shopMoney":{{"amount":"{price}","currencyCode":"GBP"}}}},"product":'
    '{{"id":"gid://shopify/Product/{product}"}},"variant":{{"id":"gid://shopify/ProductVariant/'
    '{product}"}},"__parentId":"gid://shopify/Order/{order}"}}\n'
)
_STATUSES = ("PAID", "PAID", "PAID", "PARTIALLY_REFUNDED", "PENDING")
_FIRST_ORDER, _FIRST_LINE = 5_500_000_000_000, 14_000_000_000_000


def bulk_file(orders: int) -> Path:
    """So many orders with 2.5 line items each, behind their order; made if it is not there."""
    return made(f"bulk-{orders}.jsonl", "", lambda: _lines(orders))


def scattered_bulk_file(orders: int) -> Path:
    """The lines of `bulk_file` in no order at all; made if it is not there."""
    return made(f"bulk-{orders}-scattered.jsonl", "", lambda: shuffled(_lines(orders)))


def bulk_lines(orders: int) -> int:
    """How many lines the file of so many orders has."""
    return orders + sum(LINES_PER_ORDER[number % 4] for number in range(orders))


def _lines(orders: int) -> Iterator[str]:
    draw = random.Random(17).getrandbits
    item = _FIRST_LINE
    for number in range(orders):
        bits = draw(96)
        order = _FIRST_ORDER + number
        yield _ORDER.format(
            id=order,
            number=1_000 + number,
            month=bits % 12 + 1,
            day=bits // 12 % 28 + 1,
            hour=bits // 336 % 24,
            minute=bits // 8_064 % 60,
            customer=7_200_000_000_000 + bits % 150_001,
            status=_STATUSES[bits % 5],
            total=f"{bits % 250_000 / 100 + 5:.2f}",
        )
        for _ in range(LINES_PER_ORDER[number % 4]):
            bits, own = divmod(bits, 20_011)
            item += 1
            yield _LINE.format(
                id=item,
                quantity=own % 3 + 1,
                product=7_300_000_000_000 + own,
                price=f"{own % 12_000 / 100 + 1:.2f}",
                order=order,
            )
