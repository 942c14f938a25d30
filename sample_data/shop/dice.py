"""Chance that falls the same way every time, on every version of Python."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws that depend on the seed alone.

    Only `random()` is promised to give the same numbers in every Python version, so all draws
    are made from it.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random

    def fraction(self) -> float:
        """At least 0, below 1."""
        return self._random()

    def chance(self, probability: float) -> bool:
        """True as often as `probability` says."""
        return self._random() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number; both ends are possible."""
        return low + int(self._random() * (high - low + 1))

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices, all equally likely."""
        return choices[int(self._random() * len(choices))]

    def weighted(self, weights: Mapping[T, int]) -> T:
        """One of the keys, as likely as its weight."""
        sums = list(accumulate(weights.values()))
        return list(weights)[bisect_right(sums, int(self._random() * sums[-1]))]
