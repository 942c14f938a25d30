"""Which rate the server gives: learned from its answers alone, since nobody knows how it counts.

`docs/decisions/0007-the-rate-is-found.md` tells why it is done this way and what was measured.
"""

from __future__ import annotations

import math
from collections import deque

from ometria_import.delivery.pacing.answer_times import SAMPLES, AnswerTimes

_MARGIN_PER_SCATTER = 6.0
_MARGIN = (0.02, 0.10)
"""The smallest and the largest part of the rate that is given up at a time."""
_LONE_PART, _MEDIUM_PART, _SOON_PART = 0.15, 0.3, 0.35
"""What a 429 costs, of the margin, where the rate was nearly right: after a long or not so long
quiet, and soon after another one."""

_AT_ONCE_S = 1.25
_SOON_S = 8.0
_LONG_S = 50.0
"""Seconds' worth of requests: within which a 429 follows a change at once or soon, and after
which it does not follow from it."""
_SOON_IN_A_ROW = 3
_LARGE_PART = 3 / 4
"""What is left of the rate where small steps did not help."""
_STILL_NEAR = 1.15

_FAR, _FAR_IN_SEARCH = 1.2, 2.0
_GUESS_PART = 0.8

_FIRST_PLATEAU_S = 100.0
_NEAR_PLATEAU_S = 200.0
_NEAR_PART = 0.88
"""Where the rate is so near to the configured one, little can be won: it is held for longer."""
_LONGEST_PLATEAU_S = 240.0
_PLATEAU_GROWTH = 2.0
_SHORT_PLATEAU_S = 12.0
"""After a halving, which is meant to overshoot."""
_PLATEAU_LATENCIES = 8.0
"""A plateau is at least so many latencies: what is learned comes a latency late."""
_LONG_LATENCY_S = 10.0
"""At this latency a plateau is twice as long, because a climb that fails costs several 429s."""
_CLIMBED_AT_END = 0.01
_STEEPNESS = 7

_KEPT_PART = 0.9
"""What an accepted request leaves of the rate at least, whatever the margin has grown to."""

_DENSE_OF, _DENSE = 10, 5
_SLOWEST_PART = 1 / 64
_STALL_PART = 0.5
"""As a part of an interval: an answer that is late by less than this does not show a stall."""
_STALL_S, _STALL_AGAIN_S = 2.5, 8.0
"""How long a stall excuses 429s, and how long after its beginning the next one does."""


class RateFinder:
    """Holds a rate until the server says 429, steps down, holds that, and tries for more.

    - One 429 costs a margin: a few times what the answers' times scatter, because requests
      that scatter on their way arrive in bunches. It costs less where none came for long.
    - 429s in a burst halve the rate: half of what is sent is refused, or twice in a row no
      more than a second's worth passes. Three that come soon one after the other take a
      quarter. It never falls below what passed.
    - A 429 costs nothing where answers show that something held requests up on their way: they
      arrived together, which no rate could have prevented.
    - Where no 429 comes, the rate climbs step by step: hardly at all for a plateau's time,
      then faster and faster, up to the configured rate; after a halving, which may have been a
      false alarm, at first to a little less than what was halved. A 429 during the climb leads
      back to the rate that held, and the next plateau is longer.

    All times are in seconds on one monotonic clock.
    """

    def __init__(self, configured_per_s: float) -> None:
        self.configured_per_s = configured_per_s
        self.rate_per_s = configured_per_s
        self._slowest_per_s = configured_per_s * _SLOWEST_PART
        self._held = configured_per_s
        self._proven = 0.0
        """The largest rate that held for a while, since the last halving."""
        self._stepped_from = configured_per_s
        """The rate from which it stepped down."""
        self._steps: list[float] = []
        """What each step since then cost, in margins of its time."""
        self._plateau_s = _FIRST_PLATEAU_S
        self._ceiling = configured_per_s
        """How far it climbs: after a halving, nearly to what was too much."""
        self._changed_at = -math.inf
        self._passed = 0
        """Requests that were sent since the change and accepted."""
        self._passed_at_ceiling = 0
        self._times = AnswerTimes()
        self._latest = _Answers()
        self._earlier = _Answers()
        self._passed_since_refusal = 0
        self._counted_since: float | None = None
        self._at_once = self._soon = 0
        """How many 429s in a row came that early after the change before them."""
        self._stalled_at = -math.inf

    def accepted(self, sent_at: float, now: float) -> None:
        """Count a request that the server took, however it judged the content."""
        if self._counted_since is None:
            self._counted_since = sent_at
        self._times.add(sent_at, now - sent_at)
        self._passed_since_refusal += 1
        if sent_at <= self._changed_at:
            self._earlier.add(is_refused=False)
            return
        self._latest.add(is_refused=False)
        self._passed += 1
        held_s = self._passed / self._held
        if held_s > _SOON_S:
            self._proven = max(self._proven, self._held)
        if self._held < self.configured_per_s:
            self._climb(held_s, now)

    def refused(self, sent_at: float, now: float) -> None:
        """Count a request that came too early for the server: 429 for the rate."""
        self._times.note(sent_at, now - sent_at)
        if self._is_excused(sent_at):
            return
        if sent_at <= self._changed_at:
            # It was sent at the rate before: only that this was far too high is news.
            self._earlier.add(is_refused=True)
            if self._earlier.is_dense:
                self._halve(self._earlier.rate_per_s / 2, now)
            return
        self._latest.add(is_refused=True)
        passed_per_s = self._passed_per_s(now)
        self._at_once = self._at_once + 1 if self._passed < _AT_ONCE_S * self.rate_per_s else 0
        self._soon = self._soon + 1 if self._passed < _SOON_S * self.rate_per_s else 0
        is_near_proven = self.rate_per_s <= _STILL_NEAR * self._proven
        if self._latest.is_dense:
            self._halve(self.rate_per_s / 2, now)
        elif self._at_once >= (3 if is_near_proven else 2):
            self._halve(max(self.rate_per_s / 2, passed_per_s), now)
        elif self._at_once > 1:
            # At once again, but near a rate that held for a while: so back below that.
            rate_per_s = min(self._proven, self.rate_per_s)
            self._change(rate_per_s * (1 - self._margin()), now, _FIRST_PLATEAU_S)
        elif self.rate_per_s > self._held * (1 + _CLIMBED_AT_END / 2):
            self._climb_down(passed_per_s, now)
        elif self._soon >= _SOON_IN_A_ROW:
            self._halve(max(self.rate_per_s * _LARGE_PART, passed_per_s), now)
        else:
            self._step_down(now)

    def _is_excused(self, sent_at: float) -> bool:
        """Whether a 429 came of a stall; one that goes on is no accident any more."""
        if not self._times.is_stalled(sent_at, _STALL_PART / self.rate_per_s):
            return False
        if sent_at - self._stalled_at >= _STALL_AGAIN_S:
            self._stalled_at = sent_at
        return sent_at - self._stalled_at <= _STALL_S

    def _climb(self, held_s: float, now: float) -> None:
        if self._steps and (self._passed <= SAMPLES or self._passed % SAMPLES == 0):
            # The steps are reckoned with the scatter as it is known now: a machine that was busy
            # when the run began may have come to rest since.
            margin = self._margin()
            left = math.prod(1 - part * margin for part in self._steps)
            self._held = max(self._stepped_from * left, self._slowest_per_s)
        latency_s = self._times.mean_s
        longer_s = self._plateau_s * (1 + latency_s / _LONG_LATENCY_S)
        plateau_s = max(longer_s, _PLATEAU_LATENCIES * latency_s)
        climbed = self._held * (1 + _CLIMBED_AT_END * (held_s / plateau_s) ** _STEEPNESS)
        # A margin that has grown is heeded little by little: what was accepted is no bad news.
        self.rate_per_s = min(max(climbed, self.rate_per_s * _KEPT_PART), self._ceiling)
        if self.rate_per_s == self._ceiling:
            # A bucket that filled up tells late, so arriving there proves nothing yet.
            self._passed_at_ceiling += 1
            if self._passed_at_ceiling > _SOON_S * self._ceiling:
                self._change(self._ceiling, now, self._longer_plateau_s())

    def _passed_per_s(self, now: float) -> float:
        """What was accepted per second since the last 429; no server gives much less."""
        since_s = now - (now if self._counted_since is None else self._counted_since)
        passed, self._passed_since_refusal = self._passed_since_refusal, 0
        self._counted_since = now
        return passed / since_s if since_s > 0 else 0.0

    def _climb_down(self, passed_per_s: float, now: float) -> None:
        """Go back to the rate that held, and stay there for longer; or not so far."""
        below = self.rate_per_s * (1 - self._margin())
        is_search = self._plateau_s < _FIRST_PLATEAU_S
        held = max(self._held, min(passed_per_s, below)) if is_search else self._held
        far = _FAR_IN_SEARCH if is_search else _FAR
        if self.rate_per_s > far * held:
            # However late it is told: so far above what it gives no server lets anybody come.
            self._change(below, now, _FIRST_PLATEAU_S)
            return
        longer_s = self._longer_plateau_s()
        # In a search the rate that held is only what was sent so far: too little, maybe.
        is_guess = is_search and held < _GUESS_PART * self.rate_per_s
        self._change(held, now, longer_s if is_guess else max(longer_s, _FIRST_PLATEAU_S))

    def _longer_plateau_s(self) -> float:
        return min(self._plateau_s * _PLATEAU_GROWTH, _LONGEST_PLATEAU_S)

    def _step_down(self, now: float) -> None:
        """Give up a margin, or a part of it."""
        is_first = self._soon == 1 and self._proven == 0
        if is_first:
            part = 1.0
        elif self._soon:
            part = _SOON_PART
        else:
            part = _LONE_PART if self._passed > _LONG_S * self.rate_per_s else _MEDIUM_PART
        rate_per_s = self.rate_per_s * (1 - part * self._margin())
        is_near = rate_per_s >= _NEAR_PART * self.configured_per_s
        shortest_s = _NEAR_PLATEAU_S if is_near else _FIRST_PLATEAU_S
        stepped_from = self._stepped_from if self._steps else self.rate_per_s
        steps = [*self._steps, part]
        self._change(
            rate_per_s, now, shortest_s if self._soon else max(self._plateau_s, shortest_s)
        )
        self._stepped_from, self._steps = stepped_from, steps

    def _halve(self, rate_per_s: float, now: float) -> None:
        self._at_once = self._soon = 0
        self._proven = 0.0
        ceiling = self.rate_per_s * (1 - self._margin() / 2)
        self._change(min(rate_per_s, self.rate_per_s), now, _SHORT_PLATEAU_S)
        self._ceiling = max(ceiling, self.rate_per_s)
        # What is still to come of the rates before tells nothing that this did not heed.
        self._earlier.ends = True

    def _change(self, rate_per_s: float, now: float, plateau_s: float) -> None:
        self._earlier, self._latest = self._latest, _Answers()
        self._earlier.rate_per_s = self.rate_per_s
        self.rate_per_s = max(rate_per_s, self._slowest_per_s)
        self._held = self.rate_per_s
        self._steps = []
        self._plateau_s = plateau_s
        self._ceiling = self.configured_per_s
        self._changed_at = now
        self._passed = self._passed_at_ceiling = 0

    def _margin(self) -> float:
        least, largest = _MARGIN
        # The scatter is in seconds, and servers count by the second: so it is a part of it.
        scatter = self._times.deviation_s * self._times.uncertainty
        return min(max(_MARGIN_PER_SCATTER * scatter, least), largest)


class _Answers:
    """The last answers to what was sent at one rate."""

    def __init__(self) -> None:
        self.rate_per_s = 0.0
        self.ends = False
        """Whether the rate was left for being far too high."""
        self._are_refused: deque[bool] = deque(maxlen=_DENSE_OF)

    def add(self, *, is_refused: bool) -> None:
        self._are_refused.append(is_refused)

    @property
    def is_dense(self) -> bool:
        return not self.ends and sum(self._are_refused) >= _DENSE
