"""Which column fed which field, and what became of its cells."""

from __future__ import annotations

import msgspec

from ometria_import.config.home import COLUMNS_FILE
from ometria_import.reporting.gathering.material import Material
from ometria_import.reporting.model import Column


class _ColumnTold(msgspec.Struct):
    """As preparing writes it."""

    source: str
    column: str
    field: str
    cells: int = 0
    filled: int = 0
    rewritten: int = 0
    dropped: int = 0


def columns_of(material: Material) -> list[Column] | None:
    """The columns of all sources; None where the run does not tell."""
    path = material.prepared_in.path / COLUMNS_FILE
    try:
        told = msgspec.json.decode(path.read_bytes(), type=list[_ColumnTold])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return [
        Column(
            source=each.source,
            column=each.column,
            field=each.field,
            cells=each.cells,
            filled=each.filled,
            rewritten=each.rewritten,
            dropped=each.dropped,
        )
        for each in told
    ]
