"""Workbooks and Parquet files: their values as text, and what is said of damaged ones."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import sys
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ometria_import.errors import SourceError
from ometria_import.options.reading_options import ReadingOptions
from ometria_import.problems.catalogue import RAGGED_ROW
from ometria_import.sources import (
    JsonSource,
    SourceKind,
    TableSource,
    open_any_source,
)

Rows = list[list[Any]]
PLAIN: Rows = [["id", "name", "total"], ["00123", "Zoë", 5], ["2", "NA", 7.25]]


def workbook(path: Path, rows: Rows, **more_sheets: Rows) -> Path:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "First"
    for row in rows:
        sheet.append(row)
    for title, others in more_sheets.items():
        sheet = book.create_sheet(title)
        for row in others:
            sheet.append(row)
    book.save(path)
    return path


def parquet(path: Path, rows: Rows) -> Path:
    header, *rest = rows
    columns = [[str(cell) for cell in column] for column in zip(*rest, strict=True)]
    pq.write_table(pa.table(columns, names=header), path)
    return path


def opened(path: Path, sheet: str | None = None) -> TableSource:
    source = open_any_source(path, ReadingOptions(sheet=sheet))
    assert not isinstance(source, JsonSource)
    return source


def rows_of(source: TableSource) -> list[tuple[int, list[str]]]:
    found: list[tuple[int, list[str]]] = []
    for chunk in source.chunks():
        assert chunk.table.schema.types == [pa.string()] * len(source.header)
        assert all(column.null_count == 0 for column in chunk.table.columns)
        cells = zip(*(column.to_pylist() for column in chunk.table.columns), strict=True)
        found += [(line, list(row)) for line, row in zip(chunk.lines.tolist(), cells, strict=True)]
    return found


def cells_of(path: Path) -> list[str]:
    return [cells[1] for _, cells in rows_of(opened(path))]


def refused(path: Path, sheet: str | None = None) -> SourceError:
    with pytest.raises(SourceError) as caught:
        list(opened(path, sheet).chunks())
    assert caught.value.hint
    assert caught.value.message.startswith(str(path))
    return caught.value


@pytest.mark.parametrize(("name", "make"), [("a.xlsx", workbook), ("a.parquet", parquet)])
def test_a_table_is_read_as_a_csv_file_would_be(
    tmp_path: Path, name: str, make: Callable[[Path, Rows], Path]
) -> None:
    path = make(tmp_path / name, PLAIN)
    source = opened(path)
    data = path.read_bytes()
    first = 2 if name == "a.xlsx" else 1
    assert source.header == ("id", "name", "total")
    assert (source.path, source.size_bytes, source.sha256) == (path, len(data), "")
    expected = [(first, ["00123", "Zoë", "5"]), (first + 1, ["2", "NA", "7.25"])]
    assert rows_of(source) == expected
    assert rows_of(source) == expected
    assert source.sha256 == hashlib.sha256(data).hexdigest()
    assert len(source.head()) == 2


@pytest.mark.parametrize(("name", "make"), [("a.xlsx", workbook), ("a.parquet", parquet)])
def test_a_table_is_known_by_its_bytes_whatever_its_name(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    make: Callable[[Path, Rows], Path],
) -> None:
    path = make(tmp_path / name, PLAIN).rename(tmp_path / "export")
    assert len(rows_of(opened(path))) == 2
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    assert len(rows_of(opened(Path("-")))) == 2


@pytest.mark.parametrize("name", ["a.xlsx", "a.parquet"])
def test_a_table_that_is_not_what_its_name_says_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"id,a\n1,2\n")
    assert refused(path).message.endswith(f"is named {path.suffix}, but it is not one")


@pytest.mark.parametrize(("name", "make"), [("a.xlsx", workbook), ("a.parquet", parquet)])
def test_chunks_of_a_table_are_bounded_and_progress_ends_at_its_size(
    tmp_path: Path, name: str, make: Callable[[Path, Rows], Path]
) -> None:
    rows: Rows = [["id", "a"], *([f"id{number}", "x"] for number in range(9_000))]
    source = opened(make(tmp_path / name, rows))
    progress: list[int] = []
    sizes = [len(chunk) for chunk in source.chunks(progress=progress.append)]
    assert sizes == [8_192, 808]
    assert progress == sorted(progress)
    assert progress[-1] == source.size_bytes
    assert len(source.head()) == 1_000


def test_values_of_a_sheet_become_the_text_that_people_see(tmp_path: Path) -> None:
    values: dict[Any, str] = {
        123456789012: "123456789012",
        1.0: "1",
        19.99: "19.99",
        7.21e12: "7210000000000",
        1.5e-7: "0.00000015",
        "1e5": "1e5",
        "'00123": "'00123",
        "#N/A": "#N/A",
        dt.date(2024, 1, 31): "2024-01-31",
        dt.datetime(2024, 1, 31): "2024-01-31",  # noqa: DTZ001 - Excel knows no zones
        dt.datetime(2024, 1, 31, 9, 30): "2024-01-31T09:30:00",  # noqa: DTZ001 - the same
        dt.time(9, 30): "09:30:00",
        dt.timedelta(hours=30): "30:00:00",
        " two\nlines ": " two\nlines ",
    }
    rows = [["id", "value"], *(["x", value] for value in values), ["x", True], ["x", False]]
    rows += [["x", None]]
    found = cells_of(workbook(tmp_path / "a.xlsx", rows))
    assert found == [*values.values(), "true", "false", ""]


def test_a_formula_is_its_value_as_excel_kept_it(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["id", "total"], ["1", 41.5], ["2", "=B2+1"]])
    changed = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for part in old.infolist():
            data = old.read(part).replace(b"</f><v />", b"</f><v>42.5</v>")
            new.writestr(part, data.replace(b"</f><v></v>", b"</f><v>42.5</v>"))
    path.write_bytes(changed.getvalue())
    assert cells_of(path) == ["41.5", "42.5"]


def test_blank_rows_and_the_blank_columns_at_the_end_are_no_data(tmp_path: Path) -> None:
    rows: Rows = [
        [None],
        ["id", "a", None, "  "],
        ["1", "x", None, None],
        [None, "", " ", None],
        ["2"],
        ["3", "y", None, None, "note"],
        [None, None],
    ]
    source = opened(workbook(tmp_path / "a.xlsx", rows))
    assert source.header == ("id", "a", "column 3", "column 4", "column 5")
    assert [line for line, _ in rows_of(source)] == [3, 5, 6]
    source = opened(workbook(tmp_path / "b.xlsx", rows[:5]))
    assert source.header == ("id", "a")
    assert rows_of(source) == [(3, ["1", "x"]), (5, ["2", ""])]


def test_a_cell_under_no_header_deep_in_a_sheet_rejects_its_row(tmp_path: Path) -> None:
    rows: Rows = [["id", "a"], *([str(number), "x"] for number in range(60)), ["60", "x", "?"]]
    source = opened(workbook(tmp_path / "a.xlsx", rows))
    (chunk,) = source.chunks()
    assert len(chunk) == 60
    (reject,) = chunk.rejects
    assert (reject.line, reject.raw, reject.finding.cause) == (62, "60,x,?", RAGGED_ROW)
    assert reject.finding.message == "3 cells, but the header has 2"


def test_titles_above_the_header_of_a_sheet_are_left_out(tmp_path: Path) -> None:
    rows: Rows = [["Orders 2024"], [None], ["Shop:", "example.com"], *PLAIN]
    rows = [[*row, None, None][:5] for row in rows]
    rows[3][3:] = ["city", "created"]
    rows[4][3:], rows[5][3:] = ["Rome", "2024-01-31"], ["Oslo", "2024-02-01"]
    source = opened(workbook(tmp_path / "a.xlsx", rows))
    assert source.header == ("id", "name", "total", "city", "created")
    assert source.format.describe() == (
        "Excel workbook, sheet 'First', 2 lines above the header left out"
    )
    assert [line for line, _ in rows_of(source)] == [5, 6]


def test_the_first_sheet_that_is_seen_is_read_unless_one_is_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", PLAIN, Other=[["id", "b"], ["9", "z"]])
    assert opened(path).format.describe() == "Excel workbook, sheet 'First'"
    assert rows_of(opened(path, "Other")) == [(2, ["9", "z"])]
    error = refused(path, "other")
    assert error.message.endswith("has no sheet named 'other'")
    assert error.hint == "Its sheets are 'First', 'Other'."
    book = openpyxl.load_workbook(path)
    book.worksheets[0].sheet_state = "hidden"
    book.active = 1
    book.save(path)
    assert opened(path).format.sheet == "Other"


@pytest.mark.parametrize("rows", [[], [[None, ""]]])
def test_a_sheet_without_anything_is_empty(tmp_path: Path, rows: Rows) -> None:
    assert "is empty" in refused(workbook(tmp_path / "a.xlsx", rows)).message


def test_columns_of_a_table_have_one_name_each(tmp_path: Path) -> None:
    rows: Rows = [["id", "a", " a "], ["1", "2", "3"]]
    assert opened(workbook(tmp_path / "a.xlsx", rows)).header == ("id", "a", "a (2)")
    message = refused(parquet(tmp_path / "a.parquet", rows)).message
    assert "two columns named 'a': 2 and 3" in message
    wide = workbook(tmp_path / "b.xlsx", [[f"c{number}" for number in range(2_001)]])
    assert "has 2,001 columns" in refused(wide).message


def parts_changed(path: Path, part: str, content: bytes) -> Path:
    changed = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for each in old.infolist():
            new.writestr(each.filename, content if each.filename == part else old.read(each))
    path.write_bytes(changed.getvalue())
    return path


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("xl/workbook.xml", b"<oops"),
        ("xl/worksheets/sheet1.xml", SHEET + b'<row r="1"><c r="A1" t="s"><v>99</v></c></row>'),
        ("xl/worksheets/sheet1.xml", SHEET + b'<row r="1"><c r="?!"><v>1</v></c></row>'),
        ("xl/worksheets/sheet1.xml", SHEET + b'<row r="9999999999"><c><v>1</v></c></row>'),
        ("[Content_Types].xml", b"<a/>"),
    ],
)
def test_a_damaged_workbook_is_an_error_of_the_source(
    tmp_path: Path, part: str, content: bytes
) -> None:
    path = parts_changed(workbook(tmp_path / "a.xlsx", PLAIN), part, content)
    assert "cannot be read as an Excel workbook: " in refused(path).message


def test_a_workbook_made_to_fill_the_memory_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", PLAIN)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/bomb.xml", bytes(66 * 1024 * 1024))
    assert "unpacks to over 200 times its size" in refused(path).message


def test_values_of_parquet_become_the_text_of_csv(tmp_path: Path) -> None:
    moment = dt.datetime(2024, 1, 31, 9, 30, 0, 120_000, tzinfo=dt.UTC)
    columns: dict[str, tuple[Any, list[str]]] = {
        "i": (pa.array([2**63 - 1, None]), ["9223372036854775807", ""]),
        "f": (pa.array([1e20, 1.5e-7]), ["100000000000000000000", "0.00000015"]),
        "g": (pa.array([5.0, float("nan")]), ["5", ""]),
        "h": (pa.array([float("inf"), 0.1], pa.float32()), ["inf", "0.1"]),
        "d": (
            pa.array([Decimal("10.00"), Decimal("1E-9")], pa.decimal128(20, 9)),
            ["10.000000000", "0.000000001"],
        ),
        "b": (pa.array([True, None]), ["true", ""]),
        "day": (pa.array([dt.date(2024, 1, 31), None]), ["2024-01-31", ""]),
        "t": (
            pa.array([moment.replace(tzinfo=None), None], pa.timestamp("us")),
            ["2024-01-31T09:30:00.12", ""],
        ),
        "z": (pa.array([moment, None], pa.timestamp("ms", "UTC")), ["2024-01-31T09:30:00.12Z", ""]),
        "l": (
            pa.array([moment.replace(microsecond=0)] * 2, pa.timestamp("ns", "Europe/Berlin")),
            ["2024-01-31T10:30:00+01:00"] * 2,
        ),
        "time": (pa.array([dt.time(9, 30), None]), ["09:30:00", ""]),
        "text": (pa.array(["NA", "é"]).dictionary_encode(), ["NA", "é"]),
        "list": (pa.array([["a", "é"], None]), ['["a","é"]', ""]),
        "struct": (
            pa.array(
                [{"n": Decimal("1.10"), "d": dt.date(2024, 1, 31)}, None],
                pa.struct([("n", pa.decimal128(3, 2)), ("d", pa.date32())]),
            ),
            ['{"n":1.10,"d":"2024-01-31"}', ""],
        ),
        "none": (pa.nulls(2), ["", ""]),
    }
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({name: column for name, (column, _) in columns.items()}), path)
    source = opened(path)
    assert source.format.kind is SourceKind.PARQUET
    assert source.format.describe() == "Parquet"
    rows = [cells for _, cells in rows_of(source)]
    found = dict(zip(source.header, zip(*rows, strict=True), strict=True))
    assert {name: list(cells) for name, cells in found.items()} == {
        name: texts for name, (_, texts) in columns.items()
    }


def test_a_column_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": ["1"], "picture": [b"\xff\xd8"]}), path)
    message = refused(path).message
    assert "column 'picture', of type binary, cannot be read as text" in message


def test_a_parquet_file_without_columns_or_rows_says_so_or_yields_none(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({}), path)
    assert "has no columns" in refused(path).message
    pq.write_table(pa.table({"id": pa.array([], pa.string())}), path)
    assert rows_of(opened(path)) == []
    assert opened(path).head().table.column_names == ["id"]


def test_a_damaged_parquet_file_is_an_error_of_the_source(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", [["id"], *([f"id{n}"] for n in range(5_000))])
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert "cannot be read as Parquet: " in refused(path).message
    path.write_bytes(whole[:30] + bytes(2_000) + whole[2_030:])
    assert "cannot be read as Parquet: " in refused(path).message
