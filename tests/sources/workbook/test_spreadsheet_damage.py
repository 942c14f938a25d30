"""What spreadsheets and careless programs do to a CSV file before it comes to us."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from ometria_import.errors import SourceError
from ometria_import.options.reading_options import ReadingOptions
from ometria_import.problems.catalogue import MIXED_ENCODING, MOJIBAKE, RAGGED_ROW, UNDECODABLE
from ometria_import.sources import (
    CsvSource,
    JsonSource,
    open_any_source,
)
from tests.sources.csv.reading import opened, rejects_of, rows_of

BLOCK_SIZES = (16, 100, 4 * 1024 * 1024)
TABLE = "id;name;total;city;created\n7;Ann;1,50;Rome;2024-01-31\n8;Bo;2,50;Oslo;2024-02-01\n"
HEADER = ("id", "name", "total", "city", "created")


def notices_of(source: CsvSource, block_bytes: int = 4 * 1024 * 1024) -> list[tuple[int, str]]:
    chunks = source.chunks(block_bytes=block_bytes)
    return [(one.row, one.finding.cause) for chunk in chunks for one in chunk.notices]


@pytest.mark.parametrize(
    ("titles", "skipped"),
    [
        ("Orders 2024\n", 1),
        ("Orders 2024;;;;\n;;;;\n", 1),
        ("Orders\n\nShop:;example.com\n\n", 2),
        ("sep=;\nOrders, all of them\n", 1),
        ("Customer;;;Order;\n", 1),
    ],
)
@pytest.mark.parametrize("block_bytes", BLOCK_SIZES)
def test_titles_above_the_header_are_left_out_and_said(
    tmp_path: Path, titles: str, skipped: int, block_bytes: int
) -> None:
    source = opened(tmp_path / "a.csv", (titles + TABLE).encode())
    assert source.header == HEADER
    assert source.format.delimiter == ";"
    assert source.format.skipped_lines == skipped
    words = "1 line" if skipped == 1 else f"{skipped} lines"
    assert source.format.describe().endswith(f"{words} above the header left out")
    first = titles.count("\n") + 2
    assert rows_of(source, block_bytes) == [
        (first, ["7", "Ann", "1,50", "Rome", "2024-01-31"]),
        (first + 1, ["8", "Bo", "2,50", "Oslo", "2024-02-01"]),
    ]


@pytest.mark.parametrize(
    ("data", "header"),
    [
        ("id;name\n1;x;2;3\n2;y;3;4\n", ("id", "name")),
        ("id;;;;\nx1;abc;de;fg;5\n", ("id",)),
        ("note\nhello;my;friend\nwell;met;you\n", ("note",)),
        ("title\n7;Ann;1,50\n8;Bo;2,50\n", ("title",)),
        ("title\nid;name;id\n7;Ann;1\n8;Bo;2\n", ("title",)),
        ("title\nid;name;total\n7;Ann\n8;Bo\n9;Cy;1\n", ("title",)),
        ("title\nid;name;total\n", ("title",)),
    ],
)
def test_in_doubt_the_first_line_is_the_header(
    tmp_path: Path, data: str, header: tuple[str, ...]
) -> None:
    source = opened(tmp_path / "a.csv", data.encode(), ReadingOptions(delimiter=";"))
    assert source.header[: len(header)] == header
    assert source.format.skipped_lines == 0


def test_a_title_that_cannot_be_read_is_an_error_and_no_title(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="line 1: the header cannot be read"):
        opened(tmp_path / "a.csv", b'"Orders" 2024\n' + TABLE.encode())


@pytest.mark.parametrize("block_bytes", BLOCK_SIZES)
def test_lines_of_delimiters_are_blank_lines(tmp_path: Path, block_bytes: int) -> None:
    data = b"id,a,b\r\n1,2,3\r\n,,\r\n,,,,,\r\n4,,\r\n"
    source = opened(tmp_path / "a.csv", data + b",,\r\n" * 50 + b',"",\r\n,,')
    assert rows_of(source, block_bytes) == [
        (2, ["1", "2", "3"]),
        (5, ["4", "", ""]),
        (56, ["", "", ""]),
    ]
    assert rejects_of(source, block_bytes) == []


@pytest.mark.parametrize("block_bytes", BLOCK_SIZES)
def test_blank_columns_at_the_end_are_dropped(tmp_path: Path, block_bytes: int) -> None:
    source = opened(tmp_path / "a.csv", b"id,a,, \n1,2,,\n3,4, ,\n5,6\n7,8,\n,,,\n")
    assert source.header == ("id", "a")
    assert rows_of(source, block_bytes) == [
        (2, ["1", "2"]),
        (3, ["3", "4"]),
        (4, ["5", "6"]),
        (5, ["7", "8"]),
    ]
    assert rejects_of(source, block_bytes) == []


def test_a_column_without_a_name_that_holds_cells_is_called_by_its_place(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.csv", b"id,a,,\n1,2,,\n3,4,x,\n")
    assert source.header == ("id", "a", "column 3")
    assert rows_of(source) == [(2, ["1", "2", ""]), (3, ["3", "4", "x"])]


@pytest.mark.parametrize("block_bytes", [100_000, 4 * 1024 * 1024])
def test_a_cell_in_a_column_that_seemed_blank_rejects_its_row(
    tmp_path: Path, block_bytes: int
) -> None:
    filler = b"1,%s,\n" % (b"x" * 990) * 1_100
    source = opened(tmp_path / "a.csv", b"id,a,\n" + filler + b"2,y,!\n3,z,\n4\n")
    assert source.header == ("id", "a")
    assert sum(map(len, source.chunks(block_bytes=block_bytes))) == 1_101
    assert [
        (one.line, one.raw, one.finding.message) for one in rejects_of(source, block_bytes)
    ] == [
        (1_102, "2,y,!", "3 cells, but the header has 2"),
        (1_104, "4", "1 cell, but the header has 2"),
    ]
    assert {one.finding.cause for one in rejects_of(source)} == {RAGGED_ROW}


@pytest.mark.parametrize("block_bytes", [*BLOCK_SIZES, 17])
def test_lines_that_end_in_a_carriage_return_alone_are_read_as_they_are(
    tmp_path: Path, block_bytes: int
) -> None:
    data = b'id,a\r1,x\r\r2,"two\rlines"\r3,ragged,row\r4,"open\r5,\xe9\r'
    source = opened(tmp_path / "a.csv", data)
    assert rows_of(source, block_bytes) == [
        (2, ["1", "x"]),
        (4, ["2", "two\rlines"]),
        (8, ["5", "é"]),
    ]
    rejects = [(one.line, one.raw) for one in rejects_of(source, block_bytes)]
    assert rejects == [(6, "3,ragged,row"), (7, '4,"open')]


@pytest.mark.parametrize("block_bytes", [100_000, 4 * 1024 * 1024])
def test_a_line_feed_deep_in_a_file_of_carriage_returns_is_no_line_of_its_own(
    tmp_path: Path, block_bytes: int
) -> None:
    line = b"1," + b"x" * 97 + b"\r"
    source = opened(tmp_path / "a.csv", b"id,a\r" + line * 50_000 + b"2,y\r\n" * 500 + b"3,z")
    assert [line for line, _ in rows_of(source, block_bytes)] == list(range(2, 50_503))


@pytest.mark.parametrize("block_bytes", BLOCK_SIZES)
def test_a_line_in_cp1252_is_read_and_said(tmp_path: Path, block_bytes: int) -> None:
    lines = ["id,name"] + [f"{number},Zoë" for number in range(2, 60)]
    rows = [line.encode() for line in lines]
    rows[9] = "10,José “quoted” €".encode("cp1252")
    rows[19] = "20,Zoë".encode("cp1252") + b",ragged"
    rows[29] = b"30,Jos\xe9 \x81"
    rows[39] = b'40,"two\nlines \xe9"'
    source = opened(tmp_path / "a.csv", b"\n".join(rows))
    found = dict(rows_of(source, block_bytes))
    assert len(found) == 56
    assert found[10] == ["10", "José “quoted” €"]
    assert found[40] == ["40", "two\nlines é"]
    assert notices_of(source, block_bytes) == [(10, MIXED_ENCODING), (40, MIXED_ENCODING)]
    rejects = [(one.line, one.raw, one.finding.cause) for one in rejects_of(source, block_bytes)]
    assert [(line, cause) for line, _, cause in rejects] == [(20, RAGGED_ROW), (30, UNDECODABLE)]
    assert [raw for _, raw, _ in rejects] == ["20,Zoë,ragged", "30,Jos\\xe9 \\x81"]
    (first, _) = (one for chunk in source.chunks() for one in chunk.notices)
    assert (
        first.finding.message == "byte 0xE9, read as 'é', is not UTF-8: this row was read as cp1252"
    )


def test_an_encoding_that_is_given_is_not_mended(tmp_path: Path) -> None:
    data = "id,a\n1,é\n".encode() + b"2,\xe9\n"
    source = opened(tmp_path / "a.csv", data, ReadingOptions(encoding="utf-8"))
    assert [one.finding.cause for one in rejects_of(source)] == [UNDECODABLE]
    assert notices_of(source) == []


MOJIBAKES = [text.encode().decode("cp1252") for text in ("é", "Ö", "ß", "£", "„x“…", "😀")]


@pytest.mark.parametrize("block_bytes", BLOCK_SIZES)
@pytest.mark.parametrize("text", [*MOJIBAKES, "caf\ufffd", "ï»¿x"])
def test_text_that_was_read_wrongly_before_is_kept_and_said(
    tmp_path: Path, text: str, block_bytes: int
) -> None:
    data = f'id,name\n1,Zoë\n2,{text}\n3,"two\n{text}"\n\n4,ragged,{text}\n5,Ann\n'.encode()
    source = opened(tmp_path / "a.csv", data)
    assert rows_of(source, block_bytes)[1:3] == [(3, ["2", text]), (4, ["3", f"two\n{text}"])]
    assert notices_of(source, block_bytes) == [(3, MOJIBAKE), (4, MOJIBAKE)]
    assert notices_of(source) == [(one.row, one.finding.cause) for one in source.head().notices]


@pytest.mark.parametrize("text", ["NÃO", "Ângela", "à â ã ü ñ", "Łódź", "日本", "🎁", "5 €", "Ä"])
def test_text_of_other_languages_is_no_mojibake(tmp_path: Path, text: str) -> None:
    assert notices_of(opened(tmp_path / "a.csv", f"id,a\n1,{text}\n".encode())) == []


def test_a_row_can_be_in_cp1252_and_garbled_too(tmp_path: Path) -> None:
    data = "id,a\n1,é\n".encode() * 3 + b"2,Jos\xe9 " + "Ã©\n".encode()
    source = opened(tmp_path / "a.csv", data.replace(b"id,a\n1", b"1", 3).replace(b"1", b"id", 1))
    assert notices_of(source) == [(4, MIXED_ENCODING), (4, MOJIBAKE)]


def test_mojibake_in_a_workbook_is_said(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["id", "a"], ["1", "fine"], ["2", "JosÃ©"]):
        book.worksheets[0].append(row)
    book.save(tmp_path / "a.xlsx")
    source = open_any_source(tmp_path / "a.xlsx")
    assert not isinstance(source, JsonSource)
    (chunk,) = source.chunks()
    assert [(one.row, one.finding.cause) for one in chunk.notices] == [(3, MOJIBAKE)]
