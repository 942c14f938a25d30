"""What reading a source yields: the format that was found, and chunks of rows with their lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from ometria_import.problems import Finding, Located, Reject, shorten
from ometria_import.sources.header import RepeatedName

if TYPE_CHECKING:  # numpy and pyarrow are slow to import, and only names of types are needed
    from ometria_import.sources.arrays import Mask, Rows, Table, Texts

MAX_ROW_BYTES = 8 * 1024 * 1024
"""A row or element over this is rejected and streamed past; a record has 60,000 bytes at most."""

MAX_DEPTH = 64
"""Levels of JSON; no record of Ometria's has more than a handful."""

BLANKS = b" \t\r\n"
"""White space between the parts of JSON (RFC 8259, section 2)."""

MAX_HEAD_ROWS = 1_000
"""How many rows or objects `head` yields at most."""

Progress = Callable[[int], None]
"""Is told how many bytes of the file, as it lies on disk, were read so far."""

_DELIMITER_WORDS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", ":": "colon"}
_ENCODING_WORDS = {"latin-1": "Latin-1"}


class SourceKind(StrEnum):
    """The shapes of file that can be read."""

    CSV = "csv"
    JSON = "json"
    """One array of objects, which may be wrapped in an object."""
    NDJSON = "ndjson"
    """One object per line."""
    XLSX = "xlsx"
    """One sheet of an Excel workbook."""
    PARQUET = "parquet"
    FRAME = "frame"
    """No file, but a pandas DataFrame."""


_KIND_WORDS = {
    SourceKind.CSV: "CSV",
    SourceKind.JSON: "JSON array",
    SourceKind.NDJSON: "NDJSON",
    SourceKind.XLSX: "Excel workbook",
    SourceKind.PARQUET: "Parquet",
    SourceKind.FRAME: "DataFrame",
}


@dataclass(frozen=True, slots=True)
class EncodingGuess:
    """What speaks for and against an encoding that nothing in the file proves."""

    words: tuple[str, ...]
    """Words of the file, the oddest first, as the guess reads them."""
    likely: tuple[str, ...]
    """Names of encodings in which the words look right, the most likely first."""
    otherwise: tuple[str, ...] = ()
    """The same words as the first of these encodings reads them."""


@dataclass(frozen=True, slots=True)
class Format:
    """How a file is written, as found or as told."""

    kind: SourceKind
    encoding: str = ""
    """Empty where the file is not text."""
    encoding_is_given: bool = False
    delimiter: str = ""
    """One character; empty where the file is not CSV."""
    compression: str = "none"
    """`none`, `gzip`, `zstd` or `zip`."""
    sheet: str = ""
    """The sheet that is read, in a workbook."""
    array: str = ""
    """The member of the outermost object that is the array which is read, if there is one."""
    has_escapes: bool = False
    """Whether a backslash in a CSV file changes the meaning of what follows it."""
    guess: EncodingGuess | None = None
    """Where nothing proves the encoding. The text is then to be read line by line: as UTF-8
    where it is that, else in the guessed encoding."""
    names_with_invisible: tuple[str, ...] = ()
    """Columns from whose names characters were taken that nobody sees."""
    member: str = ""
    """The name of the file in its archive, if it is in one."""
    member_day: str = ""
    """The day on which it was written, as the archive says."""
    repeated_names: tuple[RepeatedName, ...] = ()
    """Columns whose names others have already."""
    skipped_lines: int = 0
    """Lines with text that stand above the header and belong to no row, such as a title."""

    @property
    def text_encoding(self) -> str:
        """What the bytes are to be decoded with before they are cut into rows."""
        return "utf-8" if self.guess else self.encoding

    def describe(self) -> str:
        """One line for people, such as `CSV, UTF-8, semicolon, gzip`."""
        parts = [_KIND_WORDS[self.kind]]
        if name := self.encoding:
            encoding = _ENCODING_WORDS.get(name, name.upper() if name.startswith("utf") else name)
            how = " (given)" if self.encoding_is_given else " (guessed)" if self.guess else ""
            parts.append(encoding + how)
        if self.delimiter:
            parts.append(_DELIMITER_WORDS.get(self.delimiter, repr(self.delimiter)))
        if self.has_escapes:
            parts.append("backslash escapes")
        if self.compression != "none":
            parts.append(self.compression)
        if self.array:
            parts[0] += f" in {shorten(self.array)!r}"
        if self.sheet:
            parts.append(f"sheet {shorten(self.sheet)!r}")
        if self.skipped_lines:
            lines = "1 line" if self.skipped_lines == 1 else f"{self.skipped_lines:,} lines"
            parts.append(f"{lines} above the header left out")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class RowChunk:
    """Some consecutive rows of a table."""

    table: Table
    """All columns are strings without nulls: an empty cell is an empty string."""
    lines: Rows
    """CSV: the 1-based physical line on which each row of `table` starts; workbook: its row in
    the sheet; Parquet: its 1-based index."""
    rejects: tuple[Reject, ...] = ()
    notices: tuple[Located, ...] = ()
    """About rows of `table`, in the order of their lines."""
    files: Rows | None = None
    """Where rows of several files were joined: 0 for those of the records' own file, n for those
    of the n-th file of items. `lines` are those of each file."""
    keys: Texts | None = None
    """What the rows of one record have in common, once that was looked for; None where every row
    is a record of its own, too."""

    def __len__(self) -> int:
        return self.table.num_rows

    @classmethod
    def concat(cls, chunks: Sequence[Self]) -> Self:
        """One chunk of several, at least one, whose columns are the same."""
        if len(chunks) == 1:
            return chunks[0]
        import numpy as np
        import pyarrow as pa

        filled = [chunk for chunk in chunks if len(chunk)]
        files = [chunk.files for chunk in filled if chunk.files is not None]
        keys = [chunk.keys for chunk in filled if chunk.keys is not None]
        return cls(
            pa.concat_tables([chunk.table for chunk in chunks]).combine_chunks(),
            np.concatenate([chunk.lines for chunk in chunks]),
            tuple(reject for chunk in chunks for reject in chunk.rejects),
            tuple(notice for chunk in chunks for notice in chunk.notices),
            np.concatenate(files) if files else None,
            pa.concat_arrays(keys) if keys else None,
        )

    def where(self, mask: Mask) -> Self:
        """Only the rows that are meant; what is known beside them stays."""
        return self if mask.all() else self._picked(lambda column: column.filter(mask), mask)

    def take(self, rows: Rows) -> Self:
        """Rows by their numbers, in that order; what is known beside them stays."""
        return self._picked(lambda column: column.take(rows), rows)

    def split(self, count: int) -> tuple[Self, Self]:
        """The first rows, with what is known beside the rows, and all others."""
        first = self._picked(lambda column: column.slice(0, count), slice(count))
        others = self._picked(lambda column: column.slice(count), slice(count, None))
        return first, replace(others, rejects=(), notices=())

    def located(self, row: int, finding: Finding) -> Located:
        """What is to be known of a row."""
        file = 0 if self.files is None else int(self.files[row])
        return Located(int(self.lines[row]), "", "", finding, file=file)

    def _picked(self, pick: Callable[[Any], Any], rows: Rows | Mask | slice) -> Self:
        """Some rows; `pick` takes them out of a table or a column of Arrow's."""
        return replace(
            self,
            table=pick(self.table),
            lines=self.lines[rows],
            files=None if self.files is None else self.files[rows],
            keys=None if self.keys is None else pick(self.keys),
        )


@dataclass(frozen=True, slots=True)
class ObjectChunk:
    """Some consecutive objects of a JSON or NDJSON file."""

    objects: list[dict[str, Any]]
    """Numbers keep every digit: whole ones are `int`, all others `decimal.Decimal`."""
    lines: Rows
    """NDJSON: the 1-based physical line of each object; array: its 1-based index."""
    rejects: tuple[Reject, ...]
    notices: tuple[Located, ...] = ()
    """About lines that became no object of their own, in the order of their lines."""

    def __len__(self) -> int:
        return len(self.objects)


class FileFacts(Protocol):
    """What is known of a file on disk."""

    @property
    def path(self) -> Path:
        """As the user gave it."""
        ...

    @property
    def size_bytes(self) -> int:
        """On disk, compressed if it is."""
        ...

    @property
    def sha256(self) -> str:
        """Of the bytes on disk, hexadecimal; empty until they were read to the end once."""
        ...


class TableSource(FileFacts, Protocol):
    """A file of rows and columns, whatever its format; reading it again starts from its start."""

    format: Format

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns, each one different."""
        ...

    def chunks(self, *, progress: Progress | None = None) -> Iterator[RowChunk]:
        """Read all rows in the file's order; no chunk is empty of rows and rejects alike.

        Raises:
            SourceError: reading fails on the way; then no chunk can be trusted.
        """
        ...

    def head(self) -> RowChunk:
        """The first rows, a thousand at most, with the rejects that stand among them."""
        ...
