"""Orders with negative totals or quantities: told of, and sent, rejected or left out."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.choices import Returns
from ometria_import.prepare.records.assembled import Assembled, Found, Mask, Rows
from ometria_import.problems import catalogue
from ometria_import.schema import ObjectType

_TOTAL = "grand_total"
_QUANTITY = "lineitems.quantity"
_BECAME = {
    Returns.SEND: "it is sent as an order with negative values",
    Returns.REJECT: "it is rejected, as you asked for returns",
    Returns.LEAVE_OUT: "it is left out, as you asked for returns",
}


def settle_returns(
    assembled: Assembled, object_type: ObjectType, rows: Rows, choice: Returns
) -> None:
    """Find the returns among the orders of a chunk that are not rejected, and mark their fate.

    Args:
        assembled: The records; what was found and who stays out is added to it.
        object_type: Only orders have returns.
        rows: The first row of each record.
        choice: What becomes of returns.
    """
    if object_type is not ObjectType.ORDER:
        return
    found: dict[int, tuple[str, str]] = {}
    quantities, items = assembled.values.get(_QUANTITY), assembled.items.get("lineitems")
    if quantities is not None and items is not None:
        for item in np.flatnonzero(_is_negative(quantities) & ~items.is_dropped).tolist():
            found.setdefault(int(items.parents[item]), (_QUANTITY, quantities[item].as_py()))
    if (totals := assembled.values.get(_TOTAL)) is not None:
        for entry in np.flatnonzero(_is_negative(totals)).tolist():
            found[entry] = (_TOTAL, totals[entry].as_py())
    letter = "E" if choice is Returns.REJECT else "W"
    stays_out = {Returns.REJECT: assembled.is_rejected, Returns.LEAVE_OUT: assembled.is_left_out}
    for entry, (path, value) in found.items():
        if assembled.is_rejected[entry]:
            continue
        message = f"{path} is {value}, so this is a return; {_BECAME[choice]}"
        code = f"{letter}{catalogue.RETURN}"
        assembled.found.append(Found(int(rows[entry]), code, path, value, message))
        if choice in stays_out:
            stays_out[choice][entry] = True


def _is_negative(numbers: pa.Array) -> Mask:
    """Which numbers in normal form, as texts, are below zero."""
    # "-0" and "-0.00" are no returns.
    below = pc.match_substring_regex(numbers, "^-.*[1-9]")
    mask: Mask = pc.fill_null(below, fill_value=False).to_numpy(zero_copy_only=False)
    return mask
