"""Cells of reject files, which people open in a spreadsheet.

A spreadsheet runs a cell that begins with `=` as a formula; a customer's name can be such a cell.
One apostrophe before it makes it text, and reading the file back takes just that one off.
Source: https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_RISKY = re.compile(r"'*[=+\-@\t\r]")
_HARMLESS = re.compile(r"'?[+-]?[0-9]{1,30}(?:[.,][0-9]{1,30})?")
"""Numbers, and phone numbers in E.164."""
_FIELD_NAME = re.compile(r"'?@[A-Za-z_]{1,30}")
"""`@collection` and its like."""


def guarded(cell: str) -> str:
    """The cell as it is written; no two cells are written alike."""
    return f"'{cell}" if _needs_guard(cell) else cell


def unguarded(cell: str) -> str:
    """The cell as it was before it was written."""
    return cell[1:] if cell.startswith("'") and _needs_guard(cell[1:]) else cell


def guarded_name(name: str) -> str:
    """`guarded` for the name of a column; fields of Ometria's stay what they are."""
    return name if _FIELD_NAME.fullmatch(name) else guarded(name)


def unguarded_name(name: str) -> str:
    """The name as it was before it was written."""
    return name if _FIELD_NAME.fullmatch(name) else unguarded(name)


def unguarded_column(cells: Any) -> Any:
    """`unguarded` for a `pyarrow.StringArray`."""
    with_apostrophe = pc.starts_with(cells, "'")
    if not np.any(with_apostrophe.to_numpy(zero_copy_only=False)):
        return cells
    texts = [unguarded(cell) for cell in cells.filter(with_apostrophe).to_pylist()]
    return pc.replace_with_mask(cells, with_apostrophe, pa.array(texts, pa.string()))


def _needs_guard(cell: str) -> bool:
    return bool(_RISKY.match(cell)) and not _HARMLESS.fullmatch(cell)
