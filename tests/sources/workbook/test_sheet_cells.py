"""Cells of a sheet as they may be written, beside what openpyxl itself reads in them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ometria_import.errors import SourceError
from ometria_import.sources import RowChunk, open_any_source
from ometria_import.sources.workbook.number_formats import PLAIN_NUMBERS
from ometria_import.sources.workbook.source import WorkbookSource

CELLS = (
    '<c r="{r}"><v>{n}</v></c>',
    '<c r="{r}" s="0" t="n"><v>{n}.50</v></c>',
    '<c r="{r}" t="s"><v>{shared}</v></c>',
    '<c r="{r}" t="str"><f>A1&amp;"x"</f><v>a &amp; b</v></c>',
    '<c r="{r}" t="str"><f>""</f><v></v></c>',
    '<c r="{r}" t="inlineStr"><is><t xml:space="preserve"> inline {n}\n</t></is></c>',
    '<c r="{r}" t="inlineStr"><is><r><t>rich</t></r><r><t> text</t></r></is></c>',
    '<c r="{r}" t="inlineStr"><is><t/></is></c>',
    '<c r="{r}" t="inlineStr"></c>',
    '<c r="{r}" t="e"><v>#N/A</v></c>',
    '<c r="{r}"><f>1+{n}</f><v>{n}</v></c>',
    '<c r="{r}"><f t="shared" si="0"/><v/></c>',
    '<c r="{r}" t="b"><v>1</v></c>',
    '<c r="{r}" s="0"/>',
    '<c r="{r}"></c>',
    "<c><v>{n}</v></c>",
    "",
)
SHARED = ("plain", "<x> & y", "rich text", "", "café")
TABLE = (
    "<si><t>plain</t></si><si><t>&lt;x&gt; &amp; y</t></si>"
    "<si><r><rPr><b/></rPr><t>rich</t></r><r><t> text</t></r>"
    "<rPh sb='0' eb='1'><t>no</t></rPh></si>"
    "<si><t/></si><si><t xml:space='preserve'>caf\u00e9</t></si>"
)
OF_TABLE = (
    '<Override PartName="/xl/sharedStrings.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)
COLUMNS = 5
FORMATS = ("0.00", "00000", "0%", "yyyy-mm-dd hh:mm", "[h]:mm:ss", "[$€-407] #,##0.00")
"""Of the styles from 1 on."""
NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def workbook(path: Path, rows: list[str], after: str = "") -> Path:
    """A workbook with these rows of XML, its table of texts, and what stands behind the rows."""
    plain = path.with_suffix(".plain.xlsx")
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["text", *FORMATS])
    for place, number_format in enumerate(FORMATS, start=2):
        book.active.cell(1, place).number_format = number_format
    book.save(plain)
    with zipfile.ZipFile(plain) as old:
        parts = {name: old.read(name).decode() for name in old.namelist()}
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace("</Types>", OF_TABLE)
    parts["xl/sharedStrings.xml"] = f"<sst {NAMESPACE}>{TABLE}</sst>"
    rows_and_more = f"<sheetData>{''.join(rows)}</sheetData>{after}"
    parts["xl/worksheets/sheet1.xml"] = f"<worksheet {NAMESPACE}>{rows_and_more}</worksheet>"
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return path


def header() -> str:
    cells = "".join(
        f'<c r="{letter}1" t="inlineStr"><is><t>column {letter}</t></is></c>'
        for letter in "ABCDE"[:COLUMNS]
    )
    return f'<row r="1">{cells}</row>'


def row(number: int, kinds: list[int]) -> str:
    cells = (
        CELLS[kind].format(r=f"{'ABCDE'[at]}{number}", n=number * 10 + at, shared=kind % 5)
        for at, kind in enumerate(kinds)
    )
    return f'<row r="{number}">{"".join(cells)}</row>'


def texts_of(path: Path) -> dict[int, list[str]]:
    source = open_any_source(path)
    assert isinstance(source, WorkbookSource)
    found: dict[int, list[str]] = {}
    for chunk in source.chunks():
        cells = zip(*(column.to_pylist() for column in chunk.table.columns), strict=True)
        found |= zip(chunk.lines.tolist(), map(list, cells), strict=True)
    return found


def told_of(path: Path) -> object:
    """All that is read of a workbook, or why it is not."""
    try:
        chunks = list(open_any_source(path).chunks())
    except SourceError as error:
        return error.message.removeprefix(str(path))
    return [
        (chunk.table.to_pylist(), chunk.lines.tolist(), chunk.rejects, chunk.notices)
        for chunk in chunks
        if isinstance(chunk, RowChunk)
    ]


def sheet_changed(old: Path, new: Path, change: Callable[[str], str]) -> None:
    with zipfile.ZipFile(old) as parts, zipfile.ZipFile(new, "w") as changed:
        for name in parts.namelist():
            content = parts.read(name).decode()
            changed.writestr(name, change(content) if "sheet1" in name else content)


def openpyxls(path: Path) -> dict[int, list[str]]:
    sheet = openpyxl.load_workbook(path, data_only=True).active
    assert sheet is not None
    found = {}
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        seen = (str(cell).lower() if isinstance(cell, bool) else cell for cell in cells)
        texts = ["" if cell is None else str(cell) for cell in seen]
        texts += [""] * (COLUMNS - len(texts))
        if number > 1 and any(text.strip() for text in texts):
            found[number] = texts
    return found


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(
        st.lists(st.integers(0, len(CELLS) - 1), max_size=COLUMNS), min_size=1, max_size=12
    ),
    gap=st.integers(1, 3),
)
def test_every_cell_has_the_text_that_openpyxl_reads(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[int]], gap: int
) -> None:
    folder = tmp_path_factory.mktemp("cells")
    written = [row(2 + at * gap, kinds) for at, kinds in enumerate(rows)]
    path = workbook(folder / "a.xlsx", [header(), *written])
    assert texts_of(path) == openpyxls(path)
    # Beside a comment, the same rows are read cell by cell.
    beside = workbook(folder / "b.xlsx", [header(), "<!-- </row> -->", *written])
    assert told_of(path) == told_of(beside)


NUMBERS = st.one_of(
    st.from_regex(PLAIN_NUMBERS, fullmatch=True),
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(-1_000, 100_000, places=3).map(str),
)


@settings(max_examples=25, deadline=None)
@given(numbers=st.lists(st.tuples(NUMBERS, st.integers(0, 6)), min_size=1, max_size=20))
def test_numbers_of_whole_columns_are_shown_as_each_of_them_is(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("numbers")
    rows = [
        f'<row r="{at}"><c r="A{at}" t="str"><v>x</v></c>'
        f'<c r="B{at}" s="{style}"><v>{text}</v></c></row>'
        for at, (text, style) in enumerate(numbers, start=2)
    ]
    path = workbook(folder / "a.xlsx", [header(), *rows])
    beside = workbook(folder / "b.xlsx", [header(), "<!-- -->", *rows])
    assert told_of(path) == told_of(beside)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("><c ", ">\r\n <c "),
        ('"><', '" ><'),
        (' r="', ' cm="1" r="'),
        ("<v>", "<v>&#32;"),
        ("plain", "pl&#97;in\r\n&lt;"),
        (' r="3"', ' r="3" ht="15.5" customHeight="1"'),
        (' r="4"', ""),
        (' r="C4"', ""),
        (' r="5"', ' r="3"'),
        (' r="B5"', ' r="F5"'),
        (' r="C5"', ' r="C7"'),
        (' t="str"', ' t="d"'),
        ("<v>30", "<v>x30"),
        ("<v>0</v>", "<v>7</v>"),
        (' r="3"', ' r="1048577"'),
        (' r="3"', ' r="3" r="3"'),
        ("</row>", "</row>stray"),
        ("</sheetData>", "</sheetData><oops>"),
        ("<sheetData>", "<oops/><sheetData>"),
        ("&amp;", "&nbsp;"),
        ("inline 5", "inline \x01"),
        ("inline 5", "x" * 100_001),
    ],
)
def test_a_sheet_that_is_written_otherwise_is_read_or_refused_as_before(
    tmp_path: Path, old: str, new: str
) -> None:
    rows = [header(), *(row(number, [0, 2, 5, 3, 9]) for number in range(2, 9))]
    plain = workbook(tmp_path / "plain.xlsx", rows)
    path, beside = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    sheet_changed(plain, path, lambda sheet: sheet.replace(old, new))
    sheet_changed(path, beside, lambda sheet: sheet.replace("</row>", "</row><!-- -->", 1))
    assert told_of(path) == told_of(beside)


def test_rows_are_the_same_however_the_reading_is_cut(tmp_path: Path) -> None:
    """Many rows are read in many pieces, and other elements may follow the rows."""
    kinds = [0, 2, 5, 3, 1]
    written = [row(number, kinds) for number in range(2, 3_002)]
    after = "<hyperlinks>" + '<hyperlink ref="A1" location="x"/>' * 3_000 + "</hyperlinks>"
    path = workbook(tmp_path / "a.xlsx", [header(), *written], after)
    found = texts_of(path)
    assert list(found) == list(range(2, 3_002))
    assert found == openpyxls(path)
