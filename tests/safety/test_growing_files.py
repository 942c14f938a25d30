"""Small files that become enormous: refused early, in one sentence, and in flat memory."""

from __future__ import annotations

import gzip
import io
import random
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from ometria_import.errors import SourceError
from ometria_import.problems.catalogue import ROW_TOO_LARGE
from ometria_import.sources import JsonSource, open_any_source
from tests.cli.program import Shop, finished
from tests.starting import warm

MIB = 1024 * 1024
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
OVERRIDE = (
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{SPREADSHEET}.sharedStrings+xml"/>'
)
SHARED_TEXTS = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
BLANKS = " "
LONG = "y" * 1_000_000
MEASURE = """
import resource, sys
from pathlib import Path
from ometria_import.cli.main import main
import pyarrow.parquet, numpy, openpyxl, zstandard
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    sys.argv[1:] = ["check", sys.argv[1]]
    main()
except SystemExit as ended:
    code = ended.code
print("MEASURED", code, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) // 1024)
"""


def write_parquet(path: Path, columns: Mapping[str, object], **options: object) -> None:
    pq.write_table(pa.table(columns), path, compression="zstd", **options)


def repeated_text(path: Path) -> None:
    ids = [str(number) for number in range(2_000)]
    places = pa.array([0] * 2_000, pa.int32())
    titles = pa.DictionaryArray.from_arrays(places, pa.array([LONG]))
    write_parquet(path, {"id": ids, "title": titles})


def text_in_lists(path: Path) -> None:
    items = [[{"product_id": "p", "sku": LONG}] * 20] * 50
    write_parquet(path, {"id": [str(number) for number in range(50)], "lineitems": items})


def text_in_one_list(path: Path) -> None:
    kind = pa.struct([("product_id", pa.dictionary(pa.int32(), pa.string()))])
    texts = pa.array([LONG], pa.string()).dictionary_encode().dictionary
    places = pa.array([0] * 200_000, pa.int32())
    members = pa.StructArray.from_arrays(
        [pa.DictionaryArray.from_arrays(places, texts)], fields=list(kind)
    )
    items = pa.ListArray.from_arrays(pa.array([0, 200_000], pa.int32()), members)
    write_parquet(path, {"id": ["1"], "lineitems": items})


def text_by_what_it_shares(path: Path) -> None:
    write_parquet(
        path,
        {"id": [str(number) for number in range(200)], "title": [LONG] * 200},
        use_dictionary=False,
        column_encoding={"title": "DELTA_BYTE_ARRAY", "id": "PLAIN"},
    )


def text_as_it_is(path: Path) -> None:
    columns = {"id": [str(number) for number in range(200)], "title": [LONG] * 200}
    write_parquet(path, columns, use_dictionary=False)


def rows_of_nothing(path: Path) -> None:
    write_parquet(path, {"id": pa.nulls(3_000_000, pa.string())})


def workbook(path: Path, cells: str, texts: str = "") -> None:
    """A workbook of products in whose sheet stand some more rows, written as XML."""
    book, target = openpyxl.Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    sheet.append(["id", "title", "sku"])
    sheet.append(["1", "Mug", "M"])
    book.save(target)
    parts = {"xl/sharedStrings.xml": f"{SHARED_TEXTS}{texts}</sst>"}
    with zipfile.ZipFile(target) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        parts |= {name: old.read(name).decode() for name in old.namelist()}
        parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(
            "</sheetData>", f"{cells}</sheetData>"
        )
        parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
            "</Types>", f"{OVERRIDE}</Types>"
        )
        parts["xl/styles.xml"] += " " * (34 * MIB if texts == BLANKS else 0)
        for name, text in parts.items():
            new.writestr(name, text)


def cells_far_out(path: Path) -> None:
    workbook(path, "".join(f'<row r="{n}"><c r="XFD{n}"/></row>' for n in range(3, 10_000)))


def one_text_everywhere(path: Path) -> None:
    row = '<row r="{0}"><c r="A{0}" t="s"><v>0</v></c><c r="B{0}" t="s"><v>0</v></c></row>'
    rows = "".join(row.format(number) for number in range(3, 3_003))
    workbook(path, rows, f"<si><t>{'y' * 90_000}</t></si>")


def sheet_of_blanks(path: Path) -> None:
    workbook(path, " " * (40 * MIB))


def styles_of_blanks(path: Path) -> None:
    workbook(path, "", BLANKS)


def gzip_of(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(gzip.compress(content * 40))


def zstd_of(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(zstandard.compress(content * 40))


def zip_of(content: bytes) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("rows.csv", content * 40)

    return write


GROWS = "unpacks to over 200 times its size"
ROW = b"product,1," + b"x" * 200 + b"\n"
BOMBS: list[tuple[str, Callable[[Path], object], str]] = [
    ("dictionary.parquet", repeated_text, GROWS),
    ("nested.parquet", text_in_lists, GROWS),
    ("one-list.parquet", text_in_one_list, GROWS),
    ("delta.parquet", text_by_what_it_shares, GROWS),
    ("plain.parquet", text_as_it_is, GROWS),
    ("rows.parquet", rows_of_nothing, GROWS),
    ("far-out.xlsx", cells_far_out, "the sheet is nearly all blank cells"),
    ("one-text.xlsx", one_text_everywhere, GROWS),
    ("blanks.xlsx", sheet_of_blanks, GROWS),
    ("styles.xlsx", styles_of_blanks, GROWS),
    ("rows.csv.gz", gzip_of(b"@type,id,title\n" + ROW * 5_000), GROWS),
    ("zeros.csv.gz", gzip_of(b"@type,id,title\n" + bytes(MIB)), GROWS),
    ("objects.ndjson.gz", gzip_of(b'{"id":"1","title":"T"}\n' * 50_000), GROWS),
    ("rows.csv.zst", zstd_of(b"@type,id,title\n" + ROW * 5_000), GROWS),
    ("rows.csv.zip", zip_of(b"@type,id,title\n" + ROW * 5_000), GROWS),
]


IN_FLAT_MEMORY = ("dictionary.parquet", "one-list.parquet", "far-out.xlsx", "rows.csv.gz")
"""Refused by processes of their own, whose memory is measured."""


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [pytest.param(*each, id=each[0]) for each in BOMBS if each[0] not in IN_FLAT_MEMORY],
)
def test_a_file_made_to_grow_is_refused(
    shop: Shop, name: str, make: Callable[[Path], object], words: str
) -> None:
    make(shop.folder / name)
    ended = shop.run("check", f"product={name}")
    assert_refused(shop.folder, name, words, ended.code, ended.err)


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [pytest.param(*each, id=each[0]) for each in BOMBS if each[0] in IN_FLAT_MEMORY],
)
def test_memory_stays_flat_until_it_is_refused(
    tmp_path: Path, name: str, make: Callable[[Path], object], words: str
) -> None:
    make(tmp_path / name)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    ended = finished(
        warm.start(f"product={name}", code=MEASURE, cwd=tmp_path, text=True, **streams)
    )
    *_, measured = ended.out.splitlines()
    _, code, grown_mib = measured.split()
    assert_refused(tmp_path, name, words, int(code), ended.err)
    assert int(grown_mib) < 400


def assert_refused(folder: Path, name: str, words: str, code: int, said: str) -> None:
    assert (folder / name).stat().st_size < 1.5 * MIB
    assert code == 4, said
    assert f"error: {name} " in said
    assert words in said
    assert "hint: " in said
    # It was refused before any of its rows was prepared.
    assert not list(folder.rglob("problems.csv"))


def test_an_honest_export_that_says_the_same_again_and_again_passes(tmp_path: Path) -> None:
    """One that shrinks to a hundredth: the same words in all rows, and ids that count."""
    dice = random.Random(1)
    words = ",".join(["complete,GBP,online,standard,card,Great Britain"] * 10)
    lines = [f"{number},{dice.randrange(900)},{words}" for number in range(90_000)]
    columns = ["id", "n", *(f"c{number}" for number in range(60))]
    content = "\n".join([",".join(columns), *lines]).encode()
    for name, packed in (
        ("rows.csv.gz", gzip.compress(content)),
        ("rows.csv.zst", zstandard.compress(content)),
    ):
        assert 40 < len(content) / len(packed) < 200
        assert len(content) > 40 * MIB
        (tmp_path / name).write_bytes(packed)
        source = open_any_source(tmp_path / name)
        assert sum(map(len, source.chunks())) == 90_000


def test_an_honest_parquet_file_with_few_different_texts_passes(tmp_path: Path) -> None:
    rows = 400_000
    columns = {"id": [f"order-{number}" for number in range(rows)]}
    columns |= {f"c{number}": ["complete", "pending"] * (rows // 2) for number in range(10)}
    write_parquet(tmp_path / "a.parquet", columns)
    source = open_any_source(tmp_path / "a.parquet")
    assert sum(map(len, source.chunks())) == rows


def test_a_row_that_no_record_can_be_is_rejected_and_the_others_are_read(tmp_path: Path) -> None:
    noise = random.Random(2).randbytes(5 * MIB).hex()
    path = tmp_path / "a.parquet"
    write_parquet(path, {"id": ["1", "2", "3"], "title": ["a", noise, "c"]})
    source = open_any_source(path)
    assert not isinstance(source, JsonSource)
    (chunk,) = source.chunks()
    assert [row["id"] for row in chunk.table.to_pylist()] == ["1", "3"]
    assert chunk.lines.tolist() == [1, 3]
    assert [(each.line, each.finding.cause) for each in chunk.rejects] == [(2, ROW_TOO_LARGE)]


def test_chunks_of_large_rows_are_cut_by_their_bytes(tmp_path: Path) -> None:
    dice = random.Random(3)
    texts = [dice.randbytes(MIB).hex() for _ in range(20)]
    path = tmp_path / "a.parquet"
    write_parquet(path, {"id": [str(number) for number in range(20)], "title": texts})
    source = open_any_source(path)
    sizes = [len(chunk) for chunk in source.chunks()]
    assert sum(sizes) == 20
    assert max(sizes) <= 9
    assert [len(chunk.rejects) for chunk in source.chunks()] == [0] * len(sizes)


def test_a_file_that_grows_after_an_honest_beginning_is_refused_where_it_grows(
    tmp_path: Path,
) -> None:
    dice = random.Random(4)
    words = b"complete,GBP,online,standard,card,Great Britain " * 12
    honest = b"".join(b"%d,%d %s\n" % (n, dice.randrange(900), words) for n in range(63_000))
    assert len(honest) > 34 * MIB
    path = tmp_path / "a.csv.gz"
    rows_of_one_letter = (b"1," + b"x" * 50_000 + b"\n") * 6_000
    path.write_bytes(gzip.compress(b"id,title\n" + honest + rows_of_one_letter, 6))
    source = open_any_source(path)
    rows: list[int] = []
    with pytest.raises(SourceError, match=GROWS):
        rows.extend(map(len, source.chunks()))
    assert 0 < sum(rows) < 66_000
