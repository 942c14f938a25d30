"""Values of Parquet columns: as the texts of a CSV file, or as JSON would have them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Json = Any
Sizes = npt.NDArray[np.int64]

_TO_JSON = msgspec.json.Encoder(decimal_format="number", enc_hook=str).encode


def is_nested(kind: Any) -> bool:
    """Whether a column of this type holds objects, at whatever depth; plain lists are none."""
    if isinstance(kind, pa.BaseExtensionType):
        return is_nested(kind.storage_type)
    if pa.types.is_struct(kind) or pa.types.is_map(kind):
        return True
    return _is_list(kind) and is_nested(kind.value_type)


def text_of(column: Any) -> Any:  # noqa: PLR0911 -- one way out per kind of type
    """The column as strings; nulls stay."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return _uuid_texts(column) if _is_uuid(kind) else text_of(column.storage)
    if pa.types.is_dictionary(kind):
        return text_of(column.cast(kind.value_type))
    if pa.types.is_nested(kind):
        texts = (None if value is None else _TO_JSON(value).decode() for value in json_of(column))
        return pa.array(texts, pa.string())
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind):
        return _time_text(column.cast(pa.string()))
    if pa.types.is_float16(kind):
        return text_of(column.cast(pa.float32()))
    text = column.cast(pa.string())
    if pa.types.is_floating(kind):
        return _each_distinct(text, _number_text)
    return _each_distinct(text, _decimal_text) if pa.types.is_decimal(kind) else text


def json_of(column: Any) -> list[Json]:  # noqa: PLR0911 -- one way out per kind of type
    """The column's values as decoding JSON yields them: numbers exact, times as ISO 8601.

    Texts of a dictionary are shared, so that a text which stands in many rows is held once.
    """
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return json_of(text_of(column) if _is_uuid(kind) else column.storage)
    if pa.types.is_dictionary(kind):
        known = json_of(column.dictionary)
        return [None if place is None else known[place] for place in column.indices.to_pylist()]
    if pa.types.is_struct(kind):
        return _objects(column)
    if pa.types.is_map(kind):
        pairs = _lists(_as_pairs(column))
        return [
            None if each is None else {str(p["key"]): p["value"] for p in each} for each in pairs
        ]
    if _is_list(kind):
        return _lists(column)
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind):
        values: list[Json] = column.to_pylist()
        return values
    text = text_of(column)
    text.validate(full=True)
    texts: list[Json] = text.to_pylist()
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return [each if each is None or "inf" in each else Decimal(each) for each in texts]
    return texts


def sizes_of(column: Any) -> Sizes:  # noqa: PLR0911 -- one way out per kind of type
    """About how many bytes each row would take as text; at least one, as a comma does."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return sizes_of(column.storage)
    if pa.types.is_dictionary(kind):
        known = np.append(sizes_of(column.dictionary), 1)
        of_rows: Sizes = known[_filled(column.indices, len(known) - 1)]
        return of_rows
    if pa.types.is_struct(kind):
        sizes: Sizes = np.full(len(column), 1, np.int64)
        for inner in column.flatten():
            sizes += sizes_of(inner)
        return sizes
    if pa.types.is_map(kind):
        return sizes_of(_as_pairs(column))
    if _is_list(kind):
        lengths = _filled(pc.list_value_length(column), 0)
        ends = np.cumsum(lengths)
        total = np.append(0, np.cumsum(sizes_of(column.flatten())))
        in_lists: Sizes = total[ends] - total[ends - lengths] + 1
        return in_lists
    if _has_bytes(kind):
        return _filled(pc.binary_length(column), 0) + 1
    return np.full(len(column), 8, np.int64)


def _filled(numbers: Any, null: int) -> Sizes:
    filled = pc.fill_null(numbers.cast(pa.int64()), null)
    found: Sizes = filled.to_numpy(zero_copy_only=False)
    return found


def _has_bytes(kind: Any) -> bool:
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
    )


def _is_list(kind: Any) -> bool:
    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def _is_uuid(kind: Any) -> bool:
    return bool(kind.extension_name == "arrow.uuid")


def _uuid_texts(column: Any) -> Any:
    raws = column.storage.to_pylist()
    texts = (None if raw is None else str(uuid.UUID(bytes=raw)) for raw in raws)
    return pa.array(texts, pa.string())


def _objects(column: Any) -> list[Json]:
    names = [column.type.field(number).name for number in range(column.type.num_fields)]
    members = [json_of(each) for each in column.flatten()]
    rows = zip(*members, strict=True) if members else iter([()] * len(column))
    is_there = column.is_valid().to_pylist()
    return [
        dict(zip(names, values, strict=True)) if own else None
        for values, own in zip(rows, is_there, strict=True)
    ]


def _lists(column: Any) -> list[Json]:
    elements = json_of(column.flatten())
    lists: list[Json] = []
    start = 0
    for length in pc.list_value_length(column).to_pylist():
        if length is None:
            lists.append(None)
            continue
        lists.append(elements[start : start + length])
        start += length
    return lists


def _as_pairs(column: Any) -> Any:
    """A map as the list of its keys and values that it is stored as."""
    kind = column.type
    pair = pa.struct([("key", kind.key_type), ("value", kind.item_type)])
    return column.cast(pa.list_(pair))


def _time_text(text: Any) -> Any:
    """Arrow's form made that of ISO 8601, without zeros at the end of the seconds."""
    text = pc.replace_substring(text, " ", "T")
    text = pc.replace_substring_regex(text, r"\.0+(\D|$)", r"\1")
    text = pc.replace_substring_regex(text, r"(\.\d*[1-9])0+", r"\1")
    return pc.replace_substring_regex(text, r"([+-]\d\d)(\d\d)$", r"\1:\2")


def _each_distinct(text: Any, rewrite: Callable[[str], str | None]) -> Any:
    encoded = text.dictionary_encode()
    rewritten = [rewrite(each) for each in encoded.dictionary.to_pylist()]
    return pa.array(rewritten, pa.string()).take(encoded.indices)


def _number_text(text: str) -> str | None:
    """All digits without an exponent; what is no number at all is how pandas writes blanks."""
    if text == "nan":
        return None
    return _decimal_text(text).removesuffix(".0") if "inf" not in text else text


def _decimal_text(text: str) -> str:
    return format(Decimal(text), "f")
