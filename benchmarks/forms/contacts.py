"""Contacts: plain, in usual forms, and such as make every row a problem."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from benchmarks.forms.values import (
    Person,
    british_day,
    epoch,
    local_time,
    people,
    plain_time,
)
from benchmarks.generate import FOLDER, made

COLUMNS = (
    "id", "@collection", "email", "firstname", "lastname", "phone_number", "date_of_birth",
    "country_id", "timestamp_acquired", "timestamp_subscribed", "marketing_optin",
    "properties.points",
)  # fmt: skip
_HEADER = ",".join(COLUMNS) + "\n"
_WIDTH = 200
_FILLED_EVERY = 3
"""Property columns of a wide row; with more, they exceed the 1,000 characters of properties."""
_ROUNDS = 10
ROWS_OF_A_SMALL_FILE = 20

Cells = list[str]


def plain(person: Person) -> Cells:
    """Every value as Ometria has it."""
    return [
        str(2_000_000 + person.number),
        "customers",
        person.email,
        person.first_name,
        person.last_name,
        person.phone.plain,
        person.birthday,
        "GB",
        plain_time(person.acquired),
        plain_time(person.subscribed),
        "EXPLICITLY_OPTEDIN",
        str(person.chance % 5_000),
    ]


def usual(person: Person) -> Cells:
    """The same record in usual forms of its country."""
    cells = plain(person)
    cells[2] = person.mixed_email
    cells[5] = person.phone.written(person.chance)
    cells[6] = british_day(person.birthday)
    cells[7] = "United Kingdom"
    cells[8] = local_time(person.acquired)
    cells[9] = epoch(person.subscribed)
    cells[10] = "yes"
    return cells


def warned(person: Person) -> Cells:
    """Three values that are left out."""
    cells = plain(person)
    cells[5] = f"see card {person.number}"
    cells[6] = f"{person.birthday[:4]}-02-30"
    cells[8] = f"summer of {person.acquired.year}"
    return cells


def rejected(person: Person) -> Cells:
    """Without an address that could be one."""
    cells = plain(person)
    cells[2] = cells[2].replace("@", " at ")
    return cells


def contacts_in(form: Callable[[Person], Cells]) -> Callable[[int], Path]:
    """What makes the CSV of so many contacts in one form."""
    return lambda count: made(
        f"contacts-{form.__name__}-{count}.csv", _HEADER, lambda: _lines(map(form, people(count)))
    )


def superseded_file(count: int) -> Path:
    """So many rows, of which nine in ten are followed by another one with their key."""

    def rows() -> Iterator[Cells]:
        keys = count // _ROUNDS
        for person in people(count):
            cells = plain(person)
            cells[0] = str(2_000_000 + person.number % keys)
            yield cells

    return made(f"contacts-superseded-{count}.csv", _HEADER, lambda: _lines(rows()))


def wide_file(count: int, *, is_rejected: bool = False) -> Path:
    """Rows of 200 columns, of which Ometria knows 11; a third of the others is filled."""
    names = [f"f{number}" for number in range(_WIDTH - len(COLUMNS) + 1)]
    header = ",".join([*COLUMNS[:-1], *names]) + "\n"

    def rows() -> Iterator[Cells]:
        for person in people(count):
            cells = (rejected if is_rejected else plain)(person)[:-1]
            bits = person.chance
            for position in range(len(names)):
                is_filled = (position + person.number) % _FILLED_EVERY == 0
                cells.append(str((bits >> position % 40) % 997) if is_filled else "")
            yield cells

    name = "rejected" if is_rejected else "good"
    return made(f"contacts-wide-{name}-{count}.csv", header, lambda: _lines(rows()))


def small_files(count: int) -> Path:
    """A folder of so many files with 20 contacts each."""
    folder = FOLDER / f"contacts-in-{count}-files"
    if folder.exists():
        return folder
    unfinished = folder.with_suffix(".unfinished")
    unfinished.mkdir(parents=True, exist_ok=True)
    lines = _lines(map(plain, people(count * ROWS_OF_A_SMALL_FILE)))
    for number in range(count):
        text = _HEADER + "".join(islice(lines, ROWS_OF_A_SMALL_FILE))
        (unfinished / f"contacts-{number:04d}.csv").write_text(text, encoding="utf-8")
    return unfinished.rename(folder)


def ndjson_file(count: int) -> Path:
    """One object on each line."""
    lines = (json.dumps(each, ensure_ascii=False) + "\n" for each in _objects(count))
    return made(f"contacts-{count}.ndjson", "", lambda: lines)


def array_file(count: int) -> Path:
    """The same objects in one array."""

    def lines() -> Iterator[str]:
        for number, each in enumerate(_objects(count)):
            yield (",\n" if number else "[\n") + json.dumps(each, ensure_ascii=False)
        yield "\n]\n"

    return made(f"contacts-{count}.json", "", lines)


def workbook_file(count: int) -> Path:
    """The usual contacts as a workbook, where times, days and numbers are none of them text."""
    path = FOLDER / f"contacts-{count}.xlsx"
    if path.exists():
        return path
    from openpyxl import Workbook  # imported by this file alone

    book = Workbook(write_only=True)
    sheet = book.create_sheet("contacts")
    sheet.append(COLUMNS)
    for person in people(count):
        cells: list[object] = list(usual(person))
        cells[8] = person.acquired.replace(tzinfo=None)
        cells[9] = int(person.subscribed.timestamp())
        cells[11] = person.chance % 5_000
        sheet.append(cells)
    FOLDER.mkdir(exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    book.save(unfinished)
    return unfinished.rename(path)


def _objects(count: int) -> Iterator[Mapping[str, object]]:
    for person in people(count):
        cells = dict(zip(COLUMNS, plain(person), strict=True))
        points = cells.pop("properties.points")
        yield {"@type": "contact", **cells, "properties": {"points": points}}


def _lines(rows: Iterator[Cells]) -> Iterator[str]:
    return (",".join(cells) + "\n" for cells in rows)
