"""The tables: read from `sets.txt`, with rows made of what it says of each column's values."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

_ROWS = 60
_NAMES = Path(__file__).with_name("sets.txt")
_FIRST = "Ada Ben Cleo Dov Eve Fay Gil Hal Ida Jon Kim Lou Mia Ned Ora Pia".split()  # noqa: SIM905
_LAST = "Winter Sommer Marsh Klein Frost Brook Lind Stone Vance Pryce Carrow Hollis".split()  # noqa: SIM905
_CITIES = "Leeds York Cardiff Utrecht Lyon Turin Bonn Cork Perth Salem".split()  # noqa: SIM905
_TITLES = ("Linen shirt", "Desk lamp", "Wool scarf", "Enamel mug", "Garden shears", "Leather belt")
_BIRTH = ("birth", "nasc", "naiss", "geburt", "geboorte", "nacim")
_DAY = datetime(2024, 1, 5, 9, 30, 12, tzinfo=UTC)


@dataclass
class DraftedSet:
    """One table with the right answers."""

    name: str
    language: str
    file: str
    kind: str
    has_lines: bool
    answers: dict[str, str] = field(default_factory=dict)
    """What each column feeds, as `sets.txt` says it."""
    values: dict[str, str] = field(default_factory=dict)
    """What the values of each column are."""

    def rows(self) -> dict[str, list[str]]:
        """The texts of each column; the same in every run."""
        dice = random.Random(self.name)
        several = self.has_lines or self.kind == "lineitem"
        orders = [n for n in range(_ROWS) for _ in range(dice.choice((1, 2, 3)) if several else 1)]
        orders = orders[: 2 * _ROWS]
        makers = {name: _maker(kind, name) for name, kind in self.values.items()}
        lines = [
            _Line(order, number, dice, is_product=self.kind == "product")
            for number, order in enumerate(orders)
        ]
        return {name: [make(line) for line in lines] for name, make in makers.items()}

    def objects(self) -> list[dict[str, Any]]:
        """The rows of a JSON file as its objects; columns of arrays are named `lines[].sku`."""
        top = [name for name in self.values if "[]." not in name]
        found: dict[tuple[str, ...], dict[str, Any]] = {}
        for texts in zip(*self.rows().values(), strict=True):
            row = dict(zip(self.values, texts, strict=True))
            owner = found.setdefault(tuple(row[name] for name in top[:2]), {})
            elements: dict[str, dict[str, Any]] = {}
            for name, text in row.items():
                array, is_array, path = name.partition("[].")
                _put(elements.setdefault(array, {}) if is_array else owner, path or name, text)
            for array, element in elements.items():
                owner.setdefault(array, []).append(element)
        return list(found.values())


def _put(owner: dict[str, Any], path: str, value: str) -> None:
    *parents, last = path.split(".")
    for name in parents:
        owner = owner.setdefault(name, {})
    owner[last] = value


class _Line:
    """The numbers of which one row is made."""

    def __init__(self, order: int, number: int, dice: random.Random, *, is_product: bool) -> None:
        self.order, self.number = order, number
        self.product = number if is_product else dice.randrange(14)
        self.quantity = dice.choice((1, 1, 2, 3))
        self.price = 9.5 + 7 * self.product
        self.dice = dice
        self.of_order = random.Random(order)


def _maker(kind: str, name: str) -> Callable[[_Line], str]:
    when = {
        "iso-day": "%Y-%m-%d",
        "iso-z": "%Y-%m-%dT%H:%M:%SZ",
        "compact-day": "%Y%m%d",
        "clock": "%H:%M:%S",
        "iso-time": "%Y-%m-%d %H:%M:%S",
        "uk-day": "%d/%m/%Y",
        "uk-time": "%d/%m/%Y %H:%M",
        "us-day": "%m/%d/%Y",
        "us-time": "%m/%d/%Y %I:%M:%S %p",
        "de-day": "%d.%m.%Y",
        "de-time": "%d.%m.%Y %H:%M",
        "nl-day": "%d-%m-%Y",
        "nl-time": "%d-%m-%Y %H:%M",
    }
    day = kind.replace("-birth", "-day")
    if day in when:
        is_birth = day != kind or any(each in name.lower() for each in _BIRTH)
        start = _DAY - timedelta(days=9000 * is_birth)
        return lambda line: (start + timedelta(hours=31 * line.order)).strftime(when[day])
    amounts: dict[str, Callable[[_Line], float]] = {
        "price": lambda line: line.price,
        "total": lambda line: line.price * line.quantity,
        "money": lambda line: line.dice.randrange(100, 9000) / 100,
        # The same in all of an order's columns: most orders are paid as a whole.
        "order-total": lambda line: 12.5 + 7.31 * line.order,
        "order-money": lambda line: line.of_order.randrange(1000, 90000) / 100,
    }
    base = kind.removesuffix("-de")
    if base in amounts:
        return lambda line: _amount(amounts[base](line), comma=kind.endswith("-de"))
    plain: dict[str, Callable[[_Line], str]] = {
        "int": lambda line: str(100200 + line.order * 7),
        "shared": lambda line: str(5000 + line.order),
        "order-cents": lambda line: str(line.of_order.randrange(1000, 90000)),
        "price-cents": lambda line: str(953 + 711 * line.product),
        "epoch": lambda line: str(1704447012 + 111600 * line.order),
        "cents": lambda line: str(line.of_order.randrange(1000, 90000)),
        "neg-money": lambda line: f"-{line.dice.randrange(100, 900) / 100:.2f}",
        "vat": lambda line: f"GB{line.order * 7919 + 100000007}",
        "line": lambda line: str(line.number % 3 + 1),
        "code": lambda line: f"X{line.of_order.randrange(10**6, 10**7)}",
        "C-code": lambda line: f"C{100200 + line.order}",
        "user": lambda line: f"user_{line.order:03x}",
        "uuid": lambda line: f"{line.order:08x}-aaaa-4bbb-8ccc-{line.order * 97:012x}",
        "sku": lambda line: f"SK-{line.product + 10}",
        "ean": lambda line: str(5000000000000 + line.product),
        "title": lambda line: _TITLES[line.product % len(_TITLES)],
        "text": lambda line: (
            f"A fine {_TITLES[line.product % len(_TITLES)].lower()} for every day."
        ),
        "qty": lambda line: str(line.quantity),
        "percent": lambda line: f"{line.dice.choice((0, 10, 20))}%",
        "email": lambda line: f"p{line.order}@example.com",
        "first": lambda line: _FIRST[line.order % len(_FIRST)],
        "last": lambda line: _LAST[line.order % len(_LAST)],
        "name": lambda line: f"{_FIRST[line.order % len(_FIRST)]} {_LAST[line.order % len(_LAST)]}",
        "city": lambda line: _CITIES[line.order % len(_CITIES)],
        "street": lambda line: f"{line.order + 1} Mill Lane",
        "zip": lambda line: f"{10115 + line.order * 11}",
        "state": lambda line: ("MA", "NY", "OR")[line.order % 3],
        "country": lambda line: ("United Kingdom", "France", "Ireland")[line.order % 3],
        "phone": lambda line: f"0113 496 0{line.order + 100:03}",
        "phone-de": lambda line: f"030 23125{line.order + 100:03}",
        "mobile": lambda line: f"07700 900{line.order + 100:03}",
        "ip": lambda line: f"192.0.2.{line.order + 1}",
        "url": lambda line: f"https://shop.example.com/p/{line.product}",
        "blank": lambda _: "",
        "title-word": lambda line: ("Ms", "Mr", "Dr")[line.order % 3],
        "GBP-price": lambda line: f"{line.price:.2f} GBP",
        "word": lambda line: ("red", "green", "blue")[line.order % 3],
        "till": lambda line: f"Till {line.order % 3}",
    }
    if kind in plain:
        return plain[kind]
    words = ["" if word == "blank" else word for word in kind.split("/")]
    return lambda line: words[line.order % len(words)]


def _amount(value: float, *, comma: bool) -> str:
    text = f"{value:,.2f}" if comma else f"{value:.2f}"
    return text.replace(",", "\0").replace(".", ",").replace("\0", ".") if comma else text


def all_sets() -> Iterator[DraftedSet]:
    """All tables."""
    current: DraftedSet | None = None
    for line in _NAMES.read_text("utf-8").splitlines():
        if line.startswith("== "):
            if current:
                yield current
            name, file, kind, *rest = _heading(line[3:])
            current = DraftedSet(name, name[:2], file, kind, has_lines=bool(rest))
        elif line and not line.startswith("#") and current:
            column, answer, values = (each.strip() for each in line.split(" | "))
            current.answers[column], current.values[column] = answer, values
    if current:
        yield current


def _heading(text: str) -> list[str]:
    """Name, file and kind; the file's name may have blanks."""
    name, rest = text.split(" ", 1)
    words = rest.split()
    last = next(n for n, word in enumerate(words) if word.rpartition(".")[2] in {"csv", "json"})
    return [name, " ".join(words[: last + 1]), *words[last + 1 :]]
