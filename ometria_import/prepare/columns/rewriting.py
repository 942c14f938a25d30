"""Rewriting whole columns at once: what a field type's `Rewrite` means for a column of texts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.schema.field_types import Cleaning, Ending, Picture, Rewrite, UnixTime
from ometria_import.sources.arrays import Column, Mask, Texts, mask_of

_SAMPLE = 64
_MOST = 0.9


class Rewritten(NamedTuple):
    """What became of a column."""

    mask: Mask
    """The texts that were rewritten; all others are left to `parse`."""
    values: Texts
    """Their normal forms, one for each of these texts."""


def full_match(pattern: str) -> str:
    """The pattern, anchored so that it matches only whole texts."""
    return f"^(?:{pattern})$"


def likely_first(
    rewrites: tuple[Rewrite, ...], texts: Texts, usual: Rewrite | None
) -> list[Rewrite]:
    """The rewritings, beginning with those that the first texts need.

    Args:
        rewrites: All that the field type has.
        texts: The texts that are to be rewritten.
        usual: The rewriting that fitted most of the column's earlier texts.
    """
    sample = texts.slice(0, _SAMPLE)
    if len(texts) == len(sample):
        return list(rewrites)
    if usual in rewrites and pc.mean(_matching(sample, usual)).as_py() >= _MOST:
        return [usual, *(each for each in rewrites if each is not usual)]
    return sorted(rewrites, key=lambda each: not pc.any(_matching(sample, each)).as_py())


def rewritten(texts: Texts, rewrite: Rewrite) -> Rewritten | None:
    """Rewrite the texts that a rewriting fits; None if it fits none of them."""
    matching = _matching(texts, rewrite)
    taken = mask_of(matching)
    if not taken.any():
        return None
    values = texts if taken.all() else texts.filter(matching)
    if rewrite.dressed:
        values = pc.replace_substring_regex(values, f"[{rewrite.dropped}]+", "")
        values = _kept(taken, values, pc.match_substring_regex(values, full_match(rewrite.pattern)))
        if not len(values):
            return None
    values = _replaced(values, rewrite)
    if isinstance(rewrite.after, UnixTime):
        values = _moments(values, rewrite.after)
    elif rewrite.after is not None:
        endings = _endings(values, rewrite.after)
        is_judged = endings.is_valid()
        values = pc.binary_join_element_wise(values, endings, "")
        values = _kept(taken, values, is_judged)
    return Rewritten(taken, values) if len(values) else None


def _replaced(texts: Texts, rewrite: Rewrite) -> Texts:
    """The texts with their characters replaced."""
    match rewrite.replacement:
        case Picture() as picture:
            return _redrawn(texts, picture)
        case Cleaning() as cleaning:
            if cleaning.trimmed:
                texts = pc.utf8_trim(texts, characters=cleaning.trimmed)
            for old, new in cleaning.exchanged:
                texts = pc.replace_substring(texts, old, new)
            return texts
        case groups:
            return pc.replace_substring_regex(texts, full_match(rewrite.pattern), groups)


def _redrawn(texts: Texts, picture: Picture) -> Texts:
    """The texts with their characters in another order; all of them are ASCII."""
    _, starts, data = texts.buffers()
    first = np.frombuffer(starts, np.int32)[texts.offset :][: len(texts)].astype(np.int64)
    chars = np.frombuffer(data, np.uint8)
    drawn = np.empty((len(texts), len(picture.after)), np.uint8)
    for place, (char, source) in enumerate(zip(picture.after, picture.sources(), strict=True)):
        drawn[:, place] = ord(char) if source is None else chars[first + source]
    ends = np.arange(len(texts) + 1, dtype=np.int32) * np.int32(len(picture.after))
    redrawn: Texts = pa.StringArray.from_buffers(
        len(texts), pa.py_buffer(ends), pa.py_buffer(drawn)
    )
    return redrawn


def _matching(texts: Texts, rewrite: Rewrite) -> Column:
    return pc.match_substring_regex(texts, full_match(rewrite.dressed or rewrite.pattern))


def _kept(taken: Mask, values: Texts, flags: Column) -> Texts:
    """The flagged ones of the values; the others are not taken any more."""
    is_kept = mask_of(flags)
    if is_kept.all():
        return values
    taken[np.flatnonzero(taken)[~is_kept]] = False
    return values.filter(flags)


def _endings(values: Texts, ending: Ending) -> Texts:
    """The ending of each text, null where it has none."""
    heads = pc.utf8_slice_codeunits(values, 0, ending.head).dictionary_encode()
    lengths = pc.binary_length(values).to_numpy().astype(np.int64)
    keys = heads.indices.to_numpy().astype(np.int64) * (lengths.max() + 1) + lengths
    # The texts are short, so a table of all keys is faster than sorting those that occur.
    places = np.zeros(len(heads.dictionary) * (lengths.max() + 1), np.int64)
    places[keys] = 1
    distinct = np.flatnonzero(places)
    places[distinct] = np.arange(len(distinct))
    numbers, sizes = np.divmod(distinct, lengths.max() + 1)
    names = heads.dictionary.to_pylist()
    found = [
        ending.of(names[number], size)
        for number, size in zip(numbers.tolist(), sizes.tolist(), strict=True)
    ]
    return pa.array(found, pa.string()).take(pa.array(places[keys]))


def _moments(digits: Texts, unit: UnixTime) -> Texts:
    """Unix time as moments in UTC."""
    moments = digits.cast(pa.int64()).cast(pa.timestamp(unit)).cast(pa.string())
    return pc.binary_join_element_wise(pc.replace_substring(moments, " ", "T"), "Z", "")
