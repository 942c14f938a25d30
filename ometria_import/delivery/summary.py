"""What a run came to: sums by object type that must come out."""

from __future__ import annotations

from dataclasses import dataclass

from ometria_import.choices import ObjectType
from ometria_import.errors import ExitCode, OmetriaImportError


@dataclass(frozen=True, slots=True)
class TypeTotals:
    """The records of one object type; each is in exactly one of the sums below."""

    object_type: ObjectType
    records: int
    """In the package."""
    accepted: int
    """Received by the push API, in its own count."""
    refused: int
    """Found one by one in refused batches, or counted as rejected by the push API."""
    skipped: int
    """Counted as skipped by the push API."""
    unclear: int
    """In requests whose receipt does not add up (W062)."""
    in_doubt: int
    """Part of `to_send`: sent perhaps, without an answer that was journaled."""

    @property
    def to_send(self) -> int:
        """Not settled: a resume sends them."""
        return self.records - self.accepted - self.refused - self.skipped - self.unclear


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a delivery ended with, over all its sessions since the run began."""

    totals: tuple[TypeTotals, ...]
    """In sending order; types without records are left out."""
    batches: int
    batches_settled: int
    unclear_batches: tuple[int, ...]
    """Numbers of the batches whose receipts do not add up."""
    requests: int
    """Every request that was begun, retries and splits counted."""
    retries: int
    failure: OmetriaImportError | None = None
    """Why the run stopped before its end; None when it did not."""

    @property
    def records(self) -> int:
        """In the package."""
        return sum(total.records for total in self.totals)

    @property
    def accepted(self) -> int:
        """Received by the push API, in its own count."""
        return sum(total.accepted for total in self.totals)

    @property
    def refused(self) -> int:
        """Refused or counted as rejected by the push API."""
        return sum(total.refused for total in self.totals)

    @property
    def skipped(self) -> int:
        """Counted as skipped by the push API."""
        return sum(total.skipped for total in self.totals)

    @property
    def unclear(self) -> int:
        """In requests whose receipt does not add up."""
        return sum(total.unclear for total in self.totals)

    @property
    def to_send(self) -> int:
        """Not settled."""
        return sum(total.to_send for total in self.totals)

    @property
    def is_finished(self) -> bool:
        """Whether every batch is settled."""
        return self.batches_settled == self.batches

    @property
    def exit_code(self) -> ExitCode:
        """What the command tells the shell."""
        if self.failure is not None:
            return self.failure.exit_code
        return ExitCode.REJECTS if self.refused or self.unclear else ExitCode.OK
