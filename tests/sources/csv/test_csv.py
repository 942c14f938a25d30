"""What a CSV file can be like, and what is said of the rows that cannot be read."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import tracemalloc
from pathlib import Path

import pytest

from ometria_import.errors import SourceError
from ometria_import.options.reading_options import ReadingOptions
from ometria_import.problems.catalogue import (
    BROKEN_QUOTING,
    MIXED_ENCODING,
    NUL_BYTE,
    RAGGED_ROW,
    ROW_TOO_LARGE,
    UNDECODABLE,
)
from ometria_import.sources import CsvSource, open_any_source
from tests.sources.csv.reading import opened, rejects_of, rows_of

BLOCK_SIZES = (16, 100, 4 * 1024 * 1024)
LARGE = 8 * 1024 * 1024


def test_cells_stay_the_text_that_they_are(tmp_path: Path) -> None:
    source = opened(
        tmp_path / "a.csv", b"id,a,b,c\n00123,NA,NULL,1e5\n,null,#N/A, x \n#1,-,True,\n"
    )
    assert rows_of(source) == [
        (2, ["00123", "NA", "NULL", "1e5"]),
        (3, ["", "null", "#N/A", " x "]),
        (4, ["#1", "-", "True", ""]),
    ]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("block_bytes", BLOCK_SIZES)
def test_a_row_carries_the_line_on_which_it_starts(
    tmp_path: Path, line_end: bytes, block_bytes: int
) -> None:
    lines = [b"id,note", b'1,"two', b'lines"', b"", b"2,plain", b'3,"', b"", b'"', b"4,end"]
    source = opened(tmp_path / "a.csv", line_end.join(lines))
    end = line_end.decode()
    assert rows_of(source, block_bytes) == [
        (2, ["1", f"two{end}lines"]),
        (5, ["2", "plain"]),
        (6, ["3", end * 2]),
        (9, ["4", "end"]),
    ]
    assert rejects_of(source, block_bytes) == []


@pytest.mark.parametrize("block_bytes", BLOCK_SIZES)
def test_a_ragged_row_is_a_reject_and_not_the_end_of_the_file(
    tmp_path: Path, block_bytes: int
) -> None:
    source = opened(tmp_path / "a.csv", b"id,a,b\n1,2,3\n1,2\n1,2,3,4\n\n  \n4,5,6\n")
    assert [line for line, _ in rows_of(source, block_bytes)] == [2, 7]
    rejects = rejects_of(source, block_bytes)
    assert [(one.line, one.raw, one.finding.message) for one in rejects] == [
        (3, "1,2", "2 cells, but the header has 3"),
        (4, "1,2,3,4", "4 cells, but the header has 3"),
        (6, "  ", "1 cell, but the header has 3"),
    ]
    assert {one.finding.cause for one in rejects} == {RAGGED_ROW}


@pytest.mark.parametrize("block_bytes", BLOCK_SIZES)
def test_a_quote_that_is_never_closed_costs_its_own_line_only(
    tmp_path: Path, block_bytes: int
) -> None:
    data = b'id,a\n1,x\n2,"never closed\n3,y\n4,z\n' + b"".join(
        b"%d,w\n" % number for number in range(5, 300)
    )
    source = opened(tmp_path / "a.csv", data)
    assert len(rows_of(source, block_bytes)) == 298
    (reject,) = rejects_of(source, block_bytes)
    assert (reject.line, reject.raw) == (3, '2,"never closed')
    assert reject.finding.cause == BROKEN_QUOTING


@pytest.mark.parametrize("block_bytes", BLOCK_SIZES)
def test_text_after_a_closing_quote_costs_its_own_line_only(
    tmp_path: Path, block_bytes: int
) -> None:
    source = opened(tmp_path / "a.csv", b'id,a\n1,"b"c\n2,"ok"\n3,"two\nlines" no\n4,"""q"""\n')
    assert rows_of(source, block_bytes) == [(3, ["2", "ok"]), (6, ["4", '"q"'])]
    assert [(one.line, one.finding.cause) for one in rejects_of(source, block_bytes)] == [
        (2, BROKEN_QUOTING),
        (4, BROKEN_QUOTING),
        (5, RAGGED_ROW),
    ]


@pytest.mark.parametrize("block_bytes", BLOCK_SIZES)
def test_a_quote_in_the_middle_of_an_unquoted_cell_is_text(
    tmp_path: Path, block_bytes: int
) -> None:
    source = opened(tmp_path / "a.csv", b'id,a\n1,5" pipe\n2,6" and 7" pipe\n3,"8"" pipe"\n')
    assert [cells[1] for _, cells in rows_of(source, block_bytes)] == [
        '5" pipe',
        '6" and 7" pipe',
        '8" pipe',
    ]


@pytest.mark.parametrize("block_bytes", BLOCK_SIZES)
def test_a_row_with_a_nul_byte_is_rejected_alone(tmp_path: Path, block_bytes: int) -> None:
    source = opened(tmp_path / "a.csv", b"id,a\n1,x\n2,\0\0y\n3\0\n4,z\n")
    assert [line for line, _ in rows_of(source, block_bytes)] == [2, 5]
    rejects = rejects_of(source, block_bytes)
    assert [(one.line, one.finding.cause) for one in rejects] == [(3, NUL_BYTE), (4, NUL_BYTE)]
    assert rejects[0].finding.message == "byte 3 of the row is NUL"


@pytest.mark.parametrize("block_bytes", [1000, 4 * 1024 * 1024])
def test_invalid_utf8_deep_in_the_file_concerns_its_own_row_only(
    tmp_path: Path, block_bytes: int
) -> None:
    lines = [b"id,name"] + [b"%d,Jos\xc3\xa9" % number for number in range(2, 50_000)]
    lines[48_210] = b"48211,Jos\x81"
    source = opened(tmp_path / "a.csv", b"\n".join(lines))
    assert source.format.encoding == "utf-8"
    assert sum(map(len, source.chunks(block_bytes=block_bytes))) == len(lines) - 2
    (reject,) = rejects_of(source, block_bytes)
    assert reject.line == 48_211
    assert reject.raw == "48211,Jos\\x81"
    assert reject.finding.cause == UNDECODABLE
    assert reject.finding.message == "byte 0x81, at position 10 of the row, is not valid utf-8"


def test_a_lone_odd_byte_in_a_long_ascii_file_is_damage_and_no_encoding(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.csv", b"id,a\n" + b"1,x\n" * 5_000 + b"2,\xff\n")
    assert source.format.encoding == "utf-8"
    (notice,) = (one for chunk in source.chunks() for one in chunk.notices)
    assert (notice.row, notice.finding.cause) == (5_002, MIXED_ENCODING)


def test_bytes_that_the_given_encoding_lacks_cost_their_own_row_only(tmp_path: Path) -> None:
    source = opened(
        tmp_path / "a.csv", b"id,a\n1,\x80\n2,\x81\n3,z\n", ReadingOptions(encoding="cp1252")
    )
    assert rows_of(source) == [(2, ["1", "€"]), (4, ["3", "z"])]
    (reject,) = rejects_of(source)
    assert reject.finding.message == "byte 0x81, at position 3 of the row, is not valid cp1252"


def test_utf16_that_ends_in_half_a_character_costs_its_own_row_only(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.csv", "id,a\n1,x\n2,y".encode("utf-16") + b"\x41")
    assert rows_of(source) == [(2, ["1", "x"])]
    assert [one.finding.cause for one in rejects_of(source)] == [UNDECODABLE]


def test_a_20_mb_cell_is_streamed_past(tmp_path: Path) -> None:
    data = b'id,a\n1,x\n2,"' + b"y" * 20_000_000 + b'"\n3,z\n' + b"4," + b"w" * 20_000_000
    source = opened(tmp_path / "a.csv", data)
    rows_of(opened(tmp_path / "warm.csv", b"id,a\n1,x\n"))
    opened(tmp_path / "empty.csv", b"id,a\n").head()  # Arrow imports more for a table of no rows
    del data
    tracemalloc.start()
    rows, rejects = rows_of(source), rejects_of(source)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows == [(2, ["1", "x"]), (4, ["3", "z"])]
    assert [(one.line, one.finding.cause) for one in rejects] == [
        (3, ROW_TOO_LARGE),
        (5, ROW_TOO_LARGE),
    ]
    assert len(rejects[0].raw) == 1_000
    assert peak < 45_000_000


def test_a_quote_that_swallows_over_8_mib_costs_its_own_line_only(tmp_path: Path) -> None:
    filler = b"7," + b"f" * 9_997 + b"\n"
    source = opened(tmp_path / "a.csv", b'id,a\n2,"open\n' + filler * 1_000 + b"8,end\n")
    assert sum(map(len, source.chunks())) == 1_001
    (reject,) = rejects_of(source)
    assert (reject.line, reject.raw, reject.finding.cause) == (2, '2,"open', BROKEN_QUOTING)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_a_row_of_exactly_8_mib_is_read_and_one_byte_more_is_not(
    tmp_path: Path, line_end: bytes
) -> None:
    fits = b"1," + b"x" * (LARGE - 2)
    over = b"2," + b"x" * (LARGE - 1)
    source = opened(tmp_path / "a.csv", line_end.join([b"id,a", fits, over, b"3,y", b""]))
    assert [line for line, _ in rows_of(source)] == [2, 4]
    assert [(one.line, one.finding.cause) for one in rejects_of(source)] == [(3, ROW_TOO_LARGE)]


def test_a_byte_order_mark_in_the_middle_is_part_of_its_cell(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.csv", "\ufeffid,a\n\ufeff1,x\n2,y\n".encode())
    assert source.header == ("id", "a")
    assert rows_of(source) == [(2, ["\ufeff1", "x"]), (3, ["2", "y"])]


@pytest.mark.parametrize(
    ("data", "encoding", "description"),
    [
        ("id;näme\n1;é\n".encode(), "utf-8", "CSV, UTF-8, semicolon"),
        (codecs.BOM_UTF8 + "id;näme\n1;é\n".encode(), "utf-8", "CSV, UTF-8, semicolon"),
        ("id\tnäme\n1\té\n".encode("utf-16"), "utf-16", "CSV, UTF-16, tab"),
        (
            codecs.BOM_UTF16_BE + "id|näme\n1|é\n".encode("utf-16-be"),
            "utf-16",
            "CSV, UTF-16, pipe",
        ),
        ("id,näme\n1,é\n".encode("utf-32"), "utf-32", "CSV, UTF-32, comma"),
        ("id,näme\n1,é\n".encode("cp1252"), "cp1252", "CSV, cp1252 (guessed), comma"),
        ("id:näme\n1:é\n2:\x81\n".encode("latin-1"), "cp1252", "CSV, cp1252 (guessed), colon"),
    ],
)
def test_encoding_and_delimiter_are_found(
    tmp_path: Path, data: bytes, encoding: str, description: str
) -> None:
    source = opened(tmp_path / "a.csv", data)
    assert source.format.encoding == encoding
    assert source.format.describe() == description
    assert source.header == ("id", "näme")
    assert rows_of(source)[0] == (2, ["1", "é"])


def test_a_character_that_the_4_mib_looked_at_cut_is_no_damage(tmp_path: Path) -> None:
    head = b"id,a\n" + b"1,%s\n" % (b"x" * 96) * 42_366
    filler = 4 * 1024 * 1024 - len(head) - 1
    data = head + b"y" * filler + "é,z\n".encode()
    source = opened(tmp_path / "a.csv", data)
    assert source.format.encoding == "utf-8"
    assert rejects_of(source) == []


def test_what_the_user_says_goes_before_what_is_found(tmp_path: Path) -> None:
    options = ReadingOptions(encoding="cp850", delimiter="pipe")
    source = opened(tmp_path / "a.csv", b"id|a,b\n1|\x82,x\n", options)
    assert source.format.describe() == "CSV, cp850 (given), pipe"
    assert rows_of(source) == [(2, ["1", "é,x"])]


@pytest.mark.parametrize(
    ("data", "header"),
    [
        (b"id,price;total\n1,2;3\n", ("id", "price;total")),
        (b'"a,b";c\n"d,e";f\n', ("a,b", "c")),
        (b"id;price\n1;2,50\n2;3,50\n", ("id", "price")),
        (b"email\na@example.com\n", ("email",)),
        (b"id,created_at\n1,10:20:30\n", ("id", "created_at")),
        (b"sep=|\nid|a,b\n1|x,y\n", ("id", "a,b")),
        (b"\n \nid,a\n1,2\n", ("id", "a")),
        (b"id , a\n1,2\n", ("id", "a")),
        (b"id,,b,\n1,2,3,4\n", ("id", "column 2", "b", "column 4")),
        (b'id,"two\nlines"\n1,2\n', ("id", "two lines")),
    ],
)
def test_the_header_is_found(tmp_path: Path, data: bytes, header: tuple[str, ...]) -> None:
    source = opened(tmp_path / "a.csv", data)
    assert source.header == header
    assert len(rows_of(source)) >= 1
    assert rejects_of(source) == []


@pytest.mark.parametrize("data", [b"id,a", b"id,a\n", b"\r\n\r\nid,a\r\n\r\n"])
def test_a_header_without_rows_yields_no_chunk_and_an_empty_head(
    tmp_path: Path, data: bytes
) -> None:
    source = opened(tmp_path / "a.csv", data)
    assert list(source.chunks()) == []
    head = source.head()
    assert len(head) == 0
    assert head.table.column_names == ["id", "a"]


def test_head_yields_a_thousand_rows_and_the_rejects_among_them(tmp_path: Path) -> None:
    rows = [b"%d,x" % number for number in range(2, 3_000)]
    rows[10], rows[2_000] = b"ragged", b"ragged"
    source = opened(tmp_path / "a.csv", b"\n".join([b"id,a", *rows]))
    head = source.head()
    assert len(head) == head.table.num_rows == 1_000
    assert head.lines[-1] == 1_002
    assert [one.line for one in head.rejects] == [12]


def test_the_hash_is_known_after_a_full_pass_and_progress_counts_the_files_bytes(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.csv.gz"
    data = gzip.compress(b"id,a\n" + b"1,x\n" * 1_500_000)
    source = opened(path, data)
    assert source.path == path
    progress: list[int] = []
    assert sum(map(len, source.chunks(progress=progress.append))) == 1_500_000
    assert source.sha256 == hashlib.sha256(data).hexdigest()
    assert progress == sorted(progress)
    assert progress[-1] == source.size_bytes == len(data)
    assert source.format.describe() == "CSV, UTF-8, comma, gzip"


def test_chunks_can_be_read_again_and_side_by_side(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.csv", b"id,a\n" + b"1,x\n" * 100)
    first, second = source.chunks(block_bytes=50), source.chunks(block_bytes=50)
    pairs = [(len(one), len(other)) for one, other in zip(first, second, strict=True)]
    assert all(one == other for one, other in pairs)
    assert sum(one for one, _ in pairs) == 100


def test_the_same_rows_are_read_as_python_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "note", "name"])
        for number in range(20_000):
            note = ["plain", "two\nlines", 'say "hi"', "a,b", ""][number % 5]
            writer.writerow([number, note, "Zoë"])
    source = open_any_source(path)
    assert isinstance(source, CsvSource)
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        start, expected = reader.line_num, []
        for row in reader:
            expected.append((start + 1, row))
            start = reader.line_num
    assert rows_of(source) == expected[1:]
    assert rows_of(source, 10_000) == expected[1:]


def test_a_file_that_became_shorter_than_its_header_is_an_error(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.csv", b"id,a\n1,2\n")
    source.path.write_bytes(b"id")
    with pytest.raises(SourceError, match="became shorter"):
        list(source.chunks())
