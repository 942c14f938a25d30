"""Measuring how long answers take, how much that varies, and whether requests were delayed."""

from __future__ import annotations

from collections import deque

SAMPLES = 100
"""The number of answers after which the scatter is known well."""
_UNUSUAL_SAMPLES = 3
"""The number of first answers to ignore, because they include the time to connect."""
_UNCERTAIN_OF = 4.0
"""With so many answers, the scatter is taken to be twice as large as it looks."""
_FEWEST_SAMPLES = 10
"""The number of answers needed to tell which answer times are unusual."""
_SCATTER_MEMORY = 0.02
_SCATTER_CLIP = 6.0
"""An answer that is off by more than so many times the scatter is an accident and counts as that
much; scatter that has grown is noticed soon all the same."""
_LEAST_CLIP_S = 0.001
_STALL_PER_SCATTER = 6.0
_STALL_OVER_S = 1.0
"""An answer that took so much longer than usual, of an interval and of the scatter, shows that
requests were held up on their way; they and those of the second after it arrive in a bunch."""


class AnswerTimes:
    """Mean and mean deviation of what accepted requests took, the last hundred or so."""

    def __init__(self) -> None:
        self.mean_s = 0.0
        self.deviation_s = 0.0
        self._count = 0
        self._latest: deque[tuple[float, float]] = deque(maxlen=SAMPLES)

    @property
    def uncertainty(self) -> float:
        """How many times larger the scatter may be than it looks; few answers leave much open."""
        return 1 + _UNCERTAIN_OF / max(self._count - _UNUSUAL_SAMPLES, 1)

    def note(self, sent_at: float, took_s: float) -> None:
        """Remember the time of an answer that does not count, such as a 429."""
        self._latest.append((sent_at, took_s))

    def add(self, sent_at: float, took_s: float) -> None:
        """Count how long the answer to an accepted request took."""
        self.note(sent_at, took_s)
        self._count += 1
        if self._count <= _UNUSUAL_SAMPLES:
            self.mean_s = took_s
            return
        weight = max(1 / (self._count - _UNUSUAL_SAMPLES + 1), _SCATTER_MEMORY)
        error_s = took_s - self.mean_s
        if self._count > _FEWEST_SAMPLES:
            most_s = _SCATTER_CLIP * self.deviation_s + _LEAST_CLIP_S
            error_s = min(max(error_s, -most_s), most_s)
        self.deviation_s += weight * (abs(error_s) - self.deviation_s)
        self.mean_s += weight * error_s

    def is_stalled(self, sent_at: float, least_s: float) -> bool:
        """Whether a request, or one of the second before it, took far longer than usual."""
        if self._count < _FEWEST_SAMPLES:
            return False
        usual_s = self.mean_s + max(least_s, _STALL_PER_SCATTER * self.deviation_s)
        return any(
            took_s > usual_s
            for at, took_s in self._latest
            if sent_at - _STALL_OVER_S <= at <= sent_at
        )
