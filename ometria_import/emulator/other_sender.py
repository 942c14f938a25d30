"""Somebody else who sends to the same account, as a scenario can say."""

from __future__ import annotations

from dataclasses import dataclass, field

from ometria_import.emulator.scenarios.faults import ForeignSender

_MOST_REQUESTS_AT_ONCE = 2_000
_MOST_RECORDS_AT_ONCE = 100_000
"""At most so much is made up for after the clock has leapt or the emulator has fallen behind."""


@dataclass(slots=True)
class OtherSender:
    """The requests and records of one sender, evenly spread since it began."""

    sender: ForeignSender
    now: float
    """Up to when it has sent; at first, when it began."""
    _requests: float = field(default=0.0, init=False)
    _records: float = field(default=0.0, init=False)

    def requests_until(self, now: float) -> list[float]:
        """The moments of its requests since the last call; call this before `records_until`."""
        rate = self.sender.requests_per_s
        due = self._requests + (now - self.now) * rate
        count = min(int(due), _MOST_REQUESTS_AT_ONCE)
        first_s = (1 - self._requests) / rate if rate else 0.0
        moments = [self.now + first_s + number / rate for number in range(count)]
        self._requests = due - int(due)
        return moments

    def records_until(self, now: float) -> int:
        """How many records it has sent since the last call."""
        due = self._records + (now - self.now) * self.sender.records_per_s
        self._records = due - int(due)
        self.now = now
        return min(int(due), _MOST_RECORDS_AT_ONCE)
