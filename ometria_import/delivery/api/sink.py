"""Sinks: the interface between a run and the place that its batches are sent to.

    SinkError                    one attempt did not succeed
    ├── RetriableSinkError       the same batch can succeed later (a RetriableError, too)
    └── BatchRefusedError        the batch's content is refused; others may pass

Errors that stop the whole run are those of `ometria_import.errors`: `AccountRefusedError` and
`TemporaryFailureError`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ometria_import.delivery.api.request_errors import RetriableError
from ometria_import.errors import ExitCode, OmetriaImportError
from ometria_import.package import Batch


@dataclass(frozen=True, slots=True)
class Receipt:
    """A sink's answer to one request."""

    status: int
    """The HTTP status; 0 if no request was sent."""
    request_id: str
    accepted: int
    rejected: int
    skipped: int
    is_ok: bool = True
    """Whether the `status` in the answer's body is OK."""
    answer: str = ""
    """The beginning of the answer, for the journal."""
    attempts: int = 1
    latency_s: float = 0.0
    queue_limit: int | None = None
    queue_remaining: int | None = None

    def adds_up_to(self, records: int) -> bool:
        """Whether the counts add up for a request with this many records."""
        is_counted = min(self.accepted, self.rejected, self.skipped) >= 0
        total = self.accepted + self.rejected + self.skipped
        return is_counted and total == records and (self.is_ok or self.accepted == 0)


class Sink(Protocol):
    """Receives batches; callers may send several at the same time."""

    async def send(self, batch: Batch) -> Receipt:
        """Deliver a batch; delivering it twice has the same effect as once.

        Raises:
            RetriableSinkError: it may or may not have arrived, and can be sent again.
            BatchRefusedError: its content is refused.
            AccountRefusedError: nothing can be delivered to this account.
        """
        ...


class SinkError(OmetriaImportError):
    """One attempt to deliver a batch did not succeed."""

    exit_code = ExitCode.TEMPORARY


class RetriableSinkError(SinkError, RetriableError):
    """The attempt failed temporarily; the batch is in doubt."""

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: float | None = None,
        is_throttled: bool = False,
        queue_limit: int | None = None,
        queue_remaining: int | None = None,
    ) -> None:
        RetriableError.__init__(
            self, message, retry_after_s=retry_after_s, is_throttled=is_throttled
        )
        self.queue_limit = queue_limit
        self.queue_remaining = queue_remaining
        """The room in the API's queue, if the answer had it."""


class BatchRefusedError(SinkError):
    """The push API refuses the content (400, 413, 422)."""

    exit_code = ExitCode.REJECTS

    def __init__(self, message: str, *, status: int, answer: str) -> None:
        super().__init__(message)
        self.status = status
        self.answer = answer
        """The beginning of the API's message."""
