"""Values in a journal about a run and its batches."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from ometria_import.config import AccountName
from ometria_import.config.home import RunId
from ometria_import.delivery.api.sink import Receipt
from ometria_import.errors import ExitCode
from ometria_import.options.choices import ObjectType
from ometria_import.package import PackageId


class RunState(StrEnum):
    """The state of a run."""

    NEW = "new"
    RUNNING = "running"
    """Running, or killed before it could record its end."""
    STOPPED = "stopped"
    FINISHED = "finished"


class BatchState(StrEnum):
    """The state of a batch; a batch that was never started is not in the journal."""

    STARTED = "started"
    """Sent without a recorded outcome: sent again on resume."""
    SENT = "sent"
    REFUSED = "refused"
    """Settled; some or all of its records were refused."""
    UNCLEAR = "unclear"
    """Settled; the counts of a receipt do not add up."""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The description and state of a run."""

    run_id: RunId
    account: AccountName
    base_url: str
    package_path: Path
    package_id: PackageId
    content_hash: str
    is_dry_run: bool
    """Whether nothing is sent over the network; such a run cannot be resumed."""
    created_at: datetime
    tool_version: str
    state: RunState
    exit_code: ExitCode | None
    """The exit code of the last session that ended; None if none has."""
    reason: str
    """Why the last session stopped; empty if it did not stop early."""
    updated_at: datetime
    retry_of: RunId
    """The id of the run that it retries; empty if it is not a retry."""

    @property
    def is_unsent(self) -> bool:
        """Whether the run stopped before it sent anything; it cannot be resumed, either."""
        stops = (ExitCode.UNUSABLE, ExitCode.REJECTS)
        return self.is_dry_run and self.state is RunState.STOPPED and self.exit_code in stops

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to send."""
        return self.state is RunState.FINISHED


@dataclass(frozen=True, slots=True)
class Turns:
    """The number of the session in which a run sent records of one object type.

    Sessions are counted over all runs of a home. 0 means a session of a version without counting.
    """

    first: int = 0
    last: int = 0


class Pause(NamedTuple):
    """A pause that the server asked for."""

    until_s: float = 0.0
    """Seconds since 1970."""
    told_s: float = 0.0

    def left_s(self, now_s: float) -> float:
        """The seconds left of the pause; never more than told, whatever the clock says."""
        return min(max(self.until_s - now_s, 0.0), self.told_s)


class HoursWaited(NamedTuple):
    """Whether a run waits for the hours in which it may send, and how long it has waited."""

    between: str = ""
    """The hours that the last session had to wait for; empty if none had to wait."""
    until: str = ""
    """When the wait ends, in ISO 8601 and UTC; empty while it does not wait."""
    paused_s: float = 0.0
    """How long all its sessions have waited; up to ten minutes short for a killed session."""


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """The state of one batch in the journal."""

    number: int
    object_type: ObjectType
    records: int
    state: BatchState
    attempts: int
    status: int
    request_id: str
    accepted: int
    rejected: int
    skipped: int
    unclear: int
    refused: int
    answer: str


@dataclass(frozen=True, slots=True)
class TypeTotals:
    """The totals for one object type; each record is in exactly one of the sums below."""

    object_type: ObjectType
    records: int
    """Records in the package."""
    accepted: int
    """Records received by the push API, by its own count."""
    refused: int
    """Records found one by one in refused batches, or counted as rejected by the push API."""
    skipped: int
    """Records counted as skipped by the push API."""
    unclear: int
    """Records in requests whose receipt does not add up (W062)."""
    in_doubt: int
    """Part of `to_send`: records that may have been sent, but whose answer was not recorded."""
    rejected_later: int = 0
    """Part of `accepted`: records that the account's error list named afterwards (E063)."""
    unattributed: int = 0
    """Late errors of this object type that name no record (W064); errors, not records."""

    @property
    def to_send(self) -> int:
        """Records that are not settled, which a resume sends."""
        return self.records - self.accepted - self.refused - self.skipped - self.unclear


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """A record that the push API refuses, found by sending it without any accepted record."""

    position: int
    """The 0-based position in its batch: an index into `Package.origins`."""
    status: int
    answer: str
    """The beginning of the API's message."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a batch that was sent in one request and received."""

    request_id: str
    """The API's request id; empty if it gave none."""
    first: int
    """The 0-based position of the first record in the batch."""
    records: int


@dataclass(slots=True)
class Outcome:
    """The outcome of a batch; each of its records is in exactly one of the counts."""

    accepted: int = 0
    rejected: int = 0
    skipped: int = 0
    unclear: int = 0
    """Records in requests whose receipts do not add up."""
    refused: list[RefusedRecord] = field(default_factory=list)
    """The refused records, by position in the batch."""
    answered: int = 0
    """The number of requests with a final answer, not counting those that were repeated."""
    receipt: Receipt | None = None
    """The last receipt; None if every record was refused."""
    parts: list[Part] = field(default_factory=list)
    """The parts of the batch, one for each receipt."""

    def add(self, receipt: Receipt, first: int, records: int) -> None:
        """Count an answered request; `first` is the position of its first record in the batch."""
        self.note(receipt, first, records)
        if receipt.adds_up_to(records):
            self.accepted += receipt.accepted
            self.rejected += receipt.rejected
            self.skipped += receipt.skipped
        else:
            self.unclear += records

    def note(self, receipt: Receipt, first: int, records: int) -> None:
        """Remember a request whose records are sent again, because late errors may name it."""
        self.receipt = receipt
        self.parts.append(Part(receipt.request_id, first, records))

    def refuse_all(self, receipt: Receipt, first: int, records: int) -> None:
        """Count a request of which the push API accepted no record."""
        self.note(receipt, first, records)
        self.refused += [
            RefusedRecord(position, receipt.status, receipt.answer)
            for position in range(first, first + records)
        ]
