"""The cells of plain rows as texts, made for whole columns with the result of single cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.sources.arrays import Mask, Rows, Texts
from ometria_import.sources.workbook.cells import CellReader
from ometria_import.sources.workbook.limits import Limits
from ometria_import.sources.workbook.plain_xml import PlainRows, SheetXml
from ometria_import.sources.workbook.sheet_rows import SheetRows

_MOST_CHARS = 4_000_000
"""The most characters made at once: a text that many cells share is in the file only once."""
_KINDS = ("n", "s", "str", "inlineStr", "e", "b")
_NUMBER, _SHARED, _TEXT, _INLINE, _ERROR, _FLAG = range(len(_KINDS))
_ATTRIBUTES = frozenset({"r", "s", "t", "cm", "vm", "ph"})
_WRITTEN_OTHERWISE = "[&\r]"
_PLACE = "^[0-9]{1,9}$"
_FLAGS = pa.array(["0", "1"])
_FLAG_TEXTS = pa.array(["false", "true"])


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of some rows; all arrays but the first have an entry for each cell."""

    numbers: Rows
    """Of the rows."""
    rows: Rows
    """The index of the row of each cell."""
    columns: Rows
    """From 0."""
    styles: Rows
    kinds: Rows
    """Places in `_KINDS`."""
    written: Texts
    chars: Rows
    """How many characters each cell becomes."""

    def spans(self) -> Iterator[_Cells]:
        """The cells of consecutive rows, few enough to make all their texts at once."""
        chars = np.bincount(self.rows, self.chars, len(self.numbers)).cumsum()
        first_rows = np.flatnonzero(np.diff(chars // _MOST_CHARS)) + 1
        for start, stop in pairwise((0, *first_rows.tolist(), len(self.numbers))):
            first, last = np.searchsorted(self.rows, (start, stop)).tolist()
            cells = slice(first, last)
            yield _Cells(
                self.numbers[start:stop],
                self.rows[cells] - start,
                self.columns[cells],
                self.styles[cells],
                self.kinds[cells],
                self.written.slice(first, last - first),
                self.chars[cells],
            )


class PlainCells:
    """Makes texts of plain rows."""

    def __init__(
        self, xml: SheetXml, reader: CellReader, strings: Sequence[str], limits: Limits
    ) -> None:
        """Prepare what is the same for all rows.

        Args:
            xml: The XML that contains the rows.
            reader: Reads single cells.
            strings: The table of texts of the workbook.
            limits: How large the sheet may grow.
        """
        self._xml = xml
        self._reader = reader
        self._limits = limits
        self._strings: Texts = pa.array(strings, pa.string())
        self._string_chars = pc.utf8_length(self._strings).to_numpy()
        self._columns: dict[bytes, int] = {}
        self._attributes: dict[bytes, int] = {}
        """Places in the lists of what they say."""
        self._kinds: list[int] = []
        self._styles: list[int] = []
        self._last_row = 0

    def read(self, rows: PlainRows) -> Iterator[SheetRows] | None:
        """The texts of rows; None if they have to be read in another way."""
        unstored = self._reader.unstored
        known = len(unstored)
        try:
            cells = self._cells(rows)
        except (SyntaxError, pa.ArrowInvalid):  # the other way reports it
            cells = None
        if cells is None:
            del unstored[known:]
            return None
        self._last_row = rows.numbers[-1]
        return map(self._in_columns, cells.spans())

    def _cells(self, rows: PlainRows) -> _Cells | None:
        numbers = np.array(rows.numbers, np.int64)
        row_of = np.repeat(np.arange(len(numbers)), rows.counts)
        if not self._know(rows):
            return None
        columns = _each(self._columns, rows.letters)
        said = _each(self._attributes, rows.attributes)
        styles, kinds = np.array(self._styles)[said], np.array(self._kinds)[said]
        is_in_order = (np.diff(columns) > 0) | (np.diff(row_of) > 0)
        if not is_in_order.all() or (np.diff(numbers, prepend=self._last_row) <= 0).any():
            return None
        written = self._decoded(rows.values)
        if any(rows.unusual):
            is_unusual = _is_there(rows.unusual)
            texts = self._unusual_texts(rows, np.flatnonzero(is_unusual).tolist(), row_of)
            written = pc.replace_with_mask(written, pa.array(is_unusual), texts)
            kinds[is_unusual] = _TEXT
        is_written = _is_written(written)
        if ((kinds == _INLINE) != _is_there(rows.inline))[is_written].any():
            return None
        chars = self._chars(written, kinds, is_written)
        widths = columns[np.diff(row_of, append=-1) != 0] + 1
        if chars is None or not self._limits.have_room(
            int(numbers[-1]), int(widths.sum()), int(chars.sum()), int(chars.max(initial=0))
        ):
            return None
        is_blank = (kinds == _NUMBER) & ~is_written
        blank = np.flatnonzero(is_blank & _is_there(rows.formulas))
        places = zip(numbers[row_of[blank]].tolist(), (columns[blank] + 1).tolist(), strict=True)
        self._reader.unstored.extend(places)
        return _Cells(numbers, row_of, columns, styles, kinds, written, chars)

    def _know(self, rows: PlainRows) -> bool:
        """Whether it is known where the cells stand and what they are."""
        from openpyxl.utils import column_index_from_string  # slow, like all of openpyxl

        for letters in {*rows.letters} - self._columns.keys():
            self._columns[letters] = int(column_index_from_string(letters.decode())) - 1
        for attributes in {*rows.attributes} - self._attributes.keys():
            cell = self._xml.element(b'<c r="A1"' + attributes + b"/>")
            kind, style = cell.get("t", "n"), cell.get("s") or "0"
            if not _ATTRIBUTES.issuperset(cell.keys()) or kind not in _KINDS or not style.isdigit():
                return False
            self._attributes[attributes] = len(self._kinds)
            self._kinds.append(_KINDS.index(kind))
            self._styles.append(int(style))
        return True

    def _decoded(self, values: Sequence[bytes]) -> Texts:
        texts = pa.array(values, pa.binary()).cast(pa.string())
        is_other = pc.match_substring_regex(texts, _WRITTEN_OTHERWISE)
        if not pc.any(is_other).as_py():
            return texts
        return pc.replace_with_mask(texts, is_other, self._xml.texts(texts.filter(is_other)))

    def _unusual_texts(self, rows: PlainRows, cells: Sequence[int], row_of: Rows) -> Texts:
        texts = []
        for cell in cells:
            place = b"%b%d" % (rows.letters[cell], rows.numbers[row_of[cell]])
            opening = b'<c r="%b"%b>' % (place, rows.attributes[cell])
            element = self._xml.element(opening + rows.unusual[cell] + b"</c>")
            texts.append(self._reader.unusual_cell(element)[1] or "")
        return pa.array(texts, pa.string())

    def _chars(self, written: Texts, kinds: Rows, is_written: Mask) -> Rows | None:
        """How many characters the cells become; None if something about them is not as usual."""
        chars: Rows = pc.utf8_length(written).to_numpy().astype(np.int64)
        is_shared = is_written & (kinds == _SHARED)
        places = written.filter(pa.array(is_shared))
        flags = written.filter(pa.array(is_written & (kinds == _FLAG)))
        is_right = (pc.match_substring_regex(places, _PLACE), pc.is_in(flags, _FLAGS))
        if not all(pc.all(each, min_count=0).as_py() for each in is_right):
            return None
        numbers = places.cast(pa.int64()).to_numpy()
        if numbers.max(initial=-1) >= len(self._strings):
            return None
        chars[is_shared] = self._string_chars[numbers]
        return chars

    def _in_columns(self, cells: _Cells) -> SheetRows:
        """The texts of cells, in columns up to the last one that holds anything."""
        blank = count = len(cells.written)
        made, at = [cells.written, pa.array([""])], np.arange(blank)
        for which, texts in self._changed(cells):
            at[which] = np.arange(len(which)) + count + 1
            made.append(texts)
            count += len(texts)
        texts = pa.concat_arrays(made)
        width = cells.columns[cells.chars > 0].max(initial=-1) + 1
        in_order = np.argsort(cells.columns, kind="stable")
        starts = np.searchsorted(cells.columns[in_order], np.arange(width + 1))
        nothing = np.full(len(cells.numbers), blank)
        blanks = texts.take(pa.array(nothing))
        columns = []
        for start, stop in pairwise(starts.tolist()):
            if start == stop:
                columns.append(blanks)
                continue
            which, of_rows = in_order[start:stop], nothing.copy()
            of_rows[cells.rows[which]] = at[which]
            columns.append(texts.take(pa.array(of_rows)))
        return SheetRows(cells.numbers, columns)

    def _changed(self, cells: _Cells) -> Iterator[tuple[Rows, Texts]]:
        """The cells that show something other than what is written, and what they show."""
        is_written = _is_written(cells.written)
        shared, flags = (
            np.flatnonzero(is_written & (cells.kinds == kind)) for kind in (_SHARED, _FLAG)
        )
        for which, table in ((shared, self._strings), (flags, _FLAG_TEXTS)):
            yield which, table.take(cells.written.take(pa.array(which)).cast(pa.int64()))
        is_number = is_written & (cells.kinds == _NUMBER)
        for style in np.unique(cells.styles[is_number]).tolist():
            which = np.flatnonzero(is_number & (cells.styles == style))
            values = cells.written.take(pa.array(which))
            if (shown := self._reader.number_texts(values, style)) is not values:
                yield which, shown


def _each(known: Mapping[bytes, int], written: Sequence[bytes]) -> Rows:
    return np.fromiter(map(known.__getitem__, written), np.int64, len(written))


def _is_there(written: Sequence[bytes]) -> Mask:
    if not any(written):
        return np.zeros(len(written), bool)
    return np.fromiter(map(bool, written), bool, len(written))


def _is_written(texts: Texts) -> Mask:
    is_written: Mask = pc.binary_length(texts).to_numpy() > 0
    return is_written
