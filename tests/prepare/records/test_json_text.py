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

    fragments = json_text.fragment('na"me', values, JsonKind.STRING).to_pylist()

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
