from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.prepare.records import json_text
from ometria_import.schema.field_types import JsonKind

TEXTS = st.lists(st.none() | st.text(), max_size=8)


@given(texts=TEXTS, cut=st.integers(0, 3))
def test_text_in_a_record_reads_back_as_it_was(texts: list[str | None], cut: int) -> None:
    values = pa.array(texts, pa.string()).slice(cut)

    fragments = json_text.fragment('na"me', values, JsonKind.STRING).texts().to_pylist()

    assert [f and json.loads(f"{{{f[1:]}}}") for f in fragments] == [
        None if text is None else {'na"me': text} for text in texts[cut:]
    ]


def test_column_without_any_text_stays_as_it_is() -> None:
    assert json_text.quoted(pa.nulls(2, pa.string())).to_pylist() == [None, None]


@given(counts=st.lists(st.integers(0, 3), min_size=1, max_size=8))
def test_texts_of_each_parent_are_gathered_in_order(counts: list[int]) -> None:
    parents = np.repeat(np.arange(len(counts)), counts)
    texts = [f"{n}\u00e9," for n in range(len(parents))]
    if not texts:
        return

    gathered = json_text.gathered(pa.array(texts), parents, len(counts)).to_pylist()

    assert "".join(gathered) == "".join(texts)
    assert [text.count(",") for text in gathered] == counts


COLUMNS = st.integers(1, 6).flatmap(
    lambda length: st.lists(
        st.tuples(st.lists(st.none() | st.text(), min_size=length, max_size=length), st.booleans()),
        min_size=1,
        max_size=4,
    )
)


@given(columns=COLUMNS)
def test_pieces_make_the_records_whose_sizes_they_tell(
    columns: list[tuple[list[str | None], bool]],
) -> None:
    length = len(columns[0][0])
    names = [f"é{number}" for number in range(len(columns))]
    arrays = [
        values.dictionary_encode() if repeats else values
        for values, repeats in (
            (pa.array(texts, pa.string()), repeats) for texts, repeats in columns
        )
    ]
    members = [
        json_text.fragment(name, values, JsonKind.STRING)
        for name, values in zip(names, arrays, strict=True)
    ]
    inner = json_text.object_pieces("inner", members, length)

    pieces = ['{"first":1', *members, *inner, "},"]
    joined = json_text.joined(pieces, length).to_pylist()

    def expected(entry: int) -> dict[str, object]:
        own = {n: texts[entry] for n, (texts, _) in zip(names, columns, strict=True)}
        filled = {name: text for name, text in own.items() if text is not None}
        return {"first": 1, **filled, **({"inner": filled} if filled else {})}

    assert [json.loads(text[:-1]) for text in joined] == [*map(expected, range(length))]
    assert json_text.sizes_of(pieces, length).tolist() == [len(text.encode()) for text in joined]
    elements = json_text.elements(members, length).to_pylist()
    assert [each and {"first": 1, "inner": json.loads(each[1:])} for each in elements] == [
        {"first": 1, "inner": own["inner"]} if "inner" in own else None
        for own in map(expected, range(length))
    ]
