"""JSON arrays in an object: which member is read, and when the object is a record after all."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.errors import SourceError
from ometria_import.sources import JsonSource, SourceKind, open_any_source

CHUNK_SIZES = (1, 30, 1024 * 1024)
TWO = [{"id": 1, "items": [{"a": "]}"}]}, {"id": 2}]


def opened(path: Path, data: bytes) -> JsonSource:
    path.write_bytes(data)
    source = open_any_source(path)
    assert isinstance(source, JsonSource)
    return source


def objects_of(source: JsonSource, chunk_bytes: int = 1024 * 1024) -> list[tuple[int, Any]]:
    return [
        pair
        for chunk in source.chunks(chunk_bytes=chunk_bytes)
        for pair in zip(chunk.lines.tolist(), chunk.objects, strict=True)
    ]


@pytest.mark.parametrize(
    "document",
    [
        {"orders": TWO},
        {"count": 2, "orders": TWO, "next": None},
        {"items": TWO, "search_criteria": {"a": [{"b": 1}]}, "total_count": 2},
        {"data": TWO, "meta": {"pagination": {"total": 2}}, "errors": [], "tags": ["x"]},
        {"owner": "A. Example", "Orders": TWO},
        {"customers": TWO},
        {"products": TWO, "links": [{"rel": "next", "href": "https://example.com/2"}]},
        {"_links": [{"rel": "self"}], "list_id": "x", "members": TWO, "total_items": 2},
        {"items": TWO, "cursor": "abc", "total_count": 2, "links": {}, "meta": {"a": [{"b": 1}]}},
        {"limit": 20, "offset": 0, "count": 2, "total": 2, "results": TWO},
        {"total": 2, "data": TWO, "aggregations": []},
        {"data": TWO, "links": {"self": "https://example.com", "next": None}, "included": []},
        {"_v": "21.3", "_type": "result", "start": 0, "hits": TWO, "query": {"a": 1}},
        {"data": {"orders": TWO}},
        {"status": "ok", "data": {"count": 2, "orders": TWO, "meta": {"a": [1]}}, "errors": []},
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("chunk_bytes", CHUNK_SIZES)
def test_the_one_array_of_objects_is_read(
    tmp_path: Path, document: dict[str, Any], indent: int | None, chunk_bytes: int
) -> None:
    data = json.dumps(document, indent=indent).encode()
    for text in (data, b"\xef\xbb\xbf\n" + data + b"\n"):
        source = opened(tmp_path / "a.json", text)
        assert source.format.kind is SourceKind.JSON
        assert objects_of(source, chunk_bytes) == [(1, TWO[0]), (2, TWO[1])]
        assert len(source.sha256) == 64


def test_the_array_is_named(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.json", b'{"orders": [{"id": 1}]}')
    assert source.format.describe() == "JSON array in 'orders', UTF-8"


def test_an_empty_array_in_an_object_holds_nothing(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.json", b'{"orders": [ ], "count": 0}')
    assert objects_of(source) == []
    assert source.format.array == "orders"


@pytest.mark.parametrize(
    "record",
    [
        {"id": "1", "lineitems": TWO},
        {"@type": "order", "lineitems": TWO, "count": 1},
        {"email": "a@example.com", "addresses": TWO},
        {"number": "7", "items": TWO, "taxes": TWO},
        {"properties": {"orders": TWO}},
        {"data": {"id": "1", "lineitems": TWO}},
        {"data": {"page": {"orders": TWO}}},
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_a_record_with_lists_of_its_own_is_one_object(
    tmp_path: Path, record: dict[str, Any], indent: int | None
) -> None:
    source = opened(tmp_path / "a.json", json.dumps(record, indent=indent).encode())
    assert source.format.kind is SourceKind.NDJSON
    assert objects_of(source) == [(1, record)]


def test_lines_of_objects_with_arrays_are_lines(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.ndjson", b'{"orders": [{"a": 1}]}\n{"orders": [{"a": 2}]}\n')
    assert len(objects_of(source)) == 2


def test_several_arrays_of_objects_are_refused_by_name(tmp_path: Path) -> None:
    message = "contains several arrays of objects: 'orders', 'customers'"
    with pytest.raises(SourceError, match=message):
        opened(tmp_path / "a.json", b'{"orders": [{"a": 1}], "customers": [{"b": 2}]}')
    late = json.dumps({"orders": [{"a": "x" * 1_000}] * 5_000, "customers": TWO}).encode()
    source = opened(tmp_path / "b.json", late)
    with pytest.raises(SourceError, match=message):
        list(source.chunks())


def test_several_arrays_within_an_object_are_refused_by_name_however_late(tmp_path: Path) -> None:
    message = "contains several arrays of objects: 'data.orders', 'data.customers'"
    with pytest.raises(SourceError, match=message):
        opened(tmp_path / "a.json", b'{"data": {"orders": [{"a": 1}], "customers": [{"b": 2}]}}')
    late = {"data": {"orders": [{"a": "x" * 1_000}] * 5_000, "customers": TWO}}
    source = opened(tmp_path / "b.json", json.dumps(late).encode())
    with pytest.raises(SourceError, match=message):
        list(source.chunks())


def test_an_array_within_an_object_is_named_with_both(tmp_path: Path) -> None:
    source = opened(tmp_path / "a.json", b'{"data": {"orders": [{"id": 1}]}}')
    assert source.format.describe() == "JSON array in 'data.orders', UTF-8"


@pytest.mark.parametrize("end", [b"", b"}", b"]", b"]}}", b'], "count": }', b"]} 7"])
def test_an_object_that_is_cut_or_goes_on_is_an_error(tmp_path: Path, end: bytes) -> None:
    elements = b", ".join([b'{"a": "' + b"x" * 1_000 + b'"}'] * 4_500)
    source = opened(tmp_path / "a.json", b'{"orders": [' + elements + end)
    with pytest.raises(SourceError):
        list(source.chunks())


@pytest.mark.parametrize("length", [30, 55, 80])
def test_a_file_that_ends_within_its_array_says_so(tmp_path: Path, length: int) -> None:
    orders = [{"id": number, "lines": [{"sku": "a"}]} for number in range(3)]
    text = json.dumps({"count": 3, "orders": orders}, indent=1)
    source = opened(tmp_path / "orders.json", text[: len(text) * length // 100].encode())

    with pytest.raises(SourceError, match="ends in the middle of its array"):
        list(source.chunks())


def test_members_after_a_long_array_are_passed_over(tmp_path: Path) -> None:
    data = json.dumps({"orders": [{"a": "x" * 1_000}] * 5_000, "owner": "A. Example"}).encode()
    assert sum(map(len, opened(tmp_path / "a.json", data).chunks())) == 5_000


@given(
    values=st.lists(
        st.dictionaries(
            st.text(max_size=4), st.sampled_from(["]", '"}', [1], {"a": []}]), max_size=3
        ),
        max_size=6,
    ),
    before=st.dictionaries(st.sampled_from(["count", "page", "next"]), st.integers() | st.none()),
    chunk_bytes=st.integers(1, 60),
)
def test_any_wrapped_array_is_read_as_the_array_alone_would_be(
    values: list[dict[str, Any]], before: dict[str, Any], chunk_bytes: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        document = {**before, "orders": values, "total": len(values)}
        source = opened(Path(folder) / "a.json", json.dumps(document).encode())
        assert objects_of(source, chunk_bytes) == list(enumerate(values, 1))
        if values:
            source = opened(Path(folder) / "b.json", json.dumps({"data": document}).encode())
            assert objects_of(source, chunk_bytes) == list(enumerate(values, 1))
