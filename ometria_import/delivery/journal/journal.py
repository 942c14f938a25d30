"""The journal: the outcome of every batch of a run, safe against power cuts.

One connection writes. A batch that is not in the journal was never sent; one that is only
`started` is in doubt and is sent again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from ometria_import.config import AccountName, AccountSettings
from ometria_import.config.home import RunFolder, RunId
from ometria_import.delivery.journal.file import JournalFile, create_file, seal
from ometria_import.delivery.journal.late import LateJournal
from ometria_import.delivery.journal.model import (
    BatchRecord,
    BatchState,
    HoursWaited,
    Outcome,
    Part,
    Pause,
    RefusedRecord,
    RunInfo,
    RunState,
    Turns,
    TypeTotals,
)
from ometria_import.delivery.journal.sql import (
    BATCH_SUMS,
    BATCHES,
    FORGET,
    HAS_HOURS,
    HAS_TURNS,
    HOURS_TABLE,
    IN_STATES,
    KNOW,
    LAST_SIGN,
    MARK_RUN,
    NOT_CLEARLY_ACCEPTED,
    REQUESTS,
    SENT_TYPES,
    SETTLE,
    START,
    TAKE_TURN,
    TOTALS,
    TURNS_TABLE,
    WITHDRAW,
)
from ometria_import.errors import ExitCode
from ometria_import.options.choices import ObjectType
from ometria_import.package import Batch, Package, PackageId
from ometria_import.problems import shorten
from ometria_import.version import __version__

_ANSWER_CHARS = 500


class Journal(JournalFile):
    """The database of one run, open; a context manager that closes it.

    Raises:
        PackageError: the file is missing, damaged, or of another format version.
    """

    @property
    def late(self) -> LateJournal:
        """The part of the journal about late errors."""
        return LateJournal(self)

    def info(self) -> RunInfo:
        """The description of the run."""
        with self.guarded():
            (row,) = self.read("SELECT * FROM run")
            written = Path(row[3])
            # A home that was moved, or mounted elsewhere, took its packages along.
            moved = self.path.parent.parent.parent / written.parent.name / written.name
            return RunInfo(
                run_id=RunId(row[0]),
                account=AccountName.of_stored(row[1]),
                base_url=row[2],
                package_path=moved if moved.is_file() and not written.is_file() else written,
                package_id=PackageId(row[4]),
                content_hash=row[5],
                is_dry_run=bool(row[6]),
                created_at=datetime.fromisoformat(row[7]),
                tool_version=row[8],
                state=RunState(row[9]),
                exit_code=None if row[10] is None else ExitCode(row[10]),
                reason=row[11],
                updated_at=datetime.fromisoformat(row[12]),
                retry_of=RunId(row[13]),
            )

    def mark_run(
        self, state: RunState, exit_code: ExitCode | None = None, reason: str = ""
    ) -> None:
        """Record the state of the run."""
        # Late errors that are read afterwards do not change the end time of a finished run.
        self.write(MARK_RUN, (state.value, _now(), state.value, exit_code, reason))

    def mark_base_url(self, base_url: str) -> None:
        """Record that the run is sent to another address from now on."""
        self.write("UPDATE run SET base_url = ?, updated_at = ?", (base_url, _now()))

    def mark_pause(self, now_s: float, told_s: float) -> None:
        """Record that the server asked us not to send for `told_s` seconds from now.

        Args:
            now_s: Seconds since 1970.
            told_s: The server's `Retry-After`, which a resumed run must obey, too.
        """
        if told_s <= self.pause().left_s(now_s):
            return
        values = (now_s + told_s, told_s)
        with self.writing() as database:
            database.execute("DELETE FROM pause")
            database.execute("INSERT INTO pause VALUES (?, ?, ?)", (*values, seal(*values)))

    def pause(self) -> Pause:
        """The last pause that the server asked for."""
        rows = self.read("SELECT until_s, told_s FROM pause")
        return Pause(*rows[0]) if rows else Pause()

    def mark_hours(self, waited: HoursWaited) -> None:
        """Record whether the run waits for its hours now, and how long it has waited."""
        with self.writing() as database:
            database.execute(HOURS_TABLE)  # a journal of an earlier version has none
            database.execute("DELETE FROM hours")
            database.execute("INSERT INTO hours VALUES (?, ?, ?)", waited)

    def hours(self) -> HoursWaited:
        """Whether the run waits for its hours, if it runs, and how long it has waited."""
        ((has_hours,),) = self.read(HAS_HOURS)
        rows = self.read("SELECT between_, until, paused_s FROM hours") if has_hours else []
        return HoursWaited(*rows[0]) if rows else HoursWaited()

    def last_sign(self) -> datetime:
        """When the run last recorded anything about itself or a batch."""
        with self.guarded():
            ((at,),) = self.read(LAST_SIGN)
            return datetime.fromisoformat(at)

    def mark_turn(self, object_type: ObjectType, turn: int) -> None:
        """Record that records of an object type are sent from now on, in that turn."""
        with self.writing() as database:
            database.execute(TURNS_TABLE)  # a journal of an earlier version has none
            database.execute(TAKE_TURN, {"object_type": object_type.value, "turn": turn})

    def sent(self) -> dict[str, Turns]:
        """The object types of which records may have been sent, with the turn of each."""
        ((has_turns,),) = self.read(HAS_TURNS)
        rows = self.read("SELECT object_type, first, last FROM turns") if has_turns else []
        turns = {name: Turns(first, last) for name, first, last in rows}
        return {name: turns.get(name, Turns()) for (name,) in self.read(SENT_TYPES)}

    def mark_started(self, batch: Batch) -> None:
        """Record that a batch's request is about to be sent; durable on return."""
        self.write(START, (batch.number, batch.object_type.value, batch.records, _now()))

    def unmark_started(self, batch: Batch) -> None:
        """Undo the last `mark_started` of a batch, because its request was not sent."""
        with self.writing() as database:
            database.execute(WITHDRAW, (_now(), batch.number))
            database.execute(FORGET, (batch.number,))

    def mark_settled(self, batch: Batch, outcome: Outcome) -> None:
        """Record the outcome of a batch and its refused records, in one transaction."""
        receipt, refused = outcome.receipt, outcome.refused
        last = refused[-1] if refused else None
        counts = {
            "accepted": outcome.accepted,
            "rejected": outcome.rejected,
            "skipped": outcome.skipped,
            "unclear": outcome.unclear,
            "refused": len(refused),
        }
        state, now = _state_of(outcome), _now()
        sealed = (batch.number, batch.object_type.value, batch.records, state.value)
        values = {
            "number": batch.number,
            "state": state.value,
            "answered": outcome.answered,
            "status": receipt.status if receipt else (last.status if last else 0),
            "request_id": receipt.request_id if receipt else "",
            "answer": shorten(receipt.answer if receipt else "", _ANSWER_CHARS),
            "now": now,
            "seal": seal(*sealed, *counts.values()),
            **counts,
        }
        with self.writing() as database:
            # A sink that sends no requests has not recorded an intent.
            database.execute(KNOW, (*sealed[:3], outcome.answered, now))
            database.execute(SETTLE, values)
            database.executemany(
                "INSERT OR REPLACE INTO refused_record VALUES (?, ?, ?, ?)",
                [
                    (batch.number, record.position, record.status, record.answer[:_ANSWER_CHARS])
                    for record in refused
                ],
            )
            database.executemany(
                "INSERT OR IGNORE INTO request VALUES (?, ?, ?, ?)",
                [
                    (part.request_id, batch.number, part.first, part.records)
                    for part in outcome.parts
                    if part.request_id
                ],
            )

    def request_ids(self) -> list[str]:
        """The API's ids of all requests with a final answer."""
        return [name for (name,) in self.read("SELECT DISTINCT request_id FROM request")]

    def parts(self) -> Iterator[tuple[int, Part]]:
        """The parts of batches with their numbers, those with many records first."""
        for number, *values in self.read(
            "SELECT batch, request_id, first, records FROM request"
            " ORDER BY records DESC, batch, first"
        ):
            yield number, Part(*values)

    def settled(self) -> frozenset[int]:
        """The numbers of the batches that will not be sent again."""
        rows = self.read("SELECT number FROM batch WHERE state != 'started'")
        return frozenset(number for (number,) in rows)

    def batches(self, *states: BatchState) -> list[BatchRecord]:
        """The batches in the journal, optionally only those in given states, by number."""
        wanted = [state.value for state in states or BatchState]
        return self._batches(IN_STATES.format(", ".join("?" * len(wanted))), wanted)

    def doubtful_batches(self) -> list[BatchRecord]:
        """The batches with rejected records that are not identified, or with unclear counts."""
        return self._batches(NOT_CLEARLY_ACCEPTED)

    def split_batches(self) -> frozenset[int]:
        """The batches that took several requests, because the API refused a record of them."""
        rows = self.read("SELECT number FROM batch WHERE answered > 1")
        return frozenset(number for (number,) in rows)

    def refused_records(self) -> Iterator[tuple[int, RefusedRecord]]:
        """The refused records with the number of their batch, in sending order."""
        for number, position, status, answer in self.read(
            "SELECT batch, position, status, answer FROM refused_record ORDER BY batch, position"
        ):
            yield number, RefusedRecord(position, status, answer)

    def totals(self) -> tuple[TypeTotals, ...]:
        """The totals by object type, in sending order."""
        with self.guarded():
            return tuple(TypeTotals(ObjectType(row[0]), *row[1:]) for row in self.read(TOTALS))

    def batch_sums(self) -> tuple[int, int]:
        """The number of batches in the package, and how many of them are settled."""
        ((planned, settled),) = self.read(BATCH_SUMS)
        return planned, settled

    def request_sums(self) -> tuple[int, int]:
        """The number of requests started, and how many of them were repetitions."""
        ((requests, retries),) = self.read(REQUESTS)
        return requests, retries

    def _batches(self, where: str, parameters: Iterable[str] = ()) -> list[BatchRecord]:
        rows = self.read(BATCHES + where, parameters)
        with self.guarded():
            return [
                BatchRecord(row[0], ObjectType(row[1]), row[2], BatchState(row[3]), *row[4:])
                for row in rows
            ]


def create_journal(
    run: RunFolder,
    package: Package,
    account: AccountSettings,
    now: datetime,
    *,
    is_dry_run: bool = False,
    retry_of: str = "",
) -> Journal:
    """Create the journal of a new run, which may retry another run; durable on return."""
    created_at = now.astimezone(UTC).isoformat()
    about = (
        run.id,
        account.name.stored,
        account.base_url,
        str(package.path.absolute()),
        package.id,
        package.content_hash,
        is_dry_run,
        created_at,
        __version__,
        created_at,
        retry_of,
    )
    create_file(run, about, package)
    return Journal(run.journal, is_new=True)


def record_unsent(
    run: RunFolder, package: Package, account: AccountSettings, code: ExitCode, reason: str
) -> None:
    """Create a journal with the reason for a run that stopped before it sent anything.

    Like a dry run, it sent nothing over the network and cannot be resumed.
    """
    with create_journal(run, package, account, datetime.now(UTC), is_dry_run=True) as journal:
        journal.mark_run(RunState.STOPPED, code, reason)


def _state_of(outcome: Outcome) -> BatchState:
    if outcome.unclear:
        return BatchState.UNCLEAR
    return BatchState.REFUSED if outcome.refused or outcome.rejected else BatchState.SENT


def _now() -> str:
    return datetime.now(UTC).isoformat()
