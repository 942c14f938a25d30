"""Writing JSON column by column: Arrow joins the texts of all records at once.

A piece is what one column adds to each record, `,"name":value`, or nothing for a missing value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.schema.field_types import JsonKind
from ometria_import.sources.arrays import Column, Rows, Texts, bytes_of

_ESCAPED = r'["\\\x00-\x1f]'
_FIRST_PLAIN = 0x20


@dataclass(frozen=True, slots=True)
class Piece:
    """What a column adds to the JSON of each entry; nothing where its value is null.

    It stays in parts until the JSON itself is needed, which `check` does for few records only.
    """

    before: str
    values: Column
    """Escaped; a `pyarrow.DictionaryArray` if they repeat."""
    after: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether every entry has a value, and each its own."""
        return not isinstance(self.values, pa.DictionaryArray) and not self.values.null_count

    def texts(self) -> Texts:
        """The pieces as texts; null where the value is null."""
        if isinstance(self.values, pa.DictionaryArray):
            of_values = replace(self, values=self.values.dictionary).texts()
            texts: Texts = of_values.take(self.values.indices)
            return texts
        if not self.before and not self.after:
            return self.values
        return _join(self.before, self.values, self.after)

    def sizes(self) -> Rows:
        """The bytes that it adds to each entry."""
        if isinstance(self.values, pa.DictionaryArray):
            of_values = replace(self, values=self.values.dictionary).sizes()
            indices = pc.fill_null(self.values.indices, len(of_values))
            found: Rows = np.append(of_values, 0)[indices.to_numpy()]
            return found
        frame = len(self.before.encode()) + len(self.after.encode())
        lengths = pc.add(pc.binary_length(self.values), frame)
        sizes: Rows = pc.fill_null(lengths, 0).to_numpy()
        return sizes


Pieces = Sequence[Piece | str]
"""What an entry's JSON is put together from; a text by itself is part of every entry."""


def fragment(name: str, values: Column, kind: JsonKind) -> Piece:
    """The piece `,"name":value` of a column of values."""
    key = f",{_json(name)}:"
    if kind is not JsonKind.STRING:
        return Piece(key, values)
    if isinstance(values, pa.DictionaryArray):
        values = pa.DictionaryArray.from_arrays(values.indices, escaped(values.dictionary))
    else:
        values = escaped(values)
    return Piece(f'{key}"', values, '"')


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
    written = bytes(bytes_of(values))
    if not written:
        return False
    lowest = np.frombuffer(written, np.uint8).min()
    return bool(lowest < _FIRST_PLAIN) or b'"' in written or b"\\" in written


def object_fragment(name: str, inner: Texts) -> Piece:
    """The piece `,"name":{...}` around joined members; null where there are none."""
    return Piece(f",{_json(name)}:{{", without_first(inner), "}")


def object_pieces(name: str, members: Pieces, length: int) -> Pieces:
    """The same around members that are not joined yet."""
    if (inner := _after_comma(members)) is not None:
        return [f",{_json(name)}:{{", *inner, "}"]
    return [object_fragment(name, joined(members, length))]


def elements(members: Pieces, length: int) -> Texts:
    """Elements `,{...}` of a list from their members; null where there are none."""
    if (inner := _after_comma(members)) is not None:
        return joined([",{", *inner, "}"], length)
    return _join(",{", without_first(joined(members, length)), "}")


def list_fragment(name: str, inner: Texts) -> Piece:
    """The piece `,"name":[...]` around joined elements; null where there are none."""
    return Piece(f",{_json(name)}:[", without_first(inner), "]")


def without_first(texts: Texts) -> Texts:
    """The texts without their first byte, a comma; null where the text is empty."""
    cut: Texts = pc.binary_replace_slice(texts.view(pa.binary()), 0, 1, b"").view(pa.string())
    is_empty = pc.equal(pc.binary_length(cut), 0)
    if not pc.any(is_empty).as_py():
        return cut
    return pc.if_else(is_empty, pa.scalar(None, pa.string()), cut)


def joined(pieces: Pieces, length: int) -> Texts:
    """All pieces of each entry joined into one text; empty if it has none."""
    parts: list[Texts | str] = [""]
    for each in _in_parts(pieces):
        if isinstance(each, str) and isinstance(parts[-1], str):
            parts[-1] += each
        else:
            parts.append(each)
    if all(isinstance(each, str) for each in parts):
        return pa.repeat(pa.scalar("".join(map(str, parts)), pa.string()), length)
    return pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement="")


def sizes_of(pieces: Pieces, length: int) -> Rows:
    """The bytes of the joined text of each entry."""
    sizes = np.zeros(length, np.int64)
    for each in pieces:
        sizes += len(each.encode()) if isinstance(each, str) else each.sizes()
    return sizes


def _in_parts(pieces: Pieces) -> Iterator[Texts | str]:
    """The pieces, joined as far as possible into few texts."""
    for each in pieces:
        if isinstance(each, str):
            yield each
        elif each.is_complete:
            yield from (each.before, each.values, each.after)
        else:
            yield each.texts()


def _after_comma(members: Pieces) -> Pieces | None:
    """Members without the comma before the first, if every entry has this one."""
    first = members[0] if members else ""
    if not isinstance(first, Piece) or not first.is_complete or not first.before.startswith(","):
        return None
    return [replace(first, before=first.before[1:]), *members[1:]]


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
