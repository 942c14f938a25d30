"""Files that cannot be a source: what is said, and what to do about it."""

from __future__ import annotations

import codecs
import gzip
import os
from pathlib import Path

import pytest

from ometria_import.errors import ExitCode, SourceError, UsageError
from ometria_import.options.reading_options import ReadingOptions
from ometria_import.sources import CsvSource, SourceKind, open_any_source
from ometria_import.sources.file.raw_file import unreadable


def refused(path: Path, data: bytes | None = None, options: ReadingOptions | None = None) -> str:
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(SourceError) as caught:
        list(open_any_source(path, options).chunks())
    assert caught.value.exit_code is ExitCode.UNUSABLE
    assert caught.value.hint
    assert caught.value.message.startswith(str(path))
    return caught.value.message.removeprefix(str(path)).strip()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.csv") == "does not exist"


def test_a_folder_is_no_source(tmp_path: Path) -> None:
    assert refused(tmp_path) == "is a folder"


def test_a_pipe_is_no_source(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert refused(tmp_path / "pipe.csv") == "is not a regular file"


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,a\n1,2\n")
    path.chmod(0)
    if os.geteuid() == 0:  # root may read everything, so the error is put in words directly
        error = unreadable(path, PermissionError(13, "Permission denied"))
        assert error.message == f"{path} may not be read"
    else:
        assert refused(path) == "may not be read"


def test_a_path_that_the_system_refuses_is_an_error_of_the_source(tmp_path: Path) -> None:
    assert refused(tmp_path / ("x" * 300)).startswith("cannot be read: ")


def test_a_file_that_disappears_before_it_is_read_is_an_error_of_the_source(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,a\n1,2\n")
    source = open_any_source(path)
    path.unlink()
    with pytest.raises(SourceError, match="does not exist"):
        list(source.chunks())


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.ndjson", "a", "a.csv.gz"])
def test_an_empty_file_says_so(tmp_path: Path, name: str) -> None:
    data = gzip.compress(b"") if name.endswith(".gz") else b""
    assert refused(tmp_path / name, data) == "is empty"


@pytest.mark.parametrize("data", [b"\n\r\n \n", codecs.BOM_UTF8, codecs.BOM_UTF8 + b"\n"])
@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.jsonl"])
def test_a_file_of_blank_lines_is_empty(tmp_path: Path, name: str, data: bytes) -> None:
    assert refused(tmp_path / name, data).startswith("is empty: ")


def test_second_column_of_one_name_has_a_number(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,email,email (2), email ,email,id\n1,2,3,4,5,6\n")

    source = open_any_source(path)

    assert isinstance(source, CsvSource)
    assert source.header == ("id", "email", "email (2)", "email (3)", "email (4)", "id (2)")
    (chunk,) = source.chunks()
    assert chunk.table.column("email (3)").to_pylist() == ["4"]
    assert source.format.repeated_names[0][:3] == ("email", 2, 4)


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    header = b",".join(b"c%d" % number for number in range(2_001))
    assert refused(tmp_path / "a.csv", header).startswith("has 2,001 columns")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b'id,"a"b\n1,2\n', "a quote is not closed, or there is text after a closing quote"),
        (
            b"id,\xc3\xa9\xc3\xa9\x81\n1,2\n",
            "byte 0x81, at position 8 of the row, is not valid utf-8",
        ),
        ("id,a\n1,2\n".encode("utf-16-le"), "byte 2 of the row is NUL"),
        (b"id," + b"x" * 2_000_000, "the row has over 1,048,576 bytes"),
    ],
)
def test_a_header_that_cannot_be_read_says_why(tmp_path: Path, header: bytes, reason: str) -> None:
    message = refused(tmp_path / "a.csv", header)
    assert message.startswith(f"line 1: the header cannot be read: {reason}")


def test_a_file_named_gz_that_is_no_gzip_says_so(tmp_path: Path) -> None:
    assert (
        refused(tmp_path / "a.csv.gz", b"id,a\n1,2\n") == "is named .gz, but it is not a gzip file"
    )


@pytest.mark.parametrize("kept", [12, 5_000])
def test_a_cut_gzip_says_so(tmp_path: Path, kept: int) -> None:
    data = gzip.compress(b"id,a\n" + os.urandom(20_000).hex().encode())
    assert refused(tmp_path / "a.csv.gz", data[:kept]).startswith("is truncated: ")


def test_a_damaged_gzip_says_so(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(b"id,a\n" + b"1,2\n" * 100))
    data[-5] ^= 0xFF
    assert refused(tmp_path / "a.csv.gz", bytes(data)).startswith("is a damaged gzip file")


def test_a_gzip_with_something_after_its_end_says_so(tmp_path: Path) -> None:
    data = gzip.compress(b"id,a\n1,2\n") + b"something else"
    assert refused(tmp_path / "a.csv.gz", data).startswith("is a damaged gzip file")


def test_a_gzip_of_several_members_and_padding_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = 400_000
    members = [gzip.compress(b"id,a\n"), gzip.compress(b"1,2\n" * rows), gzip.compress(b"3,4\n")]
    path.write_bytes(b"".join(members) + b"\0" * 100)
    source = open_any_source(path)
    assert source.format.compression == "gzip"
    assert sum(map(len, source.chunks())) == rows + 1


@pytest.mark.parametrize("name", ["a.xlsx", "a.zip"])
def test_a_damaged_archive_says_so(tmp_path: Path, name: str) -> None:
    assert refused(tmp_path / name, b"PK\x03\x04...").startswith("is a damaged ZIP archive")


def test_a_workbook_of_old_excel_is_refused_with_what_to_do(tmp_path: Path) -> None:
    message = refused(tmp_path / "a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))
    assert message == "is an old Excel workbook (.xls), or one with a password"


@pytest.mark.parametrize("encoding", ["no-such", "rot13", "hex", "undefined", "punycode"])
def test_an_encoding_that_is_none_is_an_error_of_usage(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,a\n1,2\n")
    with pytest.raises(UsageError, match=f"--encoding {encoding}"):
        open_any_source(path, ReadingOptions(encoding=encoding))


def test_utf16_without_a_mark_asks_for_the_byte_order(tmp_path: Path) -> None:
    data = "id,a\n1,2\n".encode("utf-16-le")
    message = refused(tmp_path / "a.csv", data, ReadingOptions(encoding="utf-16"))
    assert message.startswith("cannot be read as utf-16")
    source = open_any_source(tmp_path / "a.csv", ReadingOptions(encoding="utf-16-le"))
    assert source.header == ("id", "a")


@pytest.mark.parametrize("delimiter", ["", "ab", '"', "\n", "x", "€"])
def test_a_delimiter_that_cannot_be_one_is_an_error_of_usage(
    tmp_path: Path, delimiter: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,a\n1,2\n")
    if delimiter:
        with pytest.raises(UsageError, match="--delimiter"):
            open_any_source(path, ReadingOptions(delimiter=delimiter))
    else:
        assert open_any_source(path, ReadingOptions(delimiter=delimiter)).format.delimiter == ","


@pytest.mark.parametrize("delimiter", ["semicolon", ";", "Semicolon"])
def test_a_delimiter_is_a_character_or_a_word(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id;a,b,c\n1;2\n")
    assert open_any_source(path, ReadingOptions(delimiter=delimiter)).header == ("id", "a,b,c")


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.json", b'[{"a": 1}]', SourceKind.JSON),
        ("a.json", b'{"a": 1}\n{"a": 2}\n', SourceKind.NDJSON),
        ("a.ndjson", b'[{"a": 1},\n{"a": 2}]', SourceKind.JSON),
        ("a.ndjson", b'[1, 2]\n{"a": 2}', SourceKind.NDJSON),
        ("a.jsonl", b"oops\n", SourceKind.NDJSON),
        ("a.JSON.gz", b'[{"a": 1}]', SourceKind.JSON),
        ("a.txt", b'{"a": 1}', SourceKind.NDJSON),
        ("a", b'\n [{"a": 1}]', SourceKind.JSON),
        ("a", b"id,a\n1,2", SourceKind.CSV),
        ("a.csv", b"[id],a\n1,2", SourceKind.CSV),
    ],
)
def test_what_a_file_is_comes_from_its_content_and_name(
    tmp_path: Path, name: str, data: bytes, kind: SourceKind
) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    assert open_any_source(path).format.kind is kind


def test_a_json_file_that_is_none_says_so(tmp_path: Path) -> None:
    assert refused(tmp_path / "a.json", b"id,a\n1,2\n") == "is not JSON"
