"""What a run came to: sums by object type that must come out."""

from __future__ import annotations

from dataclasses import dataclass

from ometria_import.choices import ObjectType
from ometria_import.delivery.answers.late_errors import BatchRange
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
    rejected_later: int = 0
    """Part of `accepted`: named by the account's error list afterwards (E063)."""
    unattributed: int = 0
    """Late errors of this object type that name no record (W064); errors, not records."""

    @property
    def to_send(self) -> int:
        """Not settled: a resume sends them."""
        return self.records - self.accepted - self.refused - self.skipped - self.unclear


@dataclass(frozen=True, slots=True)
class LateSums:
    """What the account's error list said of a run's records after it had accepted them."""

    errors: int = 0
    """Entries that came up since the run began, but for `elsewhere`."""
    unattributed: int = 0
    """Those of them that name no record of the run."""
    elsewhere: int = 0
    """Entries that name records which the run did not send: somebody else's."""
    missed: tuple[BatchRange, ...] = ()
    """Batches of which errors are lost: more came than the list keeps (W065)."""
    unread: tuple[BatchRange, ...] = ()
    """Batches of which errors may be lost, because the list could not be read in time."""
    is_at_least: bool = False
    """Whether there may be more: entries that look alike cannot all be told apart."""
    unreadable: str = ""
    """Why the last reading failed; empty where it did not."""
    was_read: bool = False
    """Whether the list was read at all, be it once."""

    @property
    def is_known(self) -> bool:
        """Whether everything that the list said was read."""
        return self.was_read and not (self.is_doubtful or self.unread or self.is_at_least)

    @property
    def is_doubtful(self) -> bool:
        """Whether errors were lost, or nobody could read them once all was sent."""
        return bool(self.missed or self.unreadable)


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
    late: LateSums = LateSums()
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
