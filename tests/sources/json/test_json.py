"""What JSON arrays and NDJSON can be like, and what is said of elements that are no objects."""

from __future__ import annotations

import codecs
import json
import tempfile
import time
import tracemalloc
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.errors import SourceError
from ometria_import.options.reading_options import ReadingOptions
from ometria_import.problems import Reject
from ometria_import.problems.catalogue import (
    BAD_TEXT,
    NOT_AN_OBJECT,
    REPEATED_KEY,
    ROW_TOO_LARGE,
    TOO_DEEP,
    UNDECODABLE,
)
from ometria_import.sources import JsonSource, SourceKind, open_any_source

CHUNK_SIZES = (1, 30, 1024 * 1024)


def opened(path: Path, data: bytes, options: ReadingOptions | None = None) -> JsonSource:
    path.write_bytes(data)
    source = open_any_source(path, options)
    assert isinstance(source, JsonSource)
    assert source.header == ()
    assert source.size_bytes == len(data)
    return source


def objects_of(source: JsonSource, chunk_bytes: int = 1024 * 1024) -> list[tuple[int, Any]]:
    return [
        pair
        for chunk in source.chunks(chunk_bytes=chunk_bytes)
        for pair in zip(chunk.lines.tolist(), chunk.objects, strict=True)
    ]


def rejects_of(source: JsonSource, chunk_bytes: int = 1024 * 1024) -> list[Reject]:
    return [one for chunk in source.chunks(chunk_bytes=chunk_bytes) for one in chunk.rejects]


def causes_of(source: JsonSource, chunk_bytes: int = 1024 * 1024) -> list[tuple[int, str]]:
    return [(one.line, one.finding.cause) for one in rejects_of(source, chunk_bytes)]


def nested(depth: int) -> bytes:
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


@pytest.mark.parametrize("name", ["a.json", "a.ndjson"])
def test_numbers_keep_every_digit(tmp_path: Path, name: str) -> None:
    data = b'{"a": 1.10, "b": 18446744073709551617, "c": 0.1234567890123456789, "d": 7}'
    ((_, value),) = objects_of(
        opened(tmp_path / name, b"[" + data + b"]" if ".j" in name else data)
    )
    assert value == {
        "a": Decimal("1.10"),
        "b": 2**64 + 1,
        "c": Decimal("0.1234567890123456789"),
        "d": 7,
    }
    assert str(value["a"]) == "1.10"


@pytest.mark.parametrize("chunk_bytes", CHUNK_SIZES)
def test_ndjson_lines_are_counted_and_bad_ones_rejected(tmp_path: Path, chunk_bytes: int) -> None:
    lines = [
        b'{"a": 1}\r',
        b"",
        b"[1]",
        b'"text"',
        b"17",
        b"null",
        b"true",
        b'{"a": ',
        b'{"a": NaN}',
        b'{"a": 1e99999999999999999999}',
        b'{"a": "\\ud800 alone"}',
        b'{"a": "\xff"}',
        b'  {"a": {"b": ["}\\"{"]}}  ',
        b'{"a": 1} {"b": 2}',
        b'{"a": 1, "a": 2}',
    ]
    source = opened(tmp_path / "a.ndjson", b"\n".join(lines))
    assert objects_of(source, chunk_bytes) == [
        (1, {"a": 1}),
        (13, {"a": {"b": ['}"{']}}),
    ]
    odd = {11: BAD_TEXT, 12: UNDECODABLE, 15: REPEATED_KEY}
    assert causes_of(source, chunk_bytes) == [
        (line, odd.get(line, NOT_AN_OBJECT)) for line in (3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15)
    ]
    messages = [one.finding.message for one in rejects_of(source)]
    assert messages[:5] == [
        "it is a list, not an object",
        "it is a text, not an object",
        "it is a number, not an object",
        "it is null, not an object",
        "it is true or false, not an object",
    ]
    assert messages[5] == "input data was truncated"
    assert messages[6].startswith("JSON is malformed: ")


@pytest.mark.parametrize("chunk_bytes", CHUNK_SIZES)
def test_array_elements_are_counted_and_bad_ones_rejected(tmp_path: Path, chunk_bytes: int) -> None:
    data = (
        b' [ {"a": "],[{\\\\\\""} , [1, 2], 7,\n {"a": {"b": [{}]}}, , {"a":1} {"b":2}, {a},'
        b' "t,x", {"a": "\xff"}, {"a":[}}, \\"x", {"z": 1}] \n'
    )
    source = opened(tmp_path / "a.json", data)
    assert objects_of(source, chunk_bytes) == [
        (1, {"a": '],[{\\"'}),
        (4, {"a": {"b": [{}]}}),
        (12, {"z": 1}),
    ]
    assert causes_of(source, chunk_bytes) == [
        (9, UNDECODABLE) if index == 9 else (index, NOT_AN_OBJECT)
        for index in (2, 3, 5, 6, 7, 8, 9, 10, 11)
    ]


@pytest.mark.parametrize("data", [b"[]", b" [\n] \n"])
def test_an_empty_array_yields_nothing(tmp_path: Path, data: bytes) -> None:
    source = opened(tmp_path / "a.json", data)
    assert list(source.chunks()) == []
    assert len(source.head()) == 0


def test_a_comma_before_the_end_of_the_array_is_rejected(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.json", b'[{"a":1},\n]')
    assert objects_of(source) == [(1, {"a": 1})]
    assert [one.finding.message for one in rejects_of(source)] == ["there is nothing here"]


@pytest.mark.parametrize("chunk_bytes", CHUNK_SIZES)
@pytest.mark.parametrize("end", [b"", b'{"a', b'{"a": "x', b'{"a": "x\\', b'{"b": [1, {', b"{}"])
def test_an_array_cut_in_the_middle_is_an_error(
    tmp_path: Path, end: bytes, chunk_bytes: int
) -> None:
    source = opened(tmp_path / "a.json", b'[{"a":1},{"a":2},' + end)
    with pytest.raises(SourceError, match="ends in the middle of its array, after element 2"):
        list(source.chunks(chunk_bytes=chunk_bytes))


def test_an_ndjson_file_cut_in_the_middle_loses_its_last_line_only(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.ndjson", b'{"a":1}\n{"a":2}\n{"a":')
    assert len(objects_of(source)) == 2
    assert causes_of(source) == [(3, NOT_AN_OBJECT)]


@pytest.mark.parametrize("rest", [b"x", b" ]", b'{"a":2}', b"[]"])
def test_text_after_the_array_is_an_error(tmp_path: Path, rest: bytes) -> None:
    source = opened(tmp_path / "a.json", b'[{"a":1}] \n' + rest)
    with pytest.raises(SourceError, match="continues after the end of its array"):
        list(source.chunks())


def test_brackets_that_do_not_match_are_an_error_with_the_element(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.json", b'[{"a":1},{"b":2}}, {"c":3}]')
    with pytest.raises(SourceError, match="element 2: its brackets do not match"):
        list(source.chunks())


@pytest.mark.parametrize("name", ["a.json", "a.ndjson"])
@pytest.mark.parametrize("chunk_bytes", [200, 1024 * 1024])
def test_nesting_over_64_levels_is_rejected_before_it_is_parsed(
    tmp_path: Path, name: str, chunk_bytes: int
) -> None:
    flat = b'{"a":' + json.dumps([{"[": "{"}] * 100).encode() + b"}"
    parts = [nested(64), nested(65), flat, nested(10_000), nested(100_000), b'{"z":1}']
    data = b"[" + b",".join(parts) + b"]" if name == "a.json" else b"\n".join(parts)
    source = opened(tmp_path / name, data)
    assert [line for line, _ in objects_of(source, chunk_bytes)] == [1, 3, 6]
    assert causes_of(source, chunk_bytes) == [(2, TOO_DEEP), (4, TOO_DEEP), (5, TOO_DEEP)]


def test_brackets_without_end_are_followed_in_flat_memory(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.json", b"[" * 200_000)
    with pytest.raises(SourceError, match="after element 0"):
        list(source.chunks())


HOSTILE = {
    "a million levels": b"[" * 1_000_000 + b"]" * 1_000_000,
    "a million objects in one another": b'{"a":' * 1_000_000 + b"1" + b"}" * 1_000_000,
    "a million lists side by side": b'{"a":[' + b"[]," * 1_000_000 + b"1]}",
    "nothing between commas": b"," * 100_000,
    "backslashes outside of texts": b"\\," * 100_000 + b"1",
}


@pytest.mark.parametrize("middle", HOSTILE.values(), ids=HOSTILE)
def test_whatever_an_array_is_made_of_reading_it_costs_by_its_size_alone(
    tmp_path: Path, middle: bytes
) -> None:
    source = opened(tmp_path / "a.json", b'[{"a":1},' + middle + b',{"z":1}]')
    began = time.process_time()
    objects = objects_of(source)
    assert (objects[0][1], objects[-1][1]) == ({"a": 1}, {"z": 1})
    # A cost by the square of the size was minutes, one of a step in Python for each sign ten
    # seconds; this is one or two.
    assert time.process_time() - began < 8


@pytest.mark.parametrize("name", ["a.json", "a.ndjson"])
def test_a_20_mb_element_is_streamed_past(tmp_path: Path, name: str) -> None:
    big = b'{"a":"' + b"x" * 20_000_000 + b'"}'
    parts = [b'{"a":1}', big, b'{"a":3}', big]
    data = b"[" + b",".join(parts) + b"]" if name == "a.json" else b"\n".join(parts)
    source = opened(tmp_path / name, data)
    del data, parts, big
    tracemalloc.start()
    objects, rejects = objects_of(source), rejects_of(source)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert objects == [(1, {"a": 1}), (3, {"a": 3})]
    assert [(one.line, one.finding.cause) for one in rejects] == [
        (2, ROW_TOO_LARGE),
        (4, ROW_TOO_LARGE),
    ]
    assert len(rejects[0].raw) == 1_000
    assert peak < 45_000_000


def test_a_line_just_over_8_mib_that_is_read_whole_is_too_large(tmp_path: Path) -> None:
    line = b'{"a":"' + b"x" * (8 * 1024 * 1024) + b'"}'
    source = opened(tmp_path / "a.ndjson", b'{"a":1}\n' + line + b'\n{"a":3}\n')
    assert [line for line, _ in objects_of(source)] == [1, 3]
    assert causes_of(source) == [(2, ROW_TOO_LARGE)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
@pytest.mark.parametrize("name", ["a.json", "a.ndjson", "a.txt"])
def test_byte_order_marks_are_understood(tmp_path: Path, name: str, encoding: str) -> None:
    text = '[{"a": "é"}]' if name == "a.json" else '{"a": "é"}\n'
    source = opened(tmp_path / name, text.encode(encoding))
    assert objects_of(source) == [(1, {"a": "é"})]
    words = "JSON array" if name == "a.json" else "NDJSON"
    assert source.format.describe() == f"{words}, {encoding.removesuffix('-sig').upper()}"


def test_json_is_utf8_unless_another_encoding_is_given(tmp_path: Path) -> None:
    data = '[{"a": "é"}, {"a": 2}]'.encode("cp1252")
    assert causes_of(opened(tmp_path / "a.json", data)) == [(1, UNDECODABLE)]
    given = opened(tmp_path / "a.json", data, ReadingOptions(encoding="cp1252"))
    assert objects_of(given) == [(1, {"a": "é"}), (2, {"a": 2})]
    assert given.format.describe() == "JSON array, cp1252 (given)"


def test_one_object_over_several_lines_is_one_object(tmp_path: Path) -> None:
    data = codecs.BOM_UTF8 + b'\n{\n  "id": 7, "a": [\n    {"b": 1}\n  ]\n}\n'
    source = opened(tmp_path / "a.json", data)
    assert source.format.kind is SourceKind.NDJSON
    assert objects_of(source) == [(2, {"id": 7, "a": [{"b": 1}]})]
    assert len(source.sha256) == 64


@pytest.mark.parametrize(
    "data", [b'{\n "a": 1\n}\n{\n "a": 2\n}\n', b'{"a": [\n' + b"[" * 100 + b"\n"]
)
def test_several_objects_over_several_lines_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(data)
    with pytest.raises(SourceError, match="objects that span several lines") as caught:
        open_any_source(path)
    assert "NDJSON" in caught.value.hint


def test_a_first_line_that_is_cut_is_a_reject_and_no_object_over_lines(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.ndjson", b'{"a": [\n{"a": 2}\n')
    assert objects_of(source) == [(2, {"a": 2})]
    assert causes_of(source) == [(1, NOT_AN_OBJECT)]


def test_head_yields_a_thousand_objects_and_the_rejects_among_them(tmp_path: Path) -> None:
    lines = [b'{"a": 1}'] * 5_000
    lines[3], lines[3_000] = b"oops", b"oops"
    source = opened(tmp_path / "a.ndjson", b"\n".join(lines))
    head = source.head()
    assert len(head) == 1_000
    assert head.lines[-1] == 1_001
    assert [one.line for one in head.rejects] == [4]
    assert source.path.name == "a.ndjson"


_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.text(max_size=6),
        st.sampled_from(['"', "\\", '\\"', "[", "]}", ",", "{"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(
    values=st.lists(_VALUES, max_size=8),
    chunk_bytes=st.integers(1, 60),
    indent=st.sampled_from([None, 0, 2]),
    is_ascii=st.booleans(),
)
def test_any_array_is_read_back_as_it_was(
    values: list[Any], chunk_bytes: int, indent: int | None, *, is_ascii: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = json.dumps(values, indent=indent, ensure_ascii=is_ascii)
        source = opened(Path(folder) / "a.json", text.encode())
        expected = [(n, value) for n, value in enumerate(values, 1) if isinstance(value, dict)]
        for size in (chunk_bytes, 1024 * 1024):
            assert objects_of(source, size) == expected
            assert len(rejects_of(source, size)) == len(values) - len(expected)


@given(
    parts=st.lists(
        st.sampled_from(["{", "}", "[", "]", ",", '"', "\\", '{"a":1}', "1", " ", "\n"]),
        max_size=30,
    ),
    chunk_bytes=st.integers(1, 20),
)
def test_damaged_arrays_are_read_alike_whatever_the_size_of_the_pieces(
    parts: list[str], chunk_bytes: int
) -> None:
    def outcome(source: JsonSource, size: int) -> object:
        try:
            return objects_of(source, size), causes_of(source, size)
        except SourceError as error:
            return error.message

    with tempfile.TemporaryDirectory() as folder:
        source = opened(Path(folder) / "a.json", ("[" + "".join(parts)).encode())
        assert outcome(source, chunk_bytes) == outcome(source, 1024 * 1024)


_ODD_PARTS = [
    '{"a":1}', '{"a": "x"}', '{"a":1,"a":2}', '{"b" : {"a":1}}', '{"a":"\\":"}', '{"a":"\\u0022:"}',
    '{"a":"\\ud800"}', '{"a":1.50}', '{"a":1e999999999999999999999}', '{"a":[{"a":2}, {"a":3}]}',
    '{"a":', '"b":2}', "{", "}", "[", "]", ",", '"', "7", "\r", "\n", "\n", "\n", " ",
]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "objects", "rejects"),
    [
        (['{"a":1}{"a":2}', "", '{"a":3}'], [(3, {"a": 3})], [1]),
        (['{"a":', '1}{"a":2}', '{"a":3}'], [(3, {"a": 3})], [1, 2]),
        (['{"a":1}', "", '{"a":2} {"a":3}'], [(1, {"a": 1})], [3]),
        (["", '{"a":1}', '{"a":2}{"a":3}'], [(2, {"a": 1})], [3]),
        (['{"a":1} ', '{"a":2}\r', ' {"a":3}'], [(n, {"a": n}) for n in (1, 2, 3)], []),
    ],
)
def test_a_line_with_two_objects_is_rejected_whatever_lines_there_are_beside_it(
    tmp_path: Path, lines: list[str], objects: list[tuple[int, object]], rejects: list[int]
) -> None:
    whole = ['{"a":0}', *lines, '{"a":9}', ""]
    source = opened(tmp_path / "a.ndjson", "\n".join(whole).encode())
    assert objects_of(source, 1024 * 1024) == [
        (1, {"a": 0}),
        *((line + 1, found) for line, found in objects),
        (len(lines) + 2, {"a": 9}),
    ]
    assert [one.line for one in rejects_of(source, 1024 * 1024)] == [line + 1 for line in rejects]


@given(
    parts=st.lists(st.sampled_from(_ODD_PARTS), max_size=20),
    kind=st.sampled_from([".ndjson", ".json"]),
    chunk_bytes=st.integers(1, 40),
)
def test_what_stands_together_is_read_as_it_is_alone(
    parts: list[str], kind: str, chunk_bytes: int
) -> None:
    is_array = kind == ".json"
    text = (
        f'[{{"a":0}},{{"a":0}},{",".join(parts)}]' if is_array else f'{{"a":0}}\n{"".join(parts)}'
    )

    def outcome(source: JsonSource, size: int) -> object:
        try:
            rejects = [(one.line, one.raw, one.finding) for one in rejects_of(source, size)]
            return objects_of(source, size), rejects
        except SourceError as error:
            return error.message

    with tempfile.TemporaryDirectory() as folder:
        source = opened(Path(folder) / f"a{kind}", text.encode())
        assert outcome(source, chunk_bytes) == outcome(source, 1024 * 1024)
