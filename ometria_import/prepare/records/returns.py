"""Returns: orders with negative totals or quantities are reported, rejected or left out."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from ometria_import.options.choices import Returns
from ometria_import.prepare.records.assembled import Assembled
from ometria_import.problems import Finding, Located, Severity, catalogue
from ometria_import.schema import ObjectType
from ometria_import.sources.arrays import Mask, Texts, mask_of

_TOTAL = "grand_total"
_QUANTITY = "lineitems.quantity"
_BECAME = {
    Returns.SEND: "it is sent as an order with negative values",
    Returns.REJECT: "it is rejected, as you asked for returns",
    Returns.LEAVE_OUT: "it is left out, as you asked for returns",
}


def settle_returns(assembled: Assembled, object_type: ObjectType, choice: Returns) -> None:
    """Find the returns among a chunk's accepted orders, and reject or leave them out.

    Args:
        assembled: The records; problems and left-out records are added to it.
        object_type: The type of the records; only orders can be returns.
        choice: What to do with returns.
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
    level = assembled.level
    severity = Severity.ERROR if choice is Returns.REJECT else Severity.WARNING
    for entry, (path, value) in found.items():
        if level.is_bad[entry]:
            continue
        message = f"{path} is {value}, so this is a return; {_BECAME[choice]}"
        finding = Finding(catalogue.RETURN, message)
        level.found.add(Located(int(level.rows[entry]), path, value, finding, severity))
        level.is_bad[entry] |= choice is Returns.REJECT
        assembled.is_left_out[entry] |= choice is Returns.LEAVE_OUT


def _is_negative(numbers: Texts) -> Mask:
    """A mask of the negative numbers among texts in normal form."""
    # "-0" and "-0.00" are not returns.
    return mask_of(pc.match_substring_regex(numbers, "^-.*[1-9]"))
