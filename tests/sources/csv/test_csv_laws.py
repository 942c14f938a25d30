"""Any table, written as CSV in any dialect and encoding, is read back as it was."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ometria_import.options.choices import Escape
from ometria_import.options.reading_options import ReadingOptions
from ometria_import.sources import CsvSource, open_any_source
from ometria_import.sources.csv.records import Dialect, read_records

_ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252", "latin-1", "gb18030")


@dataclass(frozen=True)
class Written:
    rows: list[list[str]]
    lines: list[int]
    data: bytes
    delimiter: str
    encoding: str
    block_bytes: int


@st.composite
def written_tables(draw: st.DrawFn) -> Written:
    encoding = draw(st.sampled_from(_ENCODINGS))
    delimiter = draw(st.sampled_from(",;\t|:"))
    line_end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    quotes_all: bool = draw(st.booleans())
    one_byte = encoding in {"cp1252", "latin-1"}
    odd = [delimiter, '"', '""', "\n", "\r\n", "\r", " ", "NA", "00", "é", "ü£"]
    plain = st.text(
        st.characters(codec="ascii" if one_byte else "utf-8", exclude_characters="\0"), max_size=5
    )
    odd_texts = st.sampled_from(odd if one_byte or encoding == "gb18030" else [*odd, "\ufeff"])
    cell = st.lists(st.one_of(odd_texts, plain), max_size=3).map("".join)
    width = draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(cell, min_size=width, max_size=width), max_size=12))
    content, lines = delimiter.join(f"c{number}" for number in range(width)) + line_end, []
    for row in rows:
        lines.append(1 + _line_ends(content))
        content += _written_row(row, delimiter, quotes_all=quotes_all) + line_end
    if not quotes_all and width > 1:  # a line of delimiters is a blank line
        lines = [line for line, row in zip(lines, rows, strict=True) if any(row)]
        rows = [row for row in rows if any(row)]
    is_last_line_open: bool = draw(st.booleans())
    if lines and is_last_line_open:
        content = content.removesuffix(line_end)
    blocks = draw(st.integers(1, 80))
    return Written(rows, lines, content.encode(encoding), delimiter, encoding, blocks)


def _written_row(row: list[str], delimiter: str, *, quotes_all: bool) -> str:
    return delimiter.join(
        '"' + cell.replace('"', '""') + '"'
        if quotes_all or row == [""] or any(char in cell for char in ("\r", "\n", '"', delimiter))
        else cell
        for cell in row
    )


def _line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _read(source: CsvSource, block_bytes: int) -> tuple[list[list[str]], list[int]]:
    rows: list[list[str]] = []
    lines: list[int] = []
    for chunk in source.chunks(block_bytes=block_bytes):
        assert chunk.rejects == ()
        assert chunk.table.num_rows == len(chunk.lines) == len(chunk)
        columns = [column.to_pylist() for column in chunk.table.columns]
        rows += [list(row) for row in zip(*columns, strict=True)]
        lines += chunk.lines.tolist()
    return rows, lines


@given(written=written_tables())
def test_any_table_is_read_back_as_it_was_with_the_lines_of_its_rows(written: Written) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(written.data)
        options = ReadingOptions(encoding=written.encoding, delimiter=written.delimiter)
        source = open_any_source(path, options)
        assert isinstance(source, CsvSource)
        assert (written.rows, written.lines) == _read(source, written.block_bytes)
        assert (written.rows, written.lines) == _read(source, 4 * 1024 * 1024)


@given(
    text=st.lists(
        st.sampled_from(
            [
                "a",
                "b",
                ",",
                '"',
                '""',
                '",',
                ',"',
                "\n",
                "\r\n",
                "\r",
                "\0",
                "\ufeff",
                "é",
                "\udcff",
                "\udc81",
                "Ã©",
                " ",
                "\\",
            ]
        ),
        max_size=40,
    ).map("".join),
    block_bytes=st.integers(1, 60),
    is_mending=st.booleans(),
    escape=st.sampled_from(Escape),
)
def test_the_fast_reading_agrees_with_the_exact_one_on_any_text(
    text: str, block_bytes: int, *, is_mending: bool, escape: Escape
) -> None:
    # A long line of UTF-8 makes it the file's encoding, whatever follows.
    data = "éé,é\n".encode() * 20 + text.encode("utf-8", "surrogateescape")
    has_escapes = escape is Escape.BACKSLASH
    dialect = Dialect(",", 2, "utf-8", is_mending=is_mending, has_escapes=has_escapes)
    exact = read_records(data, dialect, 2, is_last=True)
    expected_rows = [[cell.decode() for cell in row] for row in exact.rows]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(b"x,y\n" + data)
        encoding = None if is_mending else "utf-8"
        source = open_any_source(
            path, ReadingOptions(encoding=encoding, delimiter=",", escape=escape)
        )
        assert isinstance(source, CsvSource)
        for size in (block_bytes, 1024 * 1024):
            chunks = list(source.chunks(block_bytes=size))
            rows = [
                list(row)
                for chunk in chunks
                for row in zip(*(column.to_pylist() for column in chunk.table.columns), strict=True)
            ]
            assert rows == expected_rows
            assert [line for chunk in chunks for line in chunk.lines.tolist()] == exact.lines
            assert [one for chunk in chunks for one in chunk.rejects] == exact.rejects
            assert [one for chunk in chunks for one in chunk.notices] == exact.notices
