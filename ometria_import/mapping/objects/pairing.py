"""Pairing the elements of one array with those of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ometria_import.errors import MappingError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]

_MOST_PAIRS = 10_000_000
"""No chunk of real orders comes near; more would only fill the memory."""


def pairs_of(of_elements: Numbers, of_entries: Numbers) -> tuple[Numbers, Numbers]:
    """All pairs of an entry and an element with the same key, in the order of the entries.

    Raises:
        MappingError: they would not fit into the memory.
    """
    import numpy as np

    order = np.argsort(of_elements, kind="stable")
    keys = of_elements[order]
    left = np.searchsorted(keys, of_entries, "left")
    counts = np.searchsorted(keys, of_entries, "right") - left
    if (total := int(counts.sum())) > _MOST_PAIRS:
        raise MappingError(
            f"the elements of two arrays make {total:,} pairs, which is more than any order has",
            hint="Compare them by a value that tells them apart, with 'equals_column'.",
        )
    entries = np.repeat(np.arange(len(of_entries)), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    return entries, order[np.repeat(left, counts) + np.arange(total) - first]
