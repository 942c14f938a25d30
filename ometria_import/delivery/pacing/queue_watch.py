"""The room in the push API's queue according to its headers, as far as they are reliable."""

from __future__ import annotations

import math
from dataclasses import dataclass

_RESERVE_BATCHES = 2
"""Room that is left for what the headers could not know yet, and for other senders."""
_RESERVE_PART = 1 / 4
"""In a small queue, no more than this part is kept free."""
_DRAIN_OVER_S = 2.0
_DRAIN_MEMORY = 0.3
_FORGET_AFTER_S = 120.0
_LONGEST_WAIT_S = 30.0
"""A queue that other senders fill is asked again, even if nothing seems to drain."""
_BLIND_WAIT_S = 5.0
"""How long a seemingly full queue is given before one batch asks how it really is."""
_DOUBTS = 5
"""After so many batches in a row that were accepted although the headers left no room for them,
the headers are no longer believed."""


@dataclass(frozen=True, slots=True)
class QueueReport:
    """The state of the queue according to one answer."""

    remaining: int
    """The number of records that still fitted."""
    limit: int | None
    """The number of records that fit into an empty queue."""
    sent_at: float
    """The time at which the answered request was sent."""
    answered_at: float


@dataclass(frozen=True, slots=True)
class _Sent:
    records: int
    room: float
    """What the headers had room for when it left."""


class QueueWatch:
    """Estimates how long to wait until the queue has room, without provoking a 429.

    The answer to the request that left last knows most. What left later is taken off its
    number, and what drained since it arrived is added, at the pace that earlier answers
    showed. All times are in seconds on one monotonic clock.
    """

    def __init__(self) -> None:
        self.drain_per_s: float | None = None
        """Records that leave the queue per second, or that it is given if that is less; None
        while nobody knows."""
        self._last: QueueReport | None = None
        self._measured_from: QueueReport | None = None
        self._sent: dict[float, _Sent] = {}
        """By the moment it left; without what was refused, and what the drain is reckoned of."""
        self._doubts = 0

    @property
    def remaining(self) -> int | None:
        """Room that the last answer told of; None where there is none, or it is not true."""
        return self._last.remaining if self._last and self._doubts < _DOUBTS else None

    def sent(self, sent_at: float, records: int) -> None:
        """Subtract records from the known room."""
        self._sent[sent_at] = _Sent(records, self._told_room())

    def accepted(self, sent_at: float, report: QueueReport | None) -> None:
        """Update the estimate from an answer to accepted records."""
        sent = self._sent.get(sent_at)
        if sent is not None and sent.room < sent.records:
            self._doubts += 1
        elif self._doubts < _DOUBTS:
            self._doubts = 0
        if report is None:
            self._sent.pop(sent_at, None)
        else:
            self._learn(report)

    def refused(self, sent_at: float, report: QueueReport | None, *, is_full: bool) -> None:
        """Update the estimate from an answer to records that were not accepted."""
        self._sent.pop(sent_at, None)
        if is_full:
            self._doubts = 0
        if report is not None:
            self._learn(report)

    def lost(self, sent_at: float) -> None:
        """Note that an answer never came: the records may or may not be in the queue."""
        if self._last is None:
            self._sent.pop(sent_at, None)

    def wait_s(self, records: int, now: float) -> float:
        """The seconds until this many records may be sent; 0 if they may be sent now."""
        last = self._last
        if last is None or self._doubts >= _DOUBTS or now - last.answered_at > _FORGET_AFTER_S:
            return 0.0
        reserve = _RESERVE_BATCHES * records
        if last.limit is not None:
            reserve = min(reserve, int(last.limit * _RESERVE_PART))
        short = records + reserve - self._told_room()
        if short <= 0:
            return 0.0
        left_at = max((last.answered_at, *self._sent))
        if not self.drain_per_s:
            return max(left_at + _BLIND_WAIT_S - now, 0.0)
        ready_at = last.answered_at + short / self.drain_per_s
        return max(min(ready_at, left_at + _LONGEST_WAIT_S) - now, 0.0)

    def _told_room(self) -> float:
        """What the last answer left, less what has been sent since; may be negative."""
        last = self._last
        if last is None:
            return math.inf
        return last.remaining - self._records_sent(last.sent_at, math.inf)

    def _records_sent(self, after: float, until: float) -> int:
        return sum(sent.records for at, sent in self._sent.items() if after < at <= until)

    def _learn(self, report: QueueReport) -> None:
        if self._last is not None and report.sent_at < self._last.sent_at:
            return
        self._last = report
        begin = self._measured_from
        if begin is None:
            self._measured_from = report
            return
        took_s = report.answered_at - begin.answered_at
        if took_s < _DRAIN_OVER_S:
            return
        arrived = self._records_sent(begin.sent_at, report.sent_at)
        per_s = max(report.remaining - begin.remaining + arrived, 0) / took_s
        known = self.drain_per_s
        self.drain_per_s = per_s if known is None else known + _DRAIN_MEMORY * (per_s - known)
        self._measured_from = report
        self._sent = {at: sent for at, sent in self._sent.items() if at > report.sent_at}
