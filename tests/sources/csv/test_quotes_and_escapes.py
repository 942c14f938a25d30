"""Quotes behind blanks, lines in cells, and backslashes before quotes."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from ometria_import.errors import SourceError
from ometria_import.options.choices import Escape
from ometria_import.options.reading_options import ReadingOptions
from ometria_import.problems import Reject
from ometria_import.problems.catalogue import BROKEN_QUOTING, RAGGED_ROW
from ometria_import.sources import CsvSource, open_any_source

BLOCKS = (16, 100, 4 * 1024 * 1024)


def opened(path: Path, data: str, options: ReadingOptions | None = None) -> CsvSource:
    path.write_bytes(data.encode())
    source = open_any_source(path, options)
    assert isinstance(source, CsvSource)
    return source


def rows_of(source: CsvSource, block_bytes: int = 4 * 1024 * 1024) -> list[list[str]]:
    return [
        list(row)
        for chunk in source.chunks(block_bytes=block_bytes)
        for row in zip(*(column.to_pylist() for column in chunk.table.columns), strict=True)
    ]


def rejects_of(source: CsvSource) -> list[Reject]:
    return [one for chunk in source.chunks() for one in chunk.rejects]


@pytest.mark.parametrize("block_bytes", BLOCKS)
def test_quoted_cell_behind_a_blank_is_read_as_one(tmp_path: Path, block_bytes: int) -> None:
    data = 'id, title, price\n1, "Mug, blue", 10\n2,  "Cup ""A""\nbig" , 11\n"3" ,"Tea", "12"\n'
    source = opened(tmp_path / "a.csv", data)

    assert source.header == ("id", "title", "price")
    assert rows_of(source, block_bytes) == [
        ["1", "Mug, blue", " 10"],
        ["2", 'Cup "A"\nbig', " 11"],
        ["3", "Tea", "12"],
    ]
    assert rejects_of(source) == []


def test_text_behind_such_a_quoted_cell_is_broken_quoting(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.csv", 'id,title\n1, "Mug" blue\n2, 5" pipe\n3,x\n')

    assert rows_of(source) == [["2", ' 5" pipe'], ["3", "x"]]
    assert [(one.line, one.finding.cause) for one in rejects_of(source)] == [(2, BROKEN_QUOTING)]


def test_tab_between_cells_is_no_blank_before_a_quote(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.tsv", 'id\ta\tb\n1\t\t"x"\n2\t "y"\t\n')

    assert rows_of(source) == [["1", "", "x"], ["2", "y", ""]]


def test_file_of_whole_lines_in_single_cells_is_named_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as raised:
        opened(tmp_path / "a.csv", '"id;title"\n"1;""Mug; big"""\n"2;Plate"\n')

    assert "each line is a single quoted cell" in raised.value.message


def test_workbook_of_whole_lines_in_single_cells_is_named_so(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in ("id,title", "1,Mug", "2,Plate"):
        book.active.append([line])
    book.save(tmp_path / "a.xlsx")

    with pytest.raises(SourceError) as raised:
        open_any_source(tmp_path / "a.xlsx")
    assert "each line is a single quoted cell" in raised.value.message


def test_single_row_in_one_cell_says_so(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.csv", 'id,title\n"1,""Mug"""\n2,x\n')

    (reject,) = rejects_of(source)
    assert reject.finding.cause == RAGGED_ROW
    assert reject.finding.message.endswith("the whole line is in one quoted cell")


MYSQL = (
    '"id","title","note"\n"1","O\\"Neil","x\\\ny"\n"2",\\N,"back\\\\slash"\n'
    '"3","a\\,b","end\\\\"\n"4","plain",""\n'
)


@pytest.mark.parametrize("block_bytes", BLOCKS)
def test_file_that_only_mysql_writes_so_is_read_with_its_escapes(
    tmp_path: Path, block_bytes: int
) -> None:
    source = opened(tmp_path / "a.csv", MYSQL)

    assert rows_of(source, block_bytes) == [
        ["1", 'O"Neil', "x\ny"],
        ["2", "\\N", "back\\slash"],
        ["3", "a,b", "end\\"],
        ["4", "plain", ""],
    ]
    assert source.format.describe() == "CSV, UTF-8, comma, backslash escapes"
    lines = [line for chunk in source.chunks(block_bytes=block_bytes) for line in chunk.lines]
    assert lines == [2, 4, 5, 6]


@pytest.mark.parametrize("block_bytes", BLOCKS)
def test_cells_without_quotes_have_escapes_too(tmp_path: Path, block_bytes: int) -> None:
    data = "id\ttitle\tnote\n1\ta\\\tb\tc\\\nd\n2\t\\N\t\\\\\n3\tx\\ty\tz\n"
    source = opened(tmp_path / "a.tsv", data)

    assert rows_of(source, block_bytes) == [
        ["1", "a\tb", "c\nd"],
        ["2", "\\N", "\\"],
        ["3", "x\ty", "z"],
    ]


PHP = 'id,title,note\n1,"Mug \\"blue\\", large","say ""hi"" now"\n2,Plate,x\n'


def test_quote_behind_a_backslash_that_proves_nothing_is_named_in_the_reject(
    tmp_path: Path,
) -> None:
    source = opened(tmp_path / "a.csv", PHP)

    (reject,) = rejects_of(source)
    assert rows_of(source) == [["2", "Plate", "x"]]
    assert "a backslash before a quote, as MySQL and PHP write it" in reject.finding.message
    assert "--escape backslash" in reject.finding.message


@pytest.mark.parametrize(
    ("row", "words"),
    [("1,a\\,b", "a delimiter"), ("1\\\n2,x", "the line break"), ('1,"a\\"b"', "a quote")],
)
def test_broken_row_says_where_its_backslash_stands(tmp_path: Path, row: str, words: str) -> None:
    source = opened(tmp_path / "a.csv", f"id,title\n{row}\n")

    message = rejects_of(source)[0].finding.message
    assert f"a backslash before {words}, as MySQL and PHP write it" in message


def test_user_can_say_that_there_are_escapes(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.csv", PHP, ReadingOptions(escape=Escape.BACKSLASH))

    assert rows_of(source) == [["1", 'Mug "blue", large', 'say "hi" now'], ["2", "Plate", "x"]]


def test_user_can_say_that_there_are_none(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.csv", MYSQL, ReadingOptions(escape=Escape.NONE))

    assert len(rejects_of(source)) > 0
    assert source.format.describe() == "CSV, UTF-8, comma"


def test_backslashes_of_an_ordinary_file_are_text(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.csv", 'id,path\n1,C:\\new\\\n2,"D:\\temp"\n3,\\\\server\\x\n')

    assert rows_of(source) == [["1", "C:\\new\\"], ["2", "D:\\temp"], ["3", "\\\\server\\x"]]


@pytest.mark.parametrize(
    "name",
    ["Regular \nprice", "Regular\r\nprice", "Regular\u00a0price", "\u200bRegular price\ufeff"],
)
def test_header_cell_is_one_line_of_what_can_be_seen(tmp_path: Path, name: str) -> None:
    source = opened(tmp_path / "a.csv", f'id,"{name}"\n1,2\n')

    assert source.header == ("id", "Regular price")
    assert source.format.names_with_invisible == (("Regular price",) if "\u200b" in name else ())
