"""What a journal says about a run and its batches, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from ometria_import.choices import ObjectType
from ometria_import.config import AccountName
from ometria_import.config.home import RunId
from ometria_import.errors import ExitCode
from ometria_import.package import PackageId


class RunState(StrEnum):
    """How far a run is."""

    NEW = "new"
    RUNNING = "running"
    """Or ended without a word: killed."""
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
    """Nothing of it went to the network, and nobody resumes it."""
    created_at: datetime
    tool_version: str
    state: RunState
    exit_code: ExitCode | None
    """Of the last session that ended; None while none did."""
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
