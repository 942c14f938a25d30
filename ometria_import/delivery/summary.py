"""The totals of a run, over all its sessions."""

from __future__ import annotations

from dataclasses import dataclass, field

from ometria_import.delivery.journal.journal import Journal
from ometria_import.delivery.journal.late import LateSums
from ometria_import.delivery.journal.model import BatchState, TypeTotals
from ometria_import.errors import ExitCode, OmetriaImportError


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
    late: LateSums = field(default_factory=LateSums)
    failure: OmetriaImportError | None = None
    """Why the run stopped before its end; None when it did not."""
    between: str = ""
    """The hours in which this session could send; empty if it always could, or if none ran."""
    paused_s: float = 0.0
    """How long this session waited for them."""
    paused_total_s: float = 0.0
    """How long all sessions of the run waited for their hours."""

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
    def rejected_later(self) -> int:
        """Part of `accepted`: named by the account's error list afterwards."""
        return sum(total.rejected_later for total in self.totals)

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
        return ExitCode.REJECTS if self.has_rejects else ExitCode.OK

    @property
    def has_rejects(self) -> bool:
        """Whether anything did not get in, or nobody can say that it did."""
        return not self.accepts_all or self.late.is_doubtful

    @property
    def accepts_all(self) -> bool:
        """Whether nothing is known of a record that was sent and did not get in."""
        return not (self.refused or self.unclear or self.late.errors)


def summary_of(journal: Journal, failure: OmetriaImportError | None = None) -> RunSummary:
    """Sum up a run as far as its journal tells, with what stopped it now."""
    batches, settled = journal.batch_sums()
    requests, retries = journal.request_sums()
    return RunSummary(
        totals=journal.totals(),
        batches=batches,
        batches_settled=settled,
        unclear_batches=tuple(batch.number for batch in journal.batches(BatchState.UNCLEAR)),
        requests=requests,
        retries=retries,
        late=journal.late.sums(),
        failure=failure,
        paused_total_s=journal.hours().paused_s,
    )
