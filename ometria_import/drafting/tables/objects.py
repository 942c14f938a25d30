"""JSON objects as the columns of tables: of the objects, and of the elements of their arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ometria_import.drafting.columns.names import FILLER, meanings_of
from ometria_import.drafting.columns.profile import Column

Json = Any


class Elements(NamedTuple):
    """The elements of an array, over all objects that have it."""

    columns: Sequence[Column]
    owners: Sequence[str]
    """For each element the number of its object."""


def columns_of(objects: Sequence[dict[str, Json]]) -> list[Column]:
    """The values of objects by the names that a mapping uses for them.

    An array's elements are told by their first: `addresses[].city`.
    """
    return _columns([dict(_cells(each)) for each in objects])


def arrays_of(objects: Sequence[dict[str, Json]]) -> dict[str, Elements]:
    """The elements of each array of objects, as columns; by the array's name."""
    elements: dict[str, list[dict[str, Json]]] = {}
    owners: dict[str, list[str]] = {}
    for number, each in enumerate(objects):
        for name, values in _arrays(each):
            found = [value for value in values if isinstance(value, dict)]
            elements.setdefault(name, []).extend(found)
            owners.setdefault(name, []).extend([str(number)] * len(found))
    return {
        name: Elements(columns_of(found), owners[name]) for name, found in elements.items() if found
    }


def _columns(rows: Sequence[dict[str, str]]) -> list[Column]:
    names = dict.fromkeys(name for row in rows for name in row)
    start = _envelope(names)
    return [
        Column(name, [row.get(name, "") for row in rows], name.removeprefix(start))
        for name in names
    ]


def _envelope(names: Iterable[str]) -> str:
    """What stands before all names without saying anything: `node.`, `payload.data.`."""
    own = [name for name in names if "[]." not in name]
    start = ""
    while own:
        first = own[0][len(start) :].partition(".")[0]
        longer = f"{start}{first}."
        says = any(each and FILLER not in each for each in meanings_of(first))
        if says or not all(name.startswith(longer) for name in own):
            break
        start = longer
    return start


def _cells(record: dict[str, Json], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in record.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from _cells(value, f"{name}.")
        elif isinstance(value, list):
            first = next((each for each in value if isinstance(each, dict)), None)
            if first is not None:
                yield from _cells(first, f"{name}[].")
        elif value is not None:
            yield name, str(value).lower() if isinstance(value, bool) else str(value)


def _arrays(record: dict[str, Json], prefix: str = "") -> Iterator[tuple[str, list[Json]]]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _arrays(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            yield f"{prefix}{key}", value
