"""Drawing records by chance, and the same ones again from the same seed.

Each record's rank is an HMAC of its key, and those with the lowest ranks are drawn. So it takes no
list of all records, the order of the files does not matter, and whoever has the seed and the
package can draw again and see that nobody chose the records.
"""

from __future__ import annotations

import hashlib
import heapq
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Record = TypeVar("Record", bound=tuple[Any, ...])

LEAST_PER_STRATUM = 59
"""If none of so many is wrong, fewer than 5 % of a large stratum are, with 95 % confidence."""
_RANK_BYTES = 8


def rank_of(seed: str, key: str) -> int:
    """The rank of a record, by which the sample is drawn: the lowest ones are."""
    digest = hmac.digest(seed.encode(), key.encode("utf-8", "surrogatepass"), "sha256")
    return int.from_bytes(digest[:_RANK_BYTES])


def part_of(key: str, parts: int) -> int:
    """The part that a record is in, from 1; it is the same in every verification."""
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:_RANK_BYTES]) % parts + 1


@dataclass(frozen=True, slots=True)
class Quota:
    """How many records of a stratum are drawn."""

    evenly: int
    """The stratum's part of the sample that represents the whole population."""
    population: int

    @property
    def total(self) -> int:
        """All of them: a small stratum has more than its part, so that something is known of it."""
        return min(max(self.evenly, LEAST_PER_STRATUM), self.population)


class Lowest(Generic[Record]):
    """Keeps the records with the lowest ranks of one stratum, and no others."""

    def __init__(self, records: int) -> None:
        self._most = records
        self._heap: list[tuple[int, Record]] = []

    def add(self, rank: int, record: Record) -> None:
        """Keep a record, unless there are enough with lower ranks."""
        if len(self._heap) < self._most:
            heapq.heappush(self._heap, (-rank, record))
        elif self._heap and -rank > self._heap[0][0]:
            heapq.heapreplace(self._heap, (-rank, record))

    def in_order(self) -> Iterator[Record]:
        """The records, the one with the lowest rank first."""
        for _, record in sorted(self._heap, reverse=True):
            yield record


def quotas(populations: Sequence[int], evenly: Sequence[int]) -> list[Quota]:
    """The quota of each stratum, of a sample that was shared out by `bounds.in_proportion`."""
    return [
        Quota(min(part, population), population)
        for part, population in zip(evenly, populations, strict=True)
    ]
