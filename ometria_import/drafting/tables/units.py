"""Amounts in cents whose names do not say so, by what the amounts add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache

from ometria_import.drafting.columns.evidence import may_be_minor
from ometria_import.drafting.columns.matching import Fit, choose, level_of
from ometria_import.drafting.columns.profile import Column
from ometria_import.drafting.tables.sums import (
    PARTS,
    Lines,
    Series,
    are_same,
    is_sum,
    parts_of,
    series_of,
)
from ometria_import.drafting.tables.tables import LINES, Reading, Table
from ometria_import.schema import SCHEMAS, ObjectType
from ometria_import.schema.field_types import FieldTypeName

MINOR, MAJOR = "minor", "major"
_TOTAL = "grand_total"
_ITEMS = "lineitems."
_FEWEST = 2
_Fits = Mapping[str, Fit]


def settle_units(reading: Reading, table: Table, lines: Lines | None = None) -> None:
    """Find amounts in cents by the line items, and leave open what nothing tells.

    If one amount may well be in cents, another whole number of the same table is as doubtful,
    however few of them there are to judge by.

    Args:
        reading: What the table was found to be.
        table: The table.
        lines: The line items of the orders, where they are known.
    """
    found = _doubted(reading.kind, reading.fields, _own_columns(reading, table))
    orders = {**reading.in_doubt, **found}  # those of before, if the lines were just found
    theirs = {fit.column.name for fit in orders.values()}
    inner = [each for each in lines.columns if each.name not in theirs] if lines else []
    items = _doubted(LINES, lines.reading.items, inner) if lines else {}
    if lines:
        for path, fit in _proven(orders, items, reading, lines).items():
            into, name = _place(path, reading.fields, lines.reading.items)
            into[name] = fit
            (items if into is lines.reading.items else orders).pop(name, None)
    # A doubt concerns all whole numbers, including those that were already fed.
    if orders or items:
        _take_back(orders, reading.fields)
        if lines:
            _take_back(items, lines.reading.items)
    reading.in_doubt = orders
    if lines:
        lines.reading.in_doubt |= {f"{_ITEMS}{path}": fit for path, fit in items.items()}


def take_unit(reading: Reading, unit: str) -> None:
    """Feed the amounts that were in doubt, now that a person has said what they are in."""
    for path, fit in reading.in_doubt.items():
        into, name = _place(path, reading.fields, reading.items)
        into[name] = _in_unit(fit, unit)
    reading.in_doubt = {}


def _own_columns(reading: Reading, table: Table) -> list[Column]:
    """The columns that are not of line items."""
    inner = f"{reading.each}[]." if reading.each else "\0"
    return [
        column
        for column in table.columns
        if column.name not in reading.of_lines and not column.name.startswith(inner)
    ]


def _doubted(kind: str, fed: _Fits, columns: Iterable[Column]) -> dict[str, Fit]:
    """Amounts that no field is fed from because they may well be in cents."""
    used = {fit.column.name for fit in fed.values()}
    doubted = {
        column.name: column
        for column in columns
        if column.name not in used and not column.is_blank and may_be_minor(column)
    }
    level = level_of(kind, [replace(column, unit=MAJOR) for column in doubted.values()])
    found: dict[str, Fit] = {}
    choose(found, level.kept(lambda fit: fit.path in _amounts_of(kind) and fit.path not in fed))
    return {path: replace(fit, column=doubted[fit.column.name]) for path, fit in found.items()}


def _take_back(doubted: dict[str, Fit], fed: dict[str, Fit]) -> None:
    for path in _whole(fed):
        doubted[path] = fed.pop(path)


def _whole(fits: _Fits) -> dict[str, Fit]:
    """The amounts that are whole numbers and do not say their unit."""
    return {
        path: fit
        for path, fit in fits.items()
        if path in _AMOUNTS and fit.column.are_whole and not fit.column.words & {MINOR, MAJOR}
    }


def _proven(orders: _Fits, items: _Fits, reading: Reading, lines: Lines) -> dict[str, Fit]:
    """The amounts whose unit the sums prove, with that unit."""
    orders = {**_whole(reading.fields), **orders}
    items = {**_whole(lines.reading.items), **items}
    total = orders.get(_TOTAL, reading.fields.get(_TOTAL))
    if total is None:
        return {}
    fed = {path: fit for path, fit in reading.fields.items() if path in PARTS}
    are_whole = lines.reading.items.keys() & _AMOUNTS <= items.keys()
    for of_orders, of_items in ((MAJOR, ""), (MINOR, ""), ("", MINOR)):
        turned = {path: _in_unit(fit, of_orders) for path, fit in orders.items()}
        inner = {path: _in_unit(fit, of_items) for path, fit in items.items()}
        if (of_items and not inner) or (of_orders and _TOTAL not in turned):
            continue
        if of_orders == MAJOR and are_whole:
            continue  # all of them may be in cents
        mine = series_of(turned.get(_TOTAL, total).column)
        sums = lines.sums({**lines.reading.items, **inner})
        parts = {path: fit for path, fit in turned.items() if path in PARTS}
        for used in ({}, parts):
            if _adds_up(mine, sums, {**fed, **used}):
                of_order = {_TOTAL: turned[_TOTAL], **used} if of_orders else {}
                of_lines = inner if of_items else {}
                return of_order | {f"{_ITEMS}{path}": fit for path, fit in of_lines.items()}
    return {}


def _adds_up(mine: Series, sums: Iterable[Series], parts: _Fits) -> bool:
    if sum(bool(each) for each in mine) < _FEWEST:
        return False  # nothing is the same in any unit
    amounts = parts_of(parts)
    return any(are_same(mine, each) or is_sum(mine, each, amounts) for each in sums)


def _in_unit(fit: Fit, unit: str) -> Fit:
    return replace(fit, column=replace(fit.column, unit=unit)) if unit else fit


def _place(path: str, fields: dict[str, Fit], items: dict[str, Fit]) -> tuple[dict[str, Fit], str]:
    """Where a field is fed, and what it is called there."""
    name = path.removeprefix(_ITEMS)
    return (fields if name == path else items), name


@cache
def _amounts_of(kind: str) -> frozenset[str]:
    """The fields that are money."""
    prefix = _ITEMS if kind == LINES else ""
    schema = SCHEMAS[ObjectType.ORDER if kind == LINES else ObjectType(kind)]
    return frozenset(
        path.removeprefix(prefix)
        for path, each in schema.fields()
        if each.type is FieldTypeName.MONEY and path.startswith(prefix)
    )


_AMOUNTS = _amounts_of("order") | _amounts_of("product") | _amounts_of(LINES)
