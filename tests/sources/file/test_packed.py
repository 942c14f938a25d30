"""Packed files and standard input: read like plain ones, and stopped where they are hostile."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest
import zstandard

from ometria_import.errors import SourceError
from ometria_import.options.reading_options import ReadingOptions
from ometria_import.sources import (
    CsvSource,
    JsonSource,
    SourceKind,
    TableSource,
    open_any_source,
)

ROWS = b"id,a\n1,x\n2,y\n"
BOMB_BYTES = 34 * 1024 * 1024


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return target.getvalue()


def packed(suffix: str, content: bytes) -> bytes:
    if suffix == ".zip":
        return zipped(("folder/rows.csv", content))
    return gzip.compress(content) if suffix == ".gz" else zstandard.compress(content)


def texts(source: TableSource | JsonSource) -> list[list[str]]:
    assert isinstance(source, CsvSource)
    return [
        list(row)
        for chunk in source.chunks()
        for row in zip(*(column.to_pylist() for column in chunk.table.columns), strict=True)
    ]


def refused(path: Path, data: bytes) -> SourceError:
    path.write_bytes(data)
    with pytest.raises(SourceError) as caught:
        list(open_any_source(path).chunks())
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("suffix", [".gz", ".zst", ".zip"])
@pytest.mark.parametrize("is_named", [True, False])
def test_a_packed_file_is_known_by_its_bytes_whatever_its_name(
    tmp_path: Path, suffix: str, *, is_named: bool
) -> None:
    path = tmp_path / ("rows.csv" + (suffix if is_named else ""))
    data = packed(suffix, ROWS)
    path.write_bytes(data)
    source = open_any_source(path)
    assert texts(source) == [["1", "x"], ["2", "y"]]
    words = {".gz": "gzip", ".zst": "zstd", ".zip": "zip"}[suffix]
    assert source.format.describe() == f"CSV, UTF-8, comma, {words}"
    assert (source.size_bytes, source.sha256) == (len(data), hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("suffix", [".gz", ".zst", ".zip"])
def test_progress_counts_the_packed_bytes_to_their_end(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.csv{suffix}"
    noise = os.urandom(1_200_000).hex().encode()
    path.write_bytes(packed(suffix, b"id,a\n" + b"1," + noise + b"\n" + b"1,x\n" * 50_000))
    progress: list[int] = []
    assert sum(map(len, open_any_source(path).chunks(progress=progress.append))) == 50_001
    assert progress == sorted(progress)
    assert len(progress) >= 2
    assert progress[-1] == path.stat().st_size


@pytest.mark.parametrize("suffix", [".gz", ".zst", ".zip"])
def test_a_file_that_is_not_packed_as_its_name_says_is_refused(tmp_path: Path, suffix: str) -> None:
    error = refused(tmp_path / f"a.csv{suffix}", ROWS)
    assert f"is named {suffix}, but it is not a " in error.message


def test_zstd_frames_follow_each_other_and_may_be_skippable(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    skippable = b"\x50\x2a\x4d\x18" + struct.pack("<I", 3) + b"abc"
    frames = [zstandard.compress(b"id,a\n1,x\n"), skippable, zstandard.compress(b"2,y\n")]
    path.write_bytes(skippable + b"".join(frames))
    assert texts(open_any_source(path)) == [["1", "x"], ["2", "y"]]


@pytest.mark.parametrize("kept", [9, 5_000, -1])
def test_a_cut_zstd_says_so(tmp_path: Path, kept: int) -> None:
    data = zstandard.compress(b"id,a\n" + os.urandom(20_000).hex().encode())
    assert "is truncated: " in refused(tmp_path / "a.csv.zst", data[:kept]).message


def test_a_damaged_zstd_says_so(tmp_path: Path) -> None:
    data = zstandard.compress(ROWS) + b"something else"
    assert "is a damaged zstd file" in refused(tmp_path / "a.csv.zst", data).message


def test_a_damaged_member_says_so(tmp_path: Path) -> None:
    data = bytearray(zipped(("a.csv", ROWS), method=zipfile.ZIP_STORED))
    data[data.index(b"2,y")] = b"7"[0]
    assert (
        "is a damaged ZIP archive (Bad CRC-32" in refused(tmp_path / "a.zip", bytes(data)).message
    )


def test_the_name_of_the_member_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(zipped(("orders.ndjson", b'[1]\n{"a": 2}\n')))
    source = open_any_source(path)
    assert source.format.kind is SourceKind.NDJSON
    assert [len(chunk.rejects) for chunk in source.chunks()] == [1]


def test_what_macos_adds_to_an_archive_is_not_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(
        zipped(("x/", b""), ("x/a.csv", ROWS), ("__MACOSX/x/._a.csv", b"?"), ("x/.DS_Store", b"?"))
    )
    assert len(texts(open_any_source(path))) == 2


def test_an_archive_of_several_files_names_them(tmp_path: Path) -> None:
    names = [("a.csv", ROWS), ("b\x1b[31m.csv", ROWS)]
    error = refused(tmp_path / "a.zip", zipped(*names))
    assert "holds 2 files: 'a.csv', 'b\\\\x1b[31m.csv'" in error.message
    many = refused(tmp_path / "a.zip", zipped(*((f"{n}.csv", ROWS) for n in range(9))))
    assert many.message.endswith("'4.csv', ...")
    assert "holds 0 files" in refused(tmp_path / "a.zip", zipped()).message


def test_names_in_an_archive_are_never_paths(tmp_path: Path) -> None:
    path = tmp_path / "in" / "a.zip"
    path.parent.mkdir()
    path.write_bytes(zipped(("../../outside.csv", ROWS)))
    assert len(texts(open_any_source(path))) == 2
    assert [each.name for each in tmp_path.rglob("*") if each.is_file()] == ["a.zip"]


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped(("a.csv", ROWS)))
    data[6] |= 1  # the flag in the member's own header, and in the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "is encrypted" in refused(tmp_path / "a.zip", bytes(data)).message


def test_a_method_that_unpacks_without_a_bound_is_refused(tmp_path: Path) -> None:
    data = zipped(("a.csv", ROWS), method=zipfile.ZIP_BZIP2)
    assert "uses a ZIP compression method" in refused(tmp_path / "a.zip", data).message


@pytest.mark.parametrize("suffix", [".gz", ".zst", ".zip"])
def test_an_archive_in_an_archive_is_refused(tmp_path: Path, suffix: str) -> None:
    for inner in (gzip.compress(ROWS), zipped(("a.csv", ROWS)), b"PAR1" + bytes(20)):
        error = refused(tmp_path / f"a{suffix}", packed(suffix, inner))
        assert "holds another archive, a workbook or a Parquet file" in error.message


@pytest.mark.parametrize("suffix", [".gz", ".zst", ".zip"])
def test_a_file_made_to_fill_the_memory_is_stopped(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.csv{suffix}"
    if suffix == ".gz":
        path.write_bytes(gzip.compress(b"id,a\n") + gzip.compress(bytes(16 * 1024 * 1024)) * 3)
    else:
        path.write_bytes(packed(suffix, b"id,a\n" + bytes(BOMB_BYTES)))
    with pytest.raises(SourceError, match="unpacks to over 200 times its size"):
        list(open_any_source(path).chunks())


def test_a_small_file_may_unpack_as_it_likes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.zst"
    path.write_bytes(zstandard.compress(b"id,a\n" + b"1,x\n" * 1_000_000))
    assert path.stat().st_size < 4_000
    assert sum(map(len, open_any_source(path).chunks())) == 1_000_000


def test_standard_input_is_read_as_often_as_a_file_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(ROWS))))
    source = open_any_source(Path("-"))
    (copy,) = tmp_path.iterdir()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert str(source.path) == "-"
    assert len(source.head()) == len(texts(source)) == 2
    assert source.format.describe() == "CSV, UTF-8, comma, gzip"
    del source
    assert list(tmp_path.iterdir()) == []


def test_standard_input_that_is_empty_or_closed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    with pytest.raises(SourceError, match=r"^\(standard input\) is empty") as caught:
        open_any_source(Path("-"))
    assert caught.value.hint == "It can be read only once."
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(SourceError, match=r"^\(standard input\) is closed"):
        open_any_source(Path("-"))


def test_standard_input_without_room_for_it_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(SourceError, match="cannot be kept in ") as caught:
        open_any_source(Path("-"))
    assert "TMPDIR" in caught.value.hint


def test_a_pipe_is_read_through_standard_input() -> None:
    code = (
        "import pathlib; from ometria_import.sources import open_any_source; "
        "source = open_any_source(pathlib.Path('-')); print(sum(map(len, source.chunks())), "
        "source.format.describe())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=b'[{"a": 1}]', check=True, capture_output=True
    )
    assert done.stdout.decode().strip() == "1 JSON array, UTF-8"


def test_messages_about_standard_input_name_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for data in (b'id,"a"b\n1,2\n', b'[{"a": 1}', b'{"a":\n1}\n{"b":\n2}\n', b"\n\n"):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        with pytest.raises(SourceError, match=r"^\(standard input\) "):
            list(open_any_source(Path("-"), ReadingOptions()).chunks())
