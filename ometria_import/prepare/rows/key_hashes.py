"""Vectorised hashing of many texts, eight bytes of each at a time."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

from ometria_import.pandas_at_need import allow_pandas
from ometria_import.sources.arrays import Hashes, Mask, Rows, Texts

_HASH_KEY = "ometria-import-1"
"""The key for `hash_keys`; pandas requires sixteen bytes."""
_WORD = 8
_WORDS = 32
"""Longer texts are hashed one by one."""
_SEEDS = (0x6F6D657472696131, 0x696D706F72743264)
_MULTIPLIERS = (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53))
"""Source: https://github.com/aappleby/smhasher, the 64-bit finalizer of MurmurHash3."""
_SHIFT = np.uint64(33)


def hash_pairs(texts: Texts) -> tuple[Hashes, Hashes]:
    """Two independent 64-bit hashes of each text, stable across runs.

    Args:
        texts: A `pyarrow.StringArray` without nulls.
    """
    starts, lengths, data = _laid_out(texts)
    first, second = (_mixed(np.uint64(seed) ^ lengths.astype(np.uint64)) for seed in _SEEDS)
    longest = int(lengths.max(initial=0))
    # The eight bytes at any offset of the data, read as a number.
    words = np.ndarray((len(data) - _WORD + 1,), "<u8", data, strides=(1,))
    rows: Any = slice(None)
    for begin in range(0, min(longest, _WORD * _WORDS), _WORD):
        left = lengths[rows] - begin
        if (left <= 0).any():
            rows = np.flatnonzero(lengths > begin)
            left = lengths[rows] - begin
        word = words[starts[rows] + begin]
        unused = np.uint64(_WORD) * np.maximum(_WORD - left, 0).astype(np.uint64)
        word = (word << unused) >> unused
        first[rows] = _mixed(first[rows] ^ word)
        second[rows] = _mixed(second[rows] ^ word)
    for row in np.flatnonzero(lengths > _WORD * _WORDS).tolist():
        text = data[starts[row] : starts[row] + lengths[row]].tobytes()
        digest = hashlib.blake2b(text, digest_size=2 * _WORD).digest()
        first[row], second[row] = np.frombuffer(digest, "<u8")
    return first, second


def hash_texts(texts: Texts) -> Hashes:
    """One 64-bit hash of each text, a `pyarrow.StringArray` without nulls."""
    return hash_pairs(texts)[0]


def is_among(numbers: Rows | Hashes, some: Rows | Hashes) -> Mask:
    """A mask of the numbers that occur among some sorted others."""
    if not len(some):
        return np.zeros(len(numbers), bool)
    # A number greater than all others gets an index behind the last one.
    places = np.minimum(np.searchsorted(some, numbers), len(some) - 1)
    found: Mask = some[places] == numbers
    return found


def repeated(hashes: Hashes) -> Mask:
    """A mask of the hashes that occur more than once, which few do in most files."""
    # Sorting the numbers alone is far cheaper than sorting them with what belongs to them.
    ordered = np.sort(hashes)
    return is_among(hashes, np.unique(ordered[1:][ordered[1:] == ordered[:-1]]))


def hash_keys(keys: Texts) -> Hashes:
    """The hash for partitioning rows; changing it would change the order of records."""
    allow_pandas()
    from pandas.util import hash_array

    texts = keys.to_numpy(zero_copy_only=False)
    hashes: Hashes = hash_array(texts, hash_key=_HASH_KEY, categorize=False)
    return hashes


def _laid_out(
    texts: Texts,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """The start and length of each text, and the bytes of all texts with some padding."""
    if not len(texts):
        nothing = np.empty(0, np.int64)
        return nothing, nothing, np.zeros(_WORD, np.uint8)
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    ends = ends.astype(np.int64)
    used = np.zeros(int(ends[-1] - ends[0]) + _WORD, np.uint8)
    if data is not None:
        used[:-_WORD] = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]
    return ends[:-1] - ends[0], np.diff(ends), used


def _mixed(hashes: Hashes) -> Hashes:
    for multiplier in _MULTIPLIERS:
        hashes = hashes ^ (hashes >> _SHIFT)
        hashes = hashes * multiplier
    return hashes ^ (hashes >> _SHIFT)
