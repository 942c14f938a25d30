"""Big invented files for the benchmarks: the same bytes for the same number of records.

    python -m benchmarks.generate contacts 1000000
    python -m benchmarks.generate orders 400000
    python -m benchmarks.generate scattered 2000000

They look like a real export of a middling system: mostly clean, 2.5 % of the rows wrong,
several forms of the same thing in one column. Each column's number of distinct values is that
of a real one: ids, emails, phones and times hardly repeat, names and towns do.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / ".bench"
LINES_PER_ORDER = (1, 2, 3, 4)
"""In turn, so that 400,000 orders have exactly 1,000,000 line items."""

_CONTACT_HEADER = (
    "id,@collection,email,firstname,lastname,gender,date_of_birth,phone_number,country_id,"
    "timestamp_acquired,marketing_optin,store_ids,properties.total_spent,properties.note\n"
)
_ORDER_HEADER = (
    "id,timestamp,status,is_valid,store,currency,grand_total,shipping,customer.id,customer.email,"
    "shipping_address.city,shipping_address.postcode,shipping_address.country_code,"
    "lineitems.product_id,lineitems.variant_id,lineitems.quantity,lineitems.unit_price,"
    "lineitems.total,lineitems.variant_options.size\n"
)
_FIRST_NAMES = (
    "Amelia", "Oliver", "Siân", "Zoë", "Harriet", "Callum", "Jürgen", "Anna", "Björn", "Lena",
    "François", "Hélène", "Daan", "Grace", "Priya", "Tom", "Maeve",
)  # fmt: skip
_LAST_NAMES = (
    "Ashworth", "O'Neill", "Pemberton", "Müller", "Weiß", "Hughes", "Patel", "Fairweather", "Evans",
    "Schröder", "Lefèvre", "de Vries", "Thorne", "Hansen", "Okafor", "MacLeod", "Brontley", "Groß",
    "Petersen",
)  # fmt: skip
_MAIL_NAMES = [
    name.lower().encode("ascii", "ignore").decode().replace(" ", "").replace("'", "")
    for name in _LAST_NAMES
]
_GENDERS = ("m", "f", "f", "m", "Male", "female", "", "o")
_COUNTRIES = ("GB", "GB", "GB", "DE", "FR", "NL", "IE", "gb", "United Kingdom", "Germany", "")
_OPTINS = ("EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT", "NOT_SPECIFIED", "yes", "no", "")
_STORES = ("example.com/uk", "example.com/eu", '"example.com/uk,example.com/eu"')
_NOTES = ("", "", "", "likes linen", "gift wrap, always", "call before delivery", "Stammkunde")
_TOWNS = (("Leeds", "LS1 4AP"), ("Bristol", "BS1 5TR"), ("Köln", "50667"), ("Dresden", "01067"))
_SIZES = ("S", "M", "L", "XL", "")
_ROWS_PER_WRITE = 20_000
_PILES = 64


def contacts_file(count: int) -> Path:
    """The file of so many contacts; made if it is not there."""
    return made(f"contacts-{count}.csv", _CONTACT_HEADER, lambda: _contacts(count))


def orders_file(count: int) -> Path:
    """The file of so many orders, 2.5 rows each; made if it is not there."""
    return made(f"orders-{count}.csv", _ORDER_HEADER, lambda: _orders(count))


def scattered_orders_file(count: int) -> Path:
    """The rows of `orders_file` in no order at all; made if it is not there."""
    return made(f"orders-{count}-scattered.csv", _ORDER_HEADER, lambda: shuffled(_orders(count)))


def made(name: str, header: str, lines: Callable[[], Iterator[str]]) -> Path:
    """A file of the folder with a header and lines; written if it is not there."""
    path = FOLDER / name
    if path.exists():
        return path
    FOLDER.mkdir(exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        file.write(header)
        following = lines()
        while block := "".join(islice(following, _ROWS_PER_WRITE)):
            file.write(block)
    return unfinished.rename(path)


def shuffled(lines: Iterator[str]) -> Iterator[str]:
    """Deal the lines at random into files that fit into memory, and shuffle each of these."""
    chance = random.Random(13)
    with ExitStack() as stack:
        piles = [
            stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", dir=FOLDER))
            for _ in range(_PILES)
        ]
        for line in lines:
            piles[chance.getrandbits(16) % _PILES].write(line)
        for pile in piles:
            pile.seek(0)
            dealt = pile.readlines()
            chance.shuffle(dealt)
            yield from dealt


def _contacts(count: int) -> Iterator[str]:
    # One draw for each row, taken apart by division, is several times as fast as one a column.
    draw = random.Random(7).getrandbits
    for number in range(1, count + 1):
        bits, wrong = divmod(draw(160), 1_000)
        if wrong < 26:
            yield _wrong_contact(number, wrong, bits)
            continue
        yield ",".join(_contact(number, bits)) + "\n"


def _contact(number: int, bits: int) -> list[str]:
    bits, first = divmod(bits, 17)
    bits, last = divmod(bits, 19)
    bits, country = divmod(bits, 11)
    bits, kind = divmod(bits, 8)
    bits, store = divmod(bits, 11)
    bits, newline = divmod(bits, 50)
    bits, cents = divmod(bits, 400_000)
    email = f"c{number:x}.{_MAIL_NAMES[last]}@example.com"
    if kind == 0:
        email = f" {email.upper()} "
    note = f'"moved house\nsee card {last}"' if newline == 0 else _NOTES[kind % 7]
    return [
        str(1_000_000 + number),
        "newsletter" if kind == 7 else "customers",
        email,
        _FIRST_NAMES[first],
        _LAST_NAMES[last],
        _GENDERS[kind],
        _birthday(bits),
        _phone(bits),
        _COUNTRIES[country],
        _timestamp(bits),
        _OPTINS[store % 6],
        _STORES[0 if store < 6 else 1 if store < 10 else 2],
        f'"{cents // 100:,}.{cents % 100:02d}"' if cents >= 100_000 else f"{cents / 100:.2f}",
        f'"{note}"' if "," in note else note,
    ]


def _birthday(bits: int) -> str:
    """In one of two forms, or blank for a third; day before month in the second."""
    form, rest = bits % 9, bits >> 8
    if form < 3:
        return ""
    year, month, day = 1940 + rest % 66, rest // 66 % 12 + 1, rest // 792 % 28 + 1
    return f"{year}-{month:02d}-{day:02d}" if form < 8 else f"{day:02d}/{month:02d}/{year}"


def _timestamp(bits: int) -> str:
    """In one of three forms: with a zone, without one, and as a spreadsheet writes it."""
    form, rest = bits % 10, bits >> 12
    year, month, day = 2019 + rest % 6, rest // 6 % 12 + 1, rest // 72 % 30 + 1
    day = min(day, 28) if month == 2 else day
    hour, minute, second = rest // 2160 % 24, rest // 51_840 % 60, rest // 3_110_400 % 60
    if form < 7:
        return f"{year}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}Z"
    if form < 9:
        return f"{year}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}:{second:02d}"
    return f"{day:02d}/{month:02d}/{year} {hour:02d}:{minute:02d}"


def _phone(bits: int) -> str:
    """Mostly E.164; German numbers from the range for fiction, with many more digits."""
    form, rest = bits % 50, (bits >> 16) % 1_000_000
    if form < 20:
        return ""
    return f"+493023125{rest:06d}" if form < 49 else f"+44 7700 900{rest % 1000:03d}"


def _wrong_contact(number: int, wrong: int, bits: int) -> str:
    cells = _contact(number, bits)
    if wrong < 7:
        cells[2] = cells[2].replace("@", " at ")
    elif wrong < 10:
        cells[2] = ""
    elif wrong < 14:
        cells[7] = "see notes"
    elif wrong < 18:
        cells[6] = "1984-02-30"
    elif wrong < 20:
        cells[0] = f"{number / 1000:.2E}"
    elif wrong < 22:
        cells[10] = "maybe"
    elif wrong < 24:
        cells[9] = "last summer"
    elif wrong == 24:
        cells[0] = str(1_000_000 + number // 2)
    else:
        cells[3] = "Anna, Lena"
    return ",".join(cells) + "\n"


def _orders(count: int) -> Iterator[str]:
    draw = random.Random(11).getrandbits
    for number in range(1, count + 1):
        bits, wrong = divmod(draw(160), 1_000)
        order = _order_cells(number, bits)
        if wrong < 10:
            order[(1, 5, 6, 9, 6)[wrong % 5]] = ("30/02/2023", "GPB", "", "walk-in", "n/a")[
                wrong % 5
            ]
        shared = ",".join(order)
        for position in range(LINES_PER_ORDER[number % 4]):
            bits, line = divmod(bits, 1_000_003)
            product = "" if wrong == 10 and position else f"P{line % 20_011}"
            yield f"{shared},{product},{_line_cells(line)}\n"


def _order_cells(number: int, bits: int) -> list[str]:
    bits, status = divmod(bits, 20)
    bits, town = divmod(bits, 4)
    bits, customer = divmod(bits, 150_001)
    is_german = town > 1
    pence = bits % 250_000 + 500
    return [
        f"{number:09d}",
        _timestamp(bits),
        "cancelled" if status == 0 else "complete",
        "0" if status == 0 else "1",
        "example.com/eu" if is_german else "example.com/uk",
        "EUR" if is_german else "GBP",
        f'"{pence // 100:,}.{pence % 100:02d}"' if pence >= 100_000 else f"{pence / 100:.2f}",
        "3.95",
        f"C{customer}" if status > 3 else "",
        f"c{customer:x}@example.com" if status > 1 else "",
        *_TOWNS[town],
        "DE" if is_german else "GB",
    ]


def _line_cells(line: int) -> str:
    size, quantity, pence = _SIZES[line % 5], line % 3 + 1, line % 12_000 + 99
    variant = f"P{line % 20_011}-{size}" if size else ""
    return f"{variant},{quantity},{pence / 100:.2f},{quantity * pence / 100:.2f},{size}"


def main(kind: str, count: int) -> None:
    """Make one file and say where it is."""
    kinds = {"contacts": contacts_file, "orders": orders_file, "scattered": scattered_orders_file}
    path = kinds[kind](count)
    print(f"{path.name}: {path.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
