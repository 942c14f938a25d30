"""What an expression of a mapping is, and the rows that it is asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ometria_import.mapping.cells import Texts
from ometria_import.schema.field_types.words import parse_boolean

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

STRUCTURE = "\ufdd0"
"""Stands before the JSON of an object or a list, which is no plain value. Unicode keeps this
character for programs' own use, so no text begins with it."""

NUMBER = "{n}"
"""Stands in the name of a family of columns for the number of each."""

ELEMENTS = "[]"
"""Stands behind the name of an array in JSON for each of its elements."""

FILE_NAME = "\x1ffile name"
"""Stands among the settings for the file's own name; no setting can be called so."""

CHILDREN = "children"
"""The array within an element of JSON that holds those of its siblings that belong to it."""

Has = Callable[[str], bool]
"""Whether the file has a column of this name."""


class Criterion(Protocol):
    """What must hold of elements; a `Condition` is one."""

    @property
    def column(self) -> str:
        """The column that it looks at first."""
        ...

    @property
    def equals_column(self) -> str:
        """Another column, with whose value that of `column` is the same; empty for none."""
        ...

    def columns(self) -> Iterator[str]:
        """All that it looks at."""
        ...

    def holds(self, rows: SourceRows) -> Any:
        """A `pyarrow.BooleanArray` with an entry for each row."""
        ...


class SourceRows(Protocol):
    """Some rows, or items cut out of rows, by the names that a mapping uses for their columns."""

    @property
    def length(self) -> int:
        """How many entries every column has."""
        ...

    @property
    def settings(self) -> Mapping[str, str]:
        """What the user set; blank where nothing was."""
        ...

    def column(self, name: str) -> Texts | None:
        """The cells of a column, or None where the file has none of this name."""
        ...

    def plain_texts(self, name: str) -> Texts | None:
        """The same cells without numbers, true and false, where the file tells them from texts."""
        ...

    def matching(self, pattern: str) -> tuple[str, ...]:
        """The columns whose names fit one with * in it."""
        ...

    def looked_up(self, name: str, texts: Texts) -> Texts:
        """What other rows of the file say of the rows that these texts name."""
        ...

    def is_null(self, name: str) -> list[bool]:
        """In which entries a key of JSON is there and holds null; in tables in none."""
        ...

    def elements(self, array: str, where: Criterion | None = None) -> Elements | None:
        """The elements of an array in JSON, those for which a condition holds; None in tables."""
        ...


class Elements(SourceRows, Protocol):
    """The elements of an array, each with the entry that it belongs to."""

    @property
    def row_of(self) -> npt.NDArray[np.int64]:
        """The entry of each element; never decreasing."""
        ...


class Expression(Protocol):
    """The source of a field."""

    def texts(self, rows: SourceRows) -> Texts | None:
        """One text per entry, blank for none; None where the file has nothing to make it of."""
        ...

    def columns(self) -> Iterator[str]:
        """The names of all columns that it may read."""
        ...

    def lacking(self, has: Has) -> Iterator[str]:
        """The columns that it cannot do without and the file does not have."""
        ...


class Origin:
    """A source that needs all columns that it reads."""

    __slots__ = ()

    def columns(self) -> Iterator[str]:
        """None, unless it says more."""
        return iter(())

    def value_columns(self) -> Iterator[str]:
        """Those of its columns whose cells its texts are made of."""
        return self.columns()

    def lacking(self, has: Has) -> Iterator[str]:
        """Those of its columns that the file does not have."""
        return (name for name in self.columns() if not has(name))


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to the texts of a source; it needs the columns of that one."""

    source: Expression

    def columns(self) -> Iterator[str]:
        """Those of the source."""
        return self.source.columns()

    def lacking(self, has: Has) -> Iterator[str]:
        """What the source lacks."""
        return self.source.lacking(has)


def per_distinct(texts: Texts, change: Callable[[str], str]) -> Texts:
    """Call a function once for every distinct text."""
    import pyarrow as pa

    encoded = texts.dictionary_encode()
    changed = [change(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(changed, pa.string()).take(encoded.indices)


def repeated(text: str, length: int) -> Texts:
    """The same text in every entry."""
    import pyarrow as pa

    return pa.repeat(pa.scalar(text, pa.string()), length)


def trimmed(texts: Texts) -> Texts:
    """Without blanks at the ends."""
    import pyarrow.compute as pc

    return pc.utf8_trim_whitespace(texts)


def is_blank(texts: Texts) -> Any:
    """Which texts hold nothing but blanks."""
    import pyarrow.compute as pc

    return pc.equal(trimmed(texts), "")


def plain_boolean(text: str) -> str:
    """The words `true` and `false` for whatever means them; other texts stay."""
    read = parse_boolean(text.strip())
    return read if isinstance(read, str) else text
