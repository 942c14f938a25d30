"""Where batches go: the seam between the run and what takes its batches.

    SinkError                    one attempt did not succeed
    ├── RetriableSinkError       the same batch can succeed later
    └── BatchRefusedError        the batch's content is refused; others may pass

What stops the whole run is an error of `ometria_import.errors`: `AccountRefusedError`,
`TemporaryFailureError`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ometria_import.errors import ExitCode, OmetriaImportError
from ometria_import.package import Batch


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a sink answered about one request."""

    status: int
    """HTTP status; 0 where there was no network."""
    request_id: str
    accepted: int
    rejected: int
    skipped: int
    is_ok: bool = True
    """Whether the answer's own `status` says OK."""
    answer: str = ""
    """The beginning of the answer, for the journal."""
    attempts: int = 1
    latency_s: float = 0.0
    queue_limit: int | None = None
    queue_remaining: int | None = None

    def adds_up_to(self, records: int) -> bool:
        """Whether the counts are those of a request with so many records."""
        is_counted = min(self.accepted, self.rejected, self.skipped) >= 0
        total = self.accepted + self.rejected + self.skipped
        return is_counted and total == records and (self.is_ok or self.accepted == 0)


class Sink(Protocol):
    """Takes batches, several at a time if its caller wants."""

    async def send(self, batch: Batch) -> Receipt:
        """Deliver a batch; delivering it twice does what delivering it once does.

        Raises:
            RetriableSinkError: it may or may not have arrived; send it again.
            BatchRefusedError: its content is refused.
            AccountRefusedError: nothing can be delivered to this account.
        """
        ...


class SinkError(OmetriaImportError):
    """One attempt to deliver a batch did not succeed."""

    exit_code = ExitCode.TEMPORARY


class RetriableSinkError(SinkError):
    """The attempt failed in a way that can pass; the batch is in doubt."""

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        retry_after_s: float | None = None,
        is_throttled: bool = False,
        queue_limit: int | None = None,
        queue_remaining: int | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.retry_after_s = retry_after_s
        """The server's own wish, in seconds from its answer."""
        self.is_throttled = is_throttled
        """Whether it was a 429: the rate or the queue."""
        self.queue_limit = queue_limit
        self.queue_remaining = queue_remaining
        """Room in the API's queue, where the answer told of it."""


class BatchRefusedError(SinkError):
    """The push API does not take this content (400, 413, 422)."""

    exit_code = ExitCode.REJECTS

    def __init__(self, message: str, hint: str = "", *, status: int, answer: str) -> None:
        super().__init__(message, hint)
        self.status = status
        self.answer = answer
        """The beginning of the API's own words."""
