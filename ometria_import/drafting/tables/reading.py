"""Finding out what tables are, each by itself and then by what they share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ometria_import.drafting.columns.matching import Fit, Level, choose, level_of
from ometria_import.drafting.columns.profile import Column
from ometria_import.drafting.tables.kinds import KINDS, kind_of
from ometria_import.drafting.tables.lines import choose_items, read_orders
from ometria_import.drafting.tables.sums import Lines, lines_within
from ometria_import.drafting.tables.tables import LINES, Reading, Table
from ometria_import.drafting.tables.totals import settle_total
from ometria_import.drafting.tables.units import settle_units

_ENOUGH = 0.8
"""So many of the values of a key must be in the other table."""


_LAST = 99
_OF_A_CONTACT = frozenset({"id", "customer", "contact", "subscriber", "user", "member"})
_MANY = 0.3
"""So many ids in common are no accident."""


class Join(NamedTuple):
    """A column whose values name the records of another table."""

    table: str
    column: str
    of_table: str
    of_column: str
    share: float
    """How many of the values are there, 0 to 1."""


def read_table(table: Table, kind: str = "") -> Reading:
    """Find out what a table is.

    Args:
        table: The table.
        kind: An object type or `lineitem`, if somebody said it.
    """
    each = _array_of_lines(table)
    inner = f"{each}[]."
    own = [column for column in table.columns if not (each and column.name.startswith(inner))]
    levels = {name: level_of(name, own) for name in KINDS}
    if each:
        levels[LINES] = level_of(LINES, table.arrays[each].columns)
    if not kind:
        found = kind_of(table, levels)
        kind = "order" if each and found == LINES else found  # objects with lines are orders
    if not kind:
        return Reading("")
    reading = Reading(kind)
    if each and kind == "order":
        reading.each = each
        choose(reading.fields, levels["order"])
        choose_items(reading.items, levels[LINES], set())
    elif kind in {"order", LINES}:
        read_orders(reading, table, levels)
    else:
        choose(reading.fields, levels[kind])
    _settle(reading, table, levels["order" if kind == LINES else kind])
    return reading


def read_tables(tables: Sequence[Table]) -> tuple[dict[str, Reading], list[Join]]:
    """Find out what the tables of one folder are, by their names, and how they hang together.

    Where the values of one table's key are in a column of another, that column is the record's id.
    """
    readings = {table.name: read_table(table) for table in tables}
    joins: list[Join] = []
    by_kind = {
        kind: [table for table in tables if readings[table.name].kind == kind] for kind in KINDS
    }
    for lines in by_kind[LINES]:
        of_orders = [*_joined(lines, "id", by_kind["order"], "id", readings)]
        joins += of_orders
        for join in of_orders:
            orders = next(table for table in by_kind["order"] if table.name == join.of_table)
            _add_up(orders, readings[orders.name], lines, readings[lines.name])
    for owner in (*by_kind[LINES], *by_kind["order"]):
        joins += _joined(owner, "lineitems.product_id", by_kind["product"], "id", readings)
    for orders in by_kind["order"]:
        joins += _joined(orders, "customer.id", by_kind["contact"], "customer_id", readings)
    return readings, joins


def _joined(
    table: Table, path: str, others: Sequence[Table], of_path: str, readings: Mapping[str, Reading]
) -> Iterator[Join]:
    """The best pair of a column that names records and one that holds their ids."""
    found = [
        (share, -mine.rank - theirs.rank, mine, theirs, other)
        for other in others
        for mine in _candidates(table, readings[table.name].kind, path)
        for theirs in _candidates(other, readings[other.name].kind, of_path)
        if (share := _overlap(mine.column, theirs.column)) >= _ENOUGH
    ]
    if not found:
        return
    share, _, mine, theirs, other = max(found, key=lambda each: each[:2])
    _set(readings[table.name], path, mine)
    _set(readings[other.name], of_path, theirs)
    yield Join(table.name, mine.column.name, other.name, theirs.column.name, share)


def _add_up(orders: Table, reading: Reading, lines: Table, of_lines: Reading) -> None:
    """Find the total, and what amounts are in cents, by line items in a file of their own."""
    key, names = reading.fields.get("id"), of_lines.fields.get("id")
    if key and names:
        owners, rows = ([text.strip() for text in fit.column.texts] for fit in (names, key))
        level = level_of("order", orders.columns)
        _settle_amounts(reading, orders, level, Lines(of_lines, lines.columns, owners, rows))


def same_records(tables: Sequence[Table], readings: Mapping[str, Reading]) -> list[Join]:
    """Pairs of tables with records of one kind and the same ids: an export and an older one."""
    pairs = ((a, b) for number, a in enumerate(tables) for b in tables[number + 1 :])
    found: list[Join] = []
    for pair in pairs:
        mine, theirs = (readings[each.name] for each in pair)
        ids = [each.fields.get("id") for each in (mine, theirs)]
        if mine.kind != theirs.kind or mine.kind in {"", LINES} or not (ids[0] and ids[1]):
            continue
        sides = [(pair[0], ids[0].column), (pair[1], ids[1].column)]
        # The smaller one may be the part of the larger that was there at its time.
        (of, theirs_of), (table, column) = sorted(sides, key=lambda each: -len(each[1].distinct))
        if (share := _overlap(column, theirs_of)) >= _MANY:
            found.append(Join(table.name, column.name, of.name, theirs_of.name, share))
    return found


def _candidates(table: Table, kind: str, path: str) -> Sequence[Fit]:
    name = path.removeprefix("lineitems.")
    of = LINES if name != path else "order" if kind == LINES else kind
    level = level_of(of, table.columns)
    if kind == "contact":
        return [*level.fits.get("customer_id", ()), *level.fits.get("id", ())]
    return level.fits.get(name, ())


def _overlap(mine: Column, theirs: Column) -> float:
    values = set(mine.distinct)
    return len(values & set(theirs.distinct)) / len(values) if values else 0


def _set(reading: Reading, path: str, fit: Fit) -> None:
    """Feed a field from a column; what another field had it for is no longer certain."""
    name = path.removeprefix("lineitems.")
    into = reading.items if name != path else reading.fields
    before = into.get(name)
    into[name] = Fit(name, fit.column, fit.rank)
    for other in [key for key, each in into.items() if each.column.name == fit.column.name]:
        if other not in {name, "id", "customer_id", "sku"}:
            del into[other]
    if path == "id" and reading.group_by:
        reading.group_by = fit.column.name
    if (
        path == "id"
        and before
        and before.column.name != fit.column.name
        and reading.kind == "order"
    ):
        into.setdefault("web_id", Fit("web_id", before.column, before.rank))


def _array_of_lines(table: Table) -> str:
    """The array whose elements are line items, or empty."""
    ranks = {
        name: best.rank
        for name, elements in table.arrays.items()
        if (level := level_of(LINES, elements.columns)).has("quantity")
        and (best := level.best("product_id"))
    }
    return min(ranks, key=lambda name: ranks[name], default="")


def _settle(reading: Reading, table: Table, level: Level) -> None:
    """What fields say of each other."""
    if reading.kind == "contact":
        _settle_contact(reading, table, level)
    if reading.kind == "product" and "price" not in reading.fields:
        price = reading.fields.pop("special_price", None)
        reading.fields |= {"price": price} if price else {}
    _settle_amounts(reading, table, level, lines_within(reading, table))
    if reading.kind == "contact":
        _take_bare_names(reading, table)
    _settle_names(reading)
    _find_clock(reading, table)


def _settle_amounts(reading: Reading, table: Table, level: Level, lines: Lines | None) -> None:
    """Settle the amounts of records and of their line items by comparing them with each other."""
    if reading.kind != LINES:
        settle_units(reading, table, lines)
        settle_total(reading, table, level, lines)


def _settle_contact(reading: Reading, table: Table, contact: Level) -> None:
    """A customer's number is the customer's key in all sources, whatever else names the contact."""
    if "id" not in reading.fields and (named := _id_of_platform(reading, table)):
        reading.fields["id"] = named
    own, number = reading.fields.get("id"), contact.best("customer_id")
    if own is None or "customer_id" in reading.fields:
        return
    are_customers = "customer" in table.words and own.column.words <= {"id", "number", "code"}
    if (number and number.column.name == own.column.name) or are_customers:
        reading.fields["customer_id"] = own


def _id_of_platform(reading: Reading, table: Table) -> Fit | None:
    """The one column that is an id of a system nobody knows, such as `Klaviyo ID`."""
    fed = {fit.column.name for fit in reading.fields.values()}
    found = [
        column
        for column in table.columns
        if column.name not in fed
        and column.is_unique
        and column.are_ids
        and column.meanings.count(frozenset()) == 1  # a name, `id`, and perhaps whose it is
        and any("id" in each for each in column.meanings)
        and all(not each or each & _OF_A_CONTACT for each in column.meanings)
    ]
    return Fit("id", found[0], _LAST) if len(found) == 1 else None


def _take_bare_names(reading: Reading, table: Table) -> None:
    """Columns that are only called `first` and `last` are names where both are there."""
    paths = {"firstname": "first", "lastname": "last"}
    found = {
        path: column
        for path, word in paths.items()
        for column in table.columns
        if column.meanings == (frozenset({word}),) and column.distinct and column.are_names
    }
    if len(found) == len(paths) and not any(path in reading.fields for path in paths):
        reading.fields |= {path: Fit(path, column, _LAST) for path, column in found.items()}


def _settle_names(reading: Reading) -> None:
    """A bare `Nom` beside `Prénom` is the last name, a bare `Nome` beside `Cognome` the first."""
    prefix = "customer." if reading.kind == "order" else ""
    first, last, name = (f"{prefix}{each}" for each in ("firstname", "lastname", "name"))
    if name not in reading.fields or reading.kind not in {"order", "contact"}:
        return
    if first in reading.fields and last in reading.fields:
        del reading.fields[name]
    elif first in reading.fields:
        reading.fields[last] = reading.fields.pop(name)
    elif last in reading.fields:
        reading.fields[first] = reading.fields.pop(name)


def _find_clock(reading: Reading, table: Table) -> None:
    when = reading.fields.get("timestamp")
    if when is None or not when.column.are_days:
        return
    for column in table.columns:
        words = [each for each in column.meanings if "order" not in each]
        if column.are_clock_times and len(words) == 1 and "time" in words[0]:
            reading.clock = column
            return
