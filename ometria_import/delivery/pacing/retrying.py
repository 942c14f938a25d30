"""Retrying requests that failed temporarily, for as long as the user allows."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

from ometria_import.delivery.api.request_errors import RetriableError
from ometria_import.delivery.api.sink import Receipt, Sink
from ometria_import.delivery.events import Retrying, Subscriber
from ometria_import.delivery.pacing.limiter import Clock
from ometria_import.errors import TemporaryFailureError
from ometria_import.package import Batch

FIRST_BACKOFF_S = 1.0
MAX_BACKOFF_S = 60.0

Jitter = Callable[[float, float], float]
"""Returns a random number between two numbers, like `random.uniform`."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request is tried again, and after which waits."""

    give_up_after_s: float
    clock: Clock
    next_step: str
    """What to do after giving up; the hint of that error."""
    jitter: Jitter = random.uniform
    paused_s: Callable[[], float] = lambda: 0.0
    """The seconds so far in which no attempt was possible; they do not count."""

    async def insist(
        self,
        attempt: Callable[[], Awaitable[_T]],
        on_failure: Callable[[int, RetriableError, float], None],
    ) -> tuple[_T, int]:
        """Make attempts until one does not fail temporarily.

        Args:
            attempt: Makes one.
            on_failure: Is told the number of each failed attempt from 1, why it failed, and the
                seconds until the next.

        Returns:
            What the last attempt returned, and its number.

        Raises:
            TemporaryFailureError: the next attempt would begin later than `give_up_after_s` after
                the first.
        """
        began, paused_before_s = self.clock.monotonic(), self.paused_s()

        def is_too_late(state: RetryCallState) -> bool:
            paused_s = self.paused_s() - paused_before_s
            passed_s = self.clock.monotonic() - began - paused_s
            return passed_s + state.upcoming_sleep >= self.give_up_after_s

        def tell(state: RetryCallState) -> None:
            error = _error_of(state)
            if error is not None:
                on_failure(state.attempt_number, error, state.upcoming_sleep)

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(RetriableError),
            wait=self._wait_s,
            stop=is_too_late,
            before_sleep=tell,
            sleep=self.clock.sleep,
            reraise=True,
        )
        attempts = 0
        try:
            async for each in retrying:
                with each:
                    attempts = each.retry_state.attempt_number
                    result = await attempt()
        except RetriableError as error:
            raise TemporaryFailureError(
                f"gave up after {attempts} attempts: {error.message}", hint=self.next_step
            ) from None
        return result, attempts

    def _wait_s(self, state: RetryCallState) -> float:
        """The seconds before the next attempt: the `Retry-After`, or backoff with jitter."""
        error = _error_of(state)
        if error is not None and error.retry_after_s:
            return error.retry_after_s
        # A `Retry-After` of 0 is not obeyed: a server that is down would be hit at the full rate.
        ceiling_s = min(FIRST_BACKOFF_S * 2.0 ** min(state.attempt_number - 1, 16), MAX_BACKOFF_S)
        # Full jitter can come near zero, and a 429 that is answered at once earns another.
        floor_s = ceiling_s / 2 if error is not None and error.is_throttled else 0.0
        return self.jitter(floor_s, ceiling_s)


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
        paused_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._sink = sink
        self._on_event = on_event
        self._patience = Patience(
            give_up_after_s,
            clock,
            "Nothing is lost. When the push API answers again: ometria-import resume",
            jitter,
            paused_s,
        )

    async def send(self, batch: Batch) -> Receipt:
        """Send a batch until it succeeds or is given up."""

        def tell(attempt: int, error: RetriableError, wait_s: float) -> None:
            self._on_event(Retrying(batch.number, attempt, error.message, wait_s))

        receipt, attempts = await self._patience.insist(lambda: self._sink.send(batch), tell)
        return replace(receipt, attempts=attempts)


def _error_of(state: RetryCallState) -> RetriableError | None:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, RetriableError) else None
