"""Files whose encoding nothing proves: line by line, and said loudly."""

from __future__ import annotations

from pathlib import Path

import pytest

from ometria_import.options.reading_options import ReadingOptions
from ometria_import.problems.catalogue import MIXED_ENCODING, UNDECODABLE
from ometria_import.sources import CsvSource, open_any_source

HEADER = b"id,name\n"
NAMES = {
    "polish": "1,\u0141ukasz\n2,Wi\u015bniewski\n3,\u017b\u00f3\u0142\u0107\n",
    "czech": "1,Ji\u0159\u00ed\n2,Dvo\u0159\u00e1k\n",
    "russian": "1,\u0418\u0432\u0430\u043d\n2,\u0421\u043c\u0438\u0440\u043d\u043e\u0432\u0430\n",
    "japanese": "1,\u7530\u4e2d\n2,\u5c71\u7530\n3,\u3055\u304f\u3089\n",
    "german": "1,J\u00fcrgen\n2,M\u00fcller\n3,Gro\u00df\n",
    "mixed": "1,Zo\u00eb\n2,Jos\u00e9\n3,S\u00f8ren\n4,Mu\u00f1oz\n",
    "turkish": "1,Ay\u015fe\n2,Y\u0131ld\u0131z\n3,\u00c7a\u011fla\n",
    "greek": "1,\u0393\u03b9\u03ce\u03c1\u03b3\u03bf\u03c2\n2,\u03a0\u03b1\u03c0\u03ac\u03c2\n",
    "chinese": "1,\u5f20\u4f1f\n2,\u738b\u82b3\n",
}
LIKELY = [
    ("polish", "cp1250"),
    ("polish", "iso8859-2"),
    ("czech", "cp1250"),
    ("czech", "cp852"),
    ("russian", "cp1251"),
    ("russian", "koi8-r"),
    ("russian", "cp866"),
    ("japanese", "shift_jis"),
    ("german", "cp1252"),
    ("german", "mac_roman"),
    ("german", "cp850"),
    ("mixed", "cp1252"),
    ("turkish", "cp1254"),
    ("greek", "cp1253"),
    ("chinese", "gb18030"),
]


def opened(path: Path, data: bytes, encoding: str | None = None) -> CsvSource:
    path.write_bytes(data)
    source = open_any_source(path, ReadingOptions(encoding=encoding))
    assert isinstance(source, CsvSource)
    return source


def names_of(source: CsvSource, block_bytes: int = 4 * 1024 * 1024) -> list[str]:
    return [
        name
        for chunk in source.chunks(block_bytes=block_bytes)
        for name in chunk.table.column(1).to_pylist()
    ]


@pytest.mark.parametrize("block_bytes", [16, 4 * 1024 * 1024])
@pytest.mark.parametrize("others", [1, 5])
def test_each_line_is_read_in_its_own_encoding(
    tmp_path: Path, others: int, block_bytes: int
) -> None:
    lines = [b"1,Ann\n", "2,Zo\u00eb\n".encode()]
    lines += [f"{number},Jos\u00e9\n".encode("cp1252") for number in range(3, 3 + others)]
    source = opened(tmp_path / "a.csv", HEADER + b"".join(lines))

    assert names_of(source, block_bytes) == ["Ann", "Zo\u00eb", *["Jos\u00e9"] * others]
    notices = [one for chunk in source.chunks(block_bytes=block_bytes) for one in chunk.notices]
    assert {one.finding.cause for one in notices} == {MIXED_ENCODING}
    assert [one.row for one in notices] == [3 if others > 1 else 4]


def test_quoted_line_breaks_and_broken_rows_are_read_the_same_way(tmp_path: Path) -> None:
    data = b'id,name\n1,"Jos\xe9\nM\xfcller"\n2,"open\xe9\n3,Zo\xc3\xab\n4,\xe9t\xe9\n'
    source = opened(tmp_path / "a.csv", data)

    assert names_of(source) == ["Jos\u00e9\nM\u00fcller", "Zo\u00eb", "\u00e9t\u00e9"]


def test_header_in_a_guessed_encoding_is_read_too(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.csv", "id,Pr\u00e9nom\n1,Ren\u00e9\n".encode("cp1252"))

    assert source.header == ("id", "Pr\u00e9nom")
    assert names_of(source) == ["Ren\u00e9"]


def test_header_in_another_encoding_than_its_rows_is_read_and_told(tmp_path: Path) -> None:
    data = "id,Pr\u00e9nom\n".encode("cp1252") + "1,Ren\u00e9\n2,Zo\u00eb\n".encode()
    source = opened(tmp_path / "a.csv", data)

    assert source.header == ("id", "Pr\u00e9nom")
    assert names_of(source) == ["Ren\u00e9", "Zo\u00eb"]
    notices = [one for chunk in source.chunks() for one in chunk.notices]
    assert [(one.row, one.finding.cause) for one in notices] == [(1, MIXED_ENCODING)]


def test_byte_that_cp1252_lacks_costs_its_row(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.csv", HEADER + b"1,Jos\xe9\n2,x\x81y\n")

    rejects = [one for chunk in source.chunks() for one in chunk.rejects]
    assert [(one.line, one.finding.cause) for one in rejects] == [(3, UNDECODABLE)]
    assert rejects[0].finding.message.endswith("is not valid utf-8 or in cp1252")
    assert names_of(source) == ["Jos\u00e9"]


@pytest.mark.parametrize(("language", "encoding"), LIKELY)
def test_most_likely_encoding_is_named_with_the_words_that_it_makes(
    tmp_path: Path, language: str, encoding: str
) -> None:
    source = opened(tmp_path / "a.csv", HEADER + NAMES[language].encode(encoding))

    guess = source.format.guess
    assert guess is not None
    assert len(guess.words) in {2, 3}
    # Two encodings with the same letters at the same places cannot be told apart.
    assert guess.likely[0] == encoding
    assert set(guess.otherwise) <= set(NAMES[language].replace("\n", ",").split(","))


@pytest.mark.parametrize(("language", "encoding"), LIKELY)
def test_encoding_that_was_named_can_be_given(tmp_path: Path, language: str, encoding: str) -> None:
    data = HEADER + NAMES[language].encode(encoding)
    source = opened(tmp_path / "a.csv", data, encoding)

    assert "".join(f"{n},{name}\n" for n, name in enumerate(names_of(source), 1)) == NAMES[language]
    assert source.format.guess is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_what_is_proved_is_no_guess(tmp_path: Path, encoding: str) -> None:
    source = opened(tmp_path / "a.csv", "id,name\n1,Zo\u00eb\n".encode(encoding))

    assert source.format.guess is None
