"""Writing JSON column by column: Arrow joins the texts of all records at once.

A fragment is a column of JSON pieces, `,"name":value`, with null for missing values.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.schema.field_types import JsonKind
from ometria_import.sources.arrays import Column, Rows, Texts

_ESCAPED = r'["\\\x00-\x1f]'
_FIRST_PLAIN = 0x20


def fragment(name: str, values: Column, kind: JsonKind) -> Texts:
    """Pieces `,"name":value` of a column of values; null where the value is null.

    For a `pyarrow.DictionaryArray`, each distinct value is written only once.
    """
    if isinstance(values, pa.DictionaryArray):
        return fragment(name, values.dictionary, kind).take(values.indices)
    key = f",{_json(name)}:"
    if kind is JsonKind.STRING:
        return _join(f'{key}"', escaped(values), '"')
    return _join(key, values)


def quoted(values: Texts) -> Texts:
    """The values as JSON strings; null where the value is null."""
    return _join('"', escaped(values), '"')


def escaped(values: Texts) -> Texts:
    """Texts escaped for use between the quotes of a JSON string (RFC 8259, section 7)."""
    if not _may_need_escaping(values):
        return values
    mask = pc.fill_null(pc.match_substring_regex(values, _ESCAPED), fill_value=False)
    special = values.filter(mask).to_pylist()
    written = pa.array([_json(text)[1:-1] for text in special], pa.string())
    return pc.replace_with_mask(values, mask, written)


def _may_need_escaping(values: Texts) -> bool:
    """Whether any byte of the texts may need escaping; far cheaper than a regex."""
    offsets, data = values.buffers()[1:]
    if data is None:
        return False
    ends = np.frombuffer(offsets, np.int32)
    begin, end = ends[values.offset], ends[values.offset + len(values)]
    raw = np.frombuffer(data, np.uint8)[begin:end]
    if not raw.size:
        return False
    written = raw.tobytes()
    return bool(raw.min() < _FIRST_PLAIN) or b'"' in written or b"\\" in written


def object_fragment(name: str, inner: Texts) -> Texts:
    """Pieces `,"name":{...}` around joined members; null where there are none."""
    return _join(f",{_json(name)}:{{", without_first(inner), "}")


def list_fragment(name: str, inner: Texts) -> Texts:
    """Pieces `,"name":[...]` around joined elements; null where there are none."""
    return _join(f",{_json(name)}:[", without_first(inner), "]")


def without_first(texts: Texts) -> Texts:
    """The texts without their first byte, a comma; null where the text is empty."""
    cut = pc.binary_replace_slice(texts.view(pa.binary()), 0, 1, b"").view(pa.string())
    return pc.if_else(pc.equal(cut, ""), pa.scalar(None, pa.string()), cut)


def joined(fragments: Sequence[Texts | str], length: int) -> Texts:
    """All fragments of each entry joined into one text; empty if all are null.

    A fragment may also be a single text for all entries.
    """
    if not any(isinstance(each, pa.Array) for each in fragments):
        shared = "".join(map(str, fragments))
        return pa.repeat(pa.scalar(shared, pa.string()), length)
    return pc.binary_join_element_wise(*fragments, "", null_handling="replace", null_replacement="")


def gathered(texts: Texts, parents: Rows, length: int) -> Texts:
    """The texts of each parent's elements, joined without copying.

    Args:
        texts: One text per element; at least one, without nulls, and not a slice.
        parents: The index of each element's parent, in ascending order.
        length: The number of parents; parents without elements get an empty text.
    """
    ends = np.zeros(length + 1, np.int64)
    np.cumsum(np.bincount(parents, minlength=length), out=ends[1:])
    # Elements of one parent are already adjacent in the buffer, so only the offsets change.
    _, offsets, data = texts.buffers()
    starts = np.frombuffer(offsets, np.int32)[ends].astype(np.int32)
    lists: Texts = pa.StringArray.from_buffers(length, pa.py_buffer(starts), data)
    return lists


def _join(*parts: Texts | str) -> Texts:
    return pc.binary_join_element_wise(*parts, "")


def _json(text: str) -> str:
    return msgspec.json.encode(text).decode()
