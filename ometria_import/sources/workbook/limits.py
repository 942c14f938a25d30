"""How far a sheet may grow while it is read."""

from __future__ import annotations

from collections.abc import Sequence

from ometria_import.errors import SourceError
from ometria_import.sources.file.archive import SAVE_AS_CSV, unpacked_bytes
from ometria_import.sources.file.compression import check_ratio, is_ratio_usual
from ometria_import.sources.file.raw_file import RawFile

_MAX_ROWS = 1_048_576
"""The most rows that a sheet can have; a higher number is damage, and openpyxl would count on."""
_MAX_CELL_CHARS = 100_000
"""Excel allows 32,767, Google's spreadsheets 50,000."""
_UNCHECKED_CELLS = 20_000_000
"""Below this number, blank cells before a filled one do no harm."""


class Limits:
    """Counts what was read of a sheet, so that one that grows too large is refused in time."""

    def __init__(self, raw: RawFile, title: str) -> None:
        """Begin to count.

        Args:
            raw: The workbook.
            title: The name of the sheet.
        """
        self._raw = raw
        self._title = title
        with raw.open() as file:
            self._most_cells = max(_UNCHECKED_CELLS, unpacked_bytes(file, raw.shown))
        self._cells = self._chars = 0

    def have_room(self, row: int, cells: int, chars: int, longest: int) -> bool:
        """Count some more rows, unless one of them is to be refused.

        Args:
            row: The number of the last one.
            cells: How many cells they have, each row up to its last one.
            chars: How many characters are in the cells.
            longest: How many in the one that has the most.
        """
        cells += self._cells
        chars += self._chars
        is_small = row <= _MAX_ROWS and longest <= _MAX_CELL_CHARS and cells <= self._most_cells
        if not is_small or not is_ratio_usual(chars, self._raw.size_bytes):
            return False
        self._cells, self._chars = cells, chars
        return True

    def check(self, row: int, texts: Sequence[str]) -> None:
        """Count one more row.

        Raises:
            SourceError: the sheet grows as no sheet made by people does.
            ValueError: it is damaged.
        """
        if row > _MAX_ROWS:
            raise ValueError(f"sheet {self._title!r} has a row over {_MAX_ROWS:,}")
        self._cells += len(texts)
        if self._cells > self._most_cells:
            # A written cell takes some bytes in the file; blank cells between them only exist here.
            raise SourceError(
                f"{self._raw.shown} row {row:,}: the sheet is nearly all blank cells, "
                f"{self._cells:,} so far",
                hint="Copy the columns that have data to a new workbook, or save it as CSV.",
            )
        self._chars += sum(map(len, texts))
        check_ratio(self._raw.shown, self._chars, self._raw.size_bytes, SAVE_AS_CSV)
        if max(map(len, texts), default=0) > _MAX_CELL_CHARS:
            raise ValueError(f"row {row:,} has a cell of over {_MAX_CELL_CHARS:,} characters")
