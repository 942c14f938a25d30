"""A row beside the record that Ometria would get of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from ometria_import.actions.calling.words import visible
from ometria_import.cli.showing.screen import FAINT, STRONG, Screen, table_of
from ometria_import.problems import shorten

if TYPE_CHECKING:
    from ometria_import.actions.setting_up.previews import Preview

_SHOWN = 40


def show_preview(screen: Screen, preview: Preview) -> None:
    """Show one row, its record, and the columns that the record has nowhere."""
    screen.say("")
    screen.prose((visible(preview.source.name), STRONG), (f", row {preview.line:,}", FAINT))
    cells = [f"{name}: {shorten(text, _SHOWN)}" for name, text in preview.cells.items() if text]
    fields = [f"{path}: {shorten(text, _SHOWN)}" for path, text in _fields(preview.record)]
    rows = [*zip_longest(cells, fields, preview.left_out, fillvalue="")]
    screen.show(table_of(("the row", "the record", "left out"), rows, has_rows=False))


def _fields(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _fields(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for number, inner in enumerate(value, 1):
            yield from _fields(inner, f"{path}[{number}]")
    else:
        yield path, value if isinstance(value, str) else json.dumps(value)
