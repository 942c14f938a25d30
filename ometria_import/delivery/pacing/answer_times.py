"""How long answers take, how much that scatters, and what held requests up on their way."""

from __future__ import annotations

from collections import deque

SAMPLES = 100
"""Of so many answers the scatter is known well."""
_UNUSUAL_SAMPLES = 3
"""The first answers wait for connections, too, and would make the scatter large for long."""
_UNCERTAIN_OF = 4.0
"""The scatter of so many answers is taken for twice as large."""
_FEWEST_SAMPLES = 10
"""Before so many, nobody knows what is unusual."""
_SCATTER_MEMORY = 0.02
_SCATTER_CLIP = 6.0
"""Times the scatter: more is an accident, and counts as so much. Grown scatter is known soon."""
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
        """How much larger the scatter may well be than it looks: much, of few answers."""
        return 1 + _UNCERTAIN_OF / max(self._count - _UNUSUAL_SAMPLES, 1)

    def note(self, sent_at: float, took_s: float) -> None:
        """Remember what an answer took that does not count."""
        self._latest.append((sent_at, took_s))

    def add(self, sent_at: float, took_s: float) -> None:
        """Count what the answer to an accepted request took."""
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
