"""Finding the new entries between two readings of a list that shows only its last hundred.

The list may be in any order and contain duplicates, and different entries may look alike. Entries
counted as new are certainly new; if more may have come than are visible, that is reported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ometria_import.delivery.api.feed_entries import FeedEntry
from ometria_import.delivery.journal.late import Change

WINDOW = 100
"""Source: reference/ometria-api.md, "errors": the 100 most recent ones."""
_REMEMBERED = 20_000


class FeedMemory:
    """Compares each reading with the ones before it.

    Args:
        known: The last reading of an earlier session; None if there was none. The first
            reading then only serves as the baseline.
    """

    def __init__(self, known: Sequence[FeedEntry] | None = None) -> None:
        self._levels: Counter[FeedEntry] | None = None
        self._seen: dict[FeedEntry, None] = {}
        self._is_blurred = False
        if known is not None:
            self._levels = _counted(known)
            self._remember(self._levels)

    @property
    def is_begun(self) -> bool:
        """Whether there is a reading to compare the next one with."""
        return self._levels is not None

    def compare(self, reading: Sequence[FeedEntry]) -> Change:
        """Return the new entries of a reading, and remember the reading."""
        before, now = self._levels, _counted(reading)
        if before is None:
            self._levels = now
            self._remember(now)
            return Change()
        gone = before - now
        is_rolling = len(reading) >= WINDOW or bool(gone)
        new = {
            entry: count - before[entry]
            for entry, count in now.items()
            if count > before[entry] and not (entry.is_unique and entry in self._seen)
        }
        alike = any(entry in before and not entry.is_unique for entry in now)
        shares_nothing = now.keys().isdisjoint(before)
        is_overflow = bool(new) and shares_nothing and (bool(before) or len(reading) >= WINDOW)
        self._levels = now
        if now.total() < before.total():
            # New entries cannot have shrunk the list, so missing entries may reappear.
            kept = Counter({entry: n for entry, n in gone.items() if not entry.is_unique})
            self._levels = now | (before & (kept + now))
            self._is_blurred = self._is_blurred or bool(kept)
        self._remember(now)
        is_at_least = self._is_blurred or (is_rolling and alike)
        return Change(tuple(new.items()), is_overflow, is_at_least)

    def _remember(self, entries: Iterable[FeedEntry]) -> None:
        for entry in entries:
            if entry.is_unique:
                self._seen.pop(entry, None)
                self._seen[entry] = None
        while len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]


def _counted(reading: Iterable[FeedEntry]) -> Counter[FeedEntry]:
    counts = Counter(reading)
    for entry in counts:
        if entry.is_unique:
            counts[entry] = 1
    return counts
