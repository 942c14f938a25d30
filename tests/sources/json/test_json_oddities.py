"""Keys that stand twice and halves of characters: each is named, with its place."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.problems.catalogue import BAD_TEXT, REPEATED_KEY
from ometria_import.sources import JsonSource, open_any_source


def read(path: Path, lines: list[str]) -> tuple[list[dict[str, Any]], list[tuple[int, str, str]]]:
    path.write_bytes("\n".join(lines).encode())
    source = open_any_source(path)
    assert isinstance(source, JsonSource)
    chunks = list(source.chunks())
    objects = [each for chunk in chunks for each in chunk.objects]
    rejects = [
        (one.line, one.finding.cause, one.finding.message)
        for chunk in chunks
        for one in chunk.rejects
    ]
    return objects, rejects


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"id":"2","id":"3"}', "id"),
        ('{"id":"2","id":"2"}', "id"),
        ('{"id" : "2", "n":1, "id" : "3"}', "id"),
        ('{"id"\t: "2", "id"  : "3"}', "id"),
        ('{"id":"2","\\u0069d":"3"}', "id"),
        ('{"a":{"b":{"c":1,"c":2}}}', "a.b.c"),
        ('{"items":[{"q":1},{"q":1,"q":2}]}', "items[1].q"),
        ('{"items":[1],"items":[]}', "items"),
        ('{"a":[[{"b":1,"b":1}]]}', "a[0][0].b"),
        ('{"a":":b","a":"\\":c"}', "a"),
        # A text of which writing it anew makes what looks like one more key.
        ('{"a":"\\u003ab","a":"\\u003ac"}', "a"),
        ('{"a":{"x":1},"a":{"x":1,"x":2}}', "a"),
        ('{"a":123456789012345678901234567890,"a":1.5}', "a"),
    ],
)
def test_a_key_that_stands_twice_is_a_reject_of_its_own(
    tmp_path: Path, text: str, place: str
) -> None:
    objects, rejects = read(tmp_path / "a.ndjson", ['{"id":"1"}', text, '{"id":"9"}'])
    assert objects == [{"id": "1"}, {"id": "9"}]
    assert rejects == [(2, REPEATED_KEY, f"the key {place} occurs twice in it")]


def test_an_array_counts_its_elements(tmp_path: Path) -> None:
    objects, rejects = read(tmp_path / "a.json", ['[{"id":"1"},', '{"id":"2","id":"3"}, 7]'])
    assert objects == [{"id": "1"}]
    assert [(line, cause) for line, cause, _ in rejects] == [(2, REPEATED_KEY), (3, "006")]


@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(max_size=3), inner, max_size=3)
            ),
            max_leaves=12,
        ).map(lambda value: {"id": 1, "v": value}),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([(",", ":"), (", ", " : "), (" , ", "\t:")]),
    st.booleans(),
)
def test_no_object_without_a_repeated_key_is_suspected(
    objects: list[dict[str, Any]],
    separators: tuple[str, str],
    is_ascii: bool,  # noqa: FBT001 -- Hypothesis gives it
) -> None:
    lines = [json.dumps(each, separators=separators, ensure_ascii=is_ascii) for each in objects]
    with tempfile.TemporaryDirectory() as folder:
        found, rejects = read(Path(folder) / "a.ndjson", lines)
    assert found == objects
    assert rejects == []


@given(
    st.dictionaries(st.text(max_size=4), st.text(max_size=4), min_size=1),
    st.sampled_from([(",", ":"), (", ", " : "), (",\t", "  :")]),
)
def test_every_repeated_key_is_found_whatever_the_texts(
    members: dict[str, str], separators: tuple[str, str]
) -> None:
    text = json.dumps(members, separators=separators)
    first = json.dumps(dict([next(iter(members.items()))]), separators=separators)
    doubled = f'{{"a":1,"b":[{first[:-1]}{separators[0]}{text[1:]}]}}'
    with tempfile.TemporaryDirectory() as folder:
        objects, rejects = read(Path(folder) / "a.ndjson", [doubled])
    assert objects == []
    assert [cause for _, cause, _ in rejects] == [REPEATED_KEY]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"id":"11\\ud83d"}',
            "id contains \\ud83d, which is half of a surrogate pair and not valid text",
        ),
        (
            '{"customer":{"lastname":"x\\uDE00y"}}',
            (
                "customer.lastname contains \\ude00, which is half of a surrogate pair and not "
                "valid text"
            ),
        ),
        (
            '{"items":[{"a":"ok"},{"a":"\\ud800"}]}',
            "items[1].a contains \\ud800, which is half of a surrogate pair and not valid text",
        ),
        (
            '{"\\udfff":1}',
            "a key contains \\udfff, which is half of a surrogate pair and not valid text",
        ),
    ],
)
def test_half_of_a_character_is_named_with_its_place(
    tmp_path: Path, text: str, message: str
) -> None:
    objects, rejects = read(tmp_path / "a.ndjson", ['{"id":"\\ud83d\\ude00"}', text, '{"id":"9"}'])
    assert objects == [{"id": "😀"}, {"id": "9"}]
    assert rejects == [(2, BAD_TEXT, message)]
