"""Retrying batches that failed temporarily, for as long as the user allows."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

from ometria_import.delivery.api.sink import Receipt, RetriableSinkError, Sink
from ometria_import.delivery.events import Retrying, Subscriber
from ometria_import.delivery.pacing.limiter import Clock
from ometria_import.errors import TemporaryFailureError
from ometria_import.package import Batch

FIRST_BACKOFF_S = 1.0
MAX_BACKOFF_S = 60.0

Jitter = Callable[[float, float], float]
"""Returns a random number between two numbers, like `random.uniform`."""


class RetryingSink:
    """Repeats a batch until it is settled, refused, or given up on.

    Raises from `send`, besides what the inner sink raises:
        TemporaryFailureError: the next attempt would begin later than `give_up_after_s` after
            the first.
    """

    def __init__(
        self,
        sink: Sink,
        *,
        give_up_after_s: float,
        clock: Clock,
        on_event: Subscriber,
        jitter: Jitter = random.uniform,
    ) -> None:
        self._sink = sink
        self._give_up_after_s = give_up_after_s
        self._clock = clock
        self._on_event = on_event
        self._jitter = jitter

    async def send(self, batch: Batch) -> Receipt:
        """Send a batch until it succeeds or is given up."""
        began = self._clock.monotonic()

        def is_too_late(state: RetryCallState) -> bool:
            passed_s = self._clock.monotonic() - began
            return passed_s + state.upcoming_sleep >= self._give_up_after_s

        def tell(state: RetryCallState) -> None:
            error = _error_of(state)
            reason = error.message if error else ""
            wait_s = state.upcoming_sleep
            self._on_event(Retrying(batch.number, state.attempt_number, reason, wait_s))

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(RetriableSinkError),
            wait=self._wait_s,
            stop=is_too_late,
            before_sleep=tell,
            sleep=self._clock.sleep,
            reraise=True,
        )
        attempts = 0
        try:
            async for attempt in retrying:
                with attempt:
                    attempts = attempt.retry_state.attempt_number
                    receipt = await self._sink.send(batch)
        except RetriableSinkError as error:
            raise TemporaryFailureError(
                f"gave up after {attempts} attempts: {error.message}",
                hint="Nothing is lost. When the push API answers again: ometria-import resume",
            ) from None
        return replace(receipt, attempts=attempts)

    def _wait_s(self, state: RetryCallState) -> float:
        """The seconds before the next attempt: the `Retry-After`, or backoff with jitter."""
        error = _error_of(state)
        if error is not None and error.retry_after_s:
            return error.retry_after_s
        # A `Retry-After` of 0 is not obeyed: a server that is down would be hit at the full rate.
        ceiling_s = min(FIRST_BACKOFF_S * 2.0 ** min(state.attempt_number - 1, 16), MAX_BACKOFF_S)
        # Full jitter can come near zero, and a 429 that is answered at once earns another.
        floor_s = ceiling_s / 2 if error is not None and error.is_throttled else 0.0
        return self._jitter(floor_s, ceiling_s)


def _error_of(state: RetryCallState) -> RetriableSinkError | None:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, RetriableSinkError) else None
