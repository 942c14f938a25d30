"""Tables with a row for each line item: which column names the order, whose amounts are whose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ometria_import.drafting.columns.matching import Fit, Level, choose
from ometria_import.drafting.columns.names import words_of
from ometria_import.drafting.columns.profile import Column, number_of
from ometria_import.drafting.tables.tables import LINES, Reading, Table

_AMOUNTS = ("grand_total", "subtotal", "discount", "tax", "shipping")
_MANY_ROWS = 20
_MANY_ORDERS = 5
_NEARLY_ALL = 0.95


def read_orders(reading: Reading, table: Table, levels: Mapping[str, Level]) -> None:
    """Find the fields of orders, or of lines in a file of their own, and which are whose."""
    order, lines = levels["order"], levels[LINES]
    own = _order_id(table, order, reading.kind)
    if own is None:
        taken: set[str] = set()
        choose(reading.fields, order, taken)
        if lines.has("product_id", "quantity"):
            choose_items(reading.items, lines, taken)
        return
    reading.fields["id"] = own
    taken = {own.column.name}
    if reading.kind != LINES and not lines.has("product_id", "quantity"):
        choose(reading.fields, order.without("id"), taken)
        return
    reading.group_by = own.column.name
    reading.fills_down = _fills_down(own.column)
    if reading.kind == LINES:
        choose_items(reading.items, lines, taken)
        return
    constant = _constant_columns(table, own.column)
    reading.of_lines = frozenset(name for name, is_so in constant.items() if not is_so)
    of_order = order.without("id").kept(
        lambda fit: (
            constant.get(fit.column.name) is not False
            and (fit.path not in _AMOUNTS or _is_of_order(fit, lines, constant))
        )
    )
    of_line = lines.kept(lambda fit: not (fit.path in _AMOUNTS and constant.get(fit.column.name)))
    theirs = {fit.column.name for path in _AMOUNTS for fit in of_order.fits.get(path, ())}
    choose(reading.fields, of_order, taken)
    choose_items(reading.items, of_line, taken | theirs)


def choose_items(into: dict[str, Fit], lines: Level, taken: set[str]) -> None:
    """Give the fields of line items their columns."""
    level = lines.kept(
        lambda fit: (
            fit.column.name not in taken
            and not (fit.path in {"product_id", "variant_id"} and _names_its_row(fit.column))
        )
    )
    choose(into, level, set(taken))
    product = into.get("product_id")
    for fit in level.fits.get("sku", ()):
        if product and fit.column.name == product.column.name:
            into.setdefault("sku", fit)
    _settle_amounts(into, level.fits.get("unit_price", []))


def _order_id(table: Table, order: Level, kind: str) -> Fit | None:
    fits = order.fits.get("id", [])
    if kind != LINES:
        first = next((fit for fit in fits if fit.column is table.columns[0]), None)
        return first if first and first.column.is_unique else next(iter(fits), None)
    # The id of a line is no order's: where several rows share a value, that one is.
    shared = (fit for fit in fits if fit.column.is_blank or not fit.column.is_unique)
    return next(shared, next(iter(fits), None))


def _names_its_row(column: Column) -> bool:
    """Whether a column has a value of its own in every one of many rows."""
    return column.is_unique and len(column.texts) > _MANY_ROWS


def _fills_down(key: Column) -> bool:
    starts = bool(key.texts) and bool(key.texts[0].strip())
    return starts and len(key.filled) < len(key.texts) * _NEARLY_ALL


def _constant_columns(table: Table, key: Column) -> dict[str, bool]:
    """Whether each column says the same in all rows of an order.

    A difference in one order is proof; where few orders have several rows, sameness is none.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    last = ""
    for row, text in enumerate(key.texts):
        last = text.strip() or last
        groups[last].append(row)
    several = [rows for rows in groups.values() if len(rows) > 1]
    found = {
        column.name: all(
            len({column.texts[row].strip() for row in rows} - {""}) <= 1 for rows in several
        )
        for column in table.columns
    }
    are_many = len(several) >= _MANY_ORDERS
    return {name: is_same for name, is_same in found.items() if are_many or not is_same}


def _is_of_order(fit: Fit, lines: Level, constant: Mapping[str, bool]) -> bool:
    """Whether an amount is of the order, in a table that has lines, too."""
    could_be_of_line = any(
        other.column.name == fit.column.name for fits in lines.fits.values() for other in fits
    )
    says_order = bool(fit.column.words & {"order", "receipt"})
    # No line has a grand total; where it differs within an order, its name is wrong.
    is_grand = "grand" in words_of(fit.column.name) and constant.get(fit.column.name, True)
    says_order = says_order or is_grand
    return not could_be_of_line or constant.get(fit.column.name, False) or says_order


def _settle_amounts(items: dict[str, Fit], prices: Sequence[Fit]) -> None:
    """A price that grows with the quantity is the line's, and a tax that does not is a unit's."""
    price, quantity, product = (
        items.get(each) for each in ("unit_price", "quantity", "product_id")
    )
    if price is None or quantity is None or product is None:
        return

    def growth(fit: Fit) -> int:
        return _growth(fit.column, quantity.column, product.column)

    if growth(price) > 0:
        items.setdefault("subtotal", items.pop("unit_price"))
        taken = {fit.column.name for fit in items.values()}
        of_unit = (fit for fit in prices if fit.column.name not in taken and growth(fit) <= 0)
        if other := next(of_unit, None):
            items["unit_price"] = other
    for path in ("tax", "discount"):
        if path in items and "unit_price" in items and growth(items[path]) < 0:
            del items[path]


def _growth(amount: Column, quantity: Column, product: Column) -> int:
    """How many products' amounts grow with their quantities, less those whose amounts stay."""
    by_product: dict[str, set[tuple[float, float]]] = defaultdict(set)
    for each, count, name in zip(amount.texts, quantity.texts, product.texts, strict=True):
        value, number = number_of(each), number_of(count)
        if value and number:
            by_product[name.strip()].add((number, value))
    growth = 0
    for pairs in by_product.values():
        if len({number for number, _ in pairs}) > 1:
            growth += len({round(value / number, 1) for number, value in pairs}) == 1
            growth -= len({value for _, value in pairs}) == 1
    return growth
