"""What a journal says about a run and its batches, as values."""

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
    """How far a run is."""

    NEW = "new"
    RUNNING = "running"
    """At work, or killed before it could write down that it ended."""
    STOPPED = "stopped"
    FINISHED = "finished"


class BatchState(StrEnum):
    """How far a batch is; one that was never begun is not in the journal."""

    STARTED = "started"
    """In doubt: sent again on resume."""
    SENT = "sent"
    REFUSED = "refused"
    """Settled; some or all of its records were refused."""
    UNCLEAR = "unclear"
    """Settled; the counts of a receipt do not add up."""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What a run is about, and how far it is."""

    run_id: RunId
    account: AccountName
    base_url: str
    package_path: Path
    package_id: PackageId
    content_hash: str
    is_dry_run: bool
    """Whether nothing of it goes to the network; then nobody resumes it."""
    created_at: datetime
    tool_version: str
    state: RunState
    exit_code: ExitCode | None
    """Of the last session that ended; None while no session has."""
    reason: str
    """Why the last session stopped; empty where it did not."""
    updated_at: datetime
    retry_of: RunId
    """The run of which it sends again what was not taken; empty for all others."""

    @property
    def is_unsent(self) -> bool:
        """Whether it was meant to be sent and stopped before that: nobody resumes it, either."""
        stops = (ExitCode.UNUSABLE, ExitCode.REJECTS)
        return self.is_dry_run and self.state is RunState.STOPPED and self.exit_code in stops

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to send."""
        return self.state is RunState.FINISHED


@dataclass(frozen=True, slots=True)
class Turns:
    """In which of all the sessions that sent to an account a run sent records of one type.

    Sessions are counted over all runs of a home. 0 stands for those of versions that did not count.
    """

    first: int = 0
    last: int = 0


class Pause(NamedTuple):
    """How long a server wanted to be left alone."""

    until_s: float = 0.0
    """Seconds since 1970."""
    told_s: float = 0.0

    def left_s(self, now_s: float) -> float:
        """Seconds of it that are left; never more than told, whatever the clock says."""
        return min(max(self.until_s - now_s, 0.0), self.told_s)


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """What the journal knows of one batch."""

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
class RefusedRecord:
    """A record that the push API refuses, found by sending it alone or with none that it takes."""

    position: int
    """0-based in its batch: an index into `Package.origins`."""
    status: int
    answer: str
    """The beginning of the API's own words."""


@dataclass(frozen=True, slots=True)
class Part:
    """Records of a batch that travelled in one request, and were received."""

    request_id: str
    """The API's own; empty where it gave none."""
    first: int
    """0-based position in the batch."""
    records: int


@dataclass(slots=True)
class Outcome:
    """How a batch ended: every one of its records is in exactly one of the counts."""

    accepted: int = 0
    rejected: int = 0
    skipped: int = 0
    unclear: int = 0
    """In requests whose receipts do not add up."""
    refused: list[RefusedRecord] = field(default_factory=list)
    """By position."""
    answered: int = 0
    """Requests that were answered for good: all but those that were sent again."""
    receipt: Receipt | None = None
    """The last one; None where every record was refused."""
    parts: list[Part] = field(default_factory=list)
    """One for each receipt."""

    def add(self, receipt: Receipt, first: int, records: int) -> None:
        """Count a request with so many records, of which the first stands there in the batch."""
        self.note(receipt, first, records)
        if receipt.adds_up_to(records):
            self.accepted += receipt.accepted
            self.rejected += receipt.rejected
            self.skipped += receipt.skipped
        else:
            self.unclear += records

    def note(self, receipt: Receipt, first: int, records: int) -> None:
        """Remember a request whose records are sent again: late errors may name it."""
        self.receipt = receipt
        self.parts.append(Part(receipt.request_id, first, records))

    def refuse_all(self, receipt: Receipt, first: int, records: int) -> None:
        """Count a request of which the push API took no record."""
        self.note(receipt, first, records)
        self.refused += [
            RefusedRecord(position, receipt.status, receipt.answer)
            for position in range(first, first + records)
        ]
