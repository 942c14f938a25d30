"""Conditions on the cells of a row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ometria_import.mapping.cells import Texts
from ometria_import.mapping.expressions.linear import LinearPattern
from ometria_import.mapping.expressions.model import (
    FILE_NAME,
    Origin,
    SourceRows,
    is_blank,
    trimmed,
)
from ometria_import.sources.file.names import fits_name

_NUMBER = re.compile(r"'?[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)")


@dataclass(frozen=True, slots=True)
class Condition(Origin):
    """What must hold of a row's cells, all of it."""

    filled: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()
    column: str = ""
    equals: tuple[str, ...] | None = None
    not_equals: tuple[str, ...] | None = None
    above: Decimal | None = None
    matches: LinearPattern | None = None
    above_column: str = ""
    """Another column, whose number that of `column` is above."""
    equals_column: str = ""
    """Another column, with whose value that of `column` is the same; blanks are not."""
    file: tuple[str, ...] = ()
    """Patterns of names; where there are some, that of the file must fit one."""
    null: tuple[str, ...] = ()
    """Keys of JSON that are there and hold null, which is more than not to be there."""

    def holds(self, rows: SourceRows) -> Any:
        """A `pyarrow.BooleanArray`; a column that the file lacks is blank."""
        import pyarrow as pa
        import pyarrow.compute as pc

        fits = fits_name(rows.settings.get(FILE_NAME, ""), self.file)
        mask = pa.repeat(pa.scalar(fits), rows.length)
        for name in self.blank:
            if (cells := rows.column(name)) is not None:
                mask = pc.and_(mask, is_blank(cells))
        for name in self.filled:
            cells = rows.column(name)
            if cells is None:
                return pa.repeat(pa.scalar(False), rows.length)  # noqa: FBT003 -- the same
            mask = pc.and_(mask, pc.invert(is_blank(cells)))
        for name in self.null:
            mask = pc.and_(mask, pa.array(rows.is_null(name), pa.bool_()))
        if self.above_column:
            numbers = [_numbers(rows.column(name)) for name in (self.column, self.above_column)]
            if numbers[0] is None or numbers[1] is None:
                return pa.repeat(pa.scalar(False), rows.length)  # noqa: FBT003 -- the same
            mask = pc.and_(mask, pa.array(numbers[0] > numbers[1]))
        if self.equals_column:
            texts = [rows.column(name) for name in (self.column, self.equals_column)]
            if texts[0] is None or texts[1] is None:
                return pa.repeat(pa.scalar(False), rows.length)  # noqa: FBT003 -- the same
            own, other = map(folded, texts)
            mask = pc.and_(mask, pc.and_(pc.equal(own, other), pc.not_equal(own, "")))
        return pc.and_(mask, self._says(rows)) if self.column else mask

    def _says(self, rows: SourceRows) -> Any:
        import pyarrow as pa

        cells = rows.column(self.column)
        if cells is None:
            return pa.repeat(self._accepted(pa.array([""], pa.string()))[0], rows.length)
        encoded = trimmed(cells).dictionary_encode()
        return self._accepted(encoded.dictionary).take(encoded.indices)

    def _accepted(self, texts: Any) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        accepted = pa.array([self._accepts(text) for text in texts.to_pylist()], pa.bool_())
        return pc.and_(accepted, self.matches.matches(texts)) if self.matches else accepted

    def _accepts(self, text: str) -> bool:
        folded = text.casefold()
        return (
            (self.equals is None or folded in self.equals)
            and (self.not_equals is None or folded not in self.not_equals)
            and (self.above is None or is_above(text, self.above))
        )

    def columns(self) -> Iterator[str]:
        """All that it looks at."""
        yield from self.filled
        yield from self.blank
        yield from self.null
        if self.column:
            yield self.column
        if self.above_column:
            yield self.above_column
        if self.equals_column:
            yield self.equals_column


def folded(texts: Texts) -> Texts:
    """Texts as they are compared: case and blanks at the ends make no difference."""
    import pyarrow.compute as pc

    return pc.utf8_lower(trimmed(texts))


def is_above(text: str, bound: Decimal) -> bool:
    """Whether a text is a plain number, with a point or a comma, above a bound."""
    number = _number(text)
    return number is not None and number > bound


def _number(text: str) -> Decimal | None:
    if not _NUMBER.fullmatch(text):
        return None
    return Decimal(text.removeprefix("'").replace(",", "."))


def _numbers(cells: Texts | None) -> Any | None:
    """The cells as floats, not a number where they are none; nothing is above that."""
    import numpy as np

    if cells is None:
        return None
    encoded = trimmed(cells).dictionary_encode()
    read = [_number(text) for text in encoded.dictionary.to_pylist()]
    floats = np.array([np.nan if each is None else float(each) for each in read], np.float64)
    return floats[encoded.indices.to_numpy()] if len(floats) else np.empty(0, np.float64)
